"""Draws of one seed for different uses."""

from analysis.draws import Draw, generator


def test_generator__uses_and_places_share_no_numbers() -> None:
    keys = [(draw, *place) for draw in Draw for place in ((), (0,), (1,), (2,), (1, 1))]
    first = [generator(7, *key).integers(2**62) for key in keys]
    assert len(set(first)) == len(keys)
    assert first == [generator(7, *key).integers(2**62) for key in keys]
    assert generator(8, Draw.SHUFFLE).integers(2**62) not in first
