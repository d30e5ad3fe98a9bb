"""How a run went: fitness and generality over rounds, and its archives."""

import pandas as pd

from analysis.archive_maps import archives, archives_by_round, mean_archive
from analysis.archive_maps_plot import archive_figure
from analysis.generality import generality_by_round
from analysis.generality_plot import generality_figure
from analysis.report.figures import fitness_figure
from analysis.report.material import Material, figures_table
from analysis.report.measures import fitness, fitness_by_round
from analysis.report.parts import Fold, Part, Words, picture
from evolution.view import has_seen_bundled

GENERALITY: dict[str, str] = {
    "round": "round",
    "defeated": "defeated",
    "tied_or_defeated": "defeated or tied",
    "win": "win",
    "tie": "tie",
    "loss": "loss",
    "score": "points",
}
SHARES = ("defeated", "tied_or_defeated", "win", "tie", "loss")


def fitness_parts(material: Material) -> list[Part]:
    """Each champion against its own round's opponents."""
    table = fitness(material.run)
    if table.empty:
        return []
    by_round = fitness_by_round(table, seed=material.choices.seed)
    figure = fitness_figure(by_round, material.run.config.fitness.kind, table)
    words = (
        "Fitness of each champion against its own round's opponents on fresh seeds; the band is "
        "the 95 % interval over its fights. The opponents change, so a level line is no standstill."
    )
    return [picture(figure, words)]


def generality_parts(material: Material) -> list[Part]:
    """Against a panel where there is one, else against the bundled warriors."""
    if material.panel is not None:
        table = material.panel.table
        mine = table[table["run"] == material.run.name]
        return [
            *generality_of(mine, material.panel.words, material.choices.seed),
            *([Words("\n".join(material.panel.notes))] if material.panel.notes else []),
        ]
    table = material.bundled
    if table.empty:
        return []
    opponents, fights = int(table["opponents"].iloc[-1]), int(table["fights"].iloc[-1])
    words = f"{opponents} bundled warriors, {fights} fights a pair, as the run has them on record"
    parts = generality_of(table, words, material.choices.seed)
    if has_seen_bundled(material.run.config):
        note = "This run has met bundled warriors or used fragments of them: they are no unseen"
        parts.append(Words(f"{note} opponents."))
    parts.append(Words("`redqueen report --panel DIR` measures against warriors of your own."))
    return parts


def generality_of(table: pd.DataFrame, words: str, seed: int) -> list[Part]:
    """The curves and the figures behind them.

    Args:
        table: As `analysis.generality.generality` returns it.
        words: Who the opponents are; untrusted text.
        seed: Of the bootstrap.
    """
    by_round = generality_by_round(table, seed=seed)
    about = (
        f"Generality: shares of the opponents ({words}). One is defeated when it loses more "
        "fights than it wins. Bands: 95 % intervals, over the runs or, of a single run, over its "
        "fights."
    )
    columns = {"group": "group", "runs": "runs"} if by_round["group"].nunique() > 1 else {}
    cells = figures_table(by_round, {**columns, **GENERALITY}, SHARES)
    return [picture(generality_figure(by_round, ""), about), Fold("The figures", [cells])]


def archive_parts(material: Material) -> list[Part]:
    """The archives' maps, coverage and QD-score."""
    table = archives(material.run)
    if table.empty:
        return []
    seed, descriptor = material.choices.seed, material.run.config.descriptor
    by_round = archives_by_round(table, seed=seed)
    cells = mean_archive([material.run], seed=seed)
    words = (
        "The archive at each round's end: cells with an elite, and the elites' fitness as a share "
        "of the highest possible. The maps average the rounds; the bins' edges are on the axes."
    )
    names = {name: name.replace("_", " ") for name in ("round", "occupied", "coverage")}
    names |= {"qd_score": "QD-score", "quality": "mean elite", "best": "best elite"}
    shares = ("coverage", "qd_score", "quality", "best")
    figures = Fold("The figures", [figures_table(table, names, shares)])
    return [picture(archive_figure(by_round, cells, descriptor, ""), words), figures]
