"""The way to a Ray cluster: joining it, asking its machines, leaving."""

import logging
import os
import socket
import time
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Final

from evolution.cluster.worker import Worker, answer
from evolution.executor import ExecutorError

CONNECT_SECONDS: Final = 5.0
# A head that has not answered so often, with such pauses, is gone.
MOST_SILENCES: Final = 3
SILENCE_SECONDS: Final = 1.0


class Cluster:
    """A connection to a Ray cluster.

    Attributes:
        ray: The package; it is optional, so it is imported here alone.
        name: Of the cluster, for messages.
    """

    def __init__(self, address: str | None) -> None:
        """Joins a cluster; one that this process has joined already is used as it is.

        Args:
            address: HOST:PORT, or "auto" for the one this machine is part of; None: that, or a
                new one of this machine alone.

        Raises:
            ExecutorError: Ray is not installed, or there is no such cluster.
        """
        check_cluster(address)
        self.name = address or "of this machine"
        # Ray reports home from what it starts, unless it is told not to.
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
        self.ray: Any = import_module("ray")
        self._gone = False
        self._joined = not self.ray.is_initialized()
        if self._joined:
            self._join(address)
        self._head = str(self.ray.get_runtime_context().gcs_address)
        strategies = import_module("ray.util.scheduling_strategies")
        self._pinned = strategies.NodeAffinitySchedulingStrategy

    def _join(self, address: str | None) -> None:
        try:
            self.ray.init(
                address=address,
                include_dashboard=None if address else False,
                logging_level=logging.CRITICAL,
                log_to_driver=False,
            )
        except (ConnectionError, RuntimeError, TimeoutError, ValueError) as error:
            first = str(error).split("\n", maxsplit=1)[0]
            raise ExecutorError(f"cannot join the Ray cluster {self.name}: {first}") from None

    @property
    def cores(self) -> int:
        """CPUs of all machines that are there now."""
        return int(self.ray.cluster_resources().get("CPU", 0))

    def check(self) -> None:
        """Finds out whether the head is there.

        Without it Ray's calls block, and after a minute it ends this process.

        Raises:
            ExecutorError: It is not.
        """
        for _ in range(MOST_SILENCES):
            why = _why_unreachable(self._head)
            if why is None:
                return
            time.sleep(SILENCE_SECONDS)
        self._gone = True
        raise ExecutorError(f"the head of the Ray cluster {self.name} is gone: {why}")

    def hire(self, worker_class: type[Worker]) -> Any:
        """A handle of a new worker, on any free core now or later."""
        options = {"num_cpus": 1, "max_restarts": 0, "max_task_retries": 0}
        return self.ray.remote(**options)(worker_class).remote()

    def dismiss(self, actor: Any) -> None:
        """Ends a worker, whatever it does."""
        if self._gone:
            return
        try:
            self.ray.kill(actor, no_restart=True)
        except (self.ray.exceptions.RayError, ValueError, RuntimeError):
            return  # It, or the cluster, is gone.

    def ask(self, node: str) -> Any:
        """A reference that gets a value if a machine answers, or an error when it is gone."""
        pinned = self._pinned(node_id=node, soft=False)
        options = {"num_cpus": 0, "max_retries": 0, "scheduling_strategy": pinned}
        return self.ray.remote(**options)(answer).remote()

    def ready(self, references: list[Any], seconds: float) -> list[Any]:
        """Those that have a value or an error, after waiting for at least one."""
        found, _ = self.ray.wait(references, timeout=seconds)
        if found and len(references) > 1:
            found, _ = self.ray.wait(references, num_returns=len(references), timeout=0)
        return list(found)

    def leave(self) -> None:
        """Lets go of the cluster, if it was joined here."""
        if self._joined and not self._gone:
            self.ray.shutdown()


def check_cluster(address: str | None) -> None:
    """Finds out quickly what is in the way of joining a cluster; Ray itself takes minutes.

    Args:
        address: As for `Cluster`.

    Raises:
        ExecutorError: Ray is not installed, or nobody listens there.
    """
    if find_spec("ray") is None:
        raise ExecutorError("expected Ray for this executor: pip install 'redqueen[ray]'")
    if address not in (None, "auto"):
        _check_reachable(address)


def _check_reachable(address: str) -> None:
    host, _, port = address.rpartition(":")
    if not host or not port.isdecimal() or "/" in host:
        raise ExecutorError(f"expected auto or HOST:PORT of a Ray cluster: got {address!r}")
    why = _why_unreachable(address)
    if why is not None:
        raise ExecutorError(f"cannot reach the Ray cluster at {address}: {why}")


def _why_unreachable(address: str) -> str | None:
    """What is in the way of a connection to HOST:PORT; None: nothing."""
    host, _, port = address.rpartition(":")
    try:
        socket.create_connection((host.strip("[]"), int(port)), CONNECT_SECONDS).close()
    except (OSError, OverflowError) as error:
        return str(error)
    return None
