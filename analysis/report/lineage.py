"""The champions: their figures, and their code with what it does."""

from collections.abc import Sequence
from typing import Final

from analysis.analyse_cli_view import UNKNOWN, number, per_cent
from analysis.behaviour_probe import probe_opponents
from analysis.explain import Explanation, explain
from analysis.explain_view import commented_source
from analysis.phylogeny_champions import rounds_words
from analysis.report.material import Material, cut
from analysis.report.parts import Code, Fold, Part, Table, Words
from evolution.folder import champion_path
from evolution.summary import ChampionSummary
from evolution.view import lineage_notes
from mars.placement import check_room
from mars.redcode import Warrior
from mars.settings import CoreSettings

# What an automatic knock-out scan may cost in all: cycles, if every fight went to its end.
MOST_CYCLES: Final = 600_000_000
FIGHTS: Final = 10
LEAST_FIGHTS: Final = 4


def lineage_parts(material: Material) -> list[Part]:
    """A row a champion, and each different one's code."""
    fights = code_fights(material)
    how = f"{fights} fights against each" if fights else "without knock-out scans"
    unlike = "Counts are of a few fights each; an instruction is needed when the warrior does worse"
    return [
        _table(material.summary.champions),
        Words("\n".join(lineage_notes(material.run.config))),
        Words(f"The code of each champion as assembled, {how}. {unlike} with a DAT in its place."),
        *_codes(material, fights),
    ]


def code_fights(material: Material) -> int:
    """Fights of the champions' knock-out scans; 0: they would take too long."""
    core, chosen = material.run.config.core, material.choices.scans
    if chosen is not None:
        return chosen
    different = {warrior.id: len(warrior) for warrior in material.champions}
    opponents = len(probe_opponents(core))
    return affordable(sum(different.values()) * opponents, core, MOST_CYCLES, FIGHTS)


def affordable(battles: int, core: CoreSettings, most_cycles: int, most: int) -> int:
    """How many fights so many battles may have; 0 when it would be too few to tell anything."""
    fights = min(most, most_cycles // max(1, battles * core.max_cycles))
    return fights if fights >= LEAST_FIGHTS else 0


def _table(champions: Sequence[ChampionSummary]) -> Table:
    headings = ["round", "champion", "length", "fitness", "search", "beaten", "forgot"]
    return Table([*headings, "points", "bundled", "points"], list(map(_row, champions)))


def _row(summary: ChampionSummary) -> list[str]:
    champion, ancestors = summary.champion, summary.ancestors
    error = champion.standard_error
    fitness = UNKNOWN if champion.measured is None else f"{champion.measured:.3f}"
    return [
        str(champion.round),
        cut(summary.name),
        str(summary.length),
        fitness if error is None else f"{fitness} ± {error:.3f}",
        UNKNOWN if champion.searched is None else f"{champion.searched:.3f}",
        f"{summary.beaten} of {ancestors}" if ancestors else UNKNOWN,
        str(summary.forgotten) if ancestors else UNKNOWN,
        UNKNOWN if summary.score is None else number(summary.score),
        UNKNOWN if summary.generality is None else per_cent(summary.generality),
        UNKNOWN if summary.bundled_score is None else number(summary.bundled_score),
    ]


def _codes(material: Material, fights: int) -> list[Part]:
    """A fold a different champion, in order of its first round."""
    rounds: dict[str, list[int]] = {}
    for place, warrior in enumerate(material.champions):
        rounds.setdefault(warrior.id, []).append(place)
    folds: list[Part] = []
    for numbers in rounds.values():
        warrior = material.champions[numbers[0]]
        title = f"{rounds_words(numbers)}: {cut(material.summary.champions[numbers[0]].name)}"
        found = _explained(warrior, material, fights)
        plural = "" if len(warrior) == 1 else "s"
        title += f", {len(warrior)} instruction{plural}"
        if found is None:
            text = warrior.load_file(material.run.config.core.rules)
        else:
            title += f", {found.strategy.label}"
            text = "\n".join(commented_source(found))
        origin = f"As proposed, in the run folder: {champion_path_words(material, numbers[0])}"
        folds.append(Fold(title, [Code(text), Words(origin)]))
    return folds


def champion_path_words(material: Material, number: int) -> str:
    """The champion's file, from the run's folder on."""
    return str(champion_path(material.run.path, number).relative_to(material.run.path))


def _explained(warrior: Warrior, material: Material, fights: int) -> Explanation | None:
    """None where the core has no room for two, so that nothing can be watched."""
    core, choices = material.run.config.core, material.choices
    try:
        check_room(2, core)
    except ValueError:
        return None
    return explain(warrior, core, fights=fights, seed=choices.seed, workers=choices.workers)
