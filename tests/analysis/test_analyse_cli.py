"""`redqueen analyse …` and `redqueen export` as users call them."""

import csv
import json
import shutil
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner, Result

from analysis.analyse_cli import COMMANDS
from analysis.exports import OutputError
from evolution.folder import CONFIG, read_folder_config
from evolution.presets import parse_config
from evolution.schema import TABLES
from evolution.store import DATABASE, Store
from redqueen import main

Runs = dict[str, Path]
COLUMNS = {
    "archive": "run,group,unit,round,cells,occupied,coverage,qd_score,quality,best,fitness",
    "cycles": "run,group,unit,champions,decided,cycles,",
    "convergence": "group,round,runs,islands,phenotype_variance,",
    "generality": "run,group,unit,round,warrior,opponents,fights,defeated,",
}
MAIN_TABLES = {
    "archive": "archives",
    "cycles": "runs",
    "convergence": "by_round",
    "generality": "champions",
}
WITH_PANEL = ("convergence", "generality")


def run(*args: str | Path) -> Result:
    return CliRunner().invoke(main, [str(arg) for arg in args])


@pytest.mark.parametrize("name", COMMANDS)
def test_analyse__every_command_has_help(name: str) -> None:
    done = run("analyse", name, "--help")
    assert done.exit_code == 0
    assert done.output.startswith(f"Usage: main analyse {name} ")
    assert f"  {name} " in run("analyse", "--help").output


def test_analyse__an_unknown_command_is_wrong_usage() -> None:
    done = run("analyse", "everything")
    assert (done.exit_code, "No such command 'everything'" in done.output) == (2, True)


@pytest.mark.parametrize("name", COLUMNS)
def test_analyse__table_and_files(
    name: str, recorded: Runs, nano_panel: Path, tmp_path: Path
) -> None:
    panel = ("--panel", nano_panel, "-r", "4", "--workers", "1") if name in WITH_PANEL else ()
    files = {kind: tmp_path / f"out.{kind}" for kind in ("csv", "json", "svg")}
    outputs = ("--csv", files["csv"], "--json", files["json"], "--plot", files["svg"])
    done = run("analyse", name, *recorded.values(), *panel, *outputs)
    assert (done.exit_code, done.exception) == (0, None)
    assert "no shadow run" not in done.stdout
    assert done.stdout.splitlines()[-3:] == [f"wrote {path}" for path in files.values()]
    assert all(group in done.stdout for group in ("K=1", "K=all", "K=all, shadow"))
    text = files["csv"].read_text()
    assert text.startswith(COLUMNS[name])
    rows = list(csv.DictReader(text.splitlines()))
    found = json.loads(files["json"].read_text())
    main_table = found[MAIN_TABLES[name]]
    assert len(rows) == len(main_table) >= 4
    assert rows[0].keys() == main_table[0].keys()
    assert files["svg"].read_bytes().startswith(b"<?xml")
    before = {kind: path.read_bytes() for kind, path in files.items()}
    again = run("analyse", name, *recorded.values(), *panel, *outputs)
    assert again.stdout == done.stdout
    assert {kind: path.read_bytes() for kind, path in files.items()} == before


def test_analyse_generality__notes(recorded: Runs, nano_panel: Path) -> None:
    options = ("--panel", nano_panel, "-r", "6", "--workers", "1")
    done = run("analyse", "generality", recorded["first"], *options)
    lines = done.stdout.splitlines()
    assert lines[0] == "1 run, core 80, 4 panel warriors, 6 fights a pair"
    assert f"{nano_panel}/imp.red: left out, seen by first" in lines
    assert "sitter.red, sitting.red: the same in every fight, only the first counts" in lines
    kept = run("analyse", "generality", recorded["first"], *options, "--keep-twins").stdout
    assert kept.startswith("1 run, core 80, 5 panel warriors, 6 fights a pair")
    assert "sitter.red, sitting.red: the same in every fight, counted 2 times\n" in kept
    assert any(line.startswith("defeated or tied, K=all, against round: slope ") for line in lines)
    assert any(line.startswith("no shadow run is among them") for line in lines)
    more = run("analyse", "generality", recorded["first"], *options[:-1], "2")
    assert more.stdout == done.stdout


def test_analyse__an_experiment_s_folder_stands_for_its_runs(
    recorded: Runs, tmp_path: Path
) -> None:
    experiment = tmp_path / "history"
    for name, copied in (
        ("seed=10", "second"),
        ("seed=2", "first"),
        ("several/island_0", "short"),
        ("null", "null"),
    ):
        shutil.copytree(recorded[copied], experiment / name)
    (experiment / "experiment.toml").write_text("")
    done = run("analyse", "cycles", experiment)
    assert (done.exit_code, done.stderr) == (0, "")
    groups, runs = done.stdout.split("\n\n")
    assert groups.startswith("group ")
    names = [line.split()[0] for line in runs.splitlines()[1:5]]
    assert names == ["null", "seed=2", "seed=10", "island_0"]
    novelty = ("analyse", "novelty", experiment, "-r", "2", "--opponents", "1", "--workers", "1")
    found = run(*novelty)
    assert (found.exit_code, "seed=2: too early to say" in found.stdout) == (0, True)
    assert "null: too early" not in found.stdout
    for one in (("analyse", "phylogeny", experiment), ("export", experiment, "-o", tmp_path / "x")):
        refused = run(*one)
        assert (refused.exit_code, "expected a run folder" in refused.stderr) == (2, True)


def test_analyse__mistakes(recorded: Runs, nano_panel: Path, tmp_path: Path) -> None:
    first = recorded["first"]
    for args, code, words in (
        ((first, first), 2, "expected different runs: got "),
        ((tmp_path,), 2, "expected a run folder with a config.toml: got "),
        ((tmp_path / "none",), 2, "does not exist"),
        ((first, "--csv", first / DATABASE), 2, "expected a name that ends in .csv"),
        ((first, "--csv", tmp_path / "no" / "t.csv"), 1, "cannot write "),
    ):
        done = run("analyse", "cycles", *args)
        assert (done.exit_code, words in done.output) == (code, True), done.output
    for panel, words in (
        (tmp_path, "expected .red files in a folder: got none"),
        (tmp_path / "none", "expected a file, a folder or a bundled warrior"),
    ):
        done = run("analyse", "generality", first, "--panel", panel)
        assert (done.exit_code, words in done.output) == (2, True), done.output
    assert run("analyse", "generality", first).exit_code == 2
    seen = run("analyse", "generality", first, "--panel", "bundled")
    assert (seen.exit_code, "Usage" in seen.output) == (1, False)
    told = seen.stderr.splitlines()
    assert told[0] == "Error: expected at least one warrior that no run has seen: got none"
    assert sum("left out, seen by first" in line for line in told) == 5
    assert (told[6].strip().startswith("and "), "another panel" in told[7]) == (True, True)


@pytest.mark.parametrize("kind", ["csv", "json", "parquet"])
def test_export__every_table_whole(kind: str, recorded: Runs, tmp_path: Path) -> None:
    folder = tmp_path / "new" / kind
    done = run("export", recorded["first"], "-o", folder, "--format", kind)
    assert done.exit_code == 0
    assert {path.name for path in folder.iterdir()} == {CONFIG, *(f"{t}.{kind}" for t in TABLES)}
    config = parse_config((folder / CONFIG).read_text())
    assert config == read_folder_config(recorded["first"])
    read = {"csv": pd.read_csv, "json": pd.read_json, "parquet": pd.read_parquet}[kind]
    with Store(recorded["first"] / DATABASE) as store:
        for table in ("warriors", "evaluations", "champions"):
            rows = store.query(f"SELECT * FROM {table} ORDER BY rowid")
            frame = read(folder / f"{table}.{kind}")
            assert len(frame) == len(rows) > 0
            assert frame.iloc[:, 0].tolist() == [row[0] for row in rows]
            assert frame.iloc[-1, -1] == rows[-1][-1]  # a source with its lines, for warriors


def test_export__hostile_names_stay_text(recorded: Runs, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    (folder / CONFIG).write_bytes((recorded["first"] / CONFIG).read_bytes())
    with Store(folder / DATABASE, create=True) as store:
        store.append([("warriors", ("a" * 64, 'x"\x1b[2J,\n=1', 1, "", "dat\r\t0\n"))])
    assert run("export", folder, "-o", tmp_path / "csv").exit_code == 0
    data = (tmp_path / "csv" / "warriors.csv").read_bytes()
    assert not {b for b in data if b < 32} - {10}
    assert list(csv.reader(data.decode().splitlines(keepends=True)))[1][1] == 'x"?[2J,\n=1'
    assert run("export", folder, "-o", tmp_path / "json", "--format", "json").exit_code == 0
    [row] = json.loads((tmp_path / "json" / "warriors.json").read_text())
    assert (row["name"], row["source"]) == ('x"\x1b[2J,\n=1', "dat\r\t0\n")


def test_export__trees(recorded: Runs, tmp_path: Path) -> None:
    for kind, name in (("alife", "alife.csv"), ("newick", "tree.nwk")):
        assert run("export", recorded["first"], "-o", tmp_path, "--format", kind).exit_code == 0
        assert (tmp_path / name).stat().st_size > 0
    table = pd.read_csv(tmp_path / "alife.csv")
    assert table.columns[:4].tolist() == [
        "id",
        "ancestor_list",
        "origin_time",
        "destruction_time",
    ]
    assert table["ancestor_list"].iloc[0] == "[none]"
    assert (tmp_path / "tree.nwk").read_text().rstrip().endswith(";")


def test_export__mistakes(recorded: Runs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = recorded["first"]
    for args, code, words in (
        ((first,), 2, "Missing option '-o'"),
        ((first, "-o", first), 1, "expected a folder that is not the run's"),
        ((tmp_path, "-o", tmp_path / "x"), 2, "expected a run folder"),
        ((first, "-o", tmp_path / "x", "--format", "xls"), 2, "'xls' is not one of"),
        ((first, "-o", "/proc/none/x"), 1, "cannot make /proc/none/x"),
    ):
        done = run("export", *args)
        assert (done.exit_code, words in done.output) == (code, True), done.output

    def missing() -> None:
        raise OutputError("expected pyarrow to write Parquet")

    monkeypatch.setattr("analysis.export_tables.check_parquet", missing)
    done = run("export", first, "-o", tmp_path / "x", "--format", "parquet")
    assert (done.exit_code, "expected pyarrow" in done.output) == (1, True)
