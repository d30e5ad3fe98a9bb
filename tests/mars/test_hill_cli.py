"""`redqueen hill` as users call it."""

from pathlib import Path

from click.testing import CliRunner, Result

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
