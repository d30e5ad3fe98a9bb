"""`redqueen hill` as users call it."""

from pathlib import Path

from click.testing import CliRunner, Result

from mars.koth import display_width
from redqueen import main


def run(*args: str | Path) -> Result:
    return CliRunner().invoke(main, ["hill", *map(str, args)])


def test_hill_command__init_submit_show_log(tmp_path: Path) -> None:
    path = tmp_path / "hill.db"
    made = run("init", path, "--preset", "tiny", "--size", "2", "-r", "10", "--seed", "3")
    assert (made.exit_code, made.output) == (0, "")
    first = run("submit", path, "dwarf", "tiny-paper", "--workers", "1")
    assert first.exit_code == 0, first.output
    assert "Dwarf is on the hill: rank 1 of 1\n" in first.stdout
    pushed = run("submit", path, "tiny-clear", "--workers", "2")
    assert pushed.exit_code == 0
    assert "rank " in pushed.stdout.splitlines()[0]
    [off] = [line for line in pushed.stdout.splitlines() if line.endswith("  off")]
    assert off.lstrip().startswith("3 ")
    show = run("show", path)
    assert show.stdout.startswith("2 of 2 places; core 800, cycles 8000, processes 800")
    assert "10 fights a pair, seed 3\n" in show.stdout
    heading = "  #  %W/ %L/ %T  Name                        Author               Score  Age"
    assert heading in show.stdout.splitlines()
    assert len(show.stdout.splitlines()) == 5
    log = run("log", path).stdout.splitlines()
    assert len(log) == 3
    assert all(len(line) <= 110 for line in log)


def test_hill_init__a_seed_or_the_fixed_series(tmp_path: Path) -> None:
    both = run("init", tmp_path / "hill.db", "-f", "--seed", "3")
    assert (both.exit_code, "expected only one of -f and --seed" in both.stderr) == (2, True)
    assert list(tmp_path.iterdir()) == []
    for name, options, words in (
        ("fixed.db", ("-f",), "pMARS's fixed series"),
        ("plain.db", (), "seed 0"),
        ("seeded.db", ("--seed", "3"), "seed 3"),
    ):
        assert run("init", tmp_path / name, *options).exit_code == 0
        assert run("show", tmp_path / name).stdout.splitlines()[1].endswith(f", {words}")


def test_hill_command__hostile_names_and_refusals(tmp_path: Path) -> None:
    path, bad, double = tmp_path / "hill.db", tmp_path / "bad.red", tmp_path / "double.red"
    evil = tmp_path / "evil.red"
    evil.write_text(";redcode\n;name \x1b[31mRed\u202e\n;author <script>\njmp 0\n")
    double.write_text(";redcode\n;name Other\njmp 0\n")
    bad.write_text("mov 0,\n")
    assert run("init", path, "--preset", "tiny", "-f", "-r", "5").exit_code == 0
    done = run("submit", path, evil, bad, double)
    assert done.exit_code == 1
    assert "?[31mRed?" in done.stdout
    assert "bad.red:1:7: expected an operand" in done.stderr
    assert "double.red: the same warrior as" in done.stderr
    again = run("submit", path, double)
    assert again.exit_code == 1
    assert "which is on it as ?[31mRed?" in again.stderr
    for output in (done.output, again.output, run("show", path).output, run("log", path).output):
        assert "\x1b" not in output
        assert "\u202e" not in output
    assert run("init", path).exit_code == 1
    assert run("submit", path, "nobody").exit_code == 2
    assert run("show", tmp_path / "none.db").exit_code == 1
    assert run("show", evil).exit_code == 1
    assert evil.read_text().startswith(";redcode")


def test_hill_command__long_and_wide_names_stay_in_their_lines(tmp_path: Path) -> None:
    path = tmp_path / "hill.db"
    assert run("init", path, "--preset", "tiny", "--size", "1", "-r", "1").exit_code == 0
    weak, strong = tmp_path / "weak.red", tmp_path / "strong.red"
    weak.write_text(f";name {'漢' * 500}\n;author {'é' * 500}\ndat 0, 0\n")
    strong.write_text(f";name {'W' * 500}\njmp 0\n")
    done = run("submit", path, weak, strong)
    assert done.exit_code == 0, done.output
    assert f"{'漢' * 13}… is on the hill: rank 1 of 1\n" in done.stdout
    assert f"{'W' * 26}… is on the hill: rank 1 of 2\n" in done.stdout
    assert max(map(display_width, done.stdout.splitlines())) <= 90
    assert "1 fight a pair, seed 0\n" in run("show", path).stdout
    log = run("log", path).stdout.splitlines()
    assert log[1].endswith(f": pushes off {'漢' * 8}…")
    assert max(map(display_width, log)) <= 110
    assert {display_width(line.split("rank")[0]) for line in log} == {65}


def test_hill_command__what_cannot_be_a_hill(tmp_path: Path) -> None:
    loop, text, long = tmp_path / "loop", tmp_path / "text", tmp_path / ("x" * 300)
    loop.symlink_to(loop)
    text.write_text("mov 0, 1\n")
    for place, words in (
        (loop, f"cannot use {loop}: Too many levels of symbolic links"),
        (long, f"cannot use {long}: File name too long"),
        (text, f"expected a hill: got another file, {text}"),
    ):
        for args in (("show", place), ("submit", place, "dwarf")):
            done = run(*args)
            assert (done.exit_code, done.stderr) == (1, f"Error: {words}\n")
    assert (
        run("init", loop).stderr == f"Error: cannot use {loop}: Too many levels of symbolic links\n"
    )
    assert "which is there already" in run("init", text).stderr
