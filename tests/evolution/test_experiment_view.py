"""What experiments show: the live table, the summary, and what processes tell each other."""

from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from evolution.config import RunConfig
from evolution.experiment.board import Board, cut_middle
from evolution.experiment.runner import common_fault
from evolution.experiment.spec import (
    Ending,
    Note,
    Spec,
    Way,
    format_end,
    format_note,
    format_progress,
    format_spec,
    format_words,
    parse_message,
    parse_spec,
)
from evolution.experiment.summary import (
    RunFacts,
    bootstrap,
    read_facts,
    summarise_groups,
)
from evolution.experiment.summary_view import fitting_table, format_summary, summary_table
from evolution.records import read_ratchet
from evolution.run import Progress
from evolution.store import DATABASE, Store
from evolution.summary import summarise
from evolution.tables import ConfigError
from mars.intervals import mean_limits
from tests.evolution.naive_ratchet import forgotten
from tests.evolution.small_runs import run_whole, small_config

FACTS = RunFacts(2.0, 0.5, 1.0, 0.25, 1.0, 100, 0.5)


def progress(round_number: int, iteration: int, evaluations: int, **changes: object) -> Progress:
    """How far a run of three rounds of forty iterations is."""
    values = {"best_fitness": 2.5, "maximum_fitness": 3.0, "cost": 0.0, "phase": "search"}
    counts = {"rounds": 3, "iterations": 40, "occupied": 3, "cells": 25, "island": -1}
    given = {"round": round_number, "iteration": iteration, "evaluations": evaluations}
    return Progress(**{**values, **counts, **given, **changes})  # type: ignore[arg-type]


def shown(board: Board, height: int = 24, width: int = 100) -> list[str]:
    """The lines of its picture."""
    console = Console(width=width)
    with console.capture() as captured:
        console.print(board.picture(height, width))
    return captured.get().splitlines()


def board_of(names: list[str], finished: int = 0) -> Board:
    """A board of small runs, all begun."""
    board = Board(dict.fromkeys(names, small_config()), finished, None)
    for name in names:
        board.began(name)
    return board


def test_board__shows_each_run_at_work_and_the_whole() -> None:
    board = board_of(["history=1_seed=0", "history=1_seed=1"], finished=2)
    board.told("history=1_seed=0", progress(1, 4, 8))
    board.told("history=1_seed=0", progress(2, 20, 60, cost=0.25))
    lines = shown(board)
    row = next(line for line in lines if "seed=0" in line)
    assert row.split()[:4] == ["history=1_seed=0", "2/3", "20/40", "2.50"]
    assert "$0.2500" in row
    assert "starting" in next(line for line in lines if "seed=1" in line)
    assert lines[-1].startswith("2 of 4 runs finished, 0 failed, 2 to go, ")
    assert "$0.2500 spent" in lines[-1]


def test_board__time_left_is_that_of_the_work_left(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0
    monkeypatch.setattr("time.monotonic", lambda: now)
    board = board_of(["a", "b"])
    board.told("a", progress(1, 0, 0))
    assert board.seconds_left() is None
    now = 10.0
    board.told("a", progress(2, 33, 60))
    board.told("a", progress(3, 0, 80))
    done = 2 * 40 + 3 * 40  # of 9 * 40: rounds of 2, 3 and 4 warriors in a fight
    assert board.seconds_left() == pytest.approx(10 * (2 * 9 * 40 - done) / done)
    board.ended(Ending("a", "finished"))
    assert board.seconds_left() == pytest.approx(10.0)


def test_board__work_done_before_it_began_is_not_speed(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0
    monkeypatch.setattr("time.monotonic", lambda: now)
    board = board_of(["a"])
    board.told("a", progress(3, 0, 4))
    now = 5.0
    board.told("a", progress(3, 20, 4))
    assert board.seconds_left() == pytest.approx(5.0)


def test_board__never_taller_than_the_terminal_and_no_control_characters() -> None:
    board = board_of([f"seed={number}" for number in range(50)])
    board.told("seed=0", "no answer:\x1b[2J\nwhat [bold]")
    lines = shown(board, height=12)
    assert len(lines) <= 12
    assert "no answer:?[2J what [bold]" in "\n".join(lines)
    assert "and 44 more at work" in "\n".join(lines)


def test_board__a_line_for_each_end_without_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    board = board_of(["a", "b"])
    board.ended(Ending("b", "failed", "two\nlines\x1b[2J"))
    board.ended(Ending("a", "finished"))
    first, second = capsys.readouterr().err.splitlines()
    assert first.startswith("b failed: two lines?[2J (0 of 2 runs finished, 1 failed, 1 to go")
    assert second.startswith("a finished (1 of 2 runs finished, 1 failed, 0 to go")


def test_board__says_a_note_once_and_of_which_part_it_is(
    capsys: pytest.CaptureFixture[str],
) -> None:
    board = Board(dict.fromkeys(["a", "b"], small_config()), 1, None, "part 2 of 4")
    for name in ("a", "b"):
        board.began(name)
        board.told(name, Note("warning:\x1b[2J\nother"))
    assert capsys.readouterr().err == "a: warning:?[2J other\n"
    assert board.summary().startswith("part 2 of 4: 1 of 3 runs finished, 0 failed, 2 to go")


def test_common_fault__only_of_the_last_ones_all_alike() -> None:
    def ended(*reasons: str, own: bool = False) -> list[Ending]:
        return [
            Ending(str(i), "failed" if r else "finished", r, own) for i, r in enumerate(reasons)
        ]

    assert common_fault(ended("x", "full", "full", "full")) == "full"
    assert common_fault(ended("full", "full")) is None
    assert common_fault(ended("full", "full", "x", "full")) is None
    assert common_fault(ended("", "", "")) is None
    assert common_fault(ended("cap", "cap", "cap", own=True)) is None


def test_parse_message__reads_back_what_is_told() -> None:
    told = progress(1, 2, 3, best_fitness=float("-inf"))
    assert parse_message(format_progress(told).encode(), "a") == told
    assert parse_message(format_words("waits\nfor it").encode(), "a") == "waits\nfor it"
    end = Ending("a", "failed", "why", True)
    assert parse_message(format_end("failed", "why", True).encode(), "a") == end
    note = format_note("warning: \n")
    assert parse_message(note.encode(), "a") == Note("warning: \n")
    deep = b"[" * 100_000
    for line in (b"warning: deprecated", b"{}", b"[]", b'{"progress": 3}', b"\xff", deep):
        with pytest.raises(ValueError, match=r"expected a message of a run: got b'"):
            parse_message(line, "a")


def test_parse_spec__reads_back_what_is_asked() -> None:
    way = Way(("redqueen", "x"), max_cost=0.5, max_tokens="none", prices="p.toml")
    spec = Spec("runs/x", "rounds = 1\n", way)
    line = format_spec(spec)
    assert (parse_spec(line), line.count("\n")) == (spec, 1)
    with pytest.raises(ConfigError, match="expected a run to work as JSON"):
        parse_spec("")


def test_bootstrap__mean_and_interval() -> None:
    assert bootstrap([]) is None
    one = bootstrap([2.0])
    assert one is not None
    assert (one.mean, one.low, one.high) == (2.0, None, None)
    values = [float(value) for value in range(40)]
    many = bootstrap(values)
    assert many is not None
    assert many == bootstrap(values)
    assert (many.low, many.high) == mean_limits(np.asarray(values), 0)  # as analyses have it
    assert many.low is not None and many.high is not None
    # The mean of 40 numbers of variance 133: a standard error of 1.83.
    assert many.low == pytest.approx(19.5 - 1.96 * 1.83, abs=0.4)
    assert many.high == pytest.approx(19.5 + 1.96 * 1.83, abs=0.4)


def test_read_facts__as_the_run_says_itself(tmp_path: Path) -> None:
    config: RunConfig = small_config(rounds=4)
    run_whole(tmp_path / "run", config)
    facts, summary = read_facts(tmp_path / "run", config), summarise(tmp_path / "run")
    last = summary.champions[-1]
    assert facts.fitness == last.champion.measured
    assert facts.beaten == last.beaten / 4
    assert facts.bundled == last.generality
    assert facts.evaluations == summary.counts.evaluations
    with Store(tmp_path / "run" / DATABASE) as store:
        record = read_ratchet(store)
    assert facts.targets == float(record[4, 0].wins > record[4, 0].losses)
    assert facts.forgotten == len(forgotten(4, record))


def test_format_summary__groups_with_runs_that_are_not_finished() -> None:
    better = RunFacts(3.0, 1.0, 0.0, None, 0.0, 300, 0.5)
    groups = summarise_groups({("1",): [FACTS, better, None], ("all",): [FACTS], ("x",): [None]})
    header, first, second, third = format_summary(("history",), groups).splitlines()
    names = header.split(",")
    assert names[:4] == ["history", "runs", "finished", "fitness"]
    values = dict(zip(names, first.split(","), strict=True))
    assert (values["runs"], values["finished"], values["fitness"]) == ("3", "2", "2.5")
    low, high = mean_limits(np.array([2.0, 3.0]), 0)
    assert (values["fitness_low"], values["fitness_high"]) == (f"{low:.6g}", f"{high:.6g}")
    assert (values["beaten"], values["beaten_high"]) == ("0.75", "1")  # a share is no more
    assert (values["bundled"], values["bundled_low"]) == ("0.25", "")
    assert (values["targets"], values["evaluations"], values["cost"]) == ("0.5", "200", "1")
    assert second.startswith("all,1,1,2,,,0.5,,,1,,,0.25,,,1,,,100,0.5")
    assert third == "x,1,0" + "," * 16 + "0,0"


def test_summary_table__shows_what_is_known() -> None:
    groups = summarise_groups({("evil\x1b",): [FACTS, FACTS], ("x",): [None]})
    console = Console(width=140)
    with console.capture() as captured:
        console.print(summary_table(("kind",), groups))
    text = captured.get()
    assert "evil?" in text
    assert "2.00 [2.00, 2.00]" in text
    assert "100% [100%, 100%]" in text
    assert " x " in text and "0/1" in text


@pytest.mark.parametrize("cost", [0.0, 0.31])
def test_fitting_table__no_cell_is_cut_at_any_usual_width(cost: float) -> None:
    facts = [RunFacts(value, 0.3, 1.25, 0.5, 1.0, 4016, cost) for value in (1.25, 1.25, 1.25)]
    given = {(kind, "false"): facts for kind in ("K1", "null")}
    groups = summarise_groups(given)
    for width in (80, 120, 200):
        console = Console(width=width)
        with console.capture() as captured:
            console.print(fitting_table(("lineage", "shadow"), groups, console))
        text = captured.get()
        assert "…" not in text
        for part in ("lineage", "shadow", "false", "[1.25, 1.25]", "[30%, 30%]", "4,016"):
            assert part in text, (width, part)
        assert ("cost" in text, "$0.93" in text) == (cost > 0, cost > 0)
        assert "3/3" not in text
        assert width == 120 or ("1.25 [1.25, 1.25]" in text) == (width == 200)
    unfinished = summarise_groups({("K1", "false"): [*facts, None]})
    console = Console(width=80)
    with console.capture() as captured:
        console.print(fitting_table(("lineage", "shadow"), unfinished, console))
    assert "3/4" in captured.get()


def test_board__runs_that_differ_at_their_ends_look_different_on_a_narrow_terminal() -> None:
    names = [f"lineage=K1_fitness=pairwise_iterations=4000_core=tiny_seed={n}" for n in range(3)]
    board = board_of(names)
    board.told(names[0], progress(1, 4, 8))
    board.told(names[0], progress(2, 20, 60))
    for width in (80, 120):
        text = "\n".join(shown(board, width=width))
        for number in range(3):
            assert text.count(f"_seed={number} ") == 1
        assert text.count("starting") == 2
        assert "lineage=K1" in text
        assert "spent" not in text
    assert (cut_middle("abcdefgh", 5), cut_middle("abcde", 5)) == ("ab…gh", "abcde")
