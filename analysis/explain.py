"""All that is measured to explain one warrior."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from analysis.behaviour_probe import probe_fights, probe_opponents
from analysis.explain_features import behaviour_features
from analysis.explain_uses import instruction_uses
from analysis.knockout import knockout_scan
from analysis.strategy import Strategy, classify
from mars.redcode import Warrior
from mars.settings import CoreSettings


@dataclass(frozen=True, eq=False)
class Explanation:
    """A warrior explained.

    Attributes:
        warrior, settings: Who, by which rules.
        opponents: Labels of whom it met; untrusted text.
        fights: Against each in the knock-out scan; 0: there was none.
        features: See `behaviour_features`.
        strategy: Its class.
        instructions: A row an instruction: the columns of `instruction_uses`, then those of
            `knockout_scan` from `score` on, where there was one.
        alive: By fight, whether the warrior lived when the measuring ended.
    """

    warrior: Warrior
    settings: CoreSettings
    opponents: tuple[str, ...]
    fights: int
    features: pd.DataFrame
    strategy: Strategy
    instructions: pd.DataFrame
    alive: Mapping[str, bool]


def explain(
    warrior: Warrior,
    settings: CoreSettings,
    opponents: Mapping[str, Warrior] | None = None,
    *,
    fights: int = 50,
    seed: int = 0,
    workers: int = 1,
    on_progress: Callable[[int, int], None] | None = None,
) -> Explanation:
    """Observes a warrior in a few fights, and replaces its instructions one by one.

    Args:
        warrior: Any that fits the settings.
        settings: Rules.
        opponents: By label, one or more; without them, `probe_opponents`.
        fights: Of the knock-out scan, against each opponent; 0: no scan.
        seed: Of positions and intervals.
        workers: Threads; results do not depend on it.
        on_progress: Called now and then with how many battles are done, and of how many.

    Raises:
        ValueError: A warrior does not fit the settings, or there is no room for two.
    """
    chosen = probe_opponents(settings) if opponents is None else opponents
    probed = probe_fights(warrior, settings, chosen, seed=seed)
    features = behaviour_features(probed)
    instructions = instruction_uses(warrior, probed)
    if fights:
        scan = knockout_scan(
            warrior,
            list(chosen.values()),
            settings,
            fights=fights,
            seed=seed,
            workers=workers,
            on_progress=on_progress,
        )
        instructions = instructions.join(scan.drop(columns=["address", "instruction"]))
    return Explanation(
        warrior,
        settings,
        tuple(chosen),
        fights,
        features,
        classify(features, settings, len(warrior)),
        instructions,
        {fight.label: fight.alive for fight in probed},
    )


def class_records(strategy: Strategy) -> list[dict[str, Any]]:
    """A record a class: class, score, present, reason."""
    return [
        {
            "class": finding.word,
            "score": finding.score,
            "present": finding in strategy.present,
            "reason": finding.reason,
        }
        for finding in strategy.findings
    ]
