"""`redqueen analyse …`: gathers its sub-commands, each loaded when called."""

from typing import Final

import click

from mars.lazy_group import LazyGroup

# Name: where it lives, and its line in `redqueen analyse --help`.
COMMANDS: Final = {
    "archive": ("analysis.archive_maps_cli:archive_command", "The archives, averaged and drawn."),
    "convergence": (
        "analysis.convergence_cli:convergence_command",
        "Whether champions of different runs become alike.",
    ),
    "cycles": (
        "analysis.cycles_cli:cycles_command",
        "Champions that beat each other in circles, and what is forgotten.",
    ),
    "generality": (
        "analysis.generality_cli:generality_command",
        "Each champion against a panel that its run has not seen.",
    ),
    "novelty": (
        "analysis.novelty_cli:novelty_command",
        "Whether evolution is still going: MODES, activity, new champions.",
    ),
    "phylogeny": ("analysis.phylogeny_cli:phylogeny_command", "Who descends from whom, and how."),
    "probe": ("analysis.probe_cli:probe_command", "How well code tells how general a champion is."),
}


@click.group(
    cls=LazyGroup, table=COMMANDS, context_settings={"help_option_names": ["-h", "--help"]}
)
def analyse_group() -> None:
    """What finished runs, or running ones, show."""
