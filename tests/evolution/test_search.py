"""One round: what is asked for, duplicates, rejections, the stop threshold, shadow mode."""

from collections import Counter
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

from evolution.archive import AddStatus
from evolution.executor import LocalExecutor
from evolution.search import Entry, Search
from llm_mutator.mutator import MutationRequest, Proposal
from mars.redcode import Warrior, parse_instruction
from tests.evolution.small_runs import small_config

IMP = Warrior((parse_instruction("MOV.I $0, $1"),))


@dataclass
class Scripted:
    """A mutator whose sources come from a list, over and over; it remembers the requests."""

    concurrency: ClassVar = 1
    sources: list[str]
    requests: list[MutationRequest] = field(default_factory=list)
    seeds: list[tuple[int, ...]] = field(default_factory=list)

    def propose(self, request: MutationRequest, seed: np.random.SeedSequence) -> Proposal:
        """The next source."""
        source = self.sources[len(self.requests) % len(self.sources)]
        self.requests.append(request)
        self.seeds.append(seed.spawn_key)
        return Proposal(source, "scripted", "refused" if source == "refuse" else "")


def dat(number: int) -> str:
    """The source of a warrior."""
    return f"SPL.B $0, #{number}\nMOV.I $0, $1\n"


def whole_round(mutator: Scripted, **changes: object) -> tuple[Search, list[list[Entry]]]:
    """A round from Imp."""
    config = small_config(**changes)
    search = Search(config, 1, (IMP,), [IMP], mutator=mutator)
    batches = []
    with LocalExecutor() as executor:
        while not search.finished:
            batches.append(search.run_batch(executor))
    return search, batches


def test_run_batch__start_then_batches_of_the_size_asked() -> None:
    mutator = Scripted([dat(n) for n in range(40)])
    _, batches = whole_round(mutator, search={"iterations": 10, "batch": 4, "fresh": 3})
    assert [len(batch) for batch in batches] == [4, 4, 4, 2]
    entries = [entry for batch in batches for entry in batch]
    assert [entry.number for entry in entries] == list(range(14))
    assert [entry.iteration for entry in entries] == [0] * 4 + list(range(1, 11))
    assert [entry.task for entry in entries[:4]] == ["carried", "new", "new", "new"]
    assert mutator.seeds == [(1, number, 1) for number in range(1, 14)]


def test_run_batch__duplicates_are_counted_and_measured_once() -> None:
    mutator = Scripted([dat(1), dat(2), dat(1), "; as before\n" + dat(2), IMP.load_file()])
    _, batches = whole_round(mutator, search={"iterations": 4, "batch": 2, "fresh": 1})
    entries = [entry for batch in batches for entry in batch]
    assert [entry.status for entry in entries] == ["evaluated"] * 3 + ["duplicate"] * 3
    assert all(entry.evaluation is None for entry in entries[3:])
    assert entries[4].source.startswith("; as before")


def test_run_batch__duplicates_within_a_batch() -> None:
    _, batches = whole_round(Scripted([dat(1)]), search={"iterations": 3, "batch": 3, "fresh": 2})
    statuses = [entry.status for batch in batches for entry in batch]
    assert statuses == ["evaluated", "evaluated", *["duplicate"] * 4]


def test_run_batch__rejections_are_data() -> None:
    mutator = Scripted(["refuse", "not redcode", "MOV.I $0, $1\n" * 6, "\ud800"])
    search, batches = whole_round(mutator, search={"iterations": 4, "batch": 4, "fresh": 0})
    entries = batches[1]
    assert [entry.status for entry in entries] == ["rejected"] * 4
    assert entries[0].error == "refused"
    assert all("proposal:" in entry.error for entry in entries[1:])
    assert entries[3].source == "?"
    assert len(search.archive) == 1


def test_select__shares_and_uniform_parents() -> None:
    mutator = Scripted([f"SPL.B $0, #{n}\n" + "MOV.I $0, $1\n" * (n % 4) for n in range(700)])
    axes = [{"name": "length", "edges": [1.5, 2.5, 3.5, 4.5]}]
    changes = {
        "search": {"iterations": 600, "batch": 8, "fresh": 4, "share_new": 0.2,
                   "share_crossover": 0.3},
        "descriptor": {"axes": axes},
        "fitness": {"fights": 1},
    }  # fmt: skip
    search, _ = whole_round(mutator, **changes)
    requests = mutator.requests[4:]
    tasks = Counter(request.task for request in requests)
    # Four standard deviations of a binomial of 600.
    assert abs(tasks["new"] - 120) < 40
    assert abs(tasks["crossover"] - 180) < 45
    assert len(search.archive) == 4
    lengths = Counter(len(r.parents[0]) for r in requests[100:] if r.task == "mutate")
    assert min(lengths.values()) > 0.15 * sum(lengths.values())
    crossed = [request.parents for request in requests if request.task == "crossover"]
    assert all(len(one) != len(other) for one, other in crossed)


def test_statistics__count_operators_of_the_past_only() -> None:
    mutator = Scripted([dat(n) for n in range(40)])
    _, batches = whole_round(mutator, search={"iterations": 8, "batch": 4, "fresh": 3})
    assert mutator.requests[0].statistics == ()
    last = mutator.requests[-1].statistics[0]
    past = [e for batch in batches[:-1] for e in batch if e.operator]
    improved = sum(e.placement is not None and e.placement.result.status.improves for e in past)
    assert (last.operator, last.proposals, last.improvements) == ("scripted", 7, improved)


def test_finished__stop_threshold_is_a_share_of_the_maximum() -> None:
    mutator = Scripted([dat(n) for n in range(40)])
    suicide = Warrior((parse_instruction("DAT.F $0, $0"),))
    config = small_config(search={"stop_threshold": 1.0})
    search = Search(config, 1, (suicide,), [IMP], mutator=mutator)
    assert not search.finished
    with LocalExecutor() as executor:
        search.run_batch(executor)
    assert search.best_fitness == 3.0
    assert search.finished
    assert search.iterations == 0


def test_value__shadow_is_chance_and_fitness_is_still_stored() -> None:
    mutator = Scripted([dat(n) for n in range(60)])
    search, batches = whole_round(mutator, shadow=True, descriptor={"single_cell": True})
    entries = [entry for batch in batches for entry in batch if entry.placement]
    best = max(entries, key=lambda entry: search.value(entry.number, 0.0))
    assert search.archive.elites()[0].warrior == best.warrior
    assert {e.placement.result.status for e in entries if e.placement} == set(AddStatus)
    assert all(e.evaluation is not None and e.evaluation.fitness >= 0 for e in entries)
