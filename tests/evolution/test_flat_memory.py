"""A long run on a tiny core keeps its memory, its open files and its threads as they are.

Each round's champion fights every ancestor, so the time of 2,000 rounds grows with their square:
`ROUNDS` of them show what grows with each round, and `REDQUEEN_FLAT_ROUNDS=2000` asks for all.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import pytest

from evolution.folder import read_folder_config
from evolution.records import read_champions, read_forgotten, read_ratchet
from evolution.store import DATABASE, Store
from tests.evolution.naive_ratchet import forgotten
from tests.evolution.small_runs import ROOT, run_whole, small_config

ROUNDS: Final = int(os.environ.get("REDQUEEN_FLAT_ROUNDS", "300"))
SAMPLES: Final = 4
# KiB that may come between a quarter of the rounds and their end: each champion stays, to be fought
# by those that follow (1.5 measured), and what an allocator keeps varies by some tens.
CHAMPION: Final = 2.0
SLACK: Final = 128.0

WORKER: Final = """
import gc, json, os, sys
from pathlib import Path
from threading import Barrier
from evolution.session import opened
from tests.evolution.test_flat_memory import flat_config

def facts(round_number):
    gc.collect()
    lines = Path("/proc/self/status").read_text().splitlines()
    rss = next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:"))
    return {"round": round_number, "rss": rss, "files": len(os.listdir("/proc/self/fd")),
            "threads": len(os.listdir("/proc/self/task"))}

folder, rounds, samples = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
with opened(folder, flat_config(rounds), workers=2) as run:
    run.store._db.execute("PRAGMA cache_size = -64")  # KiB, full before the first sample
    both = Barrier(2)  # start now: the second would with the first round that has work for two
    list(run._executor._pool.map(lambda _: both.wait(10), range(2)))
    for sample in range(1, samples + 1):
        run.advance(rounds=rounds * sample // samples)
        print(json.dumps(facts(run.rounds_done)), flush=True)
"""


def flat_config(rounds: int) -> Any:
    """As little work as a round can be."""
    return small_config(
        rounds=rounds,
        history=3,
        search={"iterations": 1, "batch": 1, "fresh": 1},
        fitness={"kind": "pairwise", "fights": 1},
        champion={"candidates": 1, "fights": 1, "record_fights": 1, "bundled_fights": 0},
    )


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is read from /proc")
def test_advance__memory_files_and_threads_stay_flat(tmp_path: Path) -> None:
    arguments = [sys.executable, "-c", WORKER, str(tmp_path / "run"), str(ROUNDS), str(SAMPLES)]
    done = subprocess.run(arguments, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    samples = [json.loads(line) for line in done.stdout.splitlines()]
    assert [sample["round"] for sample in samples] == [ROUNDS // 4 * i for i in (1, 2, 3, 4)]
    first, last = samples[0], samples[-1]
    most = CHAMPION * (last["round"] - first["round"]) + SLACK
    assert last["rss"] - first["rss"] < most, samples
    assert len({sample["files"] for sample in samples}) == 1, samples
    assert len({sample["threads"] for sample in samples}) == 1, samples
    assert read_folder_config(tmp_path / "run").rounds == ROUNDS


def test_read_forgotten__as_the_whole_record_says(tmp_path: Path) -> None:
    run_whole(tmp_path / "run", flat_config(25))
    with Store(tmp_path / "run" / DATABASE) as store:
        record = read_ratchet(store)
        numbers = [champion.round for champion in read_champions(store)]
        found = {number: read_forgotten(store, number) for number in numbers}
    assert any(found.values())
    assert found == {number: forgotten(number, record) if number else [] for number in numbers}
