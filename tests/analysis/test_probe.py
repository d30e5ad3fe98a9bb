"""Ridge regression on cases whose answer is known, and a probe of recorded runs."""

import csv
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner, Result

import redqueen
from analysis.probe import PENALTIES, ProbeResult, cross_predict, probe, ridge_predict
from analysis.probe_plot import probe_figure
from tests.evolution.small_runs import run_whole, small_config

N_RUNS, N_ROUNDS, N_FEATURES = 6, 12, 8
MEASURED = np.random.default_rng(np.random.SeedSequence(11))


def champions(values: np.ndarray, warriors: list[str] | None = None) -> pd.DataFrame:
    """`N_RUNS` runs of equal length; the round counts from 1."""
    n_rounds = len(values) // N_RUNS
    return pd.DataFrame(
        {
            "run": np.repeat([f"r{i}" for i in range(N_RUNS)], n_rounds),
            "group": "K=1",
            "round": np.tile(np.arange(1, n_rounds + 1), N_RUNS),
            "warrior": warriors or [f"w{i}" for i in range(len(values))],
            "value": values,
        }
    )


def unit_rows(n: int) -> np.ndarray:
    rows = MEASURED.normal(size=(n, N_FEATURES))
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def figures(found: ProbeResult, features: str = "code") -> dict[str, float]:
    row = found.summary[found.summary["features"] == features].iloc[0]
    return {str(key): value for key, value in row.items()}


def test_ridge_predict__the_textbook_formula() -> None:
    features, targets = MEASURED.normal(size=(20, 5)), MEASURED.normal(size=(20, 2))
    train, test = np.arange(14), np.arange(14, 20)
    found = ridge_predict(features, targets, train, test)
    centre, mean = features[train].mean(axis=0), targets[train].mean(axis=0)
    known = features[train] - centre
    for penalty, guesses in zip(PENALTIES, found, strict=True):
        matrix = known.T @ known + penalty * np.eye(5)
        weights = np.linalg.solve(matrix, known.T @ (targets[train] - mean))
        assert guesses == pytest.approx((features[test] - centre) @ weights + mean)


def test_ridge_predict__more_features_than_rows() -> None:
    features = np.eye(3, 50)
    found = ridge_predict(features, np.array([[1.0], [3.0], [9.0]]), np.arange(2), np.array([2]))
    # Nothing is known of the third: the mean.
    assert found.ravel() == pytest.approx([2.0] * len(PENALTIES))


def test_probe__what_follows_from_the_code_is_found() -> None:
    rows = unit_rows(N_RUNS * N_ROUNDS)
    values = rows @ np.arange(N_FEATURES) + 0.01 * MEASURED.normal(size=len(rows))
    table = champions(values)
    found = probe(table, pd.DataFrame(rows, index=table["warrior"]), seed=1)
    code = figures(found)
    assert 0.99 < code["low"] <= code["r_squared"] <= code["high"] <= 1
    assert (code["p"], code["champions"], code["runs"]) == (1 / 101, len(rows), N_RUNS)
    assert code["shuffled"] < code["shuffled_high"] < 0.3
    assert figures(found, "round")["r_squared"] < 0.2
    assert np.abs(found.predictions["predicted"] - values).max() < 0.2
    assert found.predictions["warrior"].tolist() == table["warrior"].tolist()


def test_probe__what_does_not_is_not() -> None:
    rows = unit_rows(N_RUNS * N_ROUNDS)
    table = champions(MEASURED.normal(size=len(rows)))
    found = figures(probe(table, pd.DataFrame(rows, index=table["warrior"]), seed=1))
    assert found["r_squared"] < 0.2
    assert found["p"] > 0.05


def test_probe__the_round_alone() -> None:
    rows = unit_rows(N_RUNS * N_ROUNDS)
    table = champions(np.tile(np.arange(N_ROUNDS) / N_ROUNDS, N_RUNS))
    found = probe(table, pd.DataFrame(rows, index=table["warrior"]), shuffles=5)
    assert figures(found, "round")["r_squared"] > 0.99
    assert figures(found, "code")["r_squared"] < 0.3


def test_probe__a_warrior_of_two_runs_is_not_known_beforehand() -> None:
    """All runs have the same warriors; nothing but themselves tells their values."""
    names = [f"w{i}" for i in range(8)]
    own = [f"o{i}" for i in range(N_RUNS * 2)]
    warriors = [name for i in range(N_RUNS) for name in (*names, *own[2 * i : 2 * i + 2])]
    every = [*names, *own]
    value_of = dict(zip(every, MEASURED.normal(size=len(every)), strict=True))
    table = champions(np.array([value_of[name] for name in warriors]), warriors)
    features = pd.DataFrame(np.eye(len(every)), index=every)
    found = probe(table, features, shuffles=20).predictions
    # Of features that nobody else has only the mean can be learnt.
    assert found["predicted"].tolist() == pytest.approx(found["baseline"].tolist())


def test_probe__equal_values_and_the_first_warrior() -> None:
    rows = unit_rows(N_RUNS * 3)
    table = champions(np.ones(len(rows)))
    table.loc[table["round"] == 1, "round"] = 0
    found = probe(table, pd.DataFrame(rows, index=table["warrior"]), shuffles=5)
    assert len(found.predictions) == N_RUNS * 2
    code = figures(found)
    assert np.isnan(code["r_squared"])
    assert np.isnan(code["p"])


def test_probe__seeds() -> None:
    rows = unit_rows(N_RUNS * 4)
    table = champions(rows @ np.arange(N_FEATURES))
    features = pd.DataFrame(rows, index=table["warrior"])
    once, again, other = (probe(table, features, seed=seed, shuffles=9) for seed in (3, 3, 4))
    assert once.summary.equals(again.summary)
    assert once.predictions.equals(other.predictions)
    assert not once.summary.equals(other.summary)


def test_probe__islands_of_a_run_are_predicted_together() -> None:
    rows = unit_rows(5 * N_RUNS)
    table = champions(rows[:, 0])
    units = table["run"].map({f"r{i}": f"u{i // 2}" for i in range(N_RUNS)})
    code = pd.DataFrame(rows, index=table["warrior"])
    found = probe(table.assign(unit=units), code, shuffles=5)
    assert figures(found)["runs"] == len(set(units))
    together = probe(table.assign(run=units), code, shuffles=5)
    pd.testing.assert_frame_equal(found.summary, together.summary)
    one = table.assign(unit="u0")
    with pytest.raises(ValueError, match="expected champions of two runs or more: got 1"):
        probe(one, code)


def test_probe__refuses() -> None:
    table = champions(np.zeros(N_RUNS * 2))
    features = pd.DataFrame(np.eye(len(table)), index=table["warrior"])
    with pytest.raises(ValueError, match="expected champions of two runs or more: got 1"):
        probe(table[table["run"] == "r0"], features)
    runs = np.array(["a", "a", "b", "b"], object)
    same = np.array(["x", "y", "x", "y"], object)
    with pytest.raises(ValueError, match="two warriors or more that run 'a' has not: got 0"):
        cross_predict(np.eye(4), np.zeros((4, 1)), runs, same)
    # Two rows of one warrior are not enough to learn from.
    twice = np.array(["x", "y", "z", "z"], object)
    with pytest.raises(ValueError, match="two warriors or more that run 'a' has not: got 1"):
        cross_predict(np.eye(4), np.zeros((4, 1)), runs, twice)


def test_probe_figure__says_what_it_shows() -> None:
    rows = unit_rows(N_RUNS * 3)
    table = champions(np.abs(rows @ np.arange(N_FEATURES)) / 20)
    found = probe(table, pd.DataFrame(rows, index=table["warrior"]), shuffles=2)
    figure = probe_figure(found.predictions, "panel (%)", "a $title$\x1b", share=True)
    (axes,) = figure.axes
    assert axes.get_xlabel() == "measured: panel (%)"
    assert axes.get_title(loc="left") == "a $title$?"
    (points,) = axes.collections
    expected = found.predictions[["value", "predicted"]].to_numpy()
    assert np.asarray(points.get_offsets()).tolist() == expected.tolist()


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Three short runs."""
    place = tmp_path_factory.mktemp("probe")
    found = []
    for seed in (1, 2, 3):
        config = small_config(seed=seed, rounds=3, search={"iterations": 16})
        run_whole(place / f"run{seed}", config)
        found.append(place / f"run{seed}")
    return found


@pytest.fixture(scope="module")
def panel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Warriors that no run has seen."""
    place = tmp_path_factory.mktemp("panel")
    sources = {
        "sitter": "jmp 0, 7",
        "crawler": "nop 0, 11\nmov -1, 0\nmov -2, 0",
        "bomber": "add.ab #7, 2\nmov 2, @1\njmp -2, 9\ndat 3, 3",
        "splitter": "spl 0, 5\nmov 2, <-9\njmp -1, 13\ndat 5, 6",
        "victim": "dat 1, 17",
    }
    for name, source in sources.items():
        (place / f"{name}.red").write_text(f";redcode\n{source}\n", encoding="ascii")
    return place


def analyse_probe(*arguments: str) -> Result:
    return CliRunner().invoke(redqueen.main, ["analyse", "probe", *arguments])


def test_probe_command__recorded_runs(folders: list[Path], panel: Path, tmp_path: Path) -> None:
    names = list(map(str, folders))
    table, everything, plot = (tmp_path / f"out.{kind}" for kind in ("csv", "json", "svg"))
    files = ["--csv", str(table), "--json", str(everything), "--plot", str(plot)]
    options = ["--panel", str(panel), "-r", "4", "--measure", "score"]
    result = analyse_probe(*names, *options, *files, "--workers", "1")
    assert result.exit_code == 0, result.output
    assert "predicted: score" in result.output
    assert result.output.splitlines()[2].startswith("code")
    with table.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["run"], row["round"]) for row in rows] == [
        (f"run{run}", str(number)) for run in (1, 2, 3) for number in (1, 2, 3)
    ]
    found = json.loads(everything.read_text(encoding="ascii"))
    assert [row["features"] for row in found["summary"]] == ["code", "round"]
    assert "<svg" in plot.read_text(encoding="utf-8")
    other = ["--json", str(everything), "--workers", "2"]
    assert analyse_probe(*reversed(names), *options, *other).exit_code == 0
    again = json.loads(everything.read_text(encoding="ascii"))
    for row, expected in zip(again["summary"], found["summary"], strict=True):
        assert row == pytest.approx(expected)


def test_probe_command__refuses(folders: list[Path]) -> None:
    result = analyse_probe(str(folders[0]), "--panel", "bundled")
    assert (result.exit_code, "expected two runs or more: got 1" in result.output) == (2, True)
