"""What all threads know of a server, one step at a time."""

import threading

from llm_mutator.gate import BASE_PAUSE, LONGEST_PAUSE, Clock, Gate, Patience
from tests.llm_mutator.desk_lab import LeapingClock


def make_gate() -> tuple[Gate, LeapingClock]:
    clock = LeapingClock()
    return Gate(clock, threading.Event(), lambda: None), clock


def test_patience__runs_from_the_first_trouble() -> None:
    clock = LeapingClock()
    patience = Patience(10.0, clock)
    clock.time = 100.0
    assert patience.left() == 10.0
    clock.time = 107.0
    assert patience.left() == 3.0
    clock.time = 200.0
    assert patience.left() == 0.0


def test_jitter__doubles_up_to_a_bound() -> None:
    gate, _ = make_gate()
    for faults in (1, 2, 5, 50, 5000):
        bound = min(BASE_PAUSE * 2.0 ** (min(faults, 50) - 1), LONGEST_PAUSE)
        drawn = [gate.jitter(faults) for _ in range(200)]
        assert 0 <= min(drawn) < bound / 4
        assert bound * 3 / 4 < max(drawn) <= bound


def test_gate__faults_of_requests_under_way_count_once() -> None:
    gate, _ = make_gate()
    for _ in range(20):
        assert gate.enter(Patience(10.0, Clock()))
    assert max(gate.leave_shut("busy", None) for _ in range(20)) <= BASE_PAUSE


def test_gate__each_probe_that_fails_makes_the_next_pause_longer() -> None:
    gate, clock = make_gate()
    pauses = []
    for _ in range(40):
        assert gate.enter(Patience(1e6, clock))
        pauses.append(gate.leave_shut("busy", None))
    assert max(pauses) > LONGEST_PAUSE / 2
    assert gate.reason == "busy"


def test_gate__while_one_probes_the_others_wait() -> None:
    gate, clock = make_gate()
    gate.leave_shut("busy", 5.0)
    assert gate.enter(Patience(1e6, clock))
    assert clock.time >= 5.0
    assert not gate.enter(Patience(50.0, clock))
    gate.leave()
    assert gate.enter(Patience(50.0, clock))
    gate.leave_open()
    before = clock.time
    assert gate.enter(Patience(0.0, clock))
    assert gate.enter(Patience(0.0, clock))
    assert clock.time == before


def test_gate__an_answer_ends_what_was_asked_before() -> None:
    gate, clock = make_gate()
    gate.leave_shut("busy", 800.0)
    gate.leave_open()
    gate.leave_shut("busy", None)
    assert gate.enter(Patience(1e6, clock))
    assert clock.time <= BASE_PAUSE + 0.01
