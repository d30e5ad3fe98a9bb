"""Conformance: what every implementation of `Mutator` must do."""

import hashlib
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llm_mutator.build import make_mutator
from llm_mutator.config import GeneticConfig, Kind, MutatorConfig
from llm_mutator.genetic import GeneticMutator
from llm_mutator.legality import legal_warrior
from llm_mutator.llm_config import LLMConfig, ModelConfig
from llm_mutator.mutator import (
    MutationRequest,
    Mutator,
    OperatorStatistics,
    Proposal,
    Task,
)
from mars.assembler import assemble
from mars.classics import bundled
from mars.redcode import Warrior, parse_instruction
from mars.settings import PRESETS, CoreSettings
from tests import strategies
from tests.llm_mutator.chat_stub import Answer, chat_server, completion

TASKS: tuple[Task, ...] = ("new", "mutate", "crossover")
IMP = Warrior((parse_instruction("MOV.I $0, $1"),), name="Imp", source="MOV 0, 1\n")
STONE = Warrior(
    tuple(
        map(
            parse_instruction,
            ("ADD.AB #4, $3", "MOV.I $2, @2", "JMP.B $-2, $0", "DAT.F #0, #0"),
        )
    ),
    name="Stone",
)
STATISTICS = (
    OperatorStatistics("genetic.number+swap", 40, 8),
    OperatorStatistics("genetic.insert", 30, 0),
    OperatorStatistics("llm.informed.mutate@stub", 5, 5, 0.01),
)
ADAPTIVE = GeneticConfig(adaptive=True)


def request_for(
    task: Task,
    chosen: CoreSettings,
    parents: tuple[Warrior, ...] = (IMP, STONE),
    number: int = 0,
) -> MutationRequest:
    """A request with as many of the parents as the task takes."""
    count = {"new": 0, "mutate": 1, "crossover": 2}[task]
    return MutationRequest(task, parents[:count], chosen, STATISTICS, number=number)


def seed(*key: int) -> np.random.SeedSequence:
    """A seed as the run derives it."""
    return np.random.SeedSequence(7, spawn_key=key)


def canned(request: dict[str, Any]) -> Answer:
    """A reply that depends on the prompt alone and fits any core: sometimes one to repair."""
    digest = hashlib.sha256(repr(request["messages"]).encode()).digest()[0]
    if digest % 4 == 0:
        return completion("I would rather not.")
    code = "JMP nowhere" if digest % 4 == 1 else f"JMP 0, <{digest}"
    return completion(f"Plan: run.\n```redcode\n;redcode\n;name S\n;assert 1\n{code}\n```")


@pytest.fixture(scope="module")
def server_url() -> Iterator[str]:
    """Where the stub server listens."""
    with chat_server(canned) as stub:
        yield stub.url


@pytest.fixture(params=["genetic", "adaptive", "llm", "models", "mixed", "bandit"])
def make(
    request: pytest.FixtureRequest, server_url: str, monkeypatch: pytest.MonkeyPatch
) -> Callable[[CoreSettings], Mutator]:
    """Makes one of the implementations for some settings."""
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    kinds: dict[str, Kind] = {"adaptive": "genetic", "models": "llm", "bandit": "mixed"}
    models = (ModelConfig("stub"), ModelConfig("other", 2.0))
    config = MutatorConfig(
        kind=kinds.get(request.param, request.param),
        genetic=ADAPTIVE if request.param == "adaptive" else GeneticConfig(),
        llm=LLMConfig(
            "stub",
            server_url,
            models=models if request.param in ("models", "bandit") else (),
            retries=0,
            timeout=10,
            patience=0,
        ),
        bandit=request.param == "bandit",
    )
    return lambda chosen: make_mutator(config, chosen)


def check(proposal: Proposal, chosen: CoreSettings) -> None:
    """Fails unless it is either rejected with a reason or assembles."""
    assert proposal.operator.split(".")[0] in ("genetic", "llm")
    if proposal.error:
        return
    warrior = assemble(proposal.source, chosen)
    assert len(warrior) <= chosen.max_length


@pytest.mark.parametrize("preset", ["94nop", "88", "94", "nano"])
@pytest.mark.parametrize("task", TASKS)
def test_propose__assembles_or_says_why_not(
    make: Callable[[CoreSettings], Mutator], task: Task, preset: str
) -> None:
    mutator = make(PRESETS[preset])
    for number in range(5):
        proposal = mutator.propose(request_for(task, PRESETS[preset], number=number), seed(number))
        check(proposal, PRESETS[preset])


def test_propose__same_request_and_seed_same_proposal_from_any_thread(
    make: Callable[[CoreSettings], Mutator],
) -> None:
    chosen = CoreSettings()
    mutator = make(chosen)
    requests = [(request_for(TASKS[k % 3], chosen, number=k), k) for k in range(24)]

    def ask(entry: tuple[MutationRequest, int]) -> tuple[str, str, str]:
        made = mutator.propose(entry[0], seed(entry[1]))
        return made.source, made.operator, made.error

    in_order = [ask(entry) for entry in requests]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(ask, reversed(requests))) == in_order[::-1]


def test_concurrency__is_at_least_one(make: Callable[[CoreSettings], Mutator]) -> None:
    assert make(CoreSettings()).concurrency >= 1


def test_propose__leaves_the_seed_as_it_was(make: Callable[[CoreSettings], Mutator]) -> None:
    mutator, used = make(CoreSettings()), seed(3)
    for number, task in enumerate(TASKS):
        mutator.propose(request_for(task, CoreSettings(), number=number), used)
    assert used.n_children_spawned == 0


def test_propose__hostile_names_and_comments_do_no_harm(
    make: Callable[[CoreSettings], Mutator],
) -> None:
    evil = "\x1b]0;x\x07\n;assert 0\n```\nEND \u202e\ud800"
    parent = replace(STONE, name=evil, author=evil, strategy=evil, source=evil)
    mutator = make(CoreSettings())
    for number, task in enumerate(TASKS):
        request = request_for(task, CoreSettings(), (parent, parent), number)
        made = mutator.propose(request, seed(1))
        check(made, CoreSettings())
        assert "\x1b" not in made.source


# The genetic mutator alone.


@pytest.mark.parametrize("preset", PRESETS)
@settings(max_examples=30, deadline=None)
@given(data=st.data(), number=st.integers(0, 2**64), adaptive=st.booleans())
def test_genetic__always_assembles_to_what_it_meant(
    preset: str, data: st.DataObject, number: int, adaptive: bool
) -> None:
    chosen = PRESETS[preset]
    library = [warrior for group in bundled(chosen).values() for warrior in group]
    mutator = GeneticMutator(chosen, ADAPTIVE if adaptive else GeneticConfig(edits=4), library)
    parents = tuple(data.draw(strategies.warriors(chosen)) for _ in range(2))
    for task in TASKS:
        made = mutator.propose(request_for(task, chosen, parents), np.random.SeedSequence(number))
        warrior = assemble(made.source, chosen)
        assert made.error == ""
        assert 1 <= len(warrior) <= chosen.max_length
        assert 0 <= warrior.start < len(warrior)
        assert (warrior.name, warrior.author) == (f"redqueen {warrior.id[:8]}", "redqueen")
        assert warrior.strategy == made.operator


def test_genetic__source_is_a_complete_file() -> None:
    mutator = GeneticMutator(CoreSettings(), GeneticConfig(only("insert"), edits=1))
    made = mutator.propose(request_for("mutate", CoreSettings()), seed(1))
    assert made == Proposal(
        source="""\
;redcode
;name redqueen 835fcd2f
;author redqueen
;strategy genetic.insert
;assert CORESIZE == 8000
       ORG      START
       MOV.AB #  1781, $     0
START  MOV.I  $     0, $     1
""",
        operator="genetic.insert",
    )


def only(*names: str) -> dict[str, float]:
    """Weights of mutations that leave only these."""
    return {name: float(name in names) for name in GeneticConfig().mutations}


def test_genetic__a_mutation_changes_the_code() -> None:
    mutator = make_mutator(MutatorConfig(), CoreSettings())
    for number in range(200):
        made = mutator.propose(request_for("mutate", CoreSettings(), (STONE,)), seed(number))
        assert assemble(made.source).instructions != STONE.instructions or ".start" in made.operator


def test_genetic__number_of_edits_is_geometric() -> None:
    # Only insertions, so that the length counts the edits.
    mutator = GeneticMutator(CoreSettings(), GeneticConfig(only("insert"), edits=3.0))
    request = request_for("mutate", CoreSettings())
    grown = [
        len(assemble(mutator.propose(request, seed(number)).source)) - 1 for number in range(600)
    ]
    assert min(grown) == 1
    # Standard deviation of a geometric number with mean 3 is sqrt(6).
    assert abs(np.mean(grown) - 3) < 4 * (6 / 600) ** 0.5


def test_genetic__without_human_sources_needs_no_library() -> None:
    config = GeneticConfig({"splice": 0.0}, sources={"fragments": 0.0, "library": 0.0})
    mutator = make_mutator(MutatorConfig(genetic=config), CoreSettings())
    for number in range(100):
        for task in TASKS:
            operator = mutator.propose(request_for(task, CoreSettings()), seed(number)).operator
            assert not {"splice", "fragments", "library"} & set(operator.split(".")[1].split("+"))


def test_genetic__new_warriors_come_from_every_source() -> None:
    mutator = make_mutator(MutatorConfig(), CoreSettings())
    request = request_for("new", CoreSettings())
    operators = [mutator.propose(request, seed(number)).operator for number in range(120)]
    for source in ("random", "fragments", "library"):
        assert sum(source in operator for operator in operators) > 20


def test_genetic__adaptive_weights_follow_the_statistics() -> None:
    config = GeneticConfig(only("swap", "mode"), edits=1, adaptive=True, adaptive_bound=10)
    mutator = GeneticMutator(CoreSettings(), config)
    good = (
        OperatorStatistics("genetic.swap", 1000, 300),
        OperatorStatistics("genetic.mode", 1000, 0),
    )
    request = MutationRequest("mutate", (STONE,), CoreSettings(), good)
    operators = [mutator.propose(request, seed(number)).operator for number in range(200)]
    # 1.9 times against a tenth, and a mode change is sometimes none: about 190.
    assert operators.count("genetic.swap") > 170


def test_genetic__other_settings_are_refused() -> None:
    mutator = GeneticMutator(CoreSettings(), GeneticConfig())
    with pytest.raises(ValueError, match="expected a request for CoreSettings"):
        mutator.propose(request_for("new", PRESETS["tiny"]), seed(0))


def test_genetic__a_core_of_one_has_no_other_warrior_and_no_endless_loop() -> None:
    chosen = CoreSettings(1, max_length=1, min_distance=1)
    config = GeneticConfig(only("number", "swap", "delete"))
    made = GeneticMutator(chosen, config).propose(request_for("mutate", chosen), seed(0))
    assert (made.operator, assemble(made.source, chosen)) == (
        "genetic.none",
        legal_warrior(IMP, chosen),
    )


PRINT_PROPOSALS = """
import hashlib
import numpy as np
from llm_mutator.build import make_mutator
from llm_mutator.config import GeneticConfig, MutatorConfig
from mars.settings import PRESETS
from tests.llm_mutator.test_mutators import TASKS, request_for, seed

digest = hashlib.sha256()
for preset in ("94nop", "88", "94", "nano"):
    mutator = make_mutator(MutatorConfig(genetic=GeneticConfig(adaptive=True)), PRESETS[preset])
    for number in range(30):
        for task in TASKS:
            made = mutator.propose(request_for(task, PRESETS[preset]), seed(number))
            digest.update(made.source.encode())
print(digest.hexdigest())
"""


def test_genetic__proposals_do_not_depend_on_hash_seeds_or_processes() -> None:
    # At once, as each mostly waits for imports.
    running = [
        subprocess.Popen(
            [sys.executable, "-c", PRINT_PROPOSALS],
            env=os.environ | {"PYTHONHASHSEED": hash_seed},
            stdout=subprocess.PIPE,
            text=True,
        )
        for hash_seed in ("0", "1", "2")
    ]
    outputs = {process.communicate(timeout=60)[0] for process in running}
    assert len(outputs) == 1
    assert len(outputs.pop().strip()) == 64


# Requests.


@pytest.mark.parametrize(
    ("task", "parents", "message"),
    [
        ("new", (IMP,), "expected 0 parents for task 'new': got 1"),
        ("mutate", (), "expected 1 parents for task 'mutate': got 0"),
        ("crossover", (IMP,), "expected 2 parents for task 'crossover': got 1"),
        ("clone", (IMP,), "task must be one of new, mutate, crossover: got 'clone'"),
    ],
)
def test_request__checks_its_parents(task: Any, parents: tuple[Warrior, ...], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        MutationRequest(task, parents, CoreSettings())


def test_statistics__no_more_improvements_than_proposals() -> None:
    with pytest.raises(ValueError, match="got 3 improvements of 2 proposals"):
        OperatorStatistics("genetic.swap", 2, 3)
