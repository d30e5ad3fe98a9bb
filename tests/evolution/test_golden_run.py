"""Known results: a small run's champions, and that the ratchet climbs on the real core."""

import math
from pathlib import Path

from evolution.executor import LocalExecutor
from evolution.pairs import Result
from evolution.presets import build_config, preset_table
from evolution.ratchet import record_against
from evolution.records import read_champions, read_warrior
from evolution.seeds import Purpose, fight_seed
from evolution.store import DATABASE, Store
from mars.redcode import Warrior
from tests.evolution.small_runs import run_whole

# First 16 digits of the champions' ids. They change when the engine, the assembler, a mutator or
# the seeds' use changes; a commit that means to do so says so and writes the new ones here.
GOLDEN = ["67c0814031b5aa59", "8bc5ad066ee05968", "d1733bbc3c4a48ef", "7a84a89cd490c49a"]

TINY = {
    "seed": 1,
    "rounds": 3,
    "search": {"iterations": 60, "batch": 8, "fresh": 8},
    "fitness": {"kind": "melee", "fights": 6},
    "champion": {"candidates": 2, "fights": 12, "record_fights": 10, "bundled_fights": 0},
}
REAL = {
    "seed": 0,
    "rounds": 5,
    "search": {"iterations": 60, "batch": 8, "fresh": 16},
    "fitness": {"kind": "pairwise", "fights": 10},
    "champion": {"candidates": 3, "fights": 20, "record_fights": 10, "bundled_fights": 0},
}


def test_advance__golden_tiny_run(tmp_path: Path) -> None:
    rows = run_whole(tmp_path / "run", build_config(preset_table("tiny"), TINY), workers=2)
    assert [str(warrior)[:16] for _, warrior in rows["champions"]] == GOLDEN


def points_of(results: list[Result]) -> tuple[float, float]:
    """Mean points a fight over all ancestors, and the variance of that mean."""
    means, variances = [], []
    for result in results:
        points = [3.0] * result.wins + [1.0] * result.ties + [0.0] * result.losses
        mean = sum(points) / len(points)
        spread = sum((point - mean) ** 2 for point in points) / (len(points) - 1)
        means.append(mean)
        variances.append(spread / len(points))
    return sum(means) / len(means), sum(variances) / len(means) ** 2


def test_advance__last_champion_beats_the_ancestors_better_than_the_first(tmp_path: Path) -> None:
    """A one-sided z-test at p < 0.001, on seeds that no part of the run has used."""
    config = build_config(preset_table("quick"), REAL)
    run_whole(tmp_path / "run", config, workers=2)
    with Store(tmp_path / "run" / DATABASE) as store:
        lineage = [read_warrior(store, c.warrior, config.core) for c in read_champions(store)]
    ancestors = [
        (warrior, fight_seed(config.seed, 99, place, Purpose.SAMPLE))
        for place, warrior in enumerate(lineage[:5])
    ]

    def measure(champion: Warrior) -> tuple[float, float]:
        with LocalExecutor(2) as executor:
            return points_of(record_against(champion, ancestors, 200, config.core, executor))

    (first, first_variance), (last, last_variance) = measure(lineage[1]), measure(lineage[5])
    assert (last - first) / math.sqrt(first_variance + last_variance) > 3.09
