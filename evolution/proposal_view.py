"""One stored proposal, told from its prompt to where it went."""

import re
from collections.abc import Iterator
from typing import Final

from evolution.champions import format_error
from evolution.config import DescriptorConfig, RunConfig
from evolution.folder import FolderError
from evolution.informant import opponent_labels
from evolution.ledger import REPLY_COLUMNS
from evolution.store import Row, Store
from evolution.view import format_cost
from llm_mutator.calls import Reply
from mars.redcode import printable

_PLACE: Final = re.compile(r"(\d{1,8})/(\d{1,8})\Z")
_ID: Final = re.compile(r"[0-9a-f]{4,64}\Z")


def find_proposal(store: Store, wanted: str) -> tuple[int, int]:
    """The round and number of the proposal that a user means.

    Args:
        store: The run's.
        wanted: "ROUND/NUMBER"; or the beginning of a warrior's id, at least four digits: the
            proposal that first made it.

    Raises:
        FolderError: There is none, or the beginning fits several warriors.
    """
    place = _PLACE.match(wanted)
    if place:
        found = (int(place[1]), int(place[2]))
        sql = """SELECT 1 FROM proposals WHERE round = ?1 AND number = ?2
            UNION SELECT 1 FROM replies WHERE round = ?1 AND number = ?2
            UNION SELECT 1 FROM faults WHERE round = ?1 AND number = ?2"""
        if not store.query(sql, found):
            raise FolderError(f"expected a proposal of this run: got {wanted!r}, which it has not")
        return found
    if not _ID.match(wanted):
        raise FolderError(
            "expected ROUND/NUMBER, or the beginning of a warrior's id (4 hexadecimal digits or "
            f"more): got {wanted!r}"
        )
    ids = store.query("SELECT id FROM warriors WHERE substr(id, 1, ?) = ?", (len(wanted), wanted))
    if len(ids) != 1:
        raise FolderError(f"expected the id of one warrior of this run: got that of {len(ids)}")
    rows = store.query(
        "SELECT round, number FROM proposals WHERE warrior = ? ORDER BY rowid LIMIT 1", ids[0]
    )
    if not rows:
        raise FolderError(f"expected a proposed warrior: got w_0, {wanted!r}")
    return int(rows[0][0]), int(rows[0][1])


def proposal_lines(store: Store, config: RunConfig, place: tuple[int, int]) -> Iterator[str]:
    """A proposal in lines, with headings; nothing untrusted keeps its control characters."""
    rows = store.query("SELECT * FROM proposals WHERE round = ? AND number = ?", place)
    yield f"Proposal {place[0]}/{place[1]}"
    if rows:
        yield from _task_lines(store, rows[0])
    yield from _call_lines(store, place)
    if not rows:
        yield from _section("Not worked out", "The run stopped before its batch was complete.")
    elif rows[0][5] == "rejected":
        yield from _section("Rejected", rows[0][8])
        yield from _section("What was taken for its source", rows[0][7] or "")
    else:
        yield from _warrior_lines(store, rows[0])
        yield from _evaluation_lines(store, config, place, rows[0][6])
        yield from _placement_lines(store, config, place)


def _task_lines(store: Store, proposal: Row) -> Iterator[str]:
    _, _, iteration, task, operator, status, *_ = proposal
    when = f"iteration {iteration}" if iteration else "the round's start"
    yield f"{task} at {when}, by {printable(operator) or 'nobody'}: {status}"
    sql = """SELECT parent, name FROM parents JOIN warriors ON id = parent
        WHERE round = ? AND number = ? ORDER BY position"""
    for parent, name in store.query(sql, proposal[:2]):
        yield f"parent {parent[:12]} {printable(name)}"


def _call_lines(store: Store, place: tuple[int, int]) -> Iterator[str]:
    sql = f"""SELECT attempt, texts.text, prompt, {_qualified(REPLY_COLUMNS)}
        FROM replies LEFT JOIN texts ON digest = system
        WHERE round = ? AND number = ? ORDER BY attempt"""
    for attempt, system, prompt, *values in store.query(sql, place):
        reply = Reply(*values)
        if system is not None and attempt == 0:
            yield from _section("System message", system)
        if prompt is not None:
            yield from _section("Prompt" if attempt == 0 else f"Repair {attempt}", prompt)
        if reply.fault:
            yield from _section("No reply", reply.fault)
        else:
            yield from _section(f"Reply of {_reply_facts(reply)}", reply.text)
    faults = "SELECT model, reason FROM faults WHERE round = ? AND number = ? ORDER BY id"
    told = [f"{model}: {reason}" for model, reason in store.query(faults, place)]
    if told:
        yield from _section("Requests that brought nothing", "\n".join(told))


def _qualified(columns: str) -> str:
    return ", ".join(f"replies.{column}" for column in columns.split(", "))


def _reply_facts(reply: Reply) -> str:
    model = printable(reply.answered_by or reply.model)
    counted = "" if reply.counted == "server" else " at most"
    tokens = f"{reply.prompt_tokens:,} + {reply.completion_tokens:,} tokens{counted}"
    facts = [model, tokens, format_cost(reply.cost), f"{reply.seconds:.1f} s"]
    return ", ".join([*facts, *([printable(reply.finish)] if reply.finish else [])])


def _warrior_lines(store: Store, proposal: Row) -> Iterator[str]:
    sql = "SELECT name, length, load_file, source FROM warriors WHERE id = ?"
    name, length, load_file, source = store.query(sql, (proposal[6],))[0]
    title = f"Warrior {proposal[6][:12]} {printable(name)}, {length} instructions"
    yield from _section(title, load_file)
    yield from _section("Its source", proposal[7] or source)


def _evaluation_lines(
    store: Store, config: RunConfig, place: tuple[int, int], warrior: str
) -> Iterator[str]:
    sql = """SELECT fitness, standard_error, fights, spawned, coverage, results FROM evaluations
        WHERE round = ? AND warrior = ? AND purpose = 'search'"""
    for fitness, error, fights, spawned, coverage, results in store.query(sql, (place[0], warrior)):
        counts = [("spawned", spawned), ("coverage", coverage)]
        lines = [f"{format_error(fitness, error)}, {fights} fights"]
        lines += [f"{name} {count:.1f}" for name, count in counts if count is not None]
        labels = opponent_labels(config, place[0])
        # (Of melees there are none.)
        lines += [
            f"{label}: {result} (wins/ties/losses)"
            for label, result in zip(labels, results.split(), strict=False)
        ]
        yield from _section("Fitness", "\n".join(lines))


def _placement_lines(store: Store, config: RunConfig, place: tuple[int, int]) -> Iterator[str]:
    sql = "SELECT cell, status, displaced FROM placements WHERE round = ? AND number = ?"
    for cell, status, displaced in store.query(sql, place):
        instead = f" in place of {displaced[:12]}" if displaced else ""
        where = cell_words(cell, config.descriptor)
        yield from _section("In the archive", f"{status}{instead}: cell {cell}, {where}")


def cell_words(cell: int, config: DescriptorConfig) -> str:
    """A cell as ranges: `spawned 10 to 100, coverage below 10`."""
    if config.single_cell:
        return "the only one"
    words = []
    for axis in reversed(config.axes):
        cell, at = divmod(cell, len(axis.edges) + 1)
        low = f"{axis.edges[at - 1]:g}" if at else None
        high = f"{axis.edges[at]:g}" if at < len(axis.edges) else None
        if low is None:
            words.append(f"{axis.name} below {high}" if high else f"any {axis.name}")
        else:
            words.append(f"{axis.name} {low} to {high}" if high else f"{axis.name} from {low}")
    return ", ".join(reversed(words))


def _section(title: str, text: str) -> Iterator[str]:
    yield ""
    yield f"── {title} ──"
    for line in text.rstrip("\n").split("\n"):
        yield printable(line)
