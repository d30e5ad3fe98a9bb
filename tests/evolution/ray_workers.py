"""A worker that dies, or takes very long, over jobs of certain seeds; Ray's workers import it."""

import os
import signal
import time

from evolution.cluster.worker import Worker
from evolution.jobs import Outcome
from evolution.packing import PackedBatch, unpack

DEADLY, SLOW = 666_001, 666_002
SLOW_SECONDS = 60.0


class Fragile(Worker):
    """Really dies: the kernel of the operating system kills it."""

    def work(self, packed: PackedBatch) -> dict[int, Outcome]:
        """As any worker, but for the seeds above."""
        for job in unpack(packed).jobs:
            if job.seed == DEADLY:
                os.kill(os.getpid(), signal.SIGKILL)
            if job.seed == SLOW:
                time.sleep(SLOW_SECONDS)
        return super().work(packed)
