"""`redqueen replay` as users call it."""

import json
import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from analysis import replay_cli
from analysis.replay import record as recording
from analysis.replay.record import BattlePlan, fight_battle
from mars.arena import FightRecords
from mars.classics import bundled_by_name
from mars.settings import CoreSettings
from mars.tournament import Terms, pair_battle
from redqueen import main
from tests.evolution.small_runs import run_whole, small_config

TINY = ("--preset", "tiny")
DATA = re.compile(r'<script type="application/json" id="data">(.*?)</script>', re.DOTALL)


def run(*args: str | Path, input: str | None = None) -> Result:
    return CliRunner().invoke(main, ["replay", *map(str, args)], input=input)


def data_of(path: Path) -> dict[str, object]:
    """What a page's script reads."""
    match = DATA.search(path.read_text(encoding="utf-8"))
    assert match is not None
    found: dict[str, object] = json.loads(match[1])
    return found


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_replay__writes_a_page_and_replaces_nothing() -> None:
    done = run(*TINY, "dwarf", "tiny-paper", "--fight", "3")
    assert (done.exit_code, done.stderr) == (0, "")
    page = Path("dwarf-vs-tiny-origami-3.html")
    name, _, rest = done.stdout.partition(": ")
    assert name == str(page)
    assert rest.startswith("fight 3 of 100, ")
    text = page.read_bytes()
    assert data_of(page)["fight"] == {"number": 3, "fights": 100, "series": "seed 0"}
    again = run(*TINY, "dwarf", "tiny-paper", "--fight", "3")
    assert again.stdout.startswith(f"{page} (there already, the same): ")
    page.write_text("mine")
    third = run(*TINY, "dwarf", "tiny-paper", "--fight", "3")
    assert third.stdout.startswith("dwarf-vs-tiny-origami-3-2.html: ")
    assert page.read_text() == "mine"
    assert Path("dwarf-vs-tiny-origami-3-2.html").read_bytes() == text
    named = run(*TINY, "dwarf", "tiny-paper", "--fight", "3", "-o", page)
    assert named.stdout.startswith(f"{page} (replaced): ")
    assert page.read_bytes() == text


def test_replay__the_first_decided_fight() -> None:
    settings = CoreSettings.preset("tiny")
    bundled = bundled_by_name(settings)
    lists = run(*TINY, "dwarf", "imp", "--list", "30").stdout.splitlines()
    decided = next(int(line.split()[0]) for line in lists[1:] if "†" in line)
    assert 1 < decided < 30
    assert run(*TINY, "dwarf", "imp", "-o", "a.html").exit_code == 0
    found = data_of(Path("a.html"))
    assert found["fight"] == {"number": decided, "fights": 100, "series": "seed 0"}
    result, _ = pair_battle(bundled["imp"], bundled["imp"], Terms(settings, 5))
    assert result.ties.tolist() == [5, 5]
    assert run(*TINY, "imp", "imp", "-r", "5", "-o", "b.html").exit_code == 0
    assert data_of(Path("b.html"))["fight"] == {"number": 1, "fights": 5, "series": "seed 0"}


def test_replay__pictures() -> None:
    done = run(*TINY, "dwarf", "tiny-paper", "--fight", "1", "--png", "a.png")
    assert done.stdout.startswith("a.png: fight 1 of 100, ")
    assert [path.name for path in Path().iterdir()] == ["a.png"]
    assert Path("a.png").read_bytes().startswith(b"\x89PNG")
    both = run(*TINY, "dwarf", "tiny-paper", "--fight", "1", "--png", "a.png", "-o", "a.html")
    assert [line.split(":")[0] for line in both.stdout.splitlines()] == [
        "a.png (replaced)",
        "a.html",
    ]


def test_replay__file_names_come_safely_from_the_warriors() -> None:
    Path("evil.red").write_text(";name ../../<b>x\x1b\n;assert 1\nmov 0, 1\n")
    Path("none.red").write_text(";name 日本\n;assert 1\njmp 0\n")
    done = run(*TINY, "evil.red", "none.red", "-f", "--fight", "1")
    assert done.exit_code == 0
    assert Path("b-x-vs-unknown-1.html").exists()
    melee = run(*TINY, "imp", "dwarf", "-", "--fight", "2", input=";assert 1\njmp 0\n")
    assert melee.stdout.startswith("melee-of-3-2.html: ")
    assert "\x1b" not in run(*TINY, "evil.red", "none.red", "--list", "2").stdout


def test_replay__of_a_run(tmp_path: Path) -> None:
    run_whole(tmp_path / "demo", small_config())
    done = run("demo", "--champion", "3", "--versus", "1", "--fight", "2", "-o", "a.html")
    assert (done.exit_code, done.stderr) == (0, "")
    found = data_of(tmp_path / "a.html")
    commands = found["commands"]
    assert commands[0][1] == "redqueen replay demo --champion 3 --versus 1 --fight 2"  # type: ignore[index]
    [first, second] = found["warriors"]  # type: ignore[misc]
    replayed = run(*commands[0][1].split()[2:], "-o", "b.html")  # type: ignore[index]
    assert replayed.exit_code == 0
    assert Path("a.html").read_bytes() == Path("b.html").read_bytes()
    # The battle's command has the same two warriors from their files.
    options = commands[1][1].split()  # type: ignore[index]
    files = [Path(name).read_text() for name in options[-2:]]
    assert [f"warrior {w['id']}" in text for w, text in zip((first, second), files, strict=True)]
    for arguments, message in (
        (("demo",), "expected a run's folder with --champion and --versus"),
        (("demo", "--champion", "1"), "expected a run's folder with --champion and --versus"),
        (("demo", "--champion", "9", "--versus", "1"), "champion must be 0 to 3: got 9"),
        (("demo", "--champion", "2", "--versus", "1", "--fight", "99"), "fight must be 1 to 10"),
        (("demo", "--champion", "2", "--versus", "1", "--preset", "94"), "got preset"),
        (("demo", "--champion", "2", "--versus", "1", "-f"), "got fixed-series"),
        ((".", "--champion", "2", "--versus", "1"), "expected a run folder with a config.toml"),
        (("imp", "imp", "--champion", "1"), "expected a run's folder with --champion"),
    ):
        refused = run(*arguments)
        assert refused.exit_code == 2, arguments
        assert message in refused.stderr


def test_replay__of_a_tournament() -> None:
    names = ("dwarf", "imp", "tiny-paper")
    CliRunner().invoke(
        main, ["tournament", *names, *TINY, "-r", "5", "--results", "r.db", "--workers", "1"]
    )
    done = run("r.db", "1", "3", "-o", "a.html")
    assert (done.exit_code, done.stderr) == (0, "")
    command = data_of(Path("a.html"))["commands"][0][1]  # type: ignore[index]
    assert run(*command.split()[2:], "-o", "b.html").exit_code == 0
    assert Path("a.html").read_bytes() == Path("b.html").read_bytes()
    for arguments, message in (
        (("r.db", "1"), "expected a tournament's results and two of its warriors"),
        (("r.db", "1", "4"), "expected a rank, a name, a file or an id of the tournament: got '4'"),
        (("r.db", "1", "2", "--seed", "3"), "expected the rules and positions of what is stored"),
    ):
        refused = run(*arguments)
        assert refused.exit_code == 2, arguments
        assert message in refused.stderr
    Path("r.db").write_bytes(Path("r.db").read_bytes()[:3000])
    damaged = run("r.db", "1", "2")
    assert damaged.exit_code == 1
    assert "damaged" in damaged.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("imp", "imp", "-f", "--seed", "1"), "expected only one of --seed, -f and -F: got more"),
        (("imp", "imp", "--fight", "5", "-r", "4"), "fight must be 1 to 4: got 5"),
        (("imp",) * 17, "expected at most 16 warriors: got 17"),
        (("-", "-"), "expected standard input (-) only once"),
        (("imp",) * 16 + ("--preset", "nano", "-l", "6"), "core_size must be at least 16 warriors"),
        (("imp", "imp", "-F", "3"), "fixed_position must be between min_distance 100"),
    ],
)
def test_replay__wrong_usage(arguments: tuple[str, ...], message: str) -> None:
    done = run(*arguments)
    assert done.exit_code == 2
    assert message in done.stderr
    assert list(Path().iterdir()) == []


def test_replay__a_fight_that_is_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    counts = []

    def fight(plan: BattlePlan, on_progress: Callable[[int], None]) -> FightRecords:
        counts.append(plan.fights)
        return fight_battle(plan, on_progress)

    monkeypatch.setattr(replay_cli, "fight_battle", fight)
    monkeypatch.setattr(recording, "MAX_INSTRUCTIONS", 1000)
    done = run(*TINY, "imp", "imp", "-c", "501")
    assert done.exit_code == 1
    assert "expected a fight of at most 1000 instructions: got 1002" in done.stderr
    assert counts == [1]


def test_replay__names_that_are_long_or_alike() -> None:
    for file, name in (("a.red", "x" * 60_000), ("b.red", "Same"), ("c.red", "Same")):
        Path(file).write_text(f";name {name}\n;assert 1\nmov 0, 1\n")
    done = run(*TINY, "a.red", "b.red", "c.red", "--fight", "1", "-c", "50")
    _, _, words = done.stdout.partition(": ")
    assert words.startswith("fight 1 of 100, all alive")
    listed = run(*TINY, "a.red", "b.red", "c.red", "--list", "1", "-c", "50")
    places = listed.stdout.splitlines()[1].split("  ")[-1]
    short = "x" * 26 + "…"
    assert re.fullmatch(rf"{short} at \d+, Same \(2\) at \d+, Same \(3\) at \d+", places)
    Path("d.red").write_text(";name Gone\n;assert 1\ndat 0\n")
    named = run(*TINY, "d.red", "b.red", "c.red", "--fight", "1", "-c", "50", "-o", "a.html")
    assert named.stdout.startswith("a.html: fight 1 of 100, Same (2), Same (3) survive; ")


def test_replay__a_link_to_itself_is_not_replaced() -> None:
    loop = Path("dwarf-vs-tiny-origami-3.html")
    loop.symlink_to(loop)
    done = run(*TINY, "dwarf", "tiny-paper", "--fight", "3")
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout.startswith("dwarf-vs-tiny-origami-3-2.html: ")
    assert loop.is_symlink()
    for option in ("-o", "--png"):
        refused = run(*TINY, "dwarf", "tiny-paper", "--fight", "3", option, loop)
        assert refused.exit_code == 1
        assert f"cannot write {loop}: " in refused.stderr


def test_replay__an_edited_results_file() -> None:
    CliRunner().invoke(
        main,
        ["tournament", "dwarf", "imp", *TINY, "-r", "5", "--results", "r.db", "--workers", "1"],
    )
    with closing(sqlite3.connect("r.db")) as database, database:
        database.execute("UPDATE pairs SET wins = 0, ties = 5, losses = 0")
    done = run("r.db", "1", "2")
    assert done.exit_code == 1
    settings = CoreSettings.preset("tiny")
    bundled = bundled_by_name(settings)
    pair = sorted((bundled["dwarf"], bundled["imp"]), key=lambda warrior: warrior.id)
    found, _ = pair_battle(*pair, Terms(settings, 5))
    counts = f"{found.wins[0]}/{found.ties[0]}/{found.losses[0]}"
    assert done.stderr == (
        f"Error: r.db disagrees with the engine about {pair[0].name}: "
        f"expected {counts} wins/ties/losses: got 0/5/0 wins/ties/losses\n"
    )


def test_replay__bad_files() -> None:
    Path("broken.red").write_text("mov 0\n")
    done = run("broken.red", "nobody")
    assert done.exit_code == 1
    assert "broken.red:1:" in done.stderr
    assert "nobody: cannot read" in done.stderr
    Path("w.red").write_text(";assert 1\nmov 0, 1\n")
    same = run("w.red", "imp", "-o", "w.red")
    assert same.exit_code == 1
    assert "expected different files: got w.red twice" in same.stderr
    missing = run("imp", "imp", "-o", "no/such/folder/a.html")
    assert missing.exit_code == 1
    assert "cannot write no/such/folder/a.html" in missing.stderr
