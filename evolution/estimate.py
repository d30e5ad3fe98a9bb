"""What a run will take: counts from its configuration, time from a short sample of fights."""

import time
from dataclasses import dataclass
from typing import Final

import numpy as np

from evolution.config import RunConfig
from evolution.descriptor import cell_count
from evolution.evaluation import Trial, evaluate
from evolution.executor import Executor, LocalExecutor
from evolution.model_estimate import ModelEstimate, estimate_models, together
from evolution.presets import initial_warrior
from evolution.ratchet import record_against
from evolution.seeds import Purpose, fight_seed
from evolution.service import Service
from mars.classics import bundled_by_name
from mars.redcode import Warrior

SAMPLE_FIGHTS: Final = 2


@dataclass(frozen=True)
class Estimate:
    """Upper bounds for a whole run (duplicates and rejected proposals cost nothing).

    Attributes:
        proposals: Asked of the mutator.
        evaluations: Warriors measured, in the searches and at the rounds' ends.
        fights: Melees, or one-to-one fights, of them; and those of the records.
        models: What each chat model will take.
        seconds: Of fighting, on this machine, for warriors like the bundled ones.
    """

    proposals: int
    evaluations: int
    fights: int
    models: tuple[ModelEstimate, ...]
    seconds: float


def estimate(config: RunConfig, workers: int, service: Service) -> Estimate:
    """Counts everything, of several islands together, and fights a little to see how fast it is.

    Raises:
        MutatorUnavailable: A chat model has no price.
    """
    if not config.islands.are_several:
        return _estimate_one(config, workers, service)
    islands = [config.island(number) for number in range(config.islands.count)]
    # Their fights are alike; only what their models take differs by the mutator.
    one = _estimate_one(islands[0], workers, service)
    models: list[ModelEstimate] = []
    for island in islands:
        models += estimate_models(island, one.proposals, service)
    count = len(islands)
    return Estimate(
        count * one.proposals,
        count * one.evaluations,
        count * one.fights,
        tuple(together(models)),
        count * one.seconds,
    )


def _estimate_one(config: RunConfig, workers: int, service: Service) -> Estimate:
    with LocalExecutor(workers) as executor:
        _measure(config, 1, executor)  # the engine may have to be compiled first
        few, many = 1, config.opponents_in(config.rounds)
        slow, fast = _measure(config, many, executor), _measure(config, few, executor)
        pair = _measure_pair(config, executor)
    works = [_work_in(config, number) for number in range(1, config.rounds + 1)]
    first = len(bundled_by_name(config.core)) * config.champion.bundled_fights
    seconds, fights = first * pair, first
    for work in works:
        one = float(np.interp(work.opponents, (few, many), (fast, slow)))
        melee = config.fitness.kind == "melee"
        fights += work.trials * (1 if melee else work.opponents) + work.records
        seconds += work.trials * one + work.records * pair
    proposals = config.rounds * (config.search.fresh + config.search.iterations)
    models = tuple(estimate_models(config, proposals, service))
    return Estimate(proposals, sum(work.evaluations for work in works), fights, models, seconds)


@dataclass(frozen=True)
class _Work:
    """A round's work: evaluations, their fights against all opponents, one-to-one records."""

    opponents: int
    evaluations: int
    trials: int
    records: int


def _work_in(config: RunConfig, number: int) -> _Work:
    searched, measured = _searched(config, number), config.champion.candidates
    bundled = len(bundled_by_name(config.core)) * config.champion.bundled_fights
    return _Work(
        config.opponents_in(number),
        searched + measured,
        searched * config.fitness.fights + measured * config.champion.fights,
        number * config.champion.record_fights + bundled,
    )


def _searched(config: RunConfig, number: int) -> int:
    """Most evaluations in a round's search."""
    search = config.search
    elites = cell_count(config.descriptor)
    carried = elites if search.carry == "archive" and number > 1 else 0
    carried += config.immigrants_in(number)
    return config.opponents_in(number) + carried + search.fresh + search.iterations


def _measure(config: RunConfig, opponents: int, executor: Executor) -> float:
    """Seconds for one fight's share of an evaluation against so many opponents."""
    warriors = _sample(config)
    chosen = tuple(warriors[i % len(warriors)] for i in range(opponents))
    trial = Trial(chosen, SAMPLE_FIGHTS, fight_seed(config.seed, 0, 0, Purpose.SAMPLE))
    began = time.perf_counter()
    evaluate(warriors, trial, config, executor)
    return (time.perf_counter() - began) / (SAMPLE_FIGHTS * len(warriors))


def _measure_pair(config: RunConfig, executor: Executor) -> float:
    warriors = _sample(config)
    seeded = [(warrior, 0) for warrior in warriors]
    began = time.perf_counter()
    record_against(warriors[0], seeded, SAMPLE_FIGHTS, config.core, executor)
    return (time.perf_counter() - began) / (SAMPLE_FIGHTS * len(warriors))


def _sample(config: RunConfig) -> list[Warrior]:
    return [initial_warrior(config), *list(bundled_by_name(config.core).values())[:7]]
