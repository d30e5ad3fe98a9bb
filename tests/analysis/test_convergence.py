"""Whether champions become alike: variances, changes, fits, and what code is like."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.convergence import (
    chance_variance,
    change,
    changes,
    fits,
    phenotype_changes,
    phenotypes,
)
from analysis.convergence_choices import candidates, genotype_changes, lone_runs
from analysis.convergence_cli import convergence_tables
from analysis.convergence_fits import fit_line, incomplete_beta
from analysis.convergence_plot import PANELS, convergence_figure
from analysis.convergence_variance import Draws, variance, variance_draws
from analysis.generality_panel import PanelResults, fight_panel
from analysis.genotype import genotypes
from analysis.loading import RunData
from analysis.loading_groups import lineages, load_runs
from mars.assembler import assemble
from mars.entrants import read_entrants
from mars.settings import CoreSettings
from tests.analysis.hand_made import hand_made_run, lineage
from tests.evolution.small_runs import small_config

Runs = dict[str, Path]
NANO = CoreSettings.preset("nano")


def lines(runs: int, rounds: int, group: str = "K=1") -> pd.DataFrame:
    """Champions of several runs."""
    return pd.DataFrame(
        [
            {"run": f"run {run}", "group": group, "round": number}
            for run in range(runs)
            for number in range(rounds)
        ]
    )


def test_variance__of_identical_runs_is_nothing() -> None:
    vectors = np.tile(np.random.default_rng(1).random((4, 7)), (3, 1))
    found = variance(lines(3, 4), vectors)
    assert found["round"].tolist() == [0, 1, 2, 3]
    assert (found[["value", "low", "high"]] == 0).all(axis=None)


def test_variance__is_numpys() -> None:
    vectors = np.random.default_rng(2).random((5, 9))
    found = variance(lines(5, 1), vectors).iloc[0]
    assert found["runs"] == 5
    assert found["value"] == pytest.approx(vectors.var(axis=0, ddof=1).sum())
    assert 0 < found["low"] < found["value"] < found["high"]
    assert variance(lines(1, 3), vectors[:3]).empty


def test_variance__groups_are_apart() -> None:
    champions = pd.concat([lines(2, 1, "K=10"), lines(2, 1, "K=3")], ignore_index=True)
    found = variance(champions, np.array([[0.0], [2.0], [5.0], [5.0]]))
    assert found["group"].tolist() == ["K=3", "K=10"]
    assert found["value"].tolist() == [0.0, 2.0]


def with_islands(champions: pd.DataFrame) -> pd.DataFrame:
    """Every run as two islands that have the same champions."""
    champions = champions.assign(unit=champions["run"])
    twice = [champions, champions.assign(run=champions["run"] + "/island_1")]
    return pd.concat(twice, ignore_index=True)


def test_variance__islands_of_a_run_count_once() -> None:
    champions, vectors = lines(4, 3), np.random.default_rng(9).random((12, 5))
    once = variance(champions, vectors)
    both, doubled = with_islands(champions), np.tile(vectors, (2, 1))
    found = variance(both, doubled)
    assert (found["runs"].tolist(), found["islands"].tolist()) == ([4] * 3, [8] * 3)
    ends = ["value", "low", "high"]
    assert found[ends].to_numpy() == pytest.approx(once[ends].to_numpy())
    drawn = (variance_draws(c, v) for c, v in ((champions, vectors), (both, doubled)))
    first, second = (draws.values["K=1"] for draws in drawn)
    assert second == pytest.approx(first, nan_ok=True)
    # Islands that are alike make runs no more alike; those of one run alone tell nothing.
    free = variance(both.drop(columns="unit"), doubled)
    assert (free["value"] < found["value"]).all()
    assert variance(both.assign(unit="one"), doubled).empty
    assert not variance_draws(both.assign(unit="one"), doubled).rounds
    # Two islands at 0 and 2 are on average (4 + 16) / 2 from a run at 4, halved as a variance is.
    places = lines(3, 1).assign(unit=["a", "a", "b"])
    assert variance(places, np.array([[0.0], [2.0], [4.0]]))["value"].tolist() == [5]


def test_change__islands_of_a_run_count_once() -> None:
    vectors = np.random.default_rng(9).random((16, 5))
    champions = lines(4, 4)
    once = changes(champions, vectors)
    twice = changes(with_islands(champions), np.tile(vectors, (2, 1)))
    assert twice["unit"].unique().tolist() == once["run"].unique().tolist()
    means, doubled = change(once), change(twice)
    assert doubled["islands"].tolist() == [8] * 3
    pd.testing.assert_frame_equal(doubled.drop(columns="islands"), means.drop(columns="islands"))
    pd.testing.assert_frame_equal(fits(doubled, single=twice), fits(means, single=once))


def test_changes__are_distances_to_the_round_before() -> None:
    champions = lines(2, 3)
    vectors = np.array([[0, 0], [3, 4], [3, 4], [1, 1], [1, 1], [1, 2]], float)
    # The order of the rows does not matter.
    order = np.array([3, 0, 5, 2, 1, 4])
    found = changes(champions.iloc[order].reset_index(drop=True), vectors[order])
    found = found.sort_values(["run", "round"], ignore_index=True)
    assert found["value"].tolist() == [5, 0, 0, 1]
    assert found["round"].tolist() == [1, 2, 1, 2]
    means = change(found)
    assert means["value"].tolist() == [2.5, 0.5]
    assert means["low"].tolist() == pytest.approx([0, 0], abs=0.2)
    assert means["high"].tolist() == pytest.approx([5, 1], abs=0.2)
    alone = change(changes(champions.iloc[:3], vectors[:3]))
    assert alone["value"].tolist() == [5, 0]
    assert alone[["low", "high"]].isna().all(axis=None)


def test_phenotypes__are_mean_results() -> None:
    outcomes = np.array([[[1, 1], [0, 0]], [[1, -1], [-1, -1]]], np.int8)
    champions = lines(1, 2).assign(place=[1, 0])
    results = PanelResults(champions, ("a", "b"), outcomes, (("", ""), ("", "")))
    expected = np.array([[0.5, 0], [1, 0.5]])
    assert phenotypes(results) == pytest.approx(expected / np.sqrt(2))
    found = phenotype_changes(results).iloc[0]
    assert found["value"] == pytest.approx(0.5)  # both differences are 1/2
    assert found["low"] <= found["value"] <= found["high"]
    assert found["low"] < found["high"]
    # Two fights, won and lost: variance 1/2 of a result, over 2 fights, over 2 opponents.
    assert chance_variance(results)["chance"].tolist() == pytest.approx([0.125, 0])


def test_phenotypes__of_recorded_runs(recorded: Runs, nano_panel: Path) -> None:
    runs = load_runs([recorded["first"], recorded["second"]])
    panel = [e.warrior for e in read_entrants([str(nano_panel)], NANO, rounds=1).entrants]
    results = fight_panel(runs, panel, fights=10)
    found = variance(results.champions, phenotypes(results))
    assert found["value"].iloc[0] == 0  # all begin with the imp
    assert found["value"].iloc[1:].max() > 0
    steps = phenotype_changes(results)
    assert (
        steps["value"].tolist() == changes(results.champions, phenotypes(results))["value"].tolist()
    )
    twice = results.champions.assign(run=results.champions["run"].replace("second", "third"))
    both = pd.concat([results.champions.iloc[:4], twice.iloc[:4].assign(run="copy")])
    assert (variance(both, np.tile(phenotypes(results)[:4], (2, 1)))["value"] == 0).all()


def test_fits__find_lines_that_are_there() -> None:
    rounds = np.arange(0, 21)
    table = pd.DataFrame({"group": "K=1", "round": rounds, "value": 3.0 - 0.5 * rounds})
    table.loc[0, "value"] = 99  # round 0 is w_0's and does not count
    linear, log = fits(table).to_dict(orient="records")
    assert (linear["kind"], linear["points"]) == ("linear", 20)
    assert (linear["slope"], linear["intercept"]) == pytest.approx((-0.5, 3))
    assert linear["r_squared"] == pytest.approx(1)
    assert linear["p"] == pytest.approx(0, abs=1e-12)
    assert (log["kind"], log["r_squared"] < 1) == ("log", True)
    table["value"] = 2 + np.log(np.maximum(1, rounds))
    linear, log = fits(table).to_dict(orient="records")
    assert (log["slope"], log["intercept"]) == pytest.approx((1, 2))
    assert log["r_squared"] == pytest.approx(1)
    assert linear["r_squared"] < 0.95


def test_fits__limits_of_slopes_come_from_the_runs() -> None:
    rounds = np.arange(5)
    single = pd.concat(
        pd.DataFrame({"run": f"{s}", "group": "K=1", "round": rounds, "value": s * rounds})
        for s in (1, 2, 3)
    )
    means = change(single[single["round"] > 0])
    linear, log = fits(means, single=single).to_dict(orient="records")
    assert linear["slope"] == pytest.approx(2)
    assert 1 <= linear["slope_low"] < 1.5
    assert 2.5 < linear["slope_high"] <= 3.1
    assert log["slope_low"] < log["slope"] < log["slope_high"]
    alone = fits(means, single=single[single["run"] == "1"])
    assert alone[["slope_low", "slope_high"]].isna().all(axis=None)


def test_variance_draws__are_variances_of_resampled_runs() -> None:
    champions, vectors = lines(4, 3), np.random.default_rng(6).random((12, 5))
    found = variance_draws(champions, vectors, seed=3)
    counts = np.random.default_rng(np.random.SeedSequence(3)).multinomial(4, [0.25] * 4, size=500)
    assert found.rounds["K=1"].tolist() == [0, 1, 2]
    by_run = vectors.reshape(4, 3, 5)
    for resample in (0, 17, 499):
        drawn = np.repeat(by_run, counts[resample], axis=0)
        expected = drawn.var(axis=0, ddof=1).sum(axis=1) * 4 / 3
        assert found.values["K=1"][resample] == pytest.approx(expected)
    # On average the resamples have the variance that was measured.
    measured = variance(champions, vectors)["value"].to_numpy()
    assert found.values["K=1"].mean(axis=0) == pytest.approx(measured, rel=0.1)
    assert not variance_draws(lines(1, 3), vectors[:3]).rounds


def test_variance_draws__runs_of_different_lengths() -> None:
    champions = lines(3, 4)
    champions = champions[(champions["run"] != "run 1") | (champions["round"] < 2)]
    champions = champions.reset_index(drop=True)
    vectors = np.random.default_rng(8).random((len(champions), 2))
    drawn = variance_draws(champions, vectors).values["K=1"]
    assert not np.isnan(drawn[:, :2]).any()
    # A resample with fewer than two draws of the longer runs has no later rounds.
    assert np.isnan(drawn[:, 2:]).any()
    limits = fits(variance(champions, vectors), single=variance_draws(champions, vectors))
    assert limits[["slope_low", "slope_high"]].notna().all(axis=None)


def test_fits__limits_of_variances_slopes() -> None:
    """Runs that drift apart: the variance grows, and by how much depends on the runs."""
    rng = np.random.default_rng(9)
    champions = lines(20, 12)
    vectors = np.concatenate([rng.normal(size=(12, 3)).cumsum(axis=0) for _ in range(20)])
    table, draws = variance(champions, vectors), variance_draws(champions, vectors)
    linear, log = fits(table, single=draws).to_dict(orient="records")
    plain = fits(table).to_dict(orient="records")
    for row, without in zip((linear, log), plain, strict=True):
        assert row["slope"] == without["slope"] > 0
        assert row["slope_low"] < row["slope"] < row["slope_high"]
        assert np.isnan(without["slope_low"])
    assert linear["slope_low"] > 0
    # Equal runs leave no doubt, and other groups' draws say nothing.
    same = np.tile(vectors[:12], (20, 1))
    sure = fits(variance(champions, same), single=variance_draws(champions, same)).iloc[0]
    assert (sure["slope_low"], sure["slope_high"]) == (0, 0)
    other = Draws({"K=2": draws.rounds["K=1"]}, {"K=2": draws.values["K=1"]})
    assert fits(table, single=other)["slope_low"].isna().all()


def chosen(name: str, *rows: tuple[int, str, float, float], **changes: object) -> RunData:
    """A run of (round, candidate, fitness, standard error), w_0 before them."""
    columns = ("round", "warrior", "fitness", "standard_error")
    measured = [dict(zip(columns, row, strict=True)) | {"purpose": "champion"} for row in rows]
    best: dict[int, str] = {}
    for number in sorted({row[0] for row in rows}):
        best[number] = max((r for r in rows if r[0] == number), key=lambda row: row[2])[1]
    return hand_made_run(
        name,
        small_config(**changes),
        champions=lineage("w", *best.values()),
        evaluations=measured,
    )


def champions_of(*runs: RunData) -> pd.DataFrame:
    return lineages(runs)


CODE = pd.DataFrame(
    [[0.0], [1.0], [4.0], [5.0], [9.0]], index=["w", "a", "b", "c", "d"], columns=["x"]
)


def test_genotype_changes__limits_are_those_of_other_choices() -> None:
    run = chosen("one", (1, "a", 1.0, 0.5), (1, "b", 0.9, 0.5), (2, "c", 2.0, 0.1))
    assert candidates(run)["warrior"].tolist() == ["a", "b", "c"]
    found = genotype_changes([run], champions_of(run), CODE, seed=1)
    assert found["value"].tolist() == [1, 4]
    # Had b won: 4 from w to b, and 1 from b to c.
    assert found[["low", "high"]].to_numpy().tolist() == [[1, 4], [1, 4]]
    sure = chosen("one", (1, "a", 1.0, 0.01), (1, "b", 0.5, 0.01), (2, "c", 2.0, 0.1))
    found = genotype_changes([sure], champions_of(sure), CODE, seed=1)
    assert found[["low", "high"]].to_numpy().tolist() == [[1, 1], [4, 4]]
    assert change(found)[["low", "high"]].to_numpy().tolist() == [[1, 1], [4, 4]]


def test_genotype_changes__who_has_none() -> None:
    rows = ((1, "a", 1.0, 0.5), (1, "b", 0.9, 0.5))
    one, two = chosen("one", *rows), chosen("two", *rows)
    both = champions_of(one, two)
    assert lone_runs([one, two], both) == []
    # Two islands of one run are alone: they tell nothing of other runs.
    islands = [replace(run, unit="both") for run in (one, two)]
    assert lone_runs(islands, champions_of(*islands)) == islands
    found = genotype_changes([one, two], both, CODE)
    assert found["value"].tolist() == [1, 1]
    assert found[["low", "high"]].isna().all(axis=None)
    for run in (
        chosen("shadow", *rows, shadow=True),
        chosen("no error", (1, "a", 1.0, np.nan), (1, "b", 0.9, np.nan)),
        chosen("no choice", (1, "a", 1.0, 0.5)),
    ):
        found = genotype_changes([run], champions_of(run), CODE)
        assert found["value"].tolist() == [1], run.name
        assert found[["low", "high"]].isna().all(axis=None), run.name


def test_convergence_tables__of_recorded_runs(recorded: Runs, nano_panel: Path) -> None:
    runs = load_runs([recorded["first"], recorded["second"], recorded["short"]])
    panel = [e.warrior for e in read_entrants([str(nano_panel)], NANO, rounds=1).entrants]
    results = fight_panel(runs, panel, fights=4)
    tables, steps = convergence_tables(runs, results, 0)
    for name, table in tables.items():
        fitted = fits(table, single=steps[name])
        assert fitted.loc[fitted["points"] >= 3, "slope"].notna().all(), name
        pairs = fitted[fitted["group"] == runs[0].group]
        if pairs["slope"].notna().all():
            assert pairs[["slope_low", "slope_high"]].notna().all(axis=None), name
    # The run of another history is alone: its champions were chosen from two each.
    alone = tables["genotype_change"]
    alone = alone[alone["group"] == runs[2].group]
    assert alone["runs"].tolist() == [1, 1, 1]
    assert alone[["low", "high"]].notna().all(axis=None)
    assert (alone["low"] <= alone["value"]).all()
    assert (alone["value"] <= alone["high"]).all()


def test_fit_line__against_a_textbook() -> None:
    """Anscombe's first set: slope 0.500, intercept 3.00, R² 0.667, p 0.00217."""
    x = np.array([10, 8, 13, 9, 11, 14, 6, 4, 12, 7, 5], float)
    y = np.array([8.04, 6.95, 7.58, 8.81, 8.33, 9.96, 7.24, 4.26, 10.84, 4.82, 5.68])
    fit = fit_line(x, y)
    assert (fit.slope, fit.intercept) == pytest.approx((0.50009, 3.00009), abs=1e-5)
    assert fit.r_squared == pytest.approx(0.66654, abs=1e-5)
    assert fit.p == pytest.approx(0.00217, abs=1e-5)
    assert fit_line(np.append(x, np.nan), np.append(y, 1.0)) == fit


def test_fit_line__nothing_to_fit() -> None:
    few = fit_line(np.array([1.0, 2.0]), np.array([1.0, 2.0]))
    assert np.isnan([few.slope, few.p]).all()
    flat = fit_line(np.arange(4.0), np.full(4, 7.0))
    assert (flat.slope, flat.intercept) == (0, 7)
    assert np.isnan([flat.r_squared, flat.p]).all()
    assert np.isnan(fit_line(np.ones(4), np.arange(4.0)).slope)


def test_incomplete_beta__known_values() -> None:
    for x in (0.0, 0.1, 0.5, 0.9, 1.0):
        assert incomplete_beta(1, 1, x) == pytest.approx(x)
        assert incomplete_beta(3, 1, x) == pytest.approx(x**3)
        assert incomplete_beta(1, 2, x) == pytest.approx(1 - (1 - x) ** 2)
        assert incomplete_beta(0.5, 0.5, x) == pytest.approx(2 / np.pi * np.arcsin(np.sqrt(x)))
    # Student's t: the two-sided 5 % points of 10 and of 30 degrees of freedom.
    for df, t in ((10, 2.228139), (30, 2.042272)):
        assert incomplete_beta(df / 2, 0.5, df / (df + t * t)) == pytest.approx(0.05, abs=1e-6)
    with pytest.raises(ValueError, match="expected a > 0"):
        incomplete_beta(0, 1, 0.5)


def test_genotypes__lengths_and_distances() -> None:
    imp = assemble("mov.i 0, 1", NANO)
    step = assemble("mov.i 0, 2", NANO)
    bomber = assemble("add.ab #4, 3\nmov.i 2, @2\njmp.b -2, 0\ndat.f 0, 0", NANO)
    turned = assemble("dat.f 0, 0\njmp.b -2, 0\nmov.i 2, @2\nadd.ab #4, 3", NANO)
    stone = assemble("spl.b 0, 0\njmn.a *5, {5", NANO)
    found = genotypes([imp, step, bomber, turned, stone])
    assert found.index.tolist() == [w.id for w in (imp, step, bomber, turned, stone)]
    matrix = found.to_numpy()
    assert np.linalg.norm(matrix, axis=1) == pytest.approx(np.ones(5))
    gaps = ((matrix[:, None] - matrix[None, :]) ** 2).sum(axis=2)
    assert gaps[0, 1] == 0  # numbers do not count
    assert gaps[0, 4] == pytest.approx(2)  # nothing in common
    assert 0 < gaps[2, 3] < 2  # the same instructions in another order
    assert 0 < gaps[0, 2] < 2  # both move
    assert found["opcode 3: ADD, MOV, JMP"].gt(0).tolist() == [False, False, True, False, False]
    assert list(found.columns) == sorted(found.columns)
    # A warrior's features are its own, whoever else is there.
    alone = genotypes([bomber]).iloc[0]
    assert alone.to_dict() == {name: v for name, v in found.iloc[2].items() if v > 0}


def test_convergence_figure__four_panels() -> None:
    champions = lines(3, 5)
    vectors = np.random.default_rng(3).random((15, 4))
    varied, changed = variance(champions, vectors), change(changes(champions, vectors))
    tables = {name: varied if name.endswith("variance") else changed for name in PANELS}
    figure = convergence_figure(tables, {n: fits(t) for n, t in tables.items()}, "title")
    assert [axes.get_ylabel() for axes in figure.axes] == list(PANELS.values())
    assert all(len(axes.lines) == 3 for axes in figure.axes)  # the means, and two fits
    alone = variance(lines(1, 5), vectors[:5])
    tables |= {name: alone for name in PANELS if name.endswith("variance")}
    figure = convergence_figure(tables, {n: fits(t) for n, t in tables.items()}, "title")
    assert figure.axes[0].texts[0].get_text() == "needs two or more runs"
