"""A warrior against its opponents → fitness with its error, and behaviour."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evolution.config import Points, RunConfig
from evolution.descriptor import Behaviour, behaviour, needs_counts
from evolution.executor import Executor
from evolution.pairs import PairBook, PairResult, Result, pairing
from mars.fights import melee
from mars.redcode import Warrior


@dataclass(frozen=True)
class Trial:
    """What a candidate is measured by; the same for all candidates that are compared.

    Attributes:
        opponents: In order of execution, after the candidate.
        fights: Melees, or fights against each opponent.
        seed: Of the placements, in [0, 2^63).
    """

    opponents: tuple[Warrior, ...]
    fights: int
    seed: int


@dataclass(frozen=True)
class Evaluation:
    """What a trial gave.

    Attributes:
        fitness: Mean over the fights.
        standard_error: Of that mean, for these opponents; None when one fight cannot tell.
        fights: As in the trial.
        seed: As in the trial.
        behaviour: Coordinates for the descriptor.
        results: One to one against each opponent of the trial; none after melees.
    """

    fitness: float
    standard_error: float | None
    fights: int
    seed: int
    behaviour: Behaviour
    results: tuple[Result, ...] = ()


def evaluate(
    candidates: Sequence[Warrior],
    trial: Trial,
    config: RunConfig,
    executor: Executor,
) -> list[Evaluation]:
    """Measures candidates, each on its own, in parallel; results in their order."""
    if config.fitness.kind == "pairwise":
        return _evaluate_pairwise(candidates, trial, config, executor)
    threads = max(1, executor.workers // max(1, len(candidates)))
    return executor.map(
        lambda warrior: _evaluate_melee(warrior, trial, config, threads), candidates
    )


def survival_shares(death_cycles: NDArray[np.int64], max_cycles: int) -> NDArray[np.float64]:
    """The paper's melee fitness of every warrior: sum over cycles of (N/T)·A_i/ΣA_j.

    A warrior counts as alive in a cycle when it lives at the cycle's end, so one that dies in
    cycle d (from 0) has d cycles, and one that dies in the last cycle does not get that cycle.
    Cycles in which nobody lives pay nobody.

    Args:
        death_cycles: (fights, n), -1 for a warrior that never died.
        max_cycles: T.

    Returns:
        (fights, n): 1 is a fair share, n the maximum.
    """
    warriors = death_cycles.shape[1]
    lifetimes = np.where(death_cycles < 0, max_cycles, death_cycles)
    order = np.argsort(lifetimes, axis=1, kind="stable")
    spans = np.diff(np.take_along_axis(lifetimes, order, axis=1), axis=1, prepend=0)
    paid = np.cumsum(spans / np.arange(warriors, 0, -1), axis=1)
    shares = np.empty(paid.shape, np.float64)
    np.put_along_axis(shares, order, paid * (warriors / max_cycles), axis=1)
    return shares


def _evaluate_melee(warrior: Warrior, trial: Trial, config: RunConfig, threads: int) -> Evaluation:
    counts = needs_counts(config.descriptor)
    records = melee(
        (warrior, *trial.opponents),
        config.core,
        fights=trial.fights,
        seed=trial.seed,
        workers=threads,
        counts=counts,
    )
    shares = survival_shares(records.death_cycles, config.core.max_cycles)[:, 0]
    mean, error = _mean_and_error([float(share) for share in shares])
    spawned = int(np.sum(records.spawned[:, 0])) / trial.fights if counts else None
    coverage = int(np.sum(records.coverage[:, 0])) / trial.fights if counts else None
    measured = behaviour(warrior, spawned, coverage)
    return Evaluation(mean, error, trial.fights, trial.seed, measured)


def _evaluate_pairwise(
    candidates: Sequence[Warrior],
    trial: Trial,
    config: RunConfig,
    executor: Executor,
) -> list[Evaluation]:
    pairs = [
        [pairing(warrior, opponent, trial.seed, trial.fights) for opponent in trial.opponents]
        for warrior in candidates
    ]
    counts = needs_counts(config.descriptor)
    book = PairBook()
    book.fight((p for row in pairs for p in row), config.core, counts, executor)
    return [
        _summarise(warrior, [book[p.key].seen_by(warrior.id) for p in row], trial, config)
        for warrior, row in zip(candidates, pairs, strict=True)
    ]


def _summarise(
    warrior: Warrior, results: Sequence[PairResult], trial: Trial, config: RunConfig
) -> Evaluation:
    points = [_points(pair.result, config.fitness.points) for pair in results]
    fitness = math.fsum(mean for mean, _ in points) / len(points)
    variances = [error**2 for _, error in points if error is not None]
    complete = len(variances) == len(points)
    error = math.sqrt(math.fsum(variances)) / len(points) if complete else None
    measured = behaviour(
        warrior,
        _mean_count([pair.first_spawned for pair in results]),
        _mean_count([pair.first_coverage for pair in results]),
    )
    one_to_one = tuple(pair.result for pair in results)
    return Evaluation(fitness, error, trial.fights, trial.seed, measured, one_to_one)


def _points(result: Result, points: Points) -> tuple[float, float | None]:
    """Mean points a fight, and its standard error."""
    return _mean_and_error(
        [points.win] * result.wins + [points.tie] * result.ties + [points.loss] * result.losses
    )


def _mean_count(values: Sequence[float | None]) -> float | None:
    counted = [value for value in values if value is not None]
    return math.fsum(counted) / len(counted) if counted else None


def _mean_and_error(values: Sequence[float]) -> tuple[float, float | None]:
    """Exactly rounded sums, so that a result does not depend on the machine's vector width."""
    mean = math.fsum(values) / len(values)
    if len(values) < 2:
        return mean, None
    spread = math.fsum((value - mean) ** 2 for value in values)
    return mean, math.sqrt(spread / (len(values) - 1) / len(values))
