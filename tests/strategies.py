"""Hypothesis strategies: instructions, warriors and whole battles in small cores.

Numbers lean towards 0, +-1 and the other small ones, opcodes towards MOV, SPL and DJN, so that
warriors overwrite, multiply and meet each other instead of dying at once.
"""

from dataclasses import dataclass

from hypothesis import strategies as st

from mars.redcode import Instruction, Mode, Modifier, Opcode, Warrior
from mars.settings import CoreSettings

_PLAIN_OPCODES = [opcode for opcode in Opcode if opcode not in (Opcode.LDP, Opcode.STP)]
_LIVELY_OPCODES = [Opcode.MOV, Opcode.SPL, Opcode.DJN, Opcode.JMP, Opcode.ADD]


@dataclass(frozen=True)
class Battle:
    """One fight's whole input.

    Attributes:
        warriors: One or more.
        settings: Rules.
        positions: One a warrior, the first 0, all at least `min_distance` apart.
        first: Index of the warrior that starts.
    """

    warriors: tuple[Warrior, ...]
    settings: CoreSettings
    positions: tuple[int, ...]
    first: int


def numbers(core_size: int) -> st.SearchStrategy[int]:
    """Numbers of a load file: -core_size/2 < n <= core_size/2."""
    low, high = core_size // 2 + 1 - core_size, core_size // 2
    small = st.integers(max(low, -5), min(high, 5))
    return st.one_of(st.just(0), small, small, st.integers(low, high))


def opcodes(*, pspace: bool) -> st.SearchStrategy[Opcode]:
    """All opcodes, the lively ones more often; LDP and STP only with P-space."""
    lively, every = st.sampled_from(_LIVELY_OPCODES), st.sampled_from(_PLAIN_OPCODES)
    if pspace:
        return st.one_of(lively, every, st.sampled_from([Opcode.LDP, Opcode.STP]))
    return st.one_of(lively, every)


def instructions(core_size: int, *, pspace: bool = False) -> st.SearchStrategy[Instruction]:
    """Instructions with every modifier and mode, numbers fit for a core size."""
    return st.builds(
        Instruction,
        opcodes(pspace=pspace),
        st.sampled_from(Modifier),
        st.sampled_from(Mode),
        numbers(core_size),
        st.sampled_from(Mode),
        numbers(core_size),
    )


def warriors(settings: CoreSettings) -> st.SearchStrategy[Warrior]:
    """Warriors that fit the settings; LDP, STP and PINs where there is P-space.

    The start may lie outside the program.
    """
    pspace = settings.pspace_size > 0
    code = st.lists(
        instructions(settings.core_size, pspace=pspace),
        min_size=1,
        max_size=min(settings.max_length, 12),
    )
    return code.flatmap(
        lambda lines: st.builds(
            Warrior,
            st.just(tuple(lines)),
            st.one_of(st.integers(0, len(lines) - 1), numbers(settings.core_size)),
            st.one_of(st.none(), st.integers(0, 2)) if pspace else st.none(),
        )
    )


@st.composite
def small_settings(draw: st.DrawFn, n_warriors: int = 1) -> CoreSettings:
    """Settings of a small core in which so many warriors have room."""
    core_size = draw(
        st.one_of(st.integers(n_warriors, 30), st.integers(n_warriors, 200), st.just(199))
    )
    min_distance = draw(st.integers(1, max(1, core_size // n_warriors)))
    return CoreSettings(
        core_size=core_size,
        max_cycles=draw(st.one_of(st.integers(1, 20), st.integers(1, 300))),
        max_processes=draw(st.one_of(st.integers(1, 3), st.integers(1, 20))),
        max_length=draw(st.integers(1, min_distance)),
        min_distance=min_distance,
        pspace_size=draw(st.one_of(st.just(0), st.integers(0, min(core_size, 17)))),
    )


@st.composite
def placements(
    draw: st.DrawFn, n_warriors: int, core_size: int, min_distance: int
) -> tuple[int, ...]:
    """Positions in any order round the core, the first 0, all at least min_distance apart."""
    room = core_size - n_warriors * min_distance
    gaps = sorted(draw(st.integers(0, room)) for _ in range(n_warriors - 1))
    others = [gap + k * min_distance for k, gap in enumerate(gaps, start=1)]
    return (0, *draw(st.permutations(others)))


@st.composite
def battles(draw: st.DrawFn, *, max_warriors: int = 6) -> Battle:
    """Fights of 1 to max_warriors warriors by small settings."""
    n_warriors = draw(st.integers(1, max_warriors))
    settings = draw(small_settings(n_warriors))
    return Battle(
        warriors=tuple(draw(warriors(settings)) for _ in range(n_warriors)),
        settings=settings,
        positions=draw(placements(n_warriors, settings.core_size, settings.min_distance)),
        first=draw(st.integers(0, n_warriors - 1)),
    )
