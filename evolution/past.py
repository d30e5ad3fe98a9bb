"""A round's search as the store has it: opened again, it goes on as if it had never stopped."""

import math
from collections.abc import Sequence

from evolution.archive import Elite
from evolution.config import RunConfig
from evolution.entries import RECENT, Past, Recent
from evolution.presets import sparring_warriors
from evolution.ratchet import ancestors_met
from evolution.records import has_warrior, read_champions, read_immigrant_ids, read_warrior
from evolution.search import Search
from evolution.store import Store
from llm_mutator.mutator import Mutator
from mars.redcode import Warrior


def read_lineage(store: Store, config: RunConfig) -> list[Warrior]:
    """w_0 and the champions, in order."""
    return [
        read_warrior(store, champion.warrior, config.core) for champion in read_champions(store)
    ]


def open_search(
    store: Store, config: RunConfig, lineage: Sequence[Warrior], mutator: Mutator
) -> Search:
    """The search of the round that follows a lineage, as far as it is committed."""
    number = len(lineage)
    ancestors = ancestors_met(number, lineage, config)

    def known(warrior: Warrior) -> Warrior:
        stored = has_warrior(store, warrior.id)
        return read_warrior(store, warrior.id, config.core) if stored else warrior

    search = Search(
        config,
        number,
        (*ancestors, *sparring_warriors(config)),
        _carried(store, config, number, ancestors),
        mutator=mutator,
        known=known,
    )
    search.restore(read_past(store, search))
    return search


def _carried(
    store: Store, config: RunConfig, number: int, ancestors: Sequence[Warrior]
) -> list[Warrior]:
    """What enters a round besides fresh proposals, each warrior once."""
    carried = {warrior.id: warrior for warrior in ancestors}
    if config.search.carry == "archive":
        for _, warrior, _, _ in read_elite_ids(store, number - 1):
            carried.setdefault(warrior, read_warrior(store, warrior, config.core))
    for warrior in read_immigrant_ids(store, number):
        carried.setdefault(warrior, read_warrior(store, warrior, config.core))
    return list(carried.values())


def read_past(store: Store, search: Search) -> Past:
    """What a search's future depends on, of what is committed of its round."""
    number = search.round_number
    proposals, iterations = store.query(
        "SELECT count(*), coalesce(max(iteration), 0) FROM proposals WHERE round = ?", (number,)
    )[0]
    measured = store.query(
        "SELECT warrior, fitness FROM evaluations WHERE round = ? AND purpose = 'search'", (number,)
    )
    return Past(
        proposals,
        iterations,
        frozenset(warrior for warrior, _ in measured),
        read_elites(store, search),
        max((fitness for _, fitness in measured), default=-float("inf")),
        _read_recent(store),
    )


def read_elite_ids(store: Store, round_number: int) -> list[tuple[int, str, int, float]]:
    """(cell, warrior id, number in the round, fitness) of a round's elites, by cell."""
    sql = """
        SELECT cell, proposals.warrior, max(placements.number), fitness
        FROM placements
        JOIN proposals USING (round, number)
        JOIN evaluations ON evaluations.round = proposals.round
            AND evaluations.warrior = proposals.warrior AND purpose = 'search'
        WHERE placements.round = ? AND placements.status != 'not added'
        GROUP BY cell ORDER BY cell"""
    rows = store.query(sql, (round_number,))
    return [(c, w, n, f) for c, w, n, f in rows]


def read_elites(store: Store, search: Search) -> tuple[Elite, ...]:
    """The archive of a search, by cell."""
    core = search.config.core
    return tuple(
        Elite(read_warrior(store, warrior, core), search.value(number, fitness), cell)
        for cell, warrior, number, fitness in read_elite_ids(store, search.round_number)
    )


def _read_recent(store: Store) -> tuple[Recent, ...]:
    sql = """
        SELECT round, number, operator, coalesce(placements.status, 'not added') != 'not added'
        FROM proposals LEFT JOIN placements USING (round, number)
        WHERE operator != '' ORDER BY proposals.rowid DESC LIMIT ?"""
    rows = store.query(sql, (RECENT,))[::-1]
    costs: dict[tuple[int, int], list[float]] = {}
    if rows:
        paid = "SELECT round, number, cost FROM replies WHERE (round, number) >= (?, ?)"
        for r, n, cost in store.query(f"{paid} ORDER BY attempt", rows[0][:2]):
            costs.setdefault((r, n), []).append(cost or 0.0)
    return tuple((o, bool(i), math.fsum(costs.get((r, n), ()))) for r, n, o, i in rows)
