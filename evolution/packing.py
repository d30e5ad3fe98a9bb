"""Batches as built-in values for the way to another process or machine, and back."""

from dataclasses import asdict
from functools import lru_cache
from typing import Any, Final

import numpy as np

from evolution.jobs import Batch, Job
from mars import kernel
from mars.redcode import Warrior
from mars.settings import CoreSettings

# A warrior: start, pin, core words as bytes. A job: all fields, warriors as places in the list.
PackedWarrior = tuple[int, int | None, bytes]
PackedBatch = tuple[str, dict[str, Any], list[PackedWarrior], list[tuple[Any, ...]]]

REMEMBERED: Final = 4096
WORD: Final = np.dtype("<u8")


def pack(batch: Batch) -> PackedBatch:
    """The batch as built-in values; each warrior once.

    Names, authors and sources stay here: no fight depends on them. A program takes 8 bytes an
    instruction.
    """
    places: dict[Warrior, int] = {}
    jobs = [
        (
            job.key,
            job.kind,
            tuple(places.setdefault(warrior, len(places)) for warrior in job.warriors),
            job.seed,
            job.fights,
            job.counts,
        )
        for job in batch.jobs
    ]
    warriors = [_packed(warrior, batch.settings.core_size) for warrior in places]
    return batch.engine, asdict(batch.settings), warriors, jobs


def unpack(packed: PackedBatch) -> Batch:
    """Reads back what `pack` writes: numbers in [0, core_size), and warriors without names."""
    engine, settings, programs, jobs = packed
    warriors = [_unpacked(program) for program in programs]
    return Batch(
        engine,
        CoreSettings(**settings),
        tuple(
            Job(key, kind, tuple(warriors[place] for place in places), *rest)
            for key, kind, places, *rest in jobs
        ),
    )


@lru_cache(REMEMBERED)
def _packed(warrior: Warrior, core_size: int) -> PackedWarrior:
    words = kernel.encode(warrior, core_size).astype(WORD)
    return warrior.start % core_size, warrior.pin, words.tobytes()


@lru_cache(REMEMBERED)
def _unpacked(program: PackedWarrior) -> Warrior:
    start, pin, code = program
    words = np.frombuffer(code, WORD).astype(np.uint64)
    return Warrior(tuple(kernel.decode(word) for word in words), start, pin)
