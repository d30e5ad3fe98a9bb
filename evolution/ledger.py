"""A run's memory of its chat models: every reply, what failed, what it cost, and the caps."""

import hashlib
import math
import threading
from collections.abc import Callable, Iterable
from typing import Final

from evolution.entries import Entry
from evolution.folder import now
from evolution.store import NamedRow, Row, Store
from llm_mutator.budget import Limits
from llm_mutator.calls import Call, CallKey, Fault, Reply, Spent, subject_of
from llm_mutator.mutator import MutatorUnavailable

REPLY_COLUMNS: Final = (
    "text, model, answered_by, finish, prompt_tokens, cached_tokens, completion_tokens, "
    "reasoning_tokens, counted, cost, seconds, fault"
)


def ignore_fault(_: str) -> None:
    """For callers that do not watch."""


class StoreLedger:
    """Replies in the run's store. Thread-safe.

    Attributes:
        on_fault: Told why a request brought no reply, from the thread that made it.
    """

    def __init__(self, store: Store) -> None:
        """The ledger of a store that is open for writing."""
        self.on_fault: Callable[[str], None] = ignore_fault
        self._store = store
        self._lock = threading.Lock()
        self._close_lost()
        self._spent = read_spent(store)

    def recall(self, call: Call) -> Reply | None:
        """The stored reply to a call, None when there is none.

        Raises:
            MutatorUnavailable: The stored reply answers another question.
        """
        sql = (
            f"SELECT subject, {REPLY_COLUMNS} FROM replies WHERE round=? AND number=? AND attempt=?"
        )
        rows = self._store.query(sql, _key(call.key))
        if not rows:
            return None
        subject, *values = rows[0]
        if subject != call.subject:
            raise MutatorUnavailable(
                f"expected the stored reply to proposal {call.key.round}/{call.key.number} to "
                f"answer the same question ({call.subject}): got another ({subject})"
            )
        return Reply(*values)

    def keep(self, call: Call, reply: Reply) -> None:
        """Stores a reply with its prompt.

        Raises:
            WriteError: The disk is full; the reply is lost.
        """
        system, prompt = call.messages[0].content, call.messages[-1].content
        digest = hashlib.sha256(system.encode("utf-8", "replace")).hexdigest()
        with self._lock:
            known = self._store.query("SELECT 1 FROM texts WHERE digest = ?", (digest,))
            rows: list[NamedRow] = [] if known else [("texts", (digest, system))]
            rows.append(reply_row(call.key, call.subject, reply, digest, prompt))
            self._store.append(rows)
            self._add(reply.prompt_tokens + reply.completion_tokens, reply.cost)

    def begin(self, call: Call, bound: Fault) -> None:
        """Stores that a request is about to be sent.

        Raises:
            WriteError: The disk is full; it must not be sent.
        """
        row: Row = (None, *_key(call.key), *vars(bound).values(), now())
        with self._lock:
            self._store.append([("sends", row)])

    def keep_fault(self, call: Call, fault: Fault) -> None:
        """Stores a request that brought no reply.

        Raises:
            WriteError: The disk is full.
        """
        row: Row = (None, *_key(call.key), *vars(fault).values(), now())
        with self._lock:
            self._store.append([("faults", row)])
            self._add(fault.tokens, fault.cost)
        self.on_fault(fault.reason)

    def spent(self) -> Spent:
        """Of all calls ever kept, faults included."""
        with self._lock:
            return self._spent

    def _close_lost(self) -> None:
        """Makes faults of the requests that were under way when a process died."""
        rows = [(None, *row, now()) for row in read_lost(self._store)]
        if rows:
            self._store.append([("faults", row) for row in rows])

    def _add(self, tokens: int, cost: float | None) -> None:
        self._spent = Spent(self._spent.tokens + tokens, self._spent.cost + (cost or 0.0))


def reply_row(
    key: CallKey,
    subject: str,
    reply: Reply,
    system: str | None = None,
    prompt: str | None = None,
) -> NamedRow:
    """The row of a reply; `system` is the digest of a stored text."""
    return ("replies", (*_key(key), subject, system, prompt, *vars(reply).values()))


def failed_rows(round_number: int, entries: Iterable[Entry], origin: str) -> list[NamedRow]:
    """The rows of calls that failed for good, which count with their batch.

    (The other replies are there already.)
    """
    return [
        reply_row(
            CallKey(round_number, entry.number, attempt),
            subject_of(origin, entry.task, entry.parents),
            reply,
        )
        for entry in entries
        for attempt, reply in enumerate(entry.replies)
        if reply.fault
    ]


def read_replies(store: Store) -> list[tuple[CallKey, str, Reply]]:
    """Every reply with its key and subject, in order of their keys."""
    sql = f"SELECT round, number, attempt, subject, {REPLY_COLUMNS} FROM replies ORDER BY 1, 2, 3"
    return [
        (CallKey(round_number, number, attempt), subject, Reply(*values))
        for round_number, number, attempt, subject, *values in store.query(sql)
    ]


def read_spent(store: Store) -> Spent:
    """What all stored calls may have cost, those under way or lost at their most."""
    (tokens, cost) = store.query(
        """SELECT coalesce(sum(tokens), 0), total(cost) FROM (
            SELECT prompt_tokens + completion_tokens AS tokens, cost FROM replies
            UNION ALL SELECT tokens, cost FROM faults)"""
    )[0]
    lost = read_lost(store)
    return Spent(
        tokens + sum(row[5] for row in lost), math.fsum((cost, *(row[6] or 0.0 for row in lost)))
    )


def read_lost(store: Store) -> list[Row]:
    """Requests that were sent and of which nothing is known: `faults` but for id and time.

    While a process works they are under way; after it they are lost.
    """
    sql = """
        SELECT round, number, attempt, model, reason, tokens, cost, seconds, count(*)
            - (SELECT count(*) FROM faults WHERE (round, number, attempt)
                = (sends.round, sends.number, sends.attempt))
            - (SELECT count(*) FROM replies WHERE fault = '' AND (round, number, attempt)
                = (sends.round, sends.number, sends.attempt)) AS unknown
        FROM sends GROUP BY round, number, attempt HAVING unknown > 0 ORDER BY id"""
    return [row[:-1] for row in store.query(sql) for _ in range(row[-1])]


def read_limits(store: Store) -> Limits:
    """The caps that hold."""
    rows = store.query("SELECT max_cost, max_tokens FROM limits ORDER BY id DESC LIMIT 1")
    return Limits(*rows[0]) if rows else Limits(None, None)


def limits_row(limits: Limits) -> NamedRow:
    """The row of caps that hold from now on."""
    return ("limits", (None, limits.max_cost, limits.max_tokens, now()))


def _key(key: CallKey) -> tuple[int, int, int]:
    return key.round, key.number, key.attempt
