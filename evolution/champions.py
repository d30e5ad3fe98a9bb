"""A champion as a file for people: its program, its figures and where it comes from."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from evolution.pairs import Result
from evolution.records import Champion, read_forgotten, read_ratchet_of
from evolution.store import Store
from mars.redcode import Warrior, printable
from mars.settings import CoreSettings

DESCENT_SHOWN: Final = 12


@dataclass(frozen=True)
class Birth:
    """How a warrior first came up: its id, the operator, its first parent's id or ''."""

    warrior: str
    operator: str
    parent: str


def descent(store: Store, warrior: str) -> list[Birth]:
    """A warrior and its first parents, back to one that has none: new, w_0, or of elsewhere."""
    sql = """
        SELECT CASE task WHEN 'carried' THEN '' ELSE operator END, parent
        FROM proposals LEFT JOIN parents USING (round, number)
        WHERE warrior = ? AND status = 'evaluated' AND coalesce(position, 0) = 0
        ORDER BY proposals.rowid LIMIT 1"""
    line: list[Birth] = []
    seen: set[str] = set()
    while warrior and warrior not in seen:
        seen.add(warrior)
        rows = store.query(sql, (warrior,))
        operator, parent = rows[0] if rows else ("", None)
        line.append(Birth(warrior, operator or _origin(store, warrior), parent or ""))
        warrior = parent or ""
    return line


def _origin(store: Store, warrior: str) -> str:
    """Where a warrior comes from that no proposal brought first."""
    sql = "SELECT island, origin_round FROM immigrants WHERE warrior = ? ORDER BY rowid LIMIT 1"
    rows = store.query(sql, (warrior,))
    return f"champion {rows[0][1]} of island {rows[0][0]}" if rows else "initial"


def champion_text(
    store: Store, run: str, champion: Champion, warrior: Warrior, core: CoreSettings
) -> str:
    """Redcode that assembles to the champion, with its story in `;strategy` lines.

    The program is the load file; what the warrior's own source says is untrusted and follows
    the END, as comments.
    """
    pspace = f";assert PSPACESIZE=={core.pspace_size}\n" if core.pspace_size else ""
    header = [
        f";redcode-{core.rules}",
        f";name {printable(run)} {champion.round}",
        ";author redqueen",
        *(f";strategy {line}" for line in story(store, champion)),
        f";assert CORESIZE=={core.core_size}",
    ]
    end = "" if core.rules == "88" else "       END\n"
    lines = "\n".join(header) + "\n" + pspace + warrior.load_file(core.rules) + end
    source = [f";| {printable(line)}".rstrip() for line in warrior.source.splitlines()]
    return lines + ";\n; Its source as proposed:\n" + "\n".join(source) + "\n"


def story(store: Store, champion: Champion) -> list[str]:
    """What the run knows of a champion, in lines of plain text."""
    lines = [f"Champion of round {champion.round}, warrior {champion.warrior}."]
    if champion.measured is not None and champion.searched is not None:
        lines.append(
            f"Fitness {format_error(champion.measured, champion.standard_error)} on fresh seeds, "
            f"{champion.searched:.3f} in the search."
        )
    results = read_ratchet_of(store, champion.round)
    if results:
        beaten = sum(result.beats for result in results)
        lines.append(f"Beats {beaten} of {len(results)} ancestors one to one.")
    lost = read_forgotten(store, champion.round)
    if lost:
        lines.append(f"Forgot to beat the champions of rounds {', '.join(map(str, lost))}.")
    return lines + _descent_lines(descent(store, champion.warrior))


def format_error(value: float, error: float | None, digits: int = 3) -> str:
    """A figure with its standard error, where there is one."""
    spread = "" if error is None else f"±{error:.{digits}f}"
    return f"{value:.{digits}f}{spread}"


def mean_score(results: Sequence[Result]) -> float:
    """Mean points per 100 fights: 3 a win, 1 a tie."""
    return sum(result.score for result in results) / len(results)


def generality(results: Sequence[Result]) -> float:
    """Share of opponents defeated or tied, one to one."""
    return sum(not result.loses for result in results) / len(results)


def _descent_lines(line: Sequence[Birth]) -> list[str]:
    shown = [
        f"  {birth.warrior[:12]} {printable(birth.operator)}" for birth in line[:DESCENT_SHOWN]
    ]
    hidden = len(line) - len(shown)
    rest = [f"  and {hidden} more, back to {line[-1].warrior[:12]}"] if hidden else []
    return [f"Descent, {len(line)} warriors with itself:", *shown, *rest]
