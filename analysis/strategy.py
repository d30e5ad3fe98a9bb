"""A warrior's class from what was measured of it: scores, with reasons in words.

The rules were made on the bundled warriors. Each class has a score of 0 to 1 of its own, so that
mixtures show; from `PRESENT` on a warrior counts as one of the class.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from analysis.behaviour_probe import ALONE
from mars.settings import CoreSettings

PRESENT: Final = 0.5
OTHER: Final = "other"
# The beginning of a fight; later much of what happens is damage.
EARLY_WINDOWS: Final = 3
# Measures that earn the full score.
FULL_UNROLLED: Final = 8
FULL_FANGS: Final = 10
FULL_COLONIES: Final = 4
FULL_COMPARES: Final = 0.1
FULL_BOMBS: Final = 0.2
FULL_IMPS: Final = 0.2
FULL_RUN: Final = 48
LEAST_JMP: Final = 0.25
LEAST_COMPARED: Final = 16
MAX_POINTS: Final = 100


@dataclass(frozen=True)
class Measured:
    """What a warrior is judged by.

    Attributes:
        features: As from `behaviour_features`; the fight `ALONE` is among them.
        settings: Of the fights.
        length: Of the program.
    """

    features: pd.DataFrame
    settings: CoreSettings
    length: int

    @property
    def alone(self) -> pd.DataFrame:
        """The windows of the fight against nobody."""
        return self.features[self.features["fight"] == ALONE]

    @property
    def early(self) -> pd.DataFrame:
        """The first of them."""
        alone = self.alone
        return alone[alone["window"] < EARLY_WINDOWS]


@dataclass(frozen=True)
class Finding:
    """How much of a class there is in a warrior.

    Attributes:
        word: The class.
        score: 0 to 1.
        reason: What was measured, in words.
    """

    word: str
    score: float
    reason: str


@dataclass(frozen=True)
class Strategy:
    """A warrior's class.

    Attributes:
        findings: One a class, in the order of `RULES`.
    """

    findings: tuple[Finding, ...]

    @property
    def present(self) -> tuple[Finding, ...]:
        """The classes that it is of, the one that says most about it first."""
        return tuple(finding for finding in self.findings if finding.score >= PRESENT)

    @property
    def primary(self) -> str:
        """The first of them, or `OTHER`."""
        return self.present[0].word if self.present else OTHER

    @property
    def label(self) -> str:
        """All of them: `paper + ring`."""
        return " + ".join(finding.word for finding in self.present) or OTHER


def classify(features: pd.DataFrame, settings: CoreSettings, length: int) -> Strategy:
    """Judges a warrior by its features.

    Args:
        features: As from `behaviour_features`; the fight `ALONE` is among them.
        settings: Of the fights.
        length: Of the program, from 1.

    Raises:
        ValueError: There is no fight `ALONE`.
    """
    measured = Measured(features, settings, length)
    if measured.alone.empty:
        raise ValueError(f"expected a fight {ALONE!r}: got {sorted(set(features['fight']))}")
    findings = {word: Finding(word, *rule(measured)) for word, rule in RULES.items()}
    if findings["paper"].score >= PRESENT:
        reason = "not told: bombs and copies that were never executed look the same"
        findings["stone"] = Finding("stone", 0.0, reason)
    return Strategy(tuple(findings.values()))


def imp_points(step: int, core_size: int) -> int | None:
    """How many imps a step apart make a ring: `points * step` is 1 or -1 modulo the core.

    Returns:
        The number; None where there is none, or more than `MAX_POINTS`.
    """
    if np.gcd(step, core_size) != 1:
        return None
    points = pow(step, -1, core_size)
    least = min(points, core_size - points)
    return least if least <= MAX_POINTS else None


def _quickscan(measured: Measured) -> tuple[float, str]:
    unrolled = int(measured.early["unrolled"].max())
    reason = f"{unrolled} comparisons with far addresses before anything is executed twice"
    return _score(unrolled, FULL_UNROLLED), reason


def _vampire(measured: Measured) -> tuple[float, str]:
    features = measured.features
    fangs = int(features["fangs"].where(features["jmp"] >= LEAST_JMP, 0).max())
    reason = f"in one window JMPs at {fangs} far addresses lead to one and the same place"
    return _score(fangs, FULL_FANGS), reason


def _paper(measured: Measured) -> tuple[float, str]:
    """The launch of a ring also splits to far places, but only once: the second best counts."""
    colonies = np.sort(measured.alone["colonies"].to_numpy())[::-1]
    second = int(colonies[1]) if len(colonies) > 1 else 0
    reason = (
        f"splits into {int(colonies[0])} and {second} far places, which it then executes, "
        "in its two best windows"
    )
    return _score(second, FULL_COLONIES), reason


def _scanner(measured: Measured) -> tuple[float, str]:
    alone = measured.alone
    looped = alone["compare_rate"] - alone["unrolled"] / alone["executed"]
    least = min(LEAST_COMPARED, measured.settings.core_size // 8)
    rate = float(looped.where(alone["compared"] >= least, 0.0).max())
    reason = (
        f"{rate:.0%} of its instructions compare far addresses, up to "
        f"{int(alone['compared'].max())} of them in a window"
    )
    return _score(rate, FULL_COMPARES), reason


def _stone(measured: Measured) -> tuple[float, str]:
    """Bombs thrown without looking, one by one; clears, finds of a scanner and fangs are none."""
    alone = measured.alone
    blind = alone["bomb_rate"] > 4 * alone["compare_rate"]
    apart = alone["clear_run"] < alone["bombed"] / 4
    chosen = alone[blind & apart]
    if chosen.empty:
        return 0.0, "throws nothing far away, but for clears and after looking"
    fangs = chosen["jmp"].where(chosen["fangs"] >= PRESENT * FULL_FANGS, 0.0)
    rates = chosen["bomb_rate"] * (1 - fangs)
    rate, best = float(rates.max()), chosen.iloc[int(rates.argmax())]
    shares = {"DAT": best["dat"], "SPL": best["spl"], "JMP": best["jmp"]}
    shares["results of arithmetic"] = best["change"]
    kinds = ", ".join(f"{share:.0%} {word}" for word, share in shares.items() if share >= 0.05)
    reason = f"{rate:.0%} of its instructions bomb far addresses ({kinds or 'none'})"
    return _score(rate, FULL_BOMBS), reason


def _imp_row(measured: Measured) -> tuple[float, int]:
    early = measured.early
    best = early.iloc[int(early["imp_rate"].argmax())]
    return float(best["imp_rate"]), int(best["imp_step"])


def _ring(measured: Measured) -> tuple[float, str]:
    rate, step = _imp_row(measured)
    if abs(step) <= 1:
        return 0.0, "no instruction copies itself far ahead to be executed there"
    points = imp_points(step, measured.settings.core_size)
    kind = f", as of {points} points" if points else ""
    reason = f"{rate:.0%} of its instructions copy themselves {step:+d} ahead, a ring's step{kind}"
    return _score(rate, FULL_IMPS), reason


def _imp(measured: Measured) -> tuple[float, str]:
    rate, step = _imp_row(measured)
    if abs(step) != 1:
        return 0.0, "no instruction copies itself to the next address to be executed there"
    reason = f"{rate:.0%} of its instructions copy themselves to the address {step:+d} from there"
    return _score(rate, FULL_IMPS), reason


def _clear(measured: Measured) -> tuple[float, str]:
    """A paper's copies are runs as well, but no longer than the program.

    Its damaged copies may write longer ones, so only what it does alone counts.
    """
    paper = _paper(measured)[0] >= PRESENT
    features = measured.alone if paper else measured.features
    run = int(features["clear_run"].nlargest(2).min())
    full = min(FULL_RUN, measured.settings.core_size // 2)
    reason = f"one MOV writes {run} neighbouring addresses in turn, in two windows or more"
    return _score(run if run > measured.length else 0, full), reason


def _pspace(measured: Measured) -> tuple[float, str]:
    used = int((measured.features["pspace_rate"] > 0).any())
    return float(used), "executes LDP or STP" if used else "leaves P-space alone"


def _score(measure: float, full: float) -> float:
    return float(min(1.0, max(0.0, measure / full)))


# What is rare says most about a warrior; nearly all end with a clear.
RULES: Final[dict[str, Callable[[Measured], tuple[float, str]]]] = {
    "quickscan": _quickscan,
    "vampire": _vampire,
    "paper": _paper,
    "scanner": _scanner,
    "stone": _stone,
    "ring": _ring,
    "imp": _imp,
    "clear": _clear,
    "pspace": _pspace,
}
