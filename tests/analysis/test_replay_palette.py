"""The warriors' colours stay apart for everyone."""

import numpy as np
import pytest
from matplotlib.colors import to_rgb
from numpy.typing import NDArray

from analysis.replay.palette import PALETTES

FloatArray = NDArray[np.float64]

# Machado, Oliveira and Fernandes 2009, severity 1, on linear RGB.
VISIONS = {
    "normal": np.eye(3),
    "protanopia": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "deuteranopia": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
    "tritanopia": np.array(
        [
            [1.255528, -0.076749, -0.178779],
            [-0.078411, 0.930809, 0.147602],
            [0.004733, 0.691367, 0.303900],
        ]
    ),
}
TO_CONES = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
TO_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)


def oklab(colours: FloatArray, vision: FloatArray) -> FloatArray:
    """(n, 3) OKLab coordinates of sRGB colours as someone sees them."""
    linear = np.where(colours <= 0.04045, colours / 12.92, ((colours + 0.055) / 1.055) ** 2.4)
    seen = np.clip(linear @ vision.T, 0, 1)
    return np.asarray(np.cbrt(seen @ TO_CONES.T) @ TO_LAB.T)


@pytest.mark.parametrize("vision", VISIONS)
@pytest.mark.parametrize("theme", PALETTES)
def test_palettes__are_told_apart(theme: str, vision: str) -> None:
    colours = np.array([to_rgb(colour) for colour in PALETTES[theme]])
    lab = oklab(colours, VISIONS[vision])
    distances = np.linalg.norm(lab[:, None] - lab[None], axis=2)
    np.fill_diagonal(distances, np.inf)
    assert len(colours) == 16
    assert distances[:2, :2].min() >= 0.25
    assert distances[:8, :8].min() >= 0.11
    assert distances.min() >= 0.07
