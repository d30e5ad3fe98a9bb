"""How fast the engine is. Ratios are measured in one process, alternating, and the best of
several repetitions counts on either side, so that a busy machine disturbs them least.

    python benchmarks/engine.py [--fights N] [--repetitions N]

1. The ten pairings of four warriors that come with the package `exhaust-ma` (a C simulator),
   fought by both engines; the results are compared too.
2. One thread and two.
3. The melee of Digital Red Queen, with and without counts.
4. Small cores, in fights per second.
"""

import math
import sys
import time
from collections.abc import Callable
from itertools import combinations_with_replacement
from pathlib import Path
from typing import Any, Final

import _exhaust_ma
import click
import exhaust_ma
from rich.console import Console
from rich.table import Table

import mars
from mars.placement import PositionSeries
from mars.settings import DEFAULT_SETTINGS, CoreSettings

FOLDER: Final = Path(exhaust_ma.__file__).parent / "exhaust-ma"
NAMES: Final = ("fixed", "jaguar", "stalker", "npaper2")
FIXED_POSITION: Final = 4000
C, FFI = _exhaust_ma.lib, _exhaust_ma.ffi
Clock = Callable[[], float]


def main_pairings() -> list[tuple[str, str]]:
    """The ten pairings in the order of exhaust-ma's own table."""
    pairs = combinations_with_replacement(NAMES, 2)
    return sorted(((b, a) for a, b in pairs), key=lambda p: (NAMES.index(p[0]), NAMES.index(p[1])))


class Exhaust:
    """The C simulator, called as its own `main` does, one fight after the other."""

    def __init__(self, names: tuple[str, str], settings: CoreSettings, fights: int) -> None:
        self.settings = settings
        self.warriors = [FFI.new("warrior_t*") for _ in names]
        for warrior, name in zip(self.warriors, names, strict=True):
            C.asm_fname(str(FOLDER / f"{name}.rc").encode(), warrior, settings.core_size)
        start = FIXED_POSITION - settings.min_distance
        self.positions = PositionSeries(2, settings, start).draw(fights).tolist()

    def run(self) -> tuple[int, int, int]:
        """Wins of the first, wins of the second, ties."""
        rules = self.settings
        C.sim_alloc_bufs2(2, rules.core_size, rules.max_processes, rules.max_cycles, 500)
        wins, ties = [0, 0], 0
        starts, deaths = FFI.new("field_t[2]"), FFI.new("unsigned[2]")
        for i, placed in enumerate(self.positions):
            C.sim_clear_core()
            for position, warrior in zip(placed, self.warriors, strict=True):
                C.sim_load_warrior(position, warrior.code, warrior.len)
            order = (0, 1) if i % 2 == 0 else (1, 0)
            for turn, w in enumerate(order):
                starts[turn] = (placed[w] + self.warriors[w].start) % rules.core_size
            if C.sim_mw(2, starts, deaths) == 2:
                ties += 1
            else:
                wins[order[1 - deaths[0]]] += 1
        return wins[0], wins[1], ties


def best(functions: list[Callable[[], Any]], repetitions: int, clock: Clock) -> list[float]:
    """The least time of each function, called in turn."""
    times = [math.inf] * len(functions)
    for _ in range(repetitions):
        for i, function in enumerate(functions):
            start = clock()
            function()
            times[i] = min(times[i], clock() - start)
    return times


def geometric_mean(numbers: list[float]) -> float:
    return math.exp(sum(map(math.log, numbers)) / len(numbers))


def pairings(console: Console, fights: int, repetitions: int) -> None:
    """Table 1, one thread each, process time."""
    table = Table(title=f"Against exhaust-ma, one thread, {fights} fights a pairing")
    for column in ("pairing", "instructions", "exhaust M/s", "ours M/s", "ratio"):
        table.add_column(column, justify="left" if column == "pairing" else "right")
    ratios = []
    for pair in main_pairings():
        warriors = [mars.load(FOLDER / f"{name}.rc") for name in pair]
        theirs = Exhaust(pair, DEFAULT_SETTINGS, fights)

        def ours(warriors: list[mars.Warrior] = warriors) -> mars.BattleResult:
            return mars.battle(warriors, fights=fights, fixed_position=FIXED_POSITION, records=True)

        result = ours()
        assert theirs.run() == (result.wins[0], result.wins[1], result.ties[0]), pair
        assert result.records is not None
        executed = int(result.records.executed.sum())
        their_time, our_time = best([theirs.run, ours], repetitions, time.process_time)
        ratios.append(their_time / our_time)
        table.add_row(
            " - ".join(pair),
            f"{executed:,}",
            f"{executed / their_time / 1e6:.0f}",
            f"{executed / our_time / 1e6:.0f}",
            f"{ratios[-1]:.2f}",
        )
    table.add_row("geometric mean", "", "", "", f"{geometric_mean(ratios):.2f}", style="bold")
    table.add_row("least", "", "", "", f"{min(ratios):.2f}")
    console.print(table)


def threads(console: Console, fights: int, repetitions: int) -> None:
    """Table 2, wall time."""
    warriors = [mars.load(FOLDER / f"{name}.rc") for name in ("npaper2", "stalker")]

    def run(workers: int) -> Callable[[], Any]:
        return lambda: mars.battle(warriors, fights=10 * fights, seed=1, workers=workers)

    # Wall time of two cores needs both to itself for a moment: more tries.
    one, two = best([run(1), run(2)], 4 * repetitions, time.perf_counter)
    table = Table(title=f"Threads, {10 * fights} fights")
    for column in ("threads", "fights/s", "times one"):
        table.add_column(column, justify="right")
    table.add_row("1", f"{10 * fights / one:.0f}", "1.00")
    table.add_row("2", f"{10 * fights / two:.0f}", f"{one / two:.2f}")
    console.print(table)


def melees(console: Console, repetitions: int) -> None:
    """Table 3: 21 warriors, 80,000 cycles, 20 fights, process time."""
    everyone = [warrior for group in mars.bundled().values() for warrior in group]
    warriors = everyone[:21]

    def run(counts: bool) -> Callable[[], Any]:
        return lambda: mars.melee(warriors, fights=20, seed=1, counts=counts)

    executed = int(mars.melee(warriors, fights=20, seed=1).executed.sum())
    without, counted = best([run(False), run(True)], repetitions, time.process_time)
    table = Table(title=f"21 bundled warriors, 20 fights, {executed:,} instructions")
    for column in ("counts", "seconds", "M/s", "times without"):
        table.add_column(column, justify="right")
    table.add_row("no", f"{without:.3f}", f"{executed / without / 1e6:.0f}", "1.00")
    ratio = f"{counted / without:.2f}"
    table.add_row("yes", f"{counted:.3f}", f"{executed / counted / 1e6:.0f}", ratio)
    console.print(table)


def small_cores(console: Console, fights: int, repetitions: int) -> None:
    """Table 4: every pair of the bundled warriors of a small core, process time."""
    table = Table(title="Small cores, one thread")
    for column in ("preset", "pairs", "fights/s", "M instr./s"):
        table.add_column(column, justify="left" if column == "preset" else "right")
    for preset in ("tiny", "nano"):
        settings = CoreSettings.preset(preset)
        warriors = [warrior for group in mars.bundled(settings).values() for warrior in group]
        pairs = list(combinations_with_replacement(warriors, 2))
        jobs = [mars.Battle(pair, settings, fights=fights) for pair in pairs]
        results = mars.battles(jobs, records=True)
        executed = sum(int(r.records.executed.sum()) for r in results if r.records is not None)
        [seconds] = best([lambda jobs=jobs: mars.battles(jobs)], repetitions, time.process_time)
        rate = f"{len(jobs) * fights / seconds:,.0f}"
        table.add_row(preset, str(len(jobs)), rate, f"{executed / seconds / 1e6:.0f}")
    console.print(table)


@click.command()
@click.option("--fights", default=100, show_default=True, help="Fights a pairing.")
@click.option("--repetitions", default=7, show_default=True, help="Of each; the best counts.")
def main(fights: int, repetitions: int) -> None:
    """Print all four tables."""
    console = Console(file=sys.stdout, width=90)
    pairings(console, fights, repetitions)
    threads(console, fights, repetitions)
    melees(console, repetitions)
    small_cores(console, fights, repetitions)


if __name__ == "__main__":
    main()
