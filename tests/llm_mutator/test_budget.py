"""Caps that hold whatever the order, also with calls in flight."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llm_mutator import budget as module
from llm_mutator.budget import Budget, Limits, Reservation, most_prompt_tokens
from llm_mutator.calls import Message, Spent
from llm_mutator.mutator import BudgetSpent, Stopped


def test_most_prompt_tokens__is_more_than_there_are_bytes() -> None:
    assert most_prompt_tokens([]) >= 0
    assert most_prompt_tokens([Message("user", "äöü")]) >= len("äöü".encode()) + 1
    assert most_prompt_tokens([Message("user", "\ud800")]) > 0
    one = most_prompt_tokens([Message("user", "abc")])
    assert most_prompt_tokens([Message("user", "abc"), Message("user", "abc")]) > one + 3


@pytest.mark.parametrize(
    ("limits", "error", "message"),
    [
        ({"max_cost": -1.0}, ValueError, "max_cost must be between 0"),
        ({"max_cost": float("nan")}, ValueError, "max_cost must be between 0"),
        ({"max_cost": "1"}, TypeError, "max_cost must be a number: got '1'"),
        ({"max_tokens": -1}, ValueError, "max_tokens must be between 0"),
        ({"max_tokens": 1.5}, TypeError, "max_tokens must be an integer"),
    ],
)
def test_limits__are_checked(
    limits: dict[str, float], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        Limits(**limits)  # type: ignore[arg-type]


def test_reserve__up_to_the_cap_and_no_further() -> None:
    budget = Budget(Limits(max_tokens=100), Spent(tokens=40))
    budget.settle(budget.reserve(60, None), 10, None)
    assert budget.spent == Spent(50, 0.0)
    with pytest.raises(BudgetSpent) as caught:
        budget.reserve(51, None)
    assert str(caught.value) == (
        "max_tokens is reached: expected room for up to 51 more tokens, the most that the next "
        "call could use: got 50 of 100 used (raise max_tokens to go on)"
    )
    budget.reserve(50, None)
    assert budget.committed == Spent(100, 0.0)


def test_reserve__dollars() -> None:
    budget = Budget(Limits(max_cost=0.5), Spent(cost=0.25))
    budget.settle(budget.reserve(10**9, 0.25), 5, 0.125)
    with pytest.raises(BudgetSpent) as caught:
        budget.reserve(1, 0.25)
    assert str(caught.value) == (
        "max_cost is reached: expected room for up to $0.2500 more, the most that the next call "
        "could cost: got $0.3750 of $0.5000 spent (raise max_cost to go on)"
    )
    # What has no price counts nothing.
    budget.settle(budget.reserve(1, None), 1, None)
    assert budget.spent == Spent(6, 0.375)


def test_reserve__a_cap_of_nothing() -> None:
    with pytest.raises(BudgetSpent):
        Budget(Limits(max_tokens=0)).reserve(1, 0.0)
    with pytest.raises(BudgetSpent):
        Budget(Limits(max_cost=0.0)).reserve(1, 0.01)
    Budget(Limits(max_cost=0.0)).reserve(1, 0.0)


def test_reserve__what_costs_nothing_fits_a_cap_that_is_passed() -> None:
    budget = Budget(Limits(max_cost=0.1), Spent(cost=0.2))
    budget.reserve(1, None)
    with pytest.raises(BudgetSpent):
        budget.reserve(1, 1e-9)


def test_reserve__no_cap() -> None:
    budget = Budget(Limits())
    budget.reserve(10**12, 1e9)
    assert budget.committed == Spent(10**12, 1e9)


def test_reserve__sums_of_floats_do_not_drift() -> None:
    budget = Budget(Limits(max_cost=1.0))
    for _ in range(1000):
        held = [budget.reserve(0, 0.1) for _ in range(10)]
        for reservation in held:
            budget.settle(reservation, 0, 0.0)
    assert budget.committed == Spent(0, 0.0)


def test_reserve__waits_for_calls_that_may_settle_lower(monkeypatch: pytest.MonkeyPatch) -> None:
    # Without a look now and then, only what is notified wakes it.
    monkeypatch.setattr(module, "_POLL", 3600.0)
    budget = Budget(Limits(max_tokens=100))
    first = budget.reserve(80, None)
    got: list[Reservation] = []
    waiting = threading.Thread(target=lambda: got.append(budget.reserve(60, None)), daemon=True)
    waiting.start()
    waiting.join(0.05)
    assert not got
    budget.settle(first, 40, None)
    waiting.join(10)
    assert got
    assert budget.committed == Spent(100, 0.0)


def test_reserve__does_not_wait_for_what_cannot_help() -> None:
    budget = Budget(Limits(max_tokens=100), Spent(tokens=50))
    budget.reserve(20, None)
    with pytest.raises(BudgetSpent):
        budget.reserve(60, None)


def test_reserve__gives_up_when_the_others_have_used_it_all() -> None:
    budget = Budget(Limits(max_tokens=100))
    first = budget.reserve(80, None)
    with ThreadPoolExecutor(1) as thread:
        waiting = thread.submit(budget.reserve, 60, None)
        budget.settle(first, 80, None)
        with pytest.raises(BudgetSpent, match="got 80 of 100 used"):
            waiting.result(10)


def test_reserve__a_stop_ends_the_wait() -> None:
    stop = threading.Event()

    def check() -> None:
        if stop.is_set():
            raise Stopped("enough")

    budget = Budget(Limits(max_tokens=100), check=check)
    budget.reserve(80, None)
    with ThreadPoolExecutor(1) as thread:
        waiting = thread.submit(budget.reserve, 60, None)
        stop.set()
        with pytest.raises(Stopped, match="enough"):
            waiting.result(10)
    assert budget.committed == Spent(80, 0.0)


def test_reserved__counts_the_bound_when_nobody_says_what_was_used() -> None:
    budget = Budget(Limits())
    with budget.reserved(10, 0.5) as settle:
        settle(3, 0.25)
    with pytest.raises(KeyboardInterrupt), budget.reserved(10, 0.5):
        raise KeyboardInterrupt
    assert budget.committed == budget.spent == Spent(13, 0.75)


@settings(max_examples=25, deadline=None)
@given(
    cap=st.integers(0, 400),
    calls=st.lists(st.tuples(st.integers(1, 100), st.floats(0, 1)), min_size=1, max_size=60),
)
def test_reserve__the_cap_holds_in_any_order_and_nobody_waits_for_ever(
    cap: int, calls: list[tuple[int, float]]
) -> None:
    """16 threads, calls that use any part of what they reserve; 1/128 dollar a token."""
    budget = Budget(Limits(max_cost=cap / 128, max_tokens=cap))
    highest = 0
    lock = threading.Lock()

    def call(bound: int, part: float) -> bool:
        nonlocal highest
        try:
            reservation = budget.reserve(bound, bound / 128)
        except BudgetSpent:
            return False
        with lock:
            committed = budget.committed
            highest = max(highest, committed.tokens)
            assert committed.cost <= cap / 128
        time.sleep(0.0005)
        used = int(bound * part)
        budget.settle(reservation, used, used / 128)
        return True

    # Without a look now and then, only what is notified wakes them.
    with pytest.MonkeyPatch.context() as patch, ThreadPoolExecutor(16) as threads:
        patch.setattr(module, "_POLL", 3600.0)
        futures = [threads.submit(call, *each) for each in calls]
        made = [future.result(30) for future in futures]
    assert highest <= cap
    used = sum(int(bound * part) for (bound, part), done in zip(calls, made, strict=True) if done)
    assert budget.committed == budget.spent
    assert budget.spent.tokens == used
    # Who was refused would not fit now either: tokens used only grow.
    refused = [bound for (bound, _), done in zip(calls, made, strict=True) if not done]
    assert all(used + bound > cap for bound in refused)
