"""How fast a search is: evaluations per second, the kernel's share of the time, memory.

Run: `python benchmarks/evolve.py [--seconds 5] [--workers 2]`. Each row is a search as `redqueen
evolve` does it (proposals of the genetic mutator, fights, archive, database), against bundled
warriors as the champions of the window. Compare only figures of a machine that does nothing else.
"""

import argparse
import os
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from evolution.config import RunConfig
from evolution.evaluation import Trial, evaluate
from evolution.executor import LocalExecutor
from evolution.presets import build_config, format_config, initial_warrior, preset_table
from evolution.records import batch_rows, first_rows
from evolution.search import Search
from evolution.session import opened
from evolution.store import DATABASE, Store
from llm_mutator.build import make_mutator
from mars import kernel
from mars.classics import bundled_by_name
from mars.redcode import Warrior
from mars.settings import MAX_WARRIORS

HISTORIES = (1, 5, 20)
KERNEL_ENTRIES = ("fight_duels", "fight_melees", "fight_melees_counted")


@dataclass
class KernelClock:
    """Seconds that all threads together spent in the kernel's entries."""

    seconds: float = 0.0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def wrap(self, entry: Callable[..., Any]) -> Callable[..., Any]:
        """The same entry, timed."""

        def timed(*arguments: Any) -> Any:
            began = time.perf_counter()
            try:
                return entry(*arguments)
            finally:
                with self.lock:
                    self.seconds += time.perf_counter() - began

        return timed


def main() -> None:
    """Prints all tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=5.0, help="for each row")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args()
    clock = KernelClock()
    for name in KERNEL_ENTRIES:
        setattr(kernel, name, clock.wrap(getattr(kernel, name)))
    print_searches(options.seconds, options.workers, clock)
    print_papers_evaluation(options.workers)
    print_memory(options.workers)


def print_searches(seconds: float, workers: int, clock: KernelClock) -> None:
    """Evaluations per second, and the kernel's share of the threads' time."""
    print(f"| core | fitness | K | evaluations/s | in the kernel ({workers} workers) |")
    print("| --- | --- | --- | --- | --- |")
    for preset in ("quick", "tiny", "nano"):
        for kind in ("melee", "pairwise"):
            for history in HISTORIES:
                config = build_config(
                    preset_table(preset),
                    {"fitness": {"kind": kind, "fights": 20}, "search": {"batch": 16}},
                    {"rounds": 1, "search": {"iterations": 1_000_000}},
                )
                room = min(MAX_WARRIORS, config.core.core_size // config.core.min_distance)
                core = config.core.core_size
                if kind == "melee" and history + 2 > room:
                    print(f"| {core} | {kind} | {history} | does not fit | |")
                    continue
                rate, share = search_rate(config, history, seconds, workers, clock)
                print(f"| {core} | {kind} | {history} | {rate:,.1f} | {share:.0%} |", flush=True)


def search_rate(
    config: RunConfig, history: int, seconds: float, workers: int, clock: KernelClock
) -> tuple[float, float]:
    """Evaluations per second, and share of the threads' time in the kernel."""
    opponents = window(config, history)
    mutator = make_mutator(config.mutator, config.core)
    search = Search(config, 1, opponents, list(dict.fromkeys(opponents)), mutator=mutator)
    done = 0
    with (
        tempfile.TemporaryDirectory() as folder,
        LocalExecutor(workers) as executor,
        Store(Path(folder) / DATABASE, create=True) as store,
    ):
        store.append(first_rows(format_config(config), initial_warrior(config)))
        store.append(batch_rows(store, 1, search.run_batch(executor)))
        began, clock.seconds = time.perf_counter(), 0.0
        while time.perf_counter() - began < seconds:
            entries = search.run_batch(executor)
            store.append(batch_rows(store, 1, entries))
            done += sum(entry.status == "evaluated" for entry in entries)
        took = time.perf_counter() - began
    return done / took, clock.seconds / (took * workers)


def window(config: RunConfig, history: int) -> tuple[Warrior, ...]:
    """w_0 and that many champions, played by bundled warriors, some more than once."""
    warriors = list(bundled_by_name(config.core).values())
    return (initial_warrior(config), *(warriors[i % len(warriors)] for i in range(history)))


def print_papers_evaluation(workers: int) -> None:
    """The paper's setting: 21 warriors, 20 fights, 80,000 cycles; wanted: under 0.5 s."""
    config = build_config(preset_table("drq"))
    trial = Trial(window(config, 19), config.fitness.fights, 1)
    candidates = list(bundled_by_name(config.core).values())[:16]
    with LocalExecutor(workers) as executor:
        began = time.perf_counter()
        evaluate(candidates, trial, config, executor)
        batch = (time.perf_counter() - began) / len(candidates)
        began = time.perf_counter()
        for candidate in candidates[:6]:
            evaluate([candidate], trial, config, executor)
        single = (time.perf_counter() - began) / 6
    print(f"\nThe paper's evaluation (21 warriors, 20 fights, 80,000 cycles), {workers} workers:")
    print(f"{batch:.3f} s in a batch of 16, {single:.3f} s one at a time (wanted: under 0.5 s)")


def print_memory(workers: int) -> None:
    """Resident memory along a run on the nano core."""
    config = build_config(
        preset_table("nano"), {"rounds": 6, "champion": {"bundled_fights": 0, "record_fights": 10}}
    )
    marks: dict[int, float] = {}

    def watch(progress: Any) -> None:
        for mark in (1000, 2000, 5000, 10_000):
            if progress.evaluations >= mark:
                marks.setdefault(mark, resident_mib())

    with (
        tempfile.TemporaryDirectory() as folder,
        opened(Path(folder) / "run", config, workers=workers) as run,
    ):
        run.advance(watch)
    print("\nResident memory after so many evaluations (nano, 2,000 iterations a round):")
    print(", ".join(f"{mark:,}: {mib:.1f} MiB" for mark, mib in marks.items()))


def resident_mib() -> float:
    """Of this process."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


if __name__ == "__main__":
    main()
