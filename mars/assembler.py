"""Redcode to warriors: `assemble`, `check`, `load`.

Takes what pMARS 0.9.4 takes. On purpose different: numbers and values beyond 63 bits are
errors (pMARS hangs or wraps around), as are texts without any instruction; the text of an
EQU may be an opcode; texts, words and expansions have limits, so that any input ends
within a fraction of a second. Like pMARS, and worth knowing: a line that defines a label
again is ignored, and ORG's start goes before END's, unless it is 0 (`check` warns).
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from operator import index
from pathlib import Path
from typing import BinaryIO, Final

from mars.encoder import Encoder
from mars.preprocessor import preprocess
from mars.program import Program
from mars.redcode import Warrior
from mars.rules import signed
from mars.settings import DEFAULT_SETTINGS, CoreSettings
from mars.source import (
    Diagnostic,
    Kind,
    Log,
    RedcodeError,
    StopError,
    Token,
    decode,
    read_source,
    shown,
)

__all__ = ["Assembly", "Diagnostic", "RedcodeError", "assemble", "check", "load"]

_VERSION: Final = 94

_TOP: Final = Token(Kind.END, "", 1, 1, False)


@dataclass(frozen=True)
class Assembly:
    """A warrior, and what in its source is allowed but hardly meant."""

    warrior: Warrior
    warnings: tuple[Diagnostic, ...]


def assemble(
    text: str,
    settings: CoreSettings = DEFAULT_SETTINGS,
    *,
    path: str = "<text>",
    rounds: int = 1,
    warriors: int = 2,
) -> Warrior:
    """Assembles Redcode.

    Args:
        text: The source; hostile ones are fine.
        settings: Rules, limits, and the values of predefined names.
        path: For messages.
        rounds: Value of the predefined name ROUNDS.
        warriors: Value of the predefined name WARRIORS.

    Raises:
        RedcodeError: The text is no warrior by these settings.
    """
    return check(text, settings, path=path, rounds=rounds, warriors=warriors).warrior


def load(
    path: str | os.PathLike[str],
    settings: CoreSettings = DEFAULT_SETTINGS,
    *,
    rounds: int = 1,
    warriors: int = 2,
) -> Warrior:
    """Assembles a file, in UTF-8 or else Latin-1; arguments as for `assemble`.

    Raises:
        OSError: The file cannot be read.
        RedcodeError: It is no warrior by these settings, or longer than one may be.
    """
    with Path(path).open("rb") as file:
        text = read_text(file, settings, path=os.fspath(path))
    return assemble(text, settings, path=os.fspath(path), rounds=rounds, warriors=warriors)


def read_text(file: BinaryIO, settings: CoreSettings, *, path: str) -> str:
    """A source file's text: UTF-8 with or without byte order mark, else Latin-1.

    Raises:
        RedcodeError: It is longer than any sensible source; it is not read to its end then.
    """
    limit = _length_limit(settings)
    data = file.read(limit + 1)
    if len(data) > limit:
        raise _too_long(path, f"{limit} bytes", "more")
    return decode(data)


def check(
    text: str,
    settings: CoreSettings = DEFAULT_SETTINGS,
    *,
    path: str = "<text>",
    rounds: int = 1,
    warriors: int = 2,
) -> Assembly:
    """Assembles Redcode and tells the warnings; arguments as for `assemble`.

    Raises:
        RedcodeError: The text is no warrior by these settings.
    """
    for name, value in (("rounds", rounds), ("warriors", warriors)):
        if index(value) < 0:
            raise ValueError(f"{name} must not be negative: got {value}")
    limit = _length_limit(settings)
    if len(text) > limit:
        raise _too_long(path, f"{limit} characters", str(len(text)))
    log = Log(path)
    try:
        warrior = _assemble(text, settings, predefined(settings, rounds, warriors), log)
    except StopError:
        raise RedcodeError(_in_order(log.errors)) from None
    return Assembly(warrior, _in_order(log.warnings))


def _in_order(diagnostics: Sequence[Diagnostic]) -> tuple[Diagnostic, ...]:
    return tuple(sorted(diagnostics, key=lambda found: (found.line, found.column)))


def _assemble(text: str, settings: CoreSettings, constants: dict[str, int], log: Log) -> Warrior:
    source = read_source(text)
    program = preprocess(source.lines, settings, constants, log)
    encoder = Encoder(program, settings, log)
    if not encoder.instructions and not log.errors:
        log.error(_TOP, "expected at least one instruction: got none")
    if log.errors:
        raise StopError
    _warn(program, len(encoder.instructions), encoder.start, log)
    inside = encoder.start < len(encoder.instructions)
    return Warrior(
        tuple(encoder.instructions),
        encoder.start if inside else signed(encoder.start, settings.core_size),
        encoder.pin,
        name=source.name,
        author=source.author,
        strategy="\n".join(source.strategy),
        source=text,
    )


def _warn(program: Program, length: int, start: int, log: Log) -> None:
    if not program.asserted:
        log.warn(_TOP, "expected an ;assert line: got none")
    if start >= length:
        log.warn(_TOP, f"expected a start inside the warrior: got {start}")
    used = program.used_names.union(
        token.text
        for statement in program.statements
        for token in statement.operands
        if token.kind is Kind.NAME
    )
    for name, place in program.label_places.items():
        if name not in used:
            log.warn(place, f"expected a use of label {shown(name)}: got none")


def _length_limit(settings: CoreSettings) -> int:
    """Longest source: human ones have up to 30,000 characters, load files 35 a line."""
    return 2**17 + 64 * settings.max_length


def _too_long(path: str, limit: str, got: str) -> RedcodeError:
    return RedcodeError((Diagnostic(path, 1, 1, f"expected at most {limit}: got {got}"),))


def predefined(settings: CoreSettings, rounds: int, warriors: int) -> dict[str, int]:
    """The names that an expression may use without defining them, with their values."""
    return {
        "CORESIZE": settings.core_size,
        "MAXPROCESSES": settings.max_processes,
        "MAXCYCLES": settings.max_cycles,
        "MAXLENGTH": settings.max_length,
        "MINDISTANCE": settings.min_distance,
        "ROUNDS": rounds,
        "PSPACESIZE": settings.pspace_size,
        "WARRIORS": warriors,
        "VERSION": _VERSION,
    }
