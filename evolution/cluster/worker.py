"""What runs on a core of a cluster; imported there, from the package installed there."""

import os
import platform
from dataclasses import dataclass
from importlib import import_module

from evolution.engine import engine_version
from evolution.jobs import Batch, Job, Outcome, work
from evolution.packing import PackedBatch, unpack
from mars.classics import bundled_by_name
from mars.settings import CoreSettings


@dataclass(frozen=True)
class Greeting:
    """Who a worker is.

    Attributes:
        engine: Its version, see `engine_version`.
        host: The machine's name for itself.
        process: Its number there.
        node: Ray's name for the machine.
    """

    engine: str
    host: str
    process: int
    node: str


class Worker:
    """Works batches one after the other, each on one core."""

    def greet(self, engine: str) -> Greeting:
        """Makes everything ready if it has the version asked for, and says who it is.

        The first fights on a machine compile the engine, which may take half a minute; no batch
        is to blame for that.

        Args:
            engine: The version that the driver has.

        Returns:
            Its own version and whereabouts; nothing is made ready when the version is another.
        """
        if engine == engine_version():
            warm_up()
        node = import_module("ray").get_runtime_context().get_node_id()
        return Greeting(engine_version(), platform.node(), os.getpid(), node)

    def work(self, packed: PackedBatch) -> dict[int, Outcome]:
        """Works a batch.

        Args:
            packed: The batch, as `evolution.packing.pack` makes it.

        Returns:
            Outcomes by the jobs' keys.

        Raises:
            WrongEngine: It is for another version of the engine.
        """
        return work(unpack(packed))


def answer() -> bool:
    """Says that its machine is there."""
    return True


def warm_up() -> None:
    """Works a job of each sort, which compiles the engine or loads it."""
    settings = CoreSettings.preset("nano")
    pair = tuple(bundled_by_name(settings).values())[:2]
    jobs = [
        Job(0, "duel", pair, 0, 1, False),
        Job(1, "duel", pair, 0, 1, True),
        Job(2, "melee", pair, 0, 1, False),
        Job(3, "melee", pair, 0, 1, True),
    ]
    work(Batch(engine_version(), settings, tuple(jobs)))
