"""Several runs side by side, averaged over those of one group."""

from collections.abc import Sequence
from typing import Final

import pandas as pd

from analysis.analyse_cli_options import difference_lines, null_lines
from analysis.archive_maps import archives, archives_by_round, mean_archive
from analysis.archive_maps_plot import archive_figure
from analysis.convergence import fits
from analysis.convergence_cli import convergence_tables
from analysis.convergence_plot import convergence_figure
from analysis.cycles import cycles
from analysis.cycles_groups import cycles_by_group
from analysis.cycles_plot import cycles_figure
from analysis.novelty_plot import novelty_figure
from analysis.novelty_runs import novelty_by_round
from analysis.report.course import generality_of
from analysis.report.figures import fitness_figure
from analysis.report.groups import groups_table, runs_table
from analysis.report.material import Material, bundled_figures, cut, figures_table
from analysis.report.measures import fitness, fitness_by_round
from analysis.report.parts import Chapter, Fold, Part, Section, Words, picture
from analysis.report.prediction import prediction_parts

MOST_OPEN: Final = 8  # lists of more are folded


def comparison(materials: Sequence[Material]) -> Chapter:
    """The chapter that compares runs.

    Args:
        materials: Two or more, of one core.
    """
    sections = [Section("The runs", runs_parts(materials))]
    for title, parts in (
        ("Fitness", _fitness_parts(materials)),
        ("Generality", _generality_parts(materials)),
        ("Convergence", _convergence_parts(materials)),
        ("Code and generality", prediction_parts(materials)),
        ("Archives", _archive_parts(materials)),
        ("Cycles and forgetting", _cycle_parts(materials)),
        ("Novelty", _novelty_parts(materials)),
    ):
        if parts:
            sections.append(Section(title, parts))
    return Chapter("The runs compared", sections)


def runs_parts(materials: Sequence[Material]) -> list[Part]:
    """The groups where runs are averaged, then the runs, folded where they are many."""
    panel = materials[0].panel
    parts: list[Part] = []
    runs = [m.run for m in materials]
    notes = [*null_lines(runs), *difference_lines(runs)]
    if len({run.group for run in runs}) < len(runs):
        figures = pd.concat([fitness(run) for run in runs], ignore_index=True)
        measured = panel.table if panel is not None else bundled_figures(materials)
        opponents = "panel" if panel is not None else "bundled warriors"
        parts.append(groups_table(materials, figures, measured))
        notes.append(
            f"figures of the groups are of each run's last champion (of the {opponents}: the share "
            "that it defeats or ties), with 95 % intervals over runs"
        )
    notes.append("lines and bands are means over the runs of a group with 95 % intervals over runs")
    table = runs_table(materials)
    many = len(runs) > MOST_OPEN and bool(parts)
    parts.append(Fold(f"The {len(runs)} runs one by one", [table]) if many else table)
    return [*parts, Words("\n".join(notes))]


def _fitness_parts(materials: Sequence[Material]) -> list[Part]:
    kinds = {m.run.config.fitness.kind for m in materials}
    if len(kinds) > 1:
        return [Words("The runs maximise different kinds of fitness.")]
    table = pd.concat([fitness(m.run) for m in materials], ignore_index=True)
    if table.empty:
        return []
    by_round = fitness_by_round(table, seed=_seed(materials))
    words = "Fitness of the champions, each against its own round's opponents, mean over the runs."
    return [picture(fitness_figure(by_round, kinds.pop()), words)]


def _generality_parts(materials: Sequence[Material]) -> list[Part]:
    panel, seed = materials[0].panel, _seed(materials)
    if panel is not None:
        return generality_of(panel.table, panel.words, seed)
    known = bundled_figures(materials)
    if known.empty:
        return []
    words = "the bundled warriors, as the runs have them on record"
    return generality_of(known, words, seed)


def _convergence_parts(materials: Sequence[Material]) -> list[Part]:
    panel, seed = materials[0].panel, _seed(materials)
    if panel is None:
        return [Words("`redqueen report --panel DIR` shows whether the champions become alike.")]
    tables, steps = convergence_tables([m.run for m in materials], panel.results, seed)
    fitted = {name: fits(t, single=steps.get(name), seed=seed) for name, t in tables.items()}
    words = "Whether champions of different runs become alike, in behaviour and in code."
    return [picture(convergence_figure(tables, fitted, ""), words)]


def _archive_parts(materials: Sequence[Material]) -> list[Part]:
    runs, seed = [m.run for m in materials], _seed(materials)
    descriptor = runs[0].config.descriptor
    if any(run.config.descriptor != descriptor for run in runs):
        return [Words("The runs have different grids, whose archives cannot be averaged.")]
    table = pd.concat([archives(run) for run in runs], ignore_index=True)
    if table.empty:
        return []
    cells = mean_archive([r for r in runs if not r.config.shadow] or runs, seed=seed)
    figure = archive_figure(archives_by_round(table, seed=seed), cells, descriptor, "")
    words = "Archives: mean over the runs; the maps average rounds, then runs (no shadow runs)."
    return [picture(figure, words)]


def _cycle_parts(materials: Sequence[Material]) -> list[Part]:
    seed = _seed(materials)
    table = cycles([m.run for m in materials], seed=seed)
    by_group = cycles_by_group(table, seed=seed)
    words = "Circles among champions, and ancestors that are beaten once and win again."
    names = {"group": "group", "runs": "runs", "cycles": "three-cycles a run"}
    names |= {"cycle_share": "share", "cyclic_share": "cyclic share"}
    names["forgotten_share"] = "forgotten"
    shares = ("cycle_share", "cyclic_share", "forgotten_share")
    cells = figures_table(by_group, names, shares)
    return [picture(cycles_figure(table, by_group, ""), words), cells]


def _novelty_parts(materials: Sequence[Material]) -> list[Part]:
    found = materials[0].novelty
    if found is None:
        return []
    by_round = novelty_by_round(found.rounds, seed=_seed(materials))
    words = "MODES, activity and new champions, mean over the runs of a group."
    verdicts = [f"{cut(name)}: {judged.state}" for name, judged in found.verdicts.items()]
    shown: Part = Words("\n".join(verdicts))
    if len(verdicts) > MOST_OPEN:
        shown = Fold(f"The verdicts on {len(verdicts)} runs", [shown])
    return [*([shown] if verdicts else []), picture(novelty_figure(by_round, ""), words)]


def _seed(materials: Sequence[Material]) -> int:
    return materials[0].choices.seed
