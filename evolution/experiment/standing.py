"""How far an experiment is, by its folder alone, also while it is worked."""

import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from evolution.experiment.folder import is_experiment, is_finished, runs_in
from evolution.experiment.kept import read_kept
from evolution.folder import FolderError, is_locked, read_folder_config
from evolution.view import format_cost
from llm_mutator.budget import Limits
from mars.redcode import printable

SHOWN: Final = 8  # names of runs


@dataclass(frozen=True)
class Standing:
    """How far it is.

    Attributes:
        name: Of the folder; untrusted text.
        working: Whether a command works on it now.
        finished: How many runs are.
        left: Names of those that are begun and not finished.
        command: That worked on it last, without the console script; (): none is known.
        caps: On all runs together.
    """

    name: str
    working: bool
    finished: int
    left: tuple[str, ...]
    command: tuple[str, ...]
    caps: Limits

    @property
    def begun(self) -> int:
        """How many runs are, finished or not."""
        return self.finished + len(self.left)


def read_standing(folder: Path) -> Standing:
    """Looks at an experiment's folder; champions are counted, and no database is checked whole.

    Raises:
        FolderError: It is none, or a file in it cannot be read.
    """
    if not is_experiment(folder):
        raise FolderError(f"expected an experiment's folder: got {folder}")
    kept, left, finished = read_kept(folder), [], 0
    for run in runs_in(folder):
        if is_finished(run, read_folder_config(run)):
            finished += 1
        else:
            left.append(run.name)
    working = is_locked(folder)
    return Standing(
        folder.resolve().name, working, finished, tuple(left), kept.command[1:], kept.caps
    )


def standing_lines(standing: Standing) -> list[str]:
    """That in words."""
    state = "at work" if standing.working else "not at work"
    lines = [
        f"{printable(standing.name)}: experiment, {state}, "
        f"{standing.finished:,} of {standing.begun:,} runs that are begun are finished"
    ]
    lines += [f"  not finished: {printable(name)}" for name in standing.left[:SHOWN]]
    if len(standing.left) > SHOWN:
        lines.append(f"  and {len(standing.left) - SHOWN:,} more")
    if standing.caps.max_cost is not None:
        lines.append(f"cap: {format_cost(standing.caps.max_cost)}")
    if standing.caps.max_tokens is not None:
        lines.append(f"cap: {standing.caps.max_tokens:,} tokens")
    if not standing.working:
        lines.append(f"continue with: {how_to_go_on(standing)}")
    return lines


def standing_cells(standing: Standing) -> tuple[str, str, str]:
    """The beginning of its row in a table of runs: name, what it is, how far."""
    return (
        printable(standing.name),
        "experiment, at work" if standing.working else "experiment",
        f"{standing.finished}/{standing.begun} runs",
    )


def how_to_go_on(standing: Standing) -> str:
    """The command in words."""
    if not standing.command:
        return "redqueen experiment EXPERIMENT.toml, as it was begun"
    return f"redqueen {printable(shlex.join(standing.command))}"


def no_run_words(folder: Path) -> str:
    """What a folder is that should be a run's and is not."""
    if not is_experiment(folder):
        return str(folder)
    how = how_to_go_on(read_standing(folder))
    return f"{folder}, which is an experiment's; continue with:\n  {how}"
