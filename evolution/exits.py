"""How the commands end when something is in the way: a message and an exit code."""

from collections.abc import Iterator
from contextlib import contextmanager

import click

from evolution.executor import ExecutorError
from evolution.folder import FolderError
from evolution.store import StoreError, WriteError
from evolution.tables import ConfigError
from llm_mutator.mutator import BudgetSpent, MutatorUnavailable
from mars.redcode import printable
from mars.terminal import Interrupted


class Failed(click.ClickException):
    """The job failed; the message says why."""

    exit_code = 1


class OutOfBudget(Failed):
    """A cap on spending is reached; the run goes on when it is raised."""

    exit_code = 3


class NoModel(Failed):
    """A chat model cannot be reached or refuses; the run goes on when it can."""

    exit_code = 4


class Misused(click.ClickException):
    """The command was wrong; the message says why."""

    exit_code = 2


@contextmanager
def failures() -> Iterator[None]:
    """Turns expected errors into messages and exit codes."""
    try:
        yield
    except KeyboardInterrupt:
        raise Interrupted("stopped; nothing was changed") from None
    except (ConfigError, FolderError) as error:
        raise Misused(safe(error)) from None
    except (StoreError, WriteError, MutatorUnavailable, ExecutorError) as error:
        raise ended(error, safe(error)) from None


def ended(error: Exception, message: str) -> Failed:
    """The end that an error means."""
    if isinstance(error, BudgetSpent):
        return OutOfBudget(message)
    return NoModel(message) if isinstance(error, MutatorUnavailable) else Failed(message)


def safe(error: Exception) -> str:
    """The message without control characters, but with its line breaks."""
    return "\n".join(printable(line) for line in str(error).split("\n"))
