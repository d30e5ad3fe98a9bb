"""A warrior against its opponents → fitness with its error, and behaviour."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from evolution.config import Points, RunConfig
from evolution.descriptor import Behaviour, behaviour, needs_counts
from evolution.executor import Executor
from evolution.jobs import DuelOutcome, Job, Lost, Outcome
from evolution.pairs import PairBook, PairResult, Result, pairing
from evolution.survival import mean_and_error
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
) -> list[Evaluation | Lost]:
    """Measures candidates, each on its own, in parallel; results in their order.

    A candidate whose fights nobody can work is lost, see `evolution.jobs.Lost`.
    """
    if config.fitness.kind == "pairwise":
        return _evaluate_pairwise(candidates, trial, config, executor)
    counts = needs_counts(config.descriptor)
    jobs = [
        Job(place, "melee", (warrior, *trial.opponents), trial.seed, trial.fights, counts)
        for place, warrior in enumerate(candidates)
    ]
    outcomes = executor.run(jobs, config.core)
    return [
        _melee_evaluation(warrior, outcomes[place], trial)
        for place, warrior in enumerate(candidates)
    ]


def _melee_evaluation(warrior: Warrior, outcome: Outcome | Lost, trial: Trial) -> Evaluation | Lost:
    if isinstance(outcome, Lost):
        return outcome
    if isinstance(outcome, DuelOutcome):
        raise TypeError(f"expected the outcome of a melee: got {outcome!r}")
    measured = behaviour(warrior, outcome.spawned, outcome.coverage)
    return Evaluation(outcome.fitness, outcome.standard_error, trial.fights, trial.seed, measured)


def _evaluate_pairwise(
    candidates: Sequence[Warrior],
    trial: Trial,
    config: RunConfig,
    executor: Executor,
) -> list[Evaluation | Lost]:
    pairs = [
        [pairing(warrior, opponent, trial.seed, trial.fights) for opponent in trial.opponents]
        for warrior in candidates
    ]
    counts = needs_counts(config.descriptor)
    book = PairBook()
    book.fight((p for row in pairs for p in row), config.core, counts, executor)
    return [
        _summarise(warrior, [book[p.key] for p in row], trial, config)
        for warrior, row in zip(candidates, pairs, strict=True)
    ]


def _summarise(
    warrior: Warrior, fought: Sequence[PairResult | Lost], trial: Trial, config: RunConfig
) -> Evaluation | Lost:
    lost = next((pair for pair in fought if isinstance(pair, Lost)), None)
    if lost is not None:
        return lost
    results = [pair.seen_by(warrior.id) for pair in fought if isinstance(pair, PairResult)]
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
    return mean_and_error(
        [points.win] * result.wins + [points.tie] * result.ties + [points.loss] * result.losses
    )


def _mean_count(values: Sequence[float | None]) -> float | None:
    counted = [value for value in values if value is not None]
    return math.fsum(counted) / len(counted) if counted else None
