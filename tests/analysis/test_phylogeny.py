"""Phylogenies of runs made by hand and of recorded ones."""

import csv
import json
import math
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from click.testing import CliRunner

import analysis
from analysis.loading import RunData, warriors_of
from analysis.newick import parse_newick
from analysis.phylogeny import alife_table, newick, phylogeny
from analysis.phylogeny_champions import Link, champion_links, champion_table, link_lines
from analysis.phylogeny_plot import champions_figure
from analysis.phylogeny_steps import (
    ancestors_of,
    code_diff,
    edit_distance,
    operator_table,
    parts_of,
    steps,
)
from analysis.tree import Tree
from analysis.tree_indices import indices
from evolution.past import read_elite_ids
from evolution.store import DATABASE, Store
from mars.redcode import Warrior, parse_instruction
from redqueen import main
from tests.analysis.hand_made import hand_made_run, lineage

READ = """
import sys
from phylotrackpy.systematics import Systematics
tree = Systematics(lambda organism: organism, True, True, False, False)
tree.load_from_file(sys.argv[1], "warrior", False)
print(tree.get_num_active(), tree.get_max_depth())
"""


def proposal(
    round_number: int, number: int, warrior: str | None, operator: str = "genetic.swap", **more: str
) -> dict[str, Any]:
    task = more.get("task", "mutate" if operator else "carried")
    row = {"round": round_number, "number": number, "iteration": 0, "task": task}
    status = more.get("status", "evaluated")
    return row | {"operator": operator, "status": status, "warrior": warrior, "error": ""}


def made_run() -> RunData:
    """Two rounds: b from a; c from b with a besides; then b again, d from c, and e new."""
    proposals = [
        proposal(1, 0, "a", ""),
        proposal(1, 1, "b", "genetic.number+swap"),
        proposal(1, 2, None, status="rejected"),
        proposal(1, 3, "c", "genetic.splice", task="crossover"),
        proposal(1, 4, "b", "genetic.opcode", status="duplicate"),
        proposal(2, 0, "a", ""),
        proposal(2, 1, "c", ""),
        proposal(2, 2, "e", "genetic.random", task="new"),
        proposal(2, 3, "b", "genetic.number"),
        proposal(2, 4, "d", "genetic.number"),
    ]
    parents = [(1, 1, 0, "a"), (1, 2, 0, "a"), (1, 3, 0, "b"), (1, 3, 1, "a"), (1, 4, 0, "a")]
    parents += [(2, 3, 0, "c"), (2, 4, 0, "c")]
    placements = [
        (1, 0, 5, "new", None),
        (1, 1, 5, "improved", "a"),
        (1, 3, 7, "new", None),
        (2, 0, 5, "new", None),
        (2, 1, 7, "new", None),
        (2, 2, 7, "not added", None),
        (2, 3, 7, "improved", "c"),
        (2, 4, 1, "new", None),
    ]
    warriors = [{"id": name, "name": f"Name {name}", "length": 1} for name in "abcde"]
    columns = ("round", "number", "position", "parent"), ("round", "number", "cell", "status")
    return hand_made_run(
        warriors=warriors,
        proposals=proposals,
        parents=[dict(zip(columns[0], row, strict=True)) for row in parents],
        placements=[dict(zip((*columns[1], "displaced"), row, strict=True)) for row in placements],
        champions=lineage("a", "c", "d"),
    )


def test_alife_table__by_hand() -> None:
    table = alife_table(made_run())
    assert table["warrior"].tolist() == ["a", "b", "c", "e", "d"]
    assert table["id"].tolist() == [0, 1, 2, 3, 4]
    assert table["ancestor_list"].tolist() == ["[none]", "[0]", "[1,0]", "[none]", "[2]"]
    # a is w_0; b was displaced by nobody before round 1 ended at 6, but is there at the end; c was
    # displaced by b at 9; e never entered.
    assert table["origin_time"].tolist() == [0, 2, 4, 8, 10]
    assert table["destruction_time"].tolist() == [math.inf, math.inf, 9, 8, math.inf]
    assert table["round"].tolist() == [0, 1, 1, 2, 2]
    assert table["operator"].tolist()[:2] == ["initial", "genetic.number+swap"]
    asexual = alife_table(made_run(), secondary=False)
    assert asexual["ancestor_list"].tolist() == ["[none]", "[0]", "[1]", "[none]", "[2]"]


def test_alife_table__what_a_round_ends() -> None:
    run = made_run()
    first = run.placements[run.placements["round"] == 1]
    both = pd.concat([first, run.placements[run.placements["round"] == 2].iloc[:1]])
    shown = alife_table(hand_made_run(**{**frames(run), "placements": both.to_dict("records")}))
    # b and c did not come back in round 2, whose first proposal is the sixth.
    assert shown["destruction_time"].tolist() == [math.inf, 6, 6, 8, 10]


def frames(run: RunData) -> dict[str, Any]:
    names = ("warriors", "proposals", "parents", "champions")
    return {name: getattr(run, name).to_dict("records") for name in names}


def test_phylogeny__of_a_run_that_has_just_begun() -> None:
    run = hand_made_run(warriors=[{"id": "a", "name": "A", "length": 1}], champions=lineage("a"))
    found = phylogeny(run)
    assert (len(found.tree), found.champions.tolist()) == (1, [0])
    assert alife_table(run)["destruction_time"].tolist() == [0.0]
    assert newick(run) == "'A a';\n"
    assert champion_table(found)["depth"].tolist() == [0]


def test_newick__of_the_champions() -> None:
    assert (
        newick(made_run(), "champions") == "((('Name d d':1)'Name c c':1)'Name b b':1)'Name a a';\n"
    )
    assert newick(made_run()).splitlines()[1] == "'Name e e';"
    assert parse_newick(newick(made_run(), "archive"))[1] == [
        "Name a a",
        "Name b b",
        "Name c c",
        "Name d d",
    ]


def test_operator_table__by_hand() -> None:
    run = made_run()
    table = operator_table(run, phylogeny(run)).set_index("operator")
    columns = ["proposals", "warriors", "improved", "line", "ancestry", "champions"]
    counts = {name: row.tolist() for name, row in table[columns].iterrows()}
    assert counts == {
        "genetic.number": [3, 2, 3, 2, 2, 2],
        "genetic.opcode": [1, 0, 0, 0, 0, 0],
        "genetic.random": [1, 1, 0, 0, 0, 0],
        "genetic.splice": [1, 1, 1, 1, 1, 2],
        "genetic.swap": [2, 1, 1, 1, 1, 2],
    }
    assert table.loc["genetic.number", "share"] == 1
    assert table["share"].isna()["genetic.opcode"]
    assert parts_of("genetic.a+b+a") == ["genetic.a", "genetic.b"]
    assert (parts_of("llm.blind+x"), parts_of("")) == (["llm.blind+x"], [])


def test_ancestors_of__secondary_parents() -> None:
    tree = Tree.from_parents([-1, -1, 0, 2])
    assert ancestors_of(tree, [3]).tolist() == [True, False, True, True]
    assert ancestors_of(tree, [3], [(2, 1)]).all()


def warrior(*lines: str, start: int = 0) -> Warrior:
    return Warrior(tuple(map(parse_instruction, lines)), start=start)


def test_edit_distance__and_diff() -> None:
    imp, add, jmp = "MOV.I $0, $1", "ADD.AB #4, $3", "JMP.B $-2, $0"
    before, after = warrior(add, imp, jmp), warrior(imp, jmp, jmp, start=1)
    assert edit_distance(before.instructions, after.instructions) == 2
    assert edit_distance(before.instructions, before.instructions) == 0
    assert edit_distance(before.instructions, ()) == 3
    assert edit_distance(warrior(imp).instructions, warrior(jmp).instructions) == 1
    assert code_diff(before, after) == [
        "-  0  ADD.AB #4, $3",
        "+  2  JMP.B $-2, $0",
        "@ start 0 -> 1",
    ]
    assert code_diff(before, before) == []


def test_champion_table__by_hand() -> None:
    table = champion_table(phylogeny(made_run()))
    assert table["warrior"].tolist() == ["a", "c", "d"]
    assert table["depth"].tolist() == [0, 2, 3]
    assert table["born"].tolist() == [0, 1, 2]
    assert table["shared"].tolist()[1:] == [0, 2]


def test_phylogeny__recorded_run(recorded: dict[str, Path]) -> None:
    run = analysis.load(recorded["first"])
    found = phylogeny(run)
    assert sorted(found.warriors) == sorted(run.warriors["id"])
    with Store(recorded["first"] / DATABASE) as store:
        elites = {warrior for _, warrior, _, _ in read_elite_ids(store, run.config.rounds)}
    table = alife_table(run)
    alive = np.isinf(table["destruction_time"])
    assert set(table["warrior"][alive]) == elites
    assert (table["origin_time"] <= table["destruction_time"]).all()
    # The whole tree goes there and back.
    tree, labels = parse_newick(newick(run))
    assert sorted(labels) == sorted(found.labels(found.tree))
    assert sorted(tree.depths().tolist()) == sorted(found.tree.depths().tolist())
    made = steps(run, found, sample=5)
    assert ((made["distance"] > 0) | made["start"]).all()
    for row in made.to_dict(orient="records"):
        a, b = warriors_of(run, found.warriors[[row["parent"], row["child"]]].tolist())
        assert row["longer"] == len(b) - len(a)
    links = champion_links(run, found)
    rounds = sorted(number for link in links for number in link.rounds)
    assert rounds == list(range(run.config.rounds + 1))


def test_alife_table__phylotrackpy_reads_it(recorded: dict[str, Path], tmp_path: Path) -> None:
    run = analysis.load(recorded["first"])
    path = tmp_path / "tree.csv"
    alife_table(run, secondary=False).to_csv(path, index=False)
    # Its reader fills the caller's names with all of numpy's: in a process of its own.
    command = [sys.executable, "-c", READ, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    mine = indices(phylogeny(run).tree)
    assert done.stdout.split() == [str(mine["extant"]), str(mine["max_depth"])]


def test_link_lines__branches_and_hostile_names() -> None:
    def link(taxon: int, above: int, rounds: tuple[int, ...], diff: tuple[str, ...] = ()) -> Link:
        operators = ("genetic.swap",) if above >= 0 else ("genetic.random",)
        return Link(taxon, above, rounds, taxon, operators, "x\x1b$y$", diff, 2)

    many = tuple(f"+ {place:2}  NOP.F $0, $0" for place in range(60))
    links = [link(0, -1, ()), link(1, 0, (1, 2)), link(2, 1, (4,)), link(3, 0, (3,), many)]
    lines = link_lines(links)
    assert lines[:4] == [
        "root: x?$y$, 2 instructions (new by random)",
        "|-rounds 1-2: x?$y$, 2 instructions (1 step: swap)",
        "| round 4: x?$y$, 2 instructions (1 step: swap)",
        "round 3: x?$y$, 2 instructions (1 step: swap)",
    ]
    assert lines[-1] == "    … 20 more lines"
    assert len(link_lines(links, diffs=False)) == 4
    figure = champions_figure(links, "t\x1b")
    assert "t?" in figure.axes[0].get_title(loc="left")
    chain = [link(place, place - 1, (place,)) for place in range(2000)]
    assert len(link_lines(chain)) == 2000
    assert len(champions_figure(chain[-500:], "long").axes[0].collections) == 400


def test_phylogeny_command__files(recorded: dict[str, Path], tmp_path: Path) -> None:
    names = ("alife.csv", "newick.nwk", "csv.csv", "json.json", "plot.png")
    files = [f"--{Path(name).stem}={tmp_path / name}" for name in names]
    done = CliRunner().invoke(main, ["analyse", "phylogeny", str(recorded["second"]), *files])
    assert (done.exit_code, done.stderr) == (0, "")
    assert "second: " in done.stdout
    assert "the champions' line:" in done.stdout
    rows = list(csv.DictReader((tmp_path / "alife.csv").open()))
    assert rows[0]["ancestor_list"] == "[none]"
    found = json.loads((tmp_path / "json.json").read_text())
    assert {row["of"] for row in found["indices"]} == {"archive", "champions"}
    assert len(parse_newick((tmp_path / "newick.nwk").read_text())[1]) == len(rows)
    assert (tmp_path / "plot.png").read_bytes().startswith(b"\x89PNG")
    bad = CliRunner().invoke(main, ["analyse", "phylogeny", str(tmp_path)])
    assert (bad.exit_code, "expected a run folder" in bad.stderr) == (2, True)
