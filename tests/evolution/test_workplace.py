"""Where fights run: what goes together, and what is opened."""

import pytest

from evolution.workplace import Workplace


@pytest.mark.parametrize(
    ("kind", "workers", "address", "message"),
    [
        ("local", 2, "auto", "expected executor ray with an address: got local"),
        ("serial", 2, None, "expected one worker with executor serial: got 2"),
    ],
)
def test_workplace__contradictions(
    kind: str, workers: int, address: str | None, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        Workplace(kind, workers, address)  # type: ignore[arg-type]


def test_workplace__open() -> None:
    events: list[str] = []
    with Workplace("serial").open(events.append) as serial:
        assert serial.workers == 1
    with Workplace("local", 3).open(events.append) as local:
        assert local.workers == 3
    assert events == []
