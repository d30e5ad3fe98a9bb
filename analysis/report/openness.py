"""Is it still going: MODES, activity, champions that are new."""

from collections.abc import Callable, Sequence
from typing import Final

from analysis.activity import activities, activity_table, presence
from analysis.benchmark import wilson
from analysis.loading import RunData
from analysis.novelty import OPPONENTS, champion_novelty, persistent, skeletons
from analysis.novelty_plot import novelty_figure
from analysis.novelty_runs import Novelty, Scans, novelty_by_round, novelty_of
from analysis.phylogeny import phylogeny
from analysis.report.figures import activity_figure
from analysis.report.lineage import affordable, code_fights
from analysis.report.material import Choices, Material, figures_table
from analysis.report.parts import Fold, Part, Words, picture

MOST_CYCLES: Final = 1_500_000_000
FIGHTS: Final = 20
CHAMPIONS: Final = ("round", "new_cell", "new_skeleton", "beats_all", "complexity")
MEASURES: Final = {
    "round": "round",
    "components": "components",
    "change": "change",
    "novelty": "novelty",
    "complexity": "complexity",
    "ecology": "ecology (bits)",
    "activity": "activity",
    "new_activity": "new activity",
    "advances": "new champions so far",
}


def measured_novelty(
    runs: Sequence[RunData],
    choices: Choices,
    on_progress: Callable[[int, int], None] | None = None,
) -> Novelty | None:
    """Novelty of runs, compared with the shadow runs among them; None: it would take too long.

    Args:
        runs: One or more.
        choices: What decides the report.
        on_progress: Called with how many warriors are scanned, and of how many.
    """
    fights = _fights(runs) if choices.scans is None else choices.scans
    if not fights:
        return None
    shadows = [run for run in runs if run.config.shadow]
    others = [run for run in runs if not run.config.shadow]
    scans = Scans(fights, seed=choices.seed, workers=choices.workers)
    if not others:
        return novelty_of(shadows, [], scans, on_progress)
    return novelty_of(others, shadows, scans, on_progress)


def novelty_parts(material: Material) -> list[Part]:
    """The verdict, the curves and their figures; activity alone where scans take too long."""
    run, found = material.run, material.novelty
    if not material.rounds:
        return []
    if found is None:
        return [*_champions_parts(material), *_activity_parts(material)]
    mine = found.rounds[found.rounds["run"] == run.name]
    words = (
        "MODES's change, novelty, complexity and ecology of what lasted, Bedau's new activity, and "
        "champions that were new in behaviour and beat all their ancestors, against the round."
    )
    figure = novelty_figure(novelty_by_round(mine, seed=material.choices.seed), "")
    parts: list[Part] = [picture(figure, words)]
    parts.append(Fold("The figures", [figures_table(mine, MEASURES, ())]))
    judged = found.verdicts.get(run.name)
    if judged is not None:
        reasons = "".join(f"\n- {reason}" for reason in judged.reasons)
        parts.insert(0, Words(f"Verdict: {judged.state}.{reasons}"))
    return parts


def _champions_parts(material: Material) -> list[Part]:
    """Champions that are new and beat all before them; none where even these scans take long."""
    fights = code_fights(material)
    if not fights:
        return []
    run, choices = material.run, material.choices
    scanned = skeletons(
        run, run.champions, fights=fights, seed=choices.seed, workers=choices.workers
    )
    table = champion_novelty(run, scanned)
    new = wilson(int(table["new_and_beats"].sum()), len(table))
    words = (
        f"{int(table['new_and_beats'].sum())} of {len(table)} champions ({new.low:.0%} to "
        f"{new.high:.0%}, 95 %) are new in behaviour and beat all their ancestors."
    )
    shown = table.replace({True: "yes", False: "no"})
    names = {name: name.replace("_", " ") for name in CHAMPIONS}
    return [Words(words), Fold("Champion by champion", [figures_table(shown, names, ())])]


def _activity_parts(material: Material) -> list[Part]:
    active = activities(presence(material.run))
    table = activity_table(active, float("nan"), range(1, material.rounds + 1))
    words = (
        "Bedau's activity: for how many rounds pairs of neighbouring instructions have been in "
        "the archive. What chance alone would do, only a shadow run can tell."
    )
    note = (
        "MODES needs knock-out scans of all elites that lasted, which would take too long here: "
        "`redqueen analyse novelty` makes them, and so does `redqueen report --scans 20`."
    )
    return [picture(activity_figure(table), words), Words(note)]


def _fights(runs: Sequence[RunData]) -> int:
    """As many as take seconds: by the length of all that would be scanned."""
    battles = 0
    for run in runs:
        length = run.warriors.set_index("id")["length"]
        scanned = [*persistent(run, phylogeny(run))["warrior"], *run.champions["warrior"]]
        battles += int(length[scanned].sum()) * OPPONENTS
    return affordable(battles, runs[0].config.core, MOST_CYCLES, FIGHTS)
