"""The console script `redqueen`: gathers the commands of the packages, each loaded when called."""

import os
import sys
from importlib import import_module
from io import TextIOWrapper
from pathlib import Path
from typing import Any, Final

import click

from mars.lazy_group import LazyGroup

# Name: where it lives, and its line in `redqueen --help` (nothing heavy is imported for that).
COMMANDS: Final = {
    "analyse": (
        "analysis.analyse_cli:analyse_group",
        "What runs show: generality, convergence, cycles, …",
    ),
    "assemble": ("mars.cli:assemble_command", "Assemble a warrior and print its load file."),
    "battle": ("mars.cli:battle_command", "Let warriors fight and print what pMARS prints."),
    "benchmark": (
        "analysis.contest_cli:benchmark_command",
        "Let warriors fight everyone in a folder, and show them side by side.",
    ),
    "evolve": ("evolution.cli:evolve", "Evolve champions, each against all its ancestors."),
    "experiment": (
        "evolution.experiment.cli:experiment_command",
        "Work a grid of runs side by side.",
    ),
    "explain": (
        "analysis.explain_cli:explain_command",
        "Tell what kind of a warrior it is, and which instructions matter.",
    ),
    "export": ("analysis.export_cli:export_command", "Write a run's tables or its tree."),
    "hill": ("mars.hill_cli:hill_group", "A king of the hill on disk."),
    "merge": (
        "evolution.merge_cli:merge_command",
        "Bring runs of several machines into one experiment.",
    ),
    "prompt": ("evolution.inspect_cli:prompt", "See and change what chat models are told."),
    "replay": ("analysis.replay_cli:replay_command", "Make a fight into a page to watch."),
    "report": ("analysis.report_cli:report_command", "Show runs as one page, with everything."),
    "resume": ("evolution.cli:resume", "Continue an interrupted run."),
    "runs": ("evolution.inspect_cli:runs", "List all runs."),
    "show": ("evolution.inspect_cli:show", "Show a stored proposal, from prompt to archive."),
    "status": ("evolution.inspect_cli:status", "Show how far a run is (also while it runs)."),
    "tournament": (
        "analysis.contest_cli:tournament_command",
        "Let everyone fight everyone, and rank them.",
    ),
}


class Redqueen(LazyGroup):
    """All commands; their standard output may be a pipe that closes, or a full disk."""

    def main(self, *args: Any, **extra: Any) -> Any:
        """Runs a command; a file or an output that fails is an error of one line."""
        if sys.stdout is None:
            sys.exit("redqueen: standard output is closed")
        if isinstance(sys.stdout, TextIOWrapper):
            sys.stdout.reconfigure(errors="replace")
        try:
            try:
                return super().main(*args, **extra)
            finally:
                sys.stdout.flush()
        except OSError as error:
            if error.filename is not None:
                sys.exit(f"redqueen: {error.filename!r}: {error.strerror}")
            # What is left in the buffer would fail again when Python ends.
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
            sys.exit(f"redqueen: cannot write the output: {error.strerror}")


def report(folder: Path) -> Path | str:
    """Writes a run's report into its folder; given to commands that must not import `analysis`."""
    found: Path | str = import_module("analysis.report_cli").write_run_report(folder)
    return found


@click.group(
    cls=Redqueen,
    table=COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"], "obj": report},
)
@click.version_option(package_name="redqueen")
def main() -> None:
    """Open-ended evolution of Core War warriors: each champion must beat all its ancestors."""


if __name__ == "__main__":
    main()
