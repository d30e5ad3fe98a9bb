"""The archives at the end of each round: who was in them, coverage, QD-score, and their mean.

Limits of a single run come from its fights: each elite's fitness is drawn anew, normal with its
standard error. They are around the search's figures, whose elites are the luckiest of many. Which
cells are occupied depends on behaviours, of which the store keeps no errors: coverage of a single
run has no limits.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
import pandas as pd

from analysis.draws import Draw, generator
from analysis.generality_bootstrap import mean_with_limits
from analysis.loading import RunData
from analysis.loading_groups import in_order
from analysis.loading_units import count_units
from analysis.ranking import FloatArray
from evolution.config import RunConfig
from evolution.descriptor import cell_count
from mars.intervals import RESAMPLES, limits, mean_limits

MEASURES: Final = ("coverage", "qd_score", "quality", "best")
FOUGHT: Final = ("qd_score", "quality", "best")
# Elites of a round fought on the same positions, so a part of their errors' variance is common.
# Six archives of 13 to 24 elites, fought anew 30 to 60 times: 0 to 0.27.
SHARED: Final = 0.25


def elites(run: RunData) -> pd.DataFrame:
    """Who was in the archive at the end of each round, or is now in one that is being searched.

    Returns:
        A row a round and occupied cell: run, group, unit, round, cell (row-major, the first axis
        slowest), warrior, fitness (as the search measured it), share (of the highest fitness
        possible in that round above the lowest), spawned, coverage, length, opcodes, share_error
        (standard error of the share; NaN after one fight).
    """
    added = run.placements[run.placements["status"] != "not added"]
    last = added.sort_values("number", kind="stable").drop_duplicates(
        ["round", "cell"], keep="last"
    )
    placed = last[["round", "number", "cell"]].merge(
        run.proposals[["round", "number", "warrior"]], on=["round", "number"], how="left"
    )
    searched = run.evaluations[run.evaluations["purpose"] == "search"]
    measured = ["round", "warrior", "fitness", "spawned", "coverage", "length", "opcodes"]
    known = searched[[*measured, "standard_error"]]
    table = placed.merge(known, on=["round", "warrior"], how="left")
    low, high = _bounds(run.config, table["round"].to_numpy(np.int64))
    table = table.assign(
        run=run.name,
        group=run.group,
        unit=run.unit,
        share=(table["fitness"] - low) / (high - low),
        share_error=table["standard_error"].astype(float) / (high - low),
    )
    names = ["run", "group", "unit", "round", "cell", "warrior", "fitness", "share", *measured[3:]]
    columns = [*names, "share_error"]
    return table.sort_values(["round", "cell"], ignore_index=True)[columns]


def archives(run: RunData, *, seed: int = 0) -> pd.DataFrame:
    """Figures of a run's archives.

    Args:
        run: One.
        seed: Of the redrawn fights.

    Returns:
        A row a round: run, group, unit, round, cells (of the grid), occupied, coverage (occupied
        of the cells), qd_score (sum over the cells of the elites' share of the highest fitness
        possible, over the cells: 0 to 1; in other words coverage times quality), quality (mean
        share of the elites), best (highest share), fitness (highest); of qd_score, quality and
        best also `_low` and `_high`, from the fights, NaN where an elite's standard error is not
        known.
    """
    cells = cell_count(run.config.descriptor)
    rows = []
    for (number,), part in elites(run).groupby(["round"], sort=True):
        share = part["share"].to_numpy(float)
        rows.append(
            {
                "run": run.name,
                "group": run.group,
                "unit": run.unit,
                "round": number,
                "cells": cells,
                "occupied": len(part),
                "coverage": len(part) / cells,
                "qd_score": float(share.sum()) / cells,
                "quality": float(share.mean()),
                "best": float(share.max()),
                "fitness": float(part["fitness"].max()),
                **_fought_limits(part, cells, int(str(number)), seed),
            }
        )
    names = ["run", "group", "unit", "round", "cells", "occupied", *MEASURES, "fitness"]
    ends = [f"{name}_{end}" for name in FOUGHT for end in ("low", "high")]
    return pd.DataFrame(rows, columns=[*names, *ends])


def archives_by_round(table: pd.DataFrame, *, seed: int = 0) -> pd.DataFrame:
    """Means over the runs of a group, with intervals from the runs.

    Args:
        table: What `archives` returns, of several runs.
        seed: Of the bootstrap.

    Returns:
        A row a group and round: group, round, runs, islands, and coverage, qd_score, quality and
        best with `_low` and `_high`; those of one run are from its fights, NaN for coverage.
    """
    rows = []
    for (group, number), part in table.groupby(["group", "round"], sort=True):
        row: dict[str, object] = {"group": group, "round": number, **count_units(part)}
        with_all = part.assign(coverage_low=np.nan, coverage_high=np.nan)
        for name in MEASURES:
            row |= mean_with_limits(with_all, name, 1.0, seed)
        rows.append(row)
    limited = [f"{name}{end}" for name in MEASURES for end in ("", "_low", "_high")]
    return in_order(pd.DataFrame(rows, columns=["group", "round", "runs", "islands", *limited]))


def mean_archive(runs: Sequence[RunData], *, seed: int = 0) -> pd.DataFrame:
    """The archive averaged over the rounds of each run, its islands, then over the runs.

    Args:
        runs: One or more, of one grid.
        seed: Of the bootstrap over runs.

    Returns:
        A row a cell: cell, bin_0, bin_1 … (on each axis), occupied (share of the archives in
        which it has an elite), share (mean of its elites' shares of the highest fitness possible;
        NaN: never occupied), runs (in which it was occupied), and both with `_low` and `_high`
        (NaN for fewer than two runs).

    Raises:
        ValueError: The runs have different grids.
    """
    descriptor = runs[0].config.descriptor
    for run in runs:
        if run.config.descriptor != descriptor:
            raise ValueError(
                f"expected runs of one grid: got {descriptor} and {run.config.descriptor}"
            )
    cells = cell_count(descriptor)
    units = sorted({run.unit for run in runs})
    pairs = [_mean_of_unit([r for r in runs if r.unit == u], cells) for u in units]
    occupied, share = (np.stack(values) for values in zip(*pairs, strict=True))
    table = pd.DataFrame({"cell": np.arange(cells), **_bins(runs[0].config, cells)})
    table["runs"] = (occupied > 0).sum(axis=0)
    for name, values in (("occupied", occupied), ("share", share)):
        found = [_mean_and_limits(column, seed) for column in values.T]
        table[[name, f"{name}_low", f"{name}_high"]] = np.array(found)
    return table


def _fought_limits(part: pd.DataFrame, cells: int, number: int, seed: int) -> dict[str, float]:
    """By `<name>_low` and `<name>_high`, what other fights of the same elites would have given.

    Args:
        part: The elites of a round.
        cells: Of the grid.
        number: Of the round.
        seed: Of the draws.
    """
    share, error = (part[name].to_numpy(float) for name in ("share", "share_error"))
    rng = generator(seed, Draw.ELITES, number)
    common = rng.standard_normal((RESAMPLES, 1))
    own = rng.standard_normal((RESAMPLES, len(share)))
    drawn = share + error * (np.sqrt(SHARED) * common + np.sqrt(1 - SHARED) * own)
    figures = {
        "qd_score": (drawn.sum(axis=1) / cells, share.sum() / cells),
        "quality": (drawn.mean(axis=1), share.mean()),
        "best": (drawn.max(axis=1), share.max()),
    }
    found = {}
    for name, (resampled, measured) in figures.items():
        for end, limit in zip(("low", "high"), limits(resampled, measured), strict=True):
            found[f"{name}_{end}"] = float(np.clip(limit, 0, 1))
    return found


def _mean_of_unit(islands: Sequence[RunData], cells: int) -> tuple[FloatArray, FloatArray]:
    """(cells,) means of what `_mean_of_run` gives; the shares of islands that have any."""
    pairs = [_mean_of_run(run, cells) for run in sorted(islands, key=lambda run: run.name)]
    occupied, share = (np.stack(values) for values in zip(*pairs, strict=True))
    known = ~np.isnan(share)
    total, count = np.where(known, share, 0.0).sum(axis=0), known.sum(axis=0)
    mean = np.full(cells, np.nan)
    np.divide(total, count, out=mean, where=count > 0)
    return occupied.mean(axis=0), mean


def _mean_of_run(run: RunData, cells: int) -> tuple[FloatArray, FloatArray]:
    """(cells,) share of a run's rounds in which a cell is occupied; mean share of its elites."""
    found = elites(run)
    rounds = max(1, found["round"].nunique())
    count = np.bincount(found["cell"], minlength=cells).astype(float)
    total = np.bincount(found["cell"], weights=found["share"], minlength=cells)
    mean = np.full(cells, np.nan)
    np.divide(total, count, out=mean, where=count > 0)
    return count / rounds, mean


def _mean_and_limits(values: FloatArray, seed: int) -> tuple[float, float, float]:
    """Of those that are not NaN."""
    known = values[~np.isnan(values)]
    if not len(known):
        return float("nan"), float("nan"), float("nan")
    low, high = mean_limits(known, seed)
    return float(known.mean()), float(np.clip(low, 0, 1)), float(np.clip(high, 0, 1))


def _bins(config: RunConfig, cells: int) -> dict[str, FloatArray]:
    """(cells,) numbers of the bins on each axis."""
    if config.descriptor.single_cell:
        return {}
    shape = tuple(len(axis.edges) + 1 for axis in config.descriptor.axes)
    places = np.unravel_index(np.arange(cells), shape)
    return {f"bin_{axis}": np.asarray(place) for axis, place in enumerate(places)}


def _bounds(config: RunConfig, rounds: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The lowest and the highest fitness possible in each round."""
    points = config.fitness.points
    low = min(points.tie, points.loss) if config.fitness.kind == "pairwise" else 0.0
    high = [config.maximum_fitness(config.opponents_in(int(number))) for number in rounds]
    return np.full(len(rounds), low), np.array(high, float)
