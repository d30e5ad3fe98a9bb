"""Heat maps: the right results in the right places, whatever the names."""

import io
from xml.etree import ElementTree

import numpy as np
import pytest

from analysis.payoff_plot import mean_results, payoff_figure, write_figure
from analysis.ranking import IntArray

HOSTILE = ["$\\frac{", "<script>&'\"--", "\x1b[31m\u202e", "漢字", "_hidden", "x" * 500]


def small(n: int) -> tuple[IntArray, IntArray]:
    upper = np.triu(np.full((n, n), 7), 1)
    return upper + 2 * (upper.T > 0), (upper + upper.T) // 7


def test_mean_results__ties_are_half() -> None:
    wins, ties = small(3)
    assert mean_results(wins, ties)[0, 1:].tolist() == [0.75, 0.75]
    assert mean_results(wins, ties)[2, :2].tolist() == [0.25, 0.25]
    assert np.isnan(np.diag(mean_results(wins, ties))).all()


def test_payoff_figure__shows_the_results_and_every_name() -> None:
    wins, ties = small(3)
    figure = payoff_figure(wins, ties, ["A", "B", "C"], "three")
    axes = figure.axes[0]
    assert [text.get_text() for text in axes.texts] == ["75", "75", "25", "75", "25", "25"]
    assert axes.texts[0].get_position() == (2, 1)
    assert [text.get_text() for text in axes.get_yticklabels()] == ["A  1", "B  2", "C  3"]
    [image] = axes.get_images()
    assert image.get_array()[0, 2] == 0.75  # type: ignore[index]


@pytest.mark.parametrize("n", [2, 6, 140])
def test_write_figure__any_number_of_hostile_names(n: int) -> None:
    wins, ties = small(n)
    names = [HOSTILE[i % len(HOSTILE)] for i in range(n)]
    pictures = []
    for _ in range(2):
        figure, file = payoff_figure(wins, ties, names, names[1]), io.BytesIO()
        write_figure(figure, file, "svg")
        pictures.append(file.getvalue())
    assert pictures[0] == pictures[1]
    root = ElementTree.fromstring(pictures[0])
    assert not [element for element in root.iter() if element.tag.endswith("script")]
    if n == 6:
        file = io.BytesIO()
        write_figure(figure, file, "png")
        assert file.getvalue().startswith(b"\x89PNG")


@pytest.mark.filterwarnings("ignore:Glyph .* missing from font")
@pytest.mark.parametrize("name", ["W" * 24, "漢" * 24, "i"])
def test_payoff_figure__the_title_is_alone(name: str) -> None:
    """Over the names, and over the colour bar."""
    wins, ties = small(4)
    title = "4 warriors, 200 fights a pair, seed 0, core 8000, '94 rules, cycles 2000, P-space 500"
    figure = payoff_figure(wins, ties, [name] * 4, title)
    write_figure(figure, io.BytesIO(), "png")
    [words] = [text for text in figure.texts if text.get_text() == title]
    box = words.get_window_extent()
    assert 0 <= box.x0 < 0.05 * figure.bbox.width
    assert box.x1 <= figure.bbox.width
    for axes in figure.axes:
        tight = axes.get_tightbbox()
        assert tight is not None
        assert not box.overlaps(tight)


def test_payoff_figure__names_are_cut_by_what_they_take_up() -> None:
    wins, ties = small(2)
    figure = payoff_figure(wins, ties, ["漢" * 24, "x" * 24], "two")
    shown = [text.get_text() for text in figure.axes[0].get_yticklabels()]
    assert shown == [f"{'漢' * 11}…  1", f"{'x' * 24}  2"]
