"""Values → rows and rows → values: the one place that knows the columns' order."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from evolution.entries import Entry
from evolution.evaluation import Evaluation
from evolution.folder import now
from evolution.pairs import Result
from evolution.ratchet import Choice
from evolution.store import NamedRow, Row, Store, StoreError
from mars.assembler import RedcodeError, assemble
from mars.redcode import Warrior
from mars.settings import CoreSettings

CHAMPIONS_SQL: Final = """
    SELECT champions.round, champions.warrior, searched.fitness, measured.fitness,
        measured.standard_error
    FROM champions
    LEFT JOIN evaluations AS searched ON searched.round = champions.round
        AND searched.warrior = champions.warrior AND searched.purpose = 'search'
    LEFT JOIN evaluations AS measured ON measured.round = champions.round
        AND measured.warrior = champions.warrior AND measured.purpose = 'champion'"""


@dataclass(frozen=True)
class Champion:
    """A champion as the store has it.

    Attributes:
        round: 0 for w_0.
        warrior: Its id.
        searched, measured: Fitness on the search's seed and on the fresh one; None for w_0.
        standard_error: Of `measured`; None when one fight cannot tell.
    """

    round: int
    warrior: str
    searched: float | None
    measured: float | None
    standard_error: float | None


@dataclass(frozen=True)
class Immigrant:
    """A champion of another island that enters a round.

    Attributes:
        warrior: Itself.
        island: Whose champion it is.
        origin_round: Of which round there.
    """

    warrior: Warrior
    island: int
    origin_round: int


@dataclass(frozen=True)
class Counts:
    """How far a run is, counted from rows."""

    proposals: int
    evaluations: int
    duplicates: int
    rejected: int
    seconds: float


def first_rows(config_text: str, initial: Warrior) -> list[NamedRow]:
    """What a run begins with: its configuration and w_0."""
    return [("run", (1, config_text)), _warrior_row(initial), ("champions", (0, initial.id))]


def batch_rows(store: Store, round_number: int, entries: Sequence[Entry]) -> list[NamedRow]:
    """The rows of a batch: new warriors, then all that refers to them."""
    rows: list[NamedRow] = []
    new: set[str] = set()
    for entry in entries:
        warrior = entry.warrior
        known = warrior is None or warrior.id in new or has_warrior(store, warrior.id)
        if warrior is not None and not known:
            new.add(warrior.id)
            rows.append(_warrior_row(warrior))
        rows += _entry_rows(round_number, entry, known)
    return rows


def champion_rows(
    round_number: int, choice: Choice, ratchet: Sequence[Result], bundled: dict[str, Result]
) -> list[NamedRow]:
    """The rows of a round's end."""
    return [
        *(_evaluation_row(round_number, w, "champion", e) for w, e in choice.measured),
        ("champions", (round_number, choice.champion.id)),
        *(("ratchet", (round_number, a, *_values(result))) for a, result in enumerate(ratchet)),
        *bundled_rows(round_number, bundled),
    ]


def bundled_rows(round_number: int, results: dict[str, Result]) -> list[NamedRow]:
    """The rows of a champion's results against the bundled warriors, by name."""
    return [("bundled", (round_number, name, *_values(r))) for name, r in results.items()]


def immigrant_rows(
    store: Store, round_number: int, immigrants: Sequence[Immigrant]
) -> list[NamedRow]:
    """The rows of what enters a round from elsewhere; a warrior that is known stays as it is."""
    rows: list[NamedRow] = []
    new: set[str] = set()
    for place, immigrant in enumerate(immigrants):
        warrior = immigrant.warrior
        if warrior.id not in new and not has_warrior(store, warrior.id):
            new.add(warrior.id)
            rows.append(_warrior_row(warrior))
        row: Row = (round_number, place, warrior.id, immigrant.island, immigrant.origin_round)
        rows.append(("immigrants", row))
    return rows


def event_row(kind: str, detail: str) -> NamedRow:
    """The row of something that happened to the run, with the time."""
    return ("events", (None, kind, detail, now()))


def has_warrior(store: Store, warrior: str) -> bool:
    """Whether a warrior of this id is stored."""
    return bool(store.query("SELECT 1 FROM warriors WHERE id = ?", (warrior,)))


def read_warrior(store: Store, warrior: str, settings: CoreSettings) -> Warrior:
    """A stored warrior, assembled again.

    Raises:
        StoreError: It is not there, or is another one now.
    """
    rows = store.query("SELECT source FROM warriors WHERE id = ?", (warrior,))
    try:
        found = assemble(str(rows[0][0]), settings, path=warrior[:12])
    except (IndexError, RedcodeError) as error:
        raise StoreError(f"expected warrior {warrior} in {store.path}: got {error}") from None
    if found.id != warrior:
        raise StoreError(f"expected a source of warrior {warrior}: got one of {found.id}")
    return found


def read_config(store: Store) -> str:
    """The run's configuration as TOML, or '' before the run's first commit."""
    rows = store.query("SELECT config FROM run")
    return str(rows[0][0]) if rows else ""


def read_champions(store: Store) -> list[Champion]:
    """The lineage, in order."""
    return [Champion(*row) for row in store.query(f"{CHAMPIONS_SQL} ORDER BY champions.round")]


def read_champion(store: Store, round_number: int) -> Champion:
    """One champion of the lineage.

    Raises:
        StoreError: The round has none.
    """
    rows = store.query(f"{CHAMPIONS_SQL} WHERE champions.round = ?", (round_number,))
    if not rows:
        raise StoreError(f"expected a champion of round {round_number} in {store.path}: got none")
    return Champion(*rows[0])


def read_immigrant_ids(store: Store, round_number: int) -> list[str]:
    """Warriors of other islands that enter a round, in order; one may come from several."""
    sql = "SELECT warrior FROM immigrants WHERE round = ? ORDER BY place"
    return [str(warrior) for (warrior,) in store.query(sql, (round_number,))]


def read_ratchet(store: Store) -> dict[tuple[int, int], Result]:
    """(champion, ancestor) to the champion's result."""
    rows = store.query("SELECT champion, ancestor, wins, ties, losses FROM ratchet")
    return {(c, a): Result(*r) for c, a, *r in rows}


def read_ratchet_of(store: Store, champion: int) -> list[Result]:
    """A champion's results by ancestor, from w_0."""
    sql = "SELECT wins, ties, losses FROM ratchet WHERE champion = ? ORDER BY ancestor"
    return [Result(*row) for row in store.query(sql, (champion,))]


def read_forgotten(store: Store, champion: int) -> list[int]:
    """Ancestors, in order, that a champion loses to although a champion between them beats it.

    (That is: it loses more fights than it wins; the other wins more than it loses. The whole
    record, which grows with the square of the rounds, is not read.)
    """
    # The join looks pairs up by their whole key; ratchet alone would be searched by champion.
    sql = """
        SELECT ancestor FROM ratchet AS now
        WHERE champion = ?1 AND losses > wins AND EXISTS (
            SELECT 1 FROM champions AS later CROSS JOIN ratchet AS met
                ON met.champion = later.round AND met.ancestor = now.ancestor
            WHERE later.round > now.ancestor AND later.round < ?1 AND met.wins > met.losses)
        ORDER BY ancestor"""
    return [ancestor for (ancestor,) in store.query(sql, (champion,))]


def read_bundled(store: Store, champion: int) -> dict[str, Result]:
    """A champion's results against the bundled warriors, by name."""
    sql = "SELECT opponent, wins, ties, losses FROM bundled WHERE champion = ?"
    return {n: Result(*r) for n, *r in store.query(sql, (champion,))}


def format_results(results: Iterable[Result]) -> str:
    """One-to-one results as text: `9/1/0 3/3/4`."""
    return " ".join(f"{result.wins}/{result.ties}/{result.losses}" for result in results)


def parse_results(text: str) -> tuple[Result, ...]:
    """Reads back what `format_results` writes."""
    return tuple(Result(*map(int, result.split("/"))) for result in text.split())


def read_counts(store: Store) -> Counts:
    """How far the run is."""
    sql = "SELECT status, count(*) FROM proposals GROUP BY status"
    by_status: dict[str, int] = dict(store.query(sql))
    seconds = store.query("SELECT total(seconds) FROM batches")[0][0]
    return Counts(
        sum(by_status.values()),
        by_status.get("evaluated", 0),
        by_status.get("duplicate", 0),
        by_status.get("rejected", 0),
        seconds,
    )


def _values(value: object) -> Row:
    """A flat dataclass's values in order; `dataclasses.astuple` would copy each deeply."""
    return tuple(vars(value).values())


def _warrior_row(warrior: Warrior) -> NamedRow:
    row: Row = (warrior.id, warrior.name, len(warrior), warrior.load_file(), warrior.source)
    return ("warriors", row)


def _entry_rows(round_number: int, entry: Entry, known: bool) -> list[NamedRow]:
    """All but the warrior; the text of one that is known already may be another."""
    key = (round_number, entry.number)
    warrior = entry.warrior
    kept = entry.task == "carried" or not known
    proposal: Row = (
        *key,
        entry.iteration,
        entry.task,
        entry.operator,
        entry.status,
        None if warrior is None else warrior.id,
        None if kept else entry.source,
        entry.error,
    )
    rows: list[NamedRow] = [("proposals", proposal)]
    rows += [("parents", (*key, position, p)) for position, p in enumerate(entry.parents)]
    if warrior is not None and entry.evaluation is not None:
        rows.append(_evaluation_row(round_number, warrior, "search", entry.evaluation))
    if entry.placement is not None:
        placed = entry.placement
        result = placed.result
        rows.append(
            ("placements", (*key, placed.cell, result.status.value, result.displaced or None))
        )
    return rows


def _evaluation_row(
    round_number: int, warrior: Warrior, purpose: str, evaluation: Evaluation
) -> NamedRow:
    row: Row = (
        round_number,
        warrior.id,
        purpose,
        evaluation.fitness,
        evaluation.standard_error,
        evaluation.fights,
        evaluation.seed,
        *_values(evaluation.behaviour),
        format_results(evaluation.results),
    )
    return ("evaluations", row)
