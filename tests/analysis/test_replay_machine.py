"""The page's machine against the compiled one, in a JavaScript interpreter without a browser."""

from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.replay.page import About, page_data
from mars.machine import EventKind, Machine
from mars.redcode import Mode, Modifier, Opcode, Warrior, parse_instruction
from mars.settings import CoreSettings
from tests import strategies
from tests.analysis.replay_fights import PageFight, bundled_record, process_counts, record_of

EXAMPLES = settings(max_examples=30, deadline=None)
FIGHTS = st.tuples(strategies.battles(max_warriors=5), st.integers(1, 3), st.booleans())


def assert_same(page: PageFight, machine: Machine, n_warriors: int) -> None:
    """Core, every queue and P-space are the compiled machine's."""
    assert [page.array(name) for name in ("operation", "a", "b")] == machine.parts().tolist()
    assert page.queues() == [machine.queue(w) for w in range(n_warriors)]
    assert page.pspaces() == [machine.pspace(w) for w in range(n_warriors)]
    assert page.ask("fight.time") == machine.executed
    assert page.ask("fight.machine.cycle") == machine.cycle
    assert page.ask("fight.machine.finished") == machine.finished


@EXAMPLES
@given(FIGHTS)
def test_machine__random_fights_queue_by_queue(
    chosen: tuple[strategies.Battle, int, bool],
) -> None:
    record = record_of(*chosen)
    page = PageFight.of(record)
    assert page.ask("fight.difference") is None
    machine = record.machine()
    machine.run()
    assert_same(page, machine, len(record.plan.warriors))
    counts = machine.counts
    assert page.array("deathCycle") == counts.death_cycles.tolist()
    assert page.array("spawned") == counts.spawned.tolist()


@EXAMPLES
@given(FIGHTS, st.lists(st.floats(0, 1), min_size=1, max_size=5))
def test_seek__any_moment_in_any_order(
    chosen: tuple[strategies.Battle, int, bool], shares: list[float]
) -> None:
    record = record_of(*chosen)
    page = PageFight.of(record)
    for share in shares:
        time = round(share * record.outcome.executed)
        page.context.eval(f"fight.seek({time})")
        machine = record.machine()
        machine.run(time)
        assert_same(page, machine, len(record.plan.warriors))


@EXAMPLES
@given(FIGHTS)
def test_traces__are_the_engine_s_events(chosen: tuple[strategies.Battle, int, bool]) -> None:
    record = record_of(*chosen)
    page = PageFight.of(record)
    size = record.plan.settings.core_size
    events = record.machine().trace()
    times = np.cumsum(events[:, 1] == EventKind.EXECUTE)
    loaded = np.zeros(size, np.int64)
    for w, (warrior, position) in enumerate(
        zip(record.plan.warriors, record.positions, strict=True), start=1
    ):
        loaded[(position + np.arange(len(warrior))) % size] = w
    for kind, who, when in (
        (EventKind.EXECUTE, "runner", "runTime"),
        (EventKind.READ, "reader", "readTime"),
        (EventKind.WRITE, "writer", "writeTime"),
    ):
        of_kind = events[:, 1] == kind
        doers, moments = np.zeros(size, np.int64), np.zeros(size, np.int64)
        if kind is EventKind.WRITE:
            doers[:] = loaded
        doers[events[of_kind, 2]] = events[of_kind, 0] + 1
        moments[events[of_kind, 2]] = times[of_kind]
        assert page.array(who) == doers.tolist(), who
        assert page.array(when) == moments.tolist(), when


@EXAMPLES
@given(FIGHTS)
def test_clock__cycles_of_all_times(chosen: tuple[strategies.Battle, int, bool]) -> None:
    record = record_of(*chosen)
    page = PageFight.of(record)
    machine, cycles = record.machine(), []
    while not machine.finished:
        cycles.append(machine.cycle)
        machine.run(1)
    times = f"Array.from({{ length: {len(cycles)} }}, (_, i) => fight.clock.cycleOf(i + 1))"
    assert page.ask(times) == cycles
    assert page.ask("fight.clock.cycles") == cycles[-1] + 1
    starts = f"Array.from({{ length: {cycles[-1] + 1} }}, (_, c) => fight.clock.timeOf(c))"
    assert page.ask(starts) == [cycles.index(cycle) for cycle in range(cycles[-1] + 1)]


@EXAMPLES
@given(FIGHTS)
def test_decisive__half_of_the_most_processes_or_the_fatal_write(
    chosen: tuple[strategies.Battle, int, bool],
) -> None:
    record = record_of(*chosen)
    found = PageFight.of(record).ask("fight.decisive")
    deaths = record.outcome.death_cycles
    if max(deaths) < 0:
        assert found is None
        return
    loser = found["loser"]
    assert deaths[loser] == max(deaths)
    counts = process_counts(record, loser)
    most = max(counts)
    assert found["most"] == most
    fallen = max(t for t, n in enumerate(counts) if n >= most / 2)
    if found["written"]:
        assert counts[fallen + 1] == 0
        assert found["time"] < fallen
    else:
        assert found["time"] == fallen


def test_machine__every_opcode_modifier_and_mode() -> None:
    """What random programs rarely reach: all of them, one after the other, in one core."""
    chosen = CoreSettings(200, 3000, 60, 100, 100, pspace_size=7)
    generator = np.random.default_rng(np.random.SeedSequence(5))
    seen: set[tuple[int, int, int, int]] = set()
    for opcode in Opcode:
        lines = []
        for modifier in Modifier:
            for a_mode in Mode:
                b_mode = Mode((a_mode + modifier + int(generator.integers(8))) % 8)
                seen.add((opcode, modifier, a_mode, b_mode))
                a, b = generator.integers(-9, 9, 2).tolist()
                text = f"{opcode.name}.{modifier.name} {a_mode.symbol}{a}, {b_mode.symbol}{b}"
                lines.append(parse_instruction(text))
        warrior = Warrior(tuple(lines))
        splitter = Warrior(
            tuple(map(parse_instruction, ["SPL.B $0, $0", "ADD.F #7, $2", "JMP.B @1, $0"]))
        )
        fight = strategies.Battle((warrior, splitter), chosen, (0, 100), 0)
        fights = [fight, replace(fight, warriors=(splitter, warrior), first=1)]
        for one in fights:
            assert PageFight.of(record_of(one, 2, False)).ask("fight.difference") is None
    assert len(seen) == len(Opcode) * len(Modifier) * len(Mode)


def test_machine__bundled_warriors_on_the_real_core() -> None:
    for names in (("silkworm", "dwarf"), ("heron", "stunner", "hawk")):
        record = bundled_record(*names, fights=2, number=2)
        page = PageFight.of(record)
        assert page.ask("fight.difference") is None
        assert page.ask("fight.checked") == len(record.checkpoints) == 101


def test_check__finds_every_kind_of_difference() -> None:
    """A page that is told another fight says so: with what differs first."""
    record = bundled_record("dwarf", "imp", preset="tiny")
    data = page_data(record, About("test"))
    assert PageFight(data).ask("fight.difference") is None
    executed, core, queues, pspaces = data["checkpoints"][7]
    first, second = queues
    for changed, expected in (
        ([executed, core ^ 1, queues, pspaces], "the core"),
        ([executed, core, (first, second ^ 1), pspaces], "the process queue of warrior 2"),
        ([executed, core, queues, (1, 0)], "the P-space of warrior 1"),
    ):
        wrong = [*data["checkpoints"]]
        wrong[7] = changed
        found = PageFight({**data, "checkpoints": wrong}).ask("fight.difference")
        assert (found["time"], found["expected"]) == (executed, expected)
    outcome = data["outcome"]
    for name, value, expected in (
        ("deathCycles", [5, 7], "warrior 1's death in cycle 5"),
        ("spawned", [0, 3], "warrior 2's 3 SPLs"),
    ):
        changed_outcome = {**outcome, name: value}
        found = PageFight({**data, "outcome": changed_outcome}).ask("fight.difference")
        assert found["expected"] == expected
    moved = [{**warrior} for warrior in data["warriors"]]
    moved[1]["position"] += 1
    assert PageFight({**data, "warriors": moved}).ask("fight.difference")["time"] == 0
