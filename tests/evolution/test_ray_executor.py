"""Ray with a real cluster of two nodes: the same results as threads, whatever goes down."""

import os
import shutil
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from evolution.cluster import connection
from evolution.cluster.executor import RayExecutor
from evolution.engine import engine_version
from evolution.executor import ExecutorError, LocalExecutor
from evolution.jobs import Job, Lost
from evolution.run import Progress
from evolution.session import opened
from evolution.store import DATABASE, Store
from mars.classics import bundled_by_name
from mars.settings import CoreSettings
from tests.evolution.ray_workers import DEADLY, SLOW, Fragile
from tests.evolution.small_runs import ROOT, rows_of, run_whole, small_config

ray = pytest.importorskip("ray", reason="needs the extra ray")

# A machine is missed after 1.5 s instead of 15.
SYSTEM = {
    "health_check_initial_delay_ms": 1000,
    "health_check_period_ms": 500,
    "health_check_timeout_ms": 500,
    "health_check_failure_threshold": 3,
}
NODE = {"num_cpus": 1, "object_store_memory": 80_000_000}
CORE = CoreSettings.preset("94nop")


def some_jobs(count: int) -> list[Job]:
    """Melees of some 0.1 s each."""
    warriors = tuple(bundled_by_name(CORE).values())
    return [Job(key, "melee", warriors[key : key + 12], key, 20, True) for key in range(count)]


def local(jobs: list[Job]) -> dict[int, Any]:
    with LocalExecutor(1) as executor:
        return dict(executor.run(jobs, CORE))


@pytest.fixture(scope="module")
def two_nodes() -> Iterator[Any]:
    """A cluster: a head and another node, one core each, on this machine."""
    from ray.cluster_utils import Cluster

    before = os.environ.get("RAY_USAGE_STATS_ENABLED")
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    head = {**NODE, "include_dashboard": False, "_system_config": SYSTEM}
    cluster = Cluster(initialize_head=True, head_node_args=head)
    cluster.add_node(**NODE)
    yield cluster
    cluster.shutdown()
    if before is None:
        del os.environ["RAY_USAGE_STATS_ENABLED"]


@pytest.fixture
def interruptible() -> Iterator[None]:
    """Ctrl-C works, also where pytest was started in the background, which ignores it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def events() -> list[str]:
    """What an executor tells."""
    return []


def executor_on(cluster: Any, events: list[str], **options: Any) -> RayExecutor:
    return RayExecutor(cluster.address, 2, on_event=events.append, **options)


def processes(executor: RayExecutor, count: int) -> list[int]:
    """The workers' process numbers, of so many or more; those on the head's node first."""
    until = time.monotonic() + 30
    while len(executor._crew.ready) < count and time.monotonic() < until:
        executor.run(some_jobs(1), CORE)
    head = ray.get_runtime_context().get_node_id()
    greetings = [member.greeting for member in executor._crew.ready if member.greeting]
    assert len(greetings) >= count
    return [it.process for it in sorted(greetings, key=lambda it: it.node != head)]


def alive(process: int) -> bool:
    try:
        return "\nState:\tZ" not in Path(f"/proc/{process}/status").read_text()
    except FileNotFoundError:
        return False


def test_run__a_run_has_the_same_rows_though_a_node_and_a_worker_die(
    two_nodes: Any, tmp_path: Path
) -> None:
    config = small_config(search={"iterations": 24})
    whole = run_whole(tmp_path / "whole", config)
    made: list[RayExecutor] = []

    def make(on_event: Callable[[str], None]) -> RayExecutor:
        made.append(RayExecutor(two_nodes.address, None, on_event=on_event))
        return made[0]

    def cut_the_power(progress: Progress) -> None:
        """Ends a node and what works there, in the middle of the second round."""
        here = (progress.round, progress.iteration, progress.phase)
        if here == (2, 8, "search"):
            other = processes(made[0], 2)[1]
            node = two_nodes.worker_nodes.copy().pop()
            two_nodes.remove_node(node, allow_graceful=False)
            os.kill(other, signal.SIGKILL)
        if here == (3, 8, "search"):
            os.kill(processes(made[0], 1)[0], signal.SIGKILL)

    try:
        with opened(tmp_path / "ray", config, executor=make) as run:
            assert run.advance(cut_the_power)
    finally:
        two_nodes.add_node(**NODE)
    assert rows_of(tmp_path / "ray") == whole
    with Store(tmp_path / "ray" / DATABASE) as store:
        lines = store.query("SELECT detail FROM events WHERE kind = 'executor'")
    assert sum("lost worker" in line for (line,) in lines) == 2
    assert sum("is gone; done elsewhere" in str(line) for (line,) in lines) == 1
    assert not any("given up" in str(line) for (line,) in lines)


def test_run__a_node_dies_under_work(two_nodes: Any, events: list[str]) -> None:
    jobs = some_jobs(16)
    with executor_on(two_nodes, events) as executor:
        processes(executor, 2)
        node = two_nodes.worker_nodes.copy().pop()
        thread = threading.Timer(0.3, two_nodes.remove_node, (node,), {"allow_graceful": False})
        thread.start()
        found = executor.run(jobs, CORE)
        thread.join()
        two_nodes.add_node(**NODE)
        assert found == local(jobs)
        assert len(processes(executor, 2)) == 2  # the new node has taken the place
        assert executor.run(jobs[:4], CORE) == local(jobs[:4])
    assert any("lost worker" in line for line in events)
    assert not any("given up" in line for line in events)


def test_run__jobs_that_kill_or_hang_are_lost_and_no_others(
    two_nodes: Any, events: list[str]
) -> None:
    jobs = some_jobs(6)
    jobs[1] = replace(jobs[1], seed=DEADLY)
    jobs[4] = replace(jobs[4], seed=SLOW)
    options = {"worker_class": Fragile, "timeout": 2.0}
    with executor_on(two_nodes, events, **options) as executor:
        found = executor.run(jobs, CORE)
    assert found[1] == Lost("its worker died, 2 times")
    assert found[4] == Lost("it took longer than 2 s, 2 times")
    innocent = [job for job in jobs if job.key not in (1, 4)]
    assert {job.key: found[job.key] for job in innocent} == local(innocent)
    assert "job 4: it took longer than 2 s, 2 times; given up" in events
    assert "job 1: its worker died; tried again alone" in events
    assert all("\n" not in line for line in events)


@pytest.mark.usefixtures("interruptible")
def test_run__stopped_by_an_error_then_by_an_interrupt(two_nodes: Any, events: list[str]) -> None:
    good = some_jobs(2)
    jobs = [replace(job, seed=SLOW) for job in some_jobs(4)]
    with executor_on(two_nodes, events, worker_class=Fragile) as executor:
        with pytest.raises(ValueError, match="fights must be 1 to"):
            executor.run([replace(good[0], fights=0), good[1]], CORE)
        assert executor.run(good, CORE) == local(good)
        workers = processes(executor, 2)
        timer = threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT))
        timer.start()
        with pytest.raises(KeyboardInterrupt):
            executor.run(jobs, CORE)
    until = time.monotonic() + 10
    while any(map(alive, workers)) and time.monotonic() < until:
        time.sleep(0.05)
    assert not any(map(alive, workers))


def test_ray_executor__another_engine_is_refused(
    two_nodes: Any, events: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")  # Ray lets workers import from where it is started.
    for package in ("mars", "llm_mutator", "evolution"):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / package, tmp_path / package, ignore=ignored)
    with (tmp_path / "mars" / "score.py").open("a") as file:
        file.write("\n# Another version.\n")
    environment = {"env_vars": {"PYTHONPATH": str(tmp_path)}}
    ray.init(two_nodes.address, runtime_env=environment, log_to_driver=False)
    try:
        with pytest.raises(ExecutorError) as refused:
            executor_on(two_nodes, events)
    finally:
        ray.shutdown()
    words = str(refused.value).split()
    assert words[:6] == ["expected", "engine", engine_version(), "on", "every", "machine:"]
    assert len(words[7]) == 16
    assert words[7] != engine_version()
    assert socket.gethostname() in words


def test_ray_executor__no_cluster(events: list[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(ExecutorError, match=f"cannot reach the Ray cluster at {address}"):
            RayExecutor(address, None, on_event=events.append)


@pytest.mark.parametrize("address", ["ray://host:10001", "host", ":6379", "host:port", "h:99999"])
def test_ray_executor__not_an_address(address: str, events: list[str]) -> None:
    with pytest.raises(ExecutorError, match="Ray cluster"):
        RayExecutor(address, None, on_event=events.append)


def test_ray_executor__no_worker_can_be_had(two_nodes: Any, events: list[str]) -> None:
    ray.init(two_nodes.address, log_to_driver=False)
    try:
        held = ray.util.placement_group([{"CPU": 1}] * 2)
        ray.get(held.ready(), timeout=20)
        with pytest.raises(ExecutorError, match=r"expected workers .* got none for 1 s"):
            executor_on(two_nodes, events, patience=1.0)
        ray.util.remove_placement_group(held)
    finally:
        ray.shutdown()


def test_ray_executor__without_ray(monkeypatch: pytest.MonkeyPatch, events: list[str]) -> None:
    monkeypatch.setattr(connection, "find_spec", lambda name: None)
    with pytest.raises(ExecutorError, match=r"pip install 'redqueen\[ray\]'"):
        RayExecutor("auto", None, on_event=events.append)
