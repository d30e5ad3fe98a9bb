"""Which line of its source each instruction of a warrior comes from."""

from mars.assembler import predefined
from mars.preprocessor import preprocess
from mars.program import PSEUDO_OPCODES
from mars.redcode import Warrior
from mars.settings import CoreSettings
from mars.source import Log, StopError, read_source


def source_lines(
    warrior: Warrior, settings: CoreSettings, *, rounds: int = 1, warriors: int = 2
) -> tuple[int, ...]:
    """Line numbers, from 1, of a warrior's instructions in its source.

    Args:
        warrior: Any; its source is read again.
        settings, rounds, warriors: As it was assembled with.

    Returns:
        One number an instruction; nothing where there is no source, or it is one of another
        program by these settings.
    """
    log = Log("")
    constants = predefined(settings, rounds, warriors)
    try:
        program = preprocess(read_source(warrior.source).lines, settings, constants, log)
    except StopError:
        return ()
    found = tuple(
        statement.keyword.line
        for statement in program.statements
        if statement.keyword.text.upper() not in PSEUDO_OPCODES
    )
    return found if len(found) == len(warrior) and not log.errors else ()
