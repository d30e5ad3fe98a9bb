"""What a cluster costs: evaluations per second and core of each executor, and one driver's limits.

Run: `python benchmarks/executors.py [--workers 2] [--evaluations 48] [--repeats 5]`. Needs the
extra `ray`; joins the cluster of this machine, or starts one. The evaluation is the paper's: 20
melees of 21 warriors, 8000 addresses, 80,000 cycles. Executors take turns, so that a machine that
becomes slower is slower for all. Processor time is that of the driver and the workers, on this
machine; it hardly depends on what else the machine does, as the seconds do.
"""

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from importlib import import_module
from pathlib import Path
from typing import Any

from evolution.cluster.executor import RayExecutor
from evolution.config import RunConfig
from evolution.evaluation import Trial
from evolution.executor import Executor, LocalExecutor, SerialExecutor
from evolution.jobs import Job, batches_of
from evolution.packing import pack
from evolution.presets import build_config, format_config, initial_warrior, preset_table
from evolution.records import batch_rows, first_rows
from evolution.search import Search
from evolution.store import DATABASE, Store
from llm_mutator.build import make_mutator
from mars.classics import bundled_by_name
from mars.redcode import Warrior


def main() -> None:
    """Prints all tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--evaluations", type=int, default=48, help="of each executor and turn")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--ray-address", help="of a cluster; default: Ray's own choice")
    options = parser.parse_args()
    config = build_config(preset_table("drq"))
    jobs = papers_jobs(config, options.evaluations)
    with ExitStack() as stack:
        ray = RayExecutor(options.ray_address, options.workers, on_event=print)
        executors: dict[str, Executor] = {
            "serial": stack.enter_context(SerialExecutor()),
            "local": stack.enter_context(LocalExecutor(options.workers)),
            "ray": stack.enter_context(ray),
        }
        print_rates(executors, jobs, config, options.repeats)
        print_driver(ray, jobs, config)
    print_store()


def papers_jobs(config: RunConfig, count: int) -> list[Job]:
    """Evaluations of different warriors against 20 opponents."""
    warriors = list(bundled_by_name(config.core).values())
    trial = Trial(tuple(warriors[:20]), config.fitness.fights, 1)
    return [
        Job(
            key,
            "melee",
            (warriors[key % len(warriors)], *trial.opponents),
            trial.seed,
            trial.fights,
            True,
        )
        for key in range(count)
    ]


def print_rates(
    executors: dict[str, Executor], jobs: Sequence[Job], config: RunConfig, repeats: int
) -> None:
    """Evaluations per second and core, and their ratio to the local threads'."""
    rates: dict[str, list[float]] = {name: [] for name in executors}
    thrifts: dict[str, list[float]] = {name: [] for name in executors}
    for executor in executors.values():
        executor.run(jobs[: 2 * executor.workers], config.core)  # what is compiled, started, read
    for _ in range(repeats):
        for name, executor in executors.items():
            began, spent = time.perf_counter(), processor_seconds(executor)
            outcomes = executor.run(jobs, config.core)
            assert len(outcomes) == len(jobs)
            took, spent = time.perf_counter() - began, processor_seconds(executor) - spent
            rates[name].append(len(jobs) / took / executor.workers)
            thrifts[name].append(len(jobs) / spent)
    print(
        "| executor | workers | evaluations/s a core | of local | a processor second | of local |"
    )
    print("| --- | --- | --- | --- | --- | --- |")
    for name, executor in executors.items():
        cells = [
            f"{statistics.median(figures[name]):.2f} | {of_local(figures, name)}"
            for figures in (rates, thrifts)
        ]
        print(f"| {name} | {executor.workers} | {' | '.join(cells)} |")


def of_local(figures: dict[str, list[float]], name: str) -> str:
    """Median, least and most of the ratios to the local threads', turn by turn."""
    pairs = zip(figures[name], figures["local"], strict=True)
    ratios = [mine / local for mine, local in pairs]
    return f"{statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})"


def processor_seconds(executor: Executor) -> float:
    """That this process and an executor's workers have spent so far."""
    members = executor._crew.ready if isinstance(executor, RayExecutor) else []
    spent = time.process_time()
    for member in members:
        if member.greeting is not None:
            stat = Path(f"/proc/{member.greeting.process}/stat").read_text()
            user, system = stat.rpartition(")")[2].split()[11:13]
            spent += (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")
    return spent


def print_driver(executor: RayExecutor, jobs: Sequence[Job], config: RunConfig) -> None:
    """What a batch takes of the wire and of the driver's processor."""
    dumps: Any = import_module("ray.cloudpickle").dumps
    batches = batches_of(jobs, config.core)
    sizes = [len(dumps(pack(batch))) for batch in batches]
    one = len(dumps(pack(batches_of(jobs[:1], config.core)[0])))
    began, spent = time.perf_counter(), time.process_time()
    executor.run(jobs, config.core)
    took, spent = time.perf_counter() - began, time.process_time() - spent
    a_batch = executor.workers * took / len(batches)
    print(f"\na batch: {len(jobs) / len(batches):.1f} evaluations, {a_batch:.2f} s of a core")
    print(f"bytes: {statistics.mean(sizes):,.0f} a batch, {one:,} a single evaluation")
    print(f"driver, batches of full size: {1000 * spent / len(batches):.2f} ms of its processor")

    short = [Job(job.key, "duel", job.warriors[:2], 1, 1, False) for job in jobs]
    many = [Job(10_000 * n + job.key, *_rest(job)) for n in range(20) for job in short]
    quick = [Job(job.key, job.kind, job.warriors, job.seed, 125, False) for job in many]
    executor.run(quick[:8], config.core)
    count = len(batches_of(quick, config.core, 20_000_000))
    spent = time.process_time()
    executor.run(quick, config.core)
    cost = (time.process_time() - spent) / count
    print(f"driver, {count} small batches: {1000 * cost:.2f} ms of its processor each,")
    print(f"so it feeds {a_batch / cost:,.0f} cores with batches of {a_batch:.2f} s")


def _rest(job: Job) -> tuple[Any, ...]:
    return job.kind, job.warriors, job.seed, job.fights, job.counts


def print_store() -> None:
    """Commits per second of a run's database, for batches as the search makes them."""
    print("\n| proposals a commit | ms a commit | commits/s | proposals/s | bytes a proposal |")
    print("| --- | --- | --- | --- | --- |")
    for size in (1, 16, 128):
        seconds, commits, total = commit_times(size)
        each = seconds / commits
        print(
            f"| {size} | {1000 * each:.1f} | {1 / each:,.0f} | {size / each:,.0f} | "
            f"{total / (commits * size):,.0f} |",
            flush=True,
        )


def commit_times(size: int, proposals: int = 512) -> tuple[float, int, int]:
    """Seconds in `Store.append`, how often, and the database's bytes at the end."""
    config = build_config(
        preset_table("quick"),
        {"fitness": {"kind": "pairwise", "fights": 2}, "search": {"batch": size}},
        {"rounds": 1, "search": {"iterations": 100_000}},
    )
    opponents: tuple[Warrior, ...] = (initial_warrior(config),)
    mutator = make_mutator(config.mutator, config.core)
    search = Search(config, 1, opponents, opponents, mutator=mutator)
    seconds, commits = 0.0, 0
    with tempfile.TemporaryDirectory() as folder, LocalExecutor(1) as executor:
        path = Path(folder) / DATABASE
        with Store(path, create=True) as store:
            store.append(first_rows(format_config(config), initial_warrior(config)))
            store.append(batch_rows(store, 1, search.run_batch(executor)))
            while commits * size < proposals:
                entries = search.run_batch(executor)
                began = time.perf_counter()
                store.append(batch_rows(store, 1, entries))
                seconds += time.perf_counter() - began
                commits += 1
        return seconds, commits, path.stat().st_size


if __name__ == "__main__":
    main()
