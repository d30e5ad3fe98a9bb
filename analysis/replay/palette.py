"""Colours of warriors, on dark and on light ground, that the colour-blind can tell apart.

Found by a search from sixteen named hues for the largest least distance (in OKLab) between any
two, seen normally and as simulated for protanopia, deuteranopia and tritanopia (Machado et al.
2009): at least 0.11 among the first eight, 0.07 among all. A test keeps it.
"""

from typing import Final

DARK: Final = (
    "#ffa040",
    "#4ca6ff",
    "#3ce5ad",
    "#e74897",
    "#f4ff98",
    "#7c2ae0",
    "#8e4935",
    "#bdc4ff",
    "#8b7300",
    "#39876f",
    "#e6d8e7",
    "#9faec7",
    "#a09118",
    "#8570d3",
    "#3d46a7",
    "#c2a587",
)
LIGHT: Final = (
    "#d9620a",
    "#1668c8",
    "#00a98b",
    "#ac1d5f",
    "#eda107",
    "#580091",
    "#720116",
    "#af85e6",
    "#724702",
    "#205b8a",
    "#f76f9a",
    "#7375ff",
    "#6c9151",
    "#926fa4",
    "#103159",
    "#9c582a",
)
PALETTES: Final = {"dark": DARK, "light": LIGHT}
