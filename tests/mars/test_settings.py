"""Settings: presets, bounds, P-space."""

from dataclasses import replace

import numpy as np
import pytest

from mars.settings import PRESETS, CoreSettings, default_pspace_size


def test_default_pspace_size__largest_divisor_up_to_16() -> None:
    sizes = [default_pspace_size(n) for n in (8000, 55_440, 8192, 8001, 7, 17)]
    assert sizes == [500, 3465, 512, 889, 1, 17]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"max_length": 100, "min_distance": 99}, "min_distance must not be less than max_length"),
        ({"max_processes": 65_536}, "max_processes must be between 1 and 65535: got 65536"),
        ({"core_size": 65_537}, "core_size must be between 1 and 65536: got 65537"),
        ({"max_cycles": 0}, "max_cycles must be between 1 and 1000000000: got 0"),
        ({"max_length": 8001}, "max_length must be between 1 and 8000: got 8001"),
        ({"pspace_size": 8001}, "pspace_size must be between 0 and 8000: got 8001"),
        ({"rules": "95"}, "rules must be '88' or '94': got '95'"),
    ],
)
def test_settings__refuse(changes: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        replace(CoreSettings(), **changes)  # type: ignore[arg-type]


def test_settings__only_whole_numbers() -> None:
    assert CoreSettings(65_536, max_processes=65_535).core_size == 65_536
    assert type(CoreSettings(max_cycles=np.int64(9)).max_cycles) is int  # type: ignore[arg-type]
    for wrong in (8000.0, "8000", True, None):
        with pytest.raises(TypeError, match="core_size must be an integer: got"):
            CoreSettings(core_size=wrong)  # type: ignore[arg-type]


def test_preset__by_name() -> None:
    assert all(CoreSettings.preset(name) == settings for name, settings in PRESETS.items())
    with pytest.raises(ValueError, match=r"preset must be one of 94nop, .*: got '95'"):
        CoreSettings.preset("95")
