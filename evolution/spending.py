"""What a run's chat models have taken: calls, tokens, money, time, and what came of it."""

from dataclasses import dataclass

from evolution.config import RunConfig
from evolution.ledger import read_limits, read_spent
from evolution.store import Row, Store
from llm_mutator.budget import Limits
from llm_mutator.calls import Spent


@dataclass(frozen=True)
class ModelSpending:
    """One model's share.

    Attributes:
        model: As the configuration names it.
        replies: That came.
        faults: Requests that brought none.
        prompt_tokens, cached_tokens, completion_tokens, reasoning_tokens: Sums, see `Reply`.
        cost: US dollars, at most what faults may have cost included; None when the model has
            no price.
        seconds: Mean wait for a reply.
        proposals, rejected, repaired: Proposals made with it, how many of them did not
            assemble in the end, and how many were sent back with the errors.
        improved: How many entered the archive.
    """

    model: str
    replies: int
    faults: int
    prompt_tokens: int
    cached_tokens: int
    completion_tokens: int
    reasoning_tokens: int
    cost: float | None
    seconds: float
    proposals: int
    rejected: int
    repaired: int
    improved: int


@dataclass(frozen=True)
class Spending:
    """All of a run.

    Attributes:
        models: In alphabetical order.
        by_round: US dollars that each round's search has cost so far, from round 1.
        spent: In all.
        limits: The caps that hold.
        projected: US dollars to the run's end if it goes on like this; None before there is a
            proposal, and when it is finished.
    """

    models: tuple[ModelSpending, ...]
    by_round: tuple[float, ...]
    spent: Spent
    limits: Limits
    projected: float | None


def read_spending(store: Store, config: RunConfig) -> Spending | None:
    """What a run has spent; None when it has asked no model."""
    models = _read_models(store)
    if not models:
        return None
    spent = read_spent(store)
    by_round = _read_rounds(store)
    return Spending(
        models, by_round, spent, read_limits(store), _projected(store, config, spent.cost)
    )


def _read_models(store: Store) -> tuple[ModelSpending, ...]:
    made = _read_made(store)
    sql = """
        SELECT model, sum(came), sum(1 - came), sum(prompt_tokens), sum(cached_tokens),
            sum(completion_tokens), sum(reasoning_tokens),
            CASE WHEN count(cost) > 0 OR sum(came) = 0 THEN total(cost) END,
            coalesce(avg(CASE WHEN came THEN seconds END), 0.0)
        FROM (
            SELECT model, fault = '' AS came, prompt_tokens, cached_tokens, completion_tokens,
                reasoning_tokens, cost, seconds FROM replies
            UNION ALL
            SELECT model, 0, 0, 0, 0, 0, cost, seconds FROM faults)
        GROUP BY model ORDER BY model"""
    nothing: Row = (0, 0, 0, 0)
    return tuple(ModelSpending(*(*row, *made.get(row[0], nothing))) for row in store.query(sql))


def _read_made(store: Store) -> dict[str, Row]:
    """Proposals, rejected, repaired and improved ones by model."""
    sql = """
        SELECT model, count(*), sum(proposals.status = 'rejected'), sum(calls > 1),
            sum(coalesce(placements.status, 'not added') != 'not added')
        FROM proposals
        JOIN (SELECT round, number, model, count(*) AS calls FROM replies GROUP BY round, number)
            USING (round, number)
        LEFT JOIN placements USING (round, number)
        GROUP BY model"""
    return {model: tuple(counts) for model, *counts in store.query(sql)}


def _read_rounds(store: Store) -> tuple[float, ...]:
    sql = """
        SELECT round, total(cost) FROM (
            SELECT round, cost FROM replies UNION ALL SELECT round, cost FROM faults)
        GROUP BY round"""
    costs: dict[int, float] = dict(store.query(sql))
    return tuple(costs.get(number, 0.0) for number in range(1, max(costs, default=0) + 1))


def _projected(store: Store, config: RunConfig, cost: float) -> float | None:
    made = store.query("SELECT count(*) FROM proposals WHERE task != 'carried'")[0][0]
    planned = config.rounds * (config.search.fresh + config.search.iterations)
    finished = store.query("SELECT max(round) FROM champions")[0][0] == config.rounds
    return None if finished or not made else cost * planned / made
