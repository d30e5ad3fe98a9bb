"""The bundled warriors: each file is sound, and together they are a bench worth beating."""

import os
import re
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pytest
from numpy.typing import NDArray

from mars.assembler import check
from mars.classics import bundled, bundled_sources, warrior_class
from mars.fights import battle
from mars.redcode import Opcode, Warrior
from mars.settings import PRESETS, CoreSettings
from tests import naive_mars

FIGHTS = 16
SOURCES = bundled_sources()
compiled = pytest.mark.skipif(
    os.environ.get("NUMBA_DISABLE_JIT") == "1", reason="thousands of fights: compiled only"
)

STONES = ("avalanche", "twin-barrel")
SCANNERS = ("carpet", "hawk", "lynx", "mole")
CLEARS = ("broom", "mirage", "tide")
PAPERS = ("kite", "origami", "silkworm")


def home(name: str) -> CoreSettings:
    """The settings that a file is made for."""
    match = re.match(r";redcode-(\w+)\n", SOURCES[name])
    assert match is not None
    return CoreSettings.preset(match[1])


def load(name: str) -> Warrior:
    return check(SOURCES[name], home(name), path=name).warrior


@dataclass(frozen=True)
class Scores:
    """A round robin: (n, n) fights that the row's warrior won or lost against the column's."""

    names: list[str]
    fights: int
    wins: NDArray[np.int64]

    @property
    def points(self) -> NDArray[np.float64]:
        """(n, n) the row's points per 100 fights against the column; own place: not a number."""
        ties = self.fights - self.wins - self.wins.T
        points = (3 * self.wins + ties) * 100 / self.fights
        np.fill_diagonal(points, np.nan)
        return points

    def between(self, rows: tuple[str, ...], columns: tuple[str, ...]) -> tuple[float, float]:
        """Mean points of the rows against the columns, and of the columns against the rows."""
        i, j = ([self.names.index(name) for name in group] for group in (rows, columns))
        return float(self.points[np.ix_(i, j)].mean()), float(self.points[np.ix_(j, i)].mean())

    def shares(self, name: str) -> tuple[float, float]:
        """Shares of all its fights that it won and lost."""
        i = self.names.index(name)
        total = self.fights * (len(self.names) - 1)
        return float(self.wins[i].sum() / total), float(self.wins[:, i].sum() / total)


def round_robin(settings: CoreSettings, fights: int) -> Scores:
    by_source = {source: name for name, source in SOURCES.items()}
    warriors = [warrior for group in bundled(settings).values() for warrior in group]
    wins = np.zeros((len(warriors), len(warriors)), np.int64)
    for seed, (i, j) in enumerate(combinations(range(len(warriors)), 2)):
        result = battle([warriors[i], warriors[j]], settings, fights=fights, seed=seed)
        wins[i, j], wins[j, i] = result.wins
    return Scores([by_source[warrior.source] for warrior in warriors], fights, wins)


@pytest.fixture(scope="module")
def scores() -> Scores:
    return round_robin(PRESETS["94nop"], FIGHTS)


@pytest.mark.parametrize("name", SOURCES)
def test_bundled_sources__file_is_sound(name: str) -> None:
    source = SOURCES[name]
    assembly = check(source, home(name), path=name)
    assert assembly.warnings == ()
    assert assembly.warrior.name
    assert assembly.warrior.author == "redqueen"
    assert len(assembly.warrior.strategy.splitlines()) >= 2
    assert warrior_class(source).isalpha()
    assert ";assert " in source
    assert max(map(len, source.splitlines())) <= 100


def test_bundled_sources__names_and_programs_differ() -> None:
    warriors = [load(name) for name in SOURCES]
    assert len({warrior.name for warrior in warriors}) == len(SOURCES)
    assert len({warrior.id for warrior in warriors}) == len(SOURCES)
    assert len(set(SOURCES.values())) == len(SOURCES)


@pytest.mark.parametrize("name", SOURCES)
def test_bundled_sources__assert_states_the_length(name: str) -> None:
    needed = re.search(r"MAXLENGTH >= (\d+)", SOURCES[name])
    assert (int(needed[1]) if needed else 1) == len(load(name))


def test_warrior_class__missing() -> None:
    with pytest.raises(ValueError, match="expected a line ';class WORD'"):
        warrior_class(";name Nobody\nMOV 0, 1\n")


def test_bundled__every_file_is_listed_at_home() -> None:
    for name, source in SOURCES.items():
        assert load(name) in bundled(home(name))[warrior_class(source)]


def test_bundled__94nop_has_every_class() -> None:
    listed = bundled()
    assert listed == bundled(PRESETS["94nop"])
    assert sum(map(len, listed.values())) >= 24
    assert list(listed) == sorted(listed)
    assert set(listed) == {
        *("bomber", "clear", "decoy", "dodger", "gate", "imp", "oneshot", "paper", "paperimp"),
        *("quickscan", "ring", "scanner", "spiral", "stone", "stoneimp", "vampire"),
    }


def test_bundled__sorted_by_file_name_within_a_class() -> None:
    names = [warrior.name for warrior in bundled()["stone"]]
    assert names == ["Avalanche", "Dwarf", "Twin Barrel"]


def test_bundled__pspace_only_where_there_is_pspace() -> None:
    assert "pspace" not in bundled(PRESETS["94nop"])
    (switcher,) = bundled(PRESETS["94"])["pspace"]
    assert {Opcode.LDP, Opcode.STP} <= {line.opcode for line in switcher.instructions}


@pytest.mark.parametrize("preset", ["tiny", "nano"])
def test_bundled__small_cores_get_their_own(preset: str) -> None:
    settings = PRESETS[preset]
    listed = [warrior for group in bundled(settings).values() for warrior in group]
    assert {"Dwarf", "Imp"} < {warrior.name for warrior in listed}
    assert sum(f";redcode-{preset}" in warrior.source for warrior in listed) >= 4
    assert all(len(warrior) <= settings.max_length for warrior in listed)


def test_bundled__88_rules_leave_only_their_own_instructions() -> None:
    assert {word: [w.name for w in ws] for word, ws in bundled(PRESETS["88"]).items()} == {
        "imp": ["Imp"],
        "stone": ["Dwarf"],
    }


def test_bundled__callers_cannot_spoil_each_other() -> None:
    bundled().clear()
    assert bundled()


@pytest.mark.parametrize(
    ("last_result", "before", "after"),
    [(7999, 0, 0), (1, 2, 2), (2, 3, 3), (0, 0, 1), (0, 1, 2), (0, 2, 3), (0, 3, 0)],
    ids=["first", "win", "tie", "loss", "loss", "loss", "loss"],
)
def test_chameleon__changes_its_plan_after_a_loss_only(
    last_result: int, before: int, after: int
) -> None:
    settings = PRESETS["94"]
    pspaces = naive_mars.PSpaces([last_result], [[0, before, *[0] * (settings.pspace_size - 2)]])
    outcome = naive_mars.fight(
        [load("chameleon")], [0], settings, pspaces=pspaces, max_instructions=8
    )
    assert outcome.alive == [True]
    assert outcome.pspaces.view(0)[1] == after


def test_chameleon__plans_lead_to_different_code() -> None:
    settings = PRESETS["94"]
    addresses = set()
    for plan in range(4):
        pspaces = naive_mars.PSpaces([1], [[0, plan, *[0] * (settings.pspace_size - 2)]])
        outcome = naive_mars.fight(
            [load("chameleon")], [0], settings, pspaces=pspaces, max_instructions=5
        )
        addresses.add(outcome.queues[0][0])
    assert len(addresses) == 3


def beaten_by_all(scores: Scores) -> list[str]:
    """Who stays clearly below the 100 points of ties alone against every other.

    Imp hardly ever wins, and just reaches 100 against the opponent that suits it best.
    """
    best = np.nanmax(scores.points, axis=1)
    return [name for name, points in zip(scores.names, best, strict=True) if points < 85]


@compiled
def test_bundled__none_is_beaten_by_every_other(scores: Scores) -> None:
    assert beaten_by_all(scores) == []


@compiled
@pytest.mark.parametrize("preset", ["tiny", "nano"])
def test_bundled__none_is_beaten_by_every_other_in_small_cores(preset: str) -> None:
    assert beaten_by_all(round_robin(PRESETS[preset], 100)) == []


@compiled
def test_bundled__imp_ties_or_loses(scores: Scores) -> None:
    wins, losses = scores.shares("imp")
    assert wins < 0.03
    assert 0.3 < losses < 0.75


@compiled
def test_bundled__gate_beats_imps(scores: Scores) -> None:
    own, theirs = scores.between(("imp-gate",), ("imp", "imp-ring"))
    assert own > 220
    assert theirs < 60


@compiled
def test_bundled__papers_seldom_lose(scores: Scores) -> None:
    assert all(scores.shares(name)[1] < 0.18 for name in PAPERS)


@compiled
@pytest.mark.parametrize(
    ("better", "worse", "margin"),
    [
        (PAPERS, STONES, 180),
        (STONES, SCANNERS, 40),
        (SCANNERS, CLEARS, 60),
        (CLEARS, STONES, 100),
        (SCANNERS, ("warren",), 80),
        (SCANNERS, ("dwarf",), 0),
        (("imp-spiral",), STONES, 120),
        ((*PAPERS, *CLEARS), ("dwarf",), 180),
        (("heron",), ("warren",), 120),
    ],
    ids=lambda value: "+".join(value) if isinstance(value, tuple) else str(value),
)
def test_bundled__known_relations(
    scores: Scores, better: tuple[str, ...], worse: tuple[str, ...], margin: float
) -> None:
    own, theirs = scores.between(better, worse)
    assert own - theirs > margin
