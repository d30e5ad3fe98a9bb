"""`redqueen experiment` stopped, killed, starved of disk, its folder removed: nothing is lost."""

import os
import pty
import shutil
import signal
import subprocess
from contextlib import suppress
from pathlib import Path

from evolution.folder import is_locked, write_beginnings
from evolution.store import DATABASE
from tests.evolution.experiment_commands import (
    LONG,
    PATIENCE,
    SCREEN,
    begin,
    call,
    children,
    configs,
    has_rows,
    wait_until,
    write,
)
from tests.evolution.small_runs import ROOT, command, rows_of, run_whole


def test_experiment__killed_then_interrupted_then_to_the_same_end(tmp_path: Path) -> None:
    write(tmp_path, "seeds = [5]\n", iterations=300)
    run = tmp_path / "runs" / "grid" / "seed=5"
    process = begin(tmp_path)
    wait_until(lambda: has_rows(run))
    process.kill()
    process.communicate()
    wait_until(lambda: not is_locked(run))
    before = rows_of(run)["proposals"]
    process = begin(tmp_path)
    wait_until(lambda: len(rows_of(run)["proposals"]) > len(before))
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130
    assert "stopped; everything is saved; continue with the same command:\n" in errors
    assert "Traceback" not in errors
    assert not is_locked(run)
    assert not (run.parent / "summary.csv").exists()
    done = call(tmp_path)
    assert done.exit_code == 0, done.output
    whole = run_whole(tmp_path / "alone", configs(tmp_path)["seed=5"])
    assert rows_of(run) == whole
    assert whole["proposals"][: len(before)] == before
    assert len(before) < len(whole["proposals"])


def test_experiment__a_killed_run_and_a_damaged_one_do_not_hold_others_up(tmp_path: Path) -> None:
    axes = 'iterations = [20, 1000000]\nseeds = "0-1"\n'
    write(tmp_path, axes)
    folder = tmp_path / "runs" / "grid"
    damaged, long = "iterations=20_seed=1", "iterations=1000000_seed=0"
    folder.mkdir(parents=True)
    (folder / "experiment.toml").write_text("older")
    (folder / damaged).mkdir()
    write_beginnings(folder / damaged, configs(tmp_path)[damaged], ())
    (folder / damaged / "champions").mkdir()
    (folder / damaged / DATABASE).write_bytes(b"no database")
    process = begin(tmp_path, "--at-once", "1")
    wait_until(lambda: has_rows(folder / long))
    (child,) = children(process.pid)
    os.kill(child, signal.SIGKILL)
    other = "iterations=1000000_seed=1"
    wait_until(lambda: has_rows(folder / other))
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130
    assert f"\n{long}: its process was killed by SIGKILL\n" in errors
    assert f"\n{damaged}: " in errors
    assert "iterations=20_seed=0 finished" in errors
    assert f"{other} stopped" in errors
    assert (folder / "experiment.toml").read_text() == (tmp_path / "grid.toml").read_text()


def test_experiment__second_interrupt_stops_at_once(tmp_path: Path) -> None:
    write(tmp_path, "seeds = [0]\n", LONG)
    run = tmp_path / "runs" / "grid" / "seed=0"
    process = begin(tmp_path)
    assert process.stderr is not None
    wait_until(lambda: has_rows(run))
    (child,) = children(process.pid)
    os.kill(child, signal.SIGSTOP)  # so that what is under way takes for ever
    process.send_signal(signal.SIGINT)
    assert process.stderr.readline() == "\n"
    assert "once more stops at once" in process.stderr.readline()
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130
    assert "stopped at once; all finished batches are kept" in errors
    assert "Traceback" not in errors
    assert not is_locked(run)


def test_experiment__disk_full_and_then_not(tmp_path: Path) -> None:
    write(tmp_path, 'seeds = "0-3"\n', iterations=60)
    arguments = ["experiment", str(tmp_path / "grid.toml"), "--runs", str(tmp_path / "runs")]
    limited = command(*arguments, "--at-once", "1")
    limit = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (110_000,) * 2); "
    limited[2] = limit + limited[2]
    done = subprocess.run(limited, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.count("cannot write") >= 3
    assert "not begun, as the last runs all failed alike: 1 (cannot write" in done.stderr
    assert "3 of 4 runs failed; the same command tries them again" in done.stderr
    assert "Traceback" not in done.stderr
    folder, config = tmp_path / "runs" / "grid" / "seed=2", configs(tmp_path)["seed=2"]
    assert run_whole(folder, config) == run_whole(tmp_path / "alone", config)


def test_experiment__its_folder_is_removed_while_it_works(tmp_path: Path) -> None:
    write(tmp_path, 'seeds = "0-5"\n', iterations=LONG)
    folder = tmp_path / "runs" / "grid"
    process = begin(tmp_path, "--at-once", "1")
    wait_until(lambda: has_rows(folder / "seed=0"))
    shutil.rmtree(folder, ignore_errors=True)
    _, errors = process.communicate(timeout=PATIENCE)
    assert process.returncode == 1
    assert "whose experiment.toml was removed; continue with the same command:\n" in errors
    assert "Traceback" not in errors
    again = call(tmp_path, "--minutes", "0")
    assert again.exit_code == 0, again.output
    (folder / "experiment.toml").unlink(missing_ok=True)
    write_beginnings(folder / "seed=2", configs(tmp_path)["seed=2"], ())
    (folder / "summary.csv").unlink()
    (folder / "command.toml").unlink()
    assert call(tmp_path, "--minutes", "0").exit_code == 0
    assert (folder / "experiment.toml").exists()


def test_experiment__interrupted_on_a_terminal_leaves_no_table(tmp_path: Path) -> None:
    write(tmp_path, "seeds = [0]\n", LONG)
    run = tmp_path / "runs" / "grid" / "seed=0"
    arguments = ["experiment", str(tmp_path / "grid.toml"), "--runs", str(tmp_path / "runs")]
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        command(*arguments), cwd=ROOT, stderr=theirs, stdout=theirs, env={**os.environ, **SCREEN}
    )
    os.close(theirs)
    wait_until(lambda: has_rows(run))
    process.send_signal(signal.SIGINT)
    told = b""
    with suppress(OSError):  # the end of what the process says
        while chunk := os.read(ours, 65_536):
            told += chunk
    os.close(ours)
    assert process.wait(PATIENCE) == 130
    lines = told.decode().split("once more stops at once")
    assert len(lines) == 2
    assert lines[0].endswith("finishing what is under way; ")
    # Written while the table was taken away, and not over it: the line before is erased.
    before = lines[0].removesuffix("finishing what is under way; ")
    assert before.endswith("\x1b[2K")
