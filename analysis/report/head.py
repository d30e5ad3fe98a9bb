"""What a report is of: its title, and the words below it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from analysis.analyse_cli_options import runs_words
from analysis.loading import RunData
from evolution.experiment.folder import TEXT
from evolution.folder import folder_name

TITLED: Final = 3  # so many runs are named where they have no folder in common


def title_of(folders: Sequence[Path], runs: Sequence[RunData]) -> str:
    """The name of the one folder that was given, else the names of the first runs.

    Args:
        folders: As given, maybe of an experiment or of islands; none: only the runs count.
        runs: One or more.

    Returns:
        Untrusted text.
    """
    if len(runs) == 1:
        return folder_name(runs[0].path, runs[0].config)
    if len(folders) == 1:
        return folders[0].resolve().name
    names = ", ".join(run.name for run in runs[:TITLED])
    return f"{names} and {len(runs) - TITLED} more" if len(runs) > TITLED else names


def head_words(runs: Sequence[RunData], each: bool) -> str:
    """What the runs have in common: their experiment, or whose islands they are.

    Args:
        runs: One or more.
        each: Whether each is shown in full.

    Returns:
        A paragraph; untrusted text; empty where there is nothing to say.
    """
    groups = len({run.group for run in runs})
    grouped = f"; {groups} groups" if groups > 1 else ""
    lines = [f"{_of(runs)}{runs_words(runs)}{grouped}."]
    if not each:
        lines.append(
            "The runs are compared. `redqueen report RUN` shows one in full, `--each` all of them."
        )
    return "\n".join(lines)


def _of(runs: Sequence[RunData]) -> str:
    """`Experiment history: `, `Islands of isl: `, or nothing."""
    experiments = {_experiment(run) for run in runs}
    parents = {run.path.resolve().parent for run in runs if run.config.islands.is_one}
    lone = not all(run.config.islands.is_one for run in runs)
    words = ""
    if len(experiments) == 1 and (experiment := experiments.pop()) is not None:
        words = f"Experiment {experiment.name}: "
    if len(parents) == 1 and not lone:
        words += f"{'islands' if words else 'Islands'} of {parents.pop().name}: "
    return words


def _experiment(run: RunData) -> Path | None:
    """The folder of the experiment that a run, or a run's island, is part of."""
    folder = run.path.resolve().parent
    if run.config.islands.is_one:
        folder = folder.parent
    return folder if (folder / TEXT).is_file() else None
