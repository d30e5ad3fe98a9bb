"""Which executor works a run's fights, and the command line's options for it."""

import os
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeVar

import click

from evolution.cluster.connection import check_cluster
from evolution.cluster.executor import RayExecutor
from evolution.executor import Executor, LocalExecutor, SerialExecutor

ExecutorKind = Literal["serial", "local", "ray"]
EXECUTORS: Final = ("serial", "local", "ray")
MOST_WORKERS: Final = 1024

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True)
class Workplace:
    """Where fights run; no result depends on it.

    Attributes:
        kind: "serial": one thread; "local": threads of this process; "ray": a cluster.
        workers: Threads, or cores of the cluster; None: all there are.
        address: Of the cluster; None: the one that Ray finds, or a new one on this machine.
    """

    kind: ExecutorKind = "local"
    workers: int | None = None
    address: str | None = None

    def __post_init__(self) -> None:
        if self.address is not None and self.kind != "ray":
            raise ValueError(f"expected executor ray with an address: got {self.kind}")
        if self.kind == "serial" and self.workers not in (None, 1):
            raise ValueError(f"expected one worker with executor serial: got {self.workers}")

    def open(self, on_event: Callable[[str], None]) -> AbstractContextManager[Executor]:
        """The executor; `on_event` is told of workers that are lost and the like.

        Raises:
            ExecutorError: There is no cluster, or Ray is not installed.
        """
        if self.kind == "serial":
            return SerialExecutor()
        if self.kind == "ray":
            return RayExecutor(self.address, self.workers, on_event=on_event)
        return LocalExecutor(self.threads)

    def check(self) -> None:
        """Refuses a cluster that cannot be had, before anything is begun.

        Raises:
            ExecutorError: Ray is not installed, or nobody listens at the address.
        """
        if self.kind == "ray":
            check_cluster(self.address)

    @property
    def threads(self) -> int:
        """How many threads of this machine fight, or would, to estimate times."""
        if self.kind == "serial":
            return 1
        return self.workers or os.cpu_count() or 1


WORKPLACE_FLAGS: Final = ("executor", "workers", "ray_address")


def make_workplace(
    *, executor: ExecutorKind, workers: int | None, ray_address: str | None
) -> Workplace:
    """The workplace that the options ask for.

    Raises:
        click.UsageError: They do not go together.
    """
    try:
        return Workplace(executor, workers, ray_address)
    except ValueError as error:
        raise click.UsageError(str(error)) from None


def workplace_options(command: F) -> F:
    """Adds the options `WORKPLACE_FLAGS`, for `make_workplace`."""
    return _add_options(command, None, "all cores")


def shared_workplace_options(command: F) -> F:
    """The same for several runs side by side, by default of one core each."""
    return _add_options(command, 1, True)


def _add_options(command: F, workers: int | None, shown: bool | str) -> F:
    for option in (
        click.option("--ray-address", help="Of the Ray cluster, such as auto or HOST:6379."),
        click.option(
            "--executor",
            type=click.Choice(EXECUTORS),
            default="local",
            show_default=True,
            help="Where a run's fights are: one thread, threads, or a Ray cluster.",
        ),
        click.option(
            "--workers",
            type=click.IntRange(1, MOST_WORKERS),
            default=workers,
            show_default=shown,
            help="Cores that fight for a run; the result does not depend on it.",
        ),
    ):
        command = option(command)
    return command
