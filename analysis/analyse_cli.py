"""`redqueen analyse …`: gathers its sub-commands, each loaded when called."""

from importlib import import_module
from typing import Final

import click

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


class AnalyseGroup(click.Group):
    """A group whose commands are imported when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All commands, in alphabetical order."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Imports a command."""
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name][0].partition(":")
        command = getattr(import_module(module), name)
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The commands with their lines, nothing imported."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, COMMANDS[name][1]) for name in self.list_commands(ctx)])


@click.group(cls=AnalyseGroup, context_settings={"help_option_names": ["-h", "--help"]})
def analyse_group() -> None:
    """What finished runs, or running ones, show."""
