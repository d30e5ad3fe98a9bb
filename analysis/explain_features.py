"""What was measured of a warrior's behaviour in figures: one row a fight and window.

An address is far from an instruction when it is further away than the program is long. What is
written far away is a copy when the warrior executes it later, else a bomb.
"""

from collections.abc import Callable, Iterable
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.behaviour_probe import ProbeFight
from mars.machine import EventKind
from mars.redcode import Opcode

Addresses = NDArray[np.int64]
Flags = NDArray[np.bool_]

LEAST_REACH: Final = 4
STRIDE: Final = 2  # a clear of two writing instructions leaves out every second address of each
COMPARING: Final = (Opcode.CMP, Opcode.SEQ, Opcode.SNE, Opcode.SLT, Opcode.JMZ, Opcode.JMN)
TESTING: Final = (Opcode.JMZ, Opcode.JMN)
ZEROS: Final = {
    "split_rate": 0.0,
    "colonies": 0,
    "write_rate": 0.0,
    "write_spread": 0.0,
    "read_rate": 0.0,
    "read_spread": 0.0,
    "compare_rate": 0.0,
    "compared": 0,
    "unrolled": 0,
    "bomb_rate": 0.0,
    "bombed": 0,
    "dat": 0.0,
    "spl": 0.0,
    "jmp": 0.0,
    "change": 0.0,
    "fangs": 0,
    "copy_rate": 0.0,
    "own_code": 0.0,
    "imp_rate": 0.0,
    "imp_step": 0,
    "clear_run": 0,
    "stream_run": 0,
    "pspace_rate": 0.0,
}


def behaviour_features(fights: Iterable[ProbeFight]) -> pd.DataFrame:
    """The features of each fight's windows, in order.

    Returns:
        One row a window in which the warrior executed anything:
        fight: Its label. window: Number. executed: Instructions of the warrior.
        processes: As the window began.
        split_rate: SPLs an instruction. colonies: Distinct far addresses that an SPL named and
            the warrior executed later.
        write_rate, read_rate: Accesses an instruction. write_spread, read_spread: Distinct
            addresses of them, as a share of the core.
        compare_rate: Comparisons with far addresses an instruction (CMP, SEQ, SNE, SLT, JMZ,
            JMN). compared: Distinct addresses of them. unrolled: How many of the comparisons
            came before any instruction was executed twice (of the first window only).
        bomb_rate: Bombs an instruction. bombed: Distinct addresses of them. dat, spl, jmp: Shares
            of the bombs that are such instructions. change: Share that came of arithmetic.
            fangs: Addresses of JMPs that lead to one and the same place.
        copy_rate: Copies an instruction. own_code: Share of the copies and bombs that are like
            an instruction of the program, numbers aside.
        imp_rate: Copies of itself that an instruction wrote and the warrior executed later, an
            instruction. imp_step: How far ahead, mostly; the least such number, from half of
            the core below 0 to half above.
        clear_run: Longest run of neighbouring addresses that one MOV wrote in turn. stream_run:
            The same of a DJN.
        pspace_rate: LDPs and STPs an instruction.
    """
    return pd.DataFrame([row for fight in fights for row in _rows(fight)])


def _rows(fight: ProbeFight) -> Iterable[dict[str, Any]]:
    events, size = fight.events, fight.settings.core_size
    executed = np.flatnonzero((events[:, 0] == 0) & (events[:, 1] == EventKind.EXECUTE))
    last = np.full(size, -1, np.int64)
    last[events[executed, 2]] = executed
    reach = max(LEAST_REACH, len(fight.warriors[0]))
    for window, steps in fight.steps.groupby("window", sort=True):
        seen = _Seen(steps, last, size, reach)
        first, end = int(steps["place"].iloc[0]), int(steps["place"].iloc[-1]) + 1
        row = {"fight": fight.label, "window": window, "executed": len(steps)}
        row["processes"] = int(steps["processes"].iloc[0])
        found = {**_accesses(events[first:end], size), **_splits(seen), **_scans(seen, window == 0)}
        found |= {**_bombs(seen), **_imps(seen), **_runs(seen)}
        found["pspace_rate"] = float(seen.opcode_in(Opcode.LDP, Opcode.STP).mean())
        yield {**row, **{name: found[name] for name in ZEROS}}


class _Seen:
    """A window's steps as arrays."""

    def __init__(self, steps: pd.DataFrame, last: Addresses, size: int, reach: int) -> None:
        def column(name: str) -> Addresses:
            return steps[name].to_numpy(np.int64)

        self.size, self._last, self._reach = size, last, reach
        self.n = len(steps)
        self.place, self.address = column("place"), column("address")
        self.opcode, self.a, self.b = column("opcode"), column("a"), column("b")
        self.written, self.content, self.leads = (
            column("written"),
            column("content"),
            column("leads"),
        )
        self.own, self.itself = steps["own"].to_numpy(bool), steps["itself"].to_numpy(bool)

    def opcode_in(self, *opcodes: Opcode) -> Flags:
        """Which steps are such instructions."""
        return np.isin(self.opcode, opcodes)

    def far(self, addresses: Addresses) -> Flags:
        """Which addresses, one a step, are far from the step's own; -1 is not."""
        apart = (addresses - self.address) % self.size
        far: Flags = (addresses >= 0) & (np.minimum(apart, self.size - apart) > self._reach)
        return far

    def run_later(self, addresses: Addresses) -> Flags:
        """Which addresses, one a step, the warrior executed after the step; -1 is not."""
        return (addresses >= 0) & (self._last[addresses] > self.place)

    def signed(self, distance: Addresses) -> Addresses:
        """The same distances around the core, the shortest way."""
        half = self.size // 2
        return (distance + half) % self.size - half


def _accesses(events: NDArray[np.int32], size: int) -> dict[str, float]:
    mine = events[events[:, 0] == 0]
    n = max(1, int((mine[:, 1] == EventKind.EXECUTE).sum()))
    found = {}
    for name, kind in (("write", EventKind.WRITE), ("read", EventKind.READ)):
        addresses = mine[mine[:, 1] == kind, 2]
        found[f"{name}_rate"] = len(addresses) / n
        found[f"{name}_spread"] = len(np.unique(addresses)) / size
    return found


def _splits(seen: _Seen) -> dict[str, float]:
    splits = seen.opcode_in(Opcode.SPL)
    founded = splits & seen.far(seen.a) & seen.run_later(seen.a)
    return {
        "split_rate": float(splits.mean()),
        "colonies": len(np.unique(seen.a[founded])),
    }


def _scans(seen: _Seen, beginning: bool) -> dict[str, float]:
    far_a = seen.far(seen.a) & ~seen.opcode_in(*TESTING)
    compares = seen.opcode_in(*COMPARING) & (far_a | seen.far(seen.b))
    _, firsts = np.unique(seen.address, return_index=True)
    again = np.setdiff1d(np.arange(seen.n), firsts)
    straight = int(again[0]) if len(again) else seen.n
    places = [seen.a[compares & far_a], seen.b[compares & seen.far(seen.b)]]
    return {
        "compare_rate": float(compares.mean()),
        "compared": len(np.unique(np.concatenate(places))),
        "unrolled": int(compares[:straight].sum()) if beginning else 0,
    }


def _bombs(seen: _Seen) -> dict[str, float]:
    thrown = seen.far(seen.written) & ~seen.opcode_in(Opcode.DJN)
    copies = thrown & seen.run_later(seen.written)
    bombs = thrown & ~copies
    moved = bombs & seen.opcode_in(Opcode.MOV)
    fangs = moved & (seen.content == Opcode.JMP)
    pairs = np.unique(np.stack([seen.leads[fangs], seen.written[fangs]]), axis=1)
    share = _share_of(bombs)
    return {
        "bomb_rate": float(bombs.mean()),
        "bombed": len(np.unique(seen.written[bombs])),
        "dat": share(moved & (seen.content == Opcode.DAT)),
        "spl": share(moved & (seen.content == Opcode.SPL)),
        "jmp": share(fangs),
        "change": share(bombs & ~moved),
        "fangs": int(np.unique(pairs[0], return_counts=True)[1].max(initial=0)),
        "copy_rate": float(copies.mean()),
        "own_code": _share_of(thrown)(thrown & seen.own),
    }


def _imps(seen: _Seen) -> dict[str, float]:
    imps = seen.itself & seen.run_later(seen.written)
    steps = seen.signed(seen.written[imps] - seen.address[imps])
    values, counts = np.unique(steps, return_counts=True)
    return {
        "imp_rate": float(imps.mean()),
        "imp_step": int(values[counts.argmax()]) if len(values) else 0,
    }


def _runs(seen: _Seen) -> dict[str, float]:
    return {
        "clear_run": _longest(seen, seen.opcode_in(Opcode.MOV)),
        "stream_run": _longest(seen, seen.opcode_in(Opcode.DJN)),
    }


def _longest(seen: _Seen, chosen: Flags) -> int:
    """The longest run of neighbours that one place's instruction wrote in turn."""
    best = 0
    for address in np.unique(seen.address[chosen]):
        written = seen.written[chosen & (seen.address == address)]
        deltas = seen.signed(np.diff(written))
        # A run goes on where the delta is the one before, and ends where it is another.
        ends = np.flatnonzero(np.diff(deltas, prepend=seen.size, append=seen.size) != 0)
        small = np.abs(deltas[ends[:-1]])
        lengths = np.diff(ends)[(small >= 1) & (small <= STRIDE)]
        best = max(best, int(lengths.max(initial=0)) + 1 if len(lengths) else 0)
    return best


def _share_of(whole: Flags) -> Callable[[Flags], float]:
    """The share of these that are also others; 0 of nothing."""
    n = max(1, int(whole.sum()))
    return lambda part: float((part & whole).sum()) / n
