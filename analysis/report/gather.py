"""Runs → chapters: one to compare several, and one of each unless they are many."""

from collections.abc import Callable, Sequence
from typing import Final

from analysis.loading import RunData
from analysis.report.comparison import comparison
from analysis.report.course import archive_parts, fitness_parts, generality_parts
from analysis.report.descent import operator_parts, phylogeny_parts
from analysis.report.lineage import lineage_parts
from analysis.report.material import Choices, Material, Panel, material_of
from analysis.report.openness import measured_novelty, novelty_parts
from analysis.report.origin import origin_parts
from analysis.report.parts import Chapter, Part, Section, Words
from analysis.report.rivalry import cycle_parts, ratchet_parts, replay_parts
from analysis.report.work import spending_parts, throughput_parts

SECTIONS: Final[tuple[tuple[str, Callable[[Material], list[Part]]], ...]] = (
    ("Settings and provenance", origin_parts),
    ("Lineage", lineage_parts),
    ("Replays", replay_parts),
    ("Fitness", fitness_parts),
    ("Generality", generality_parts),
    ("Archive", archive_parts),
    ("Ratchet", ratchet_parts),
    ("Cycles", cycle_parts),
    ("Phylogeny", phylogeny_parts),
    ("Novelty", novelty_parts),
    ("Operators", operator_parts),
    ("Tokens and cost", spending_parts),
    ("Throughput", throughput_parts),
)
NOTHING: Final = "Nothing to show yet: the run has not come so far, or has no such record."

OnProgress = Callable[[int, int], None]


def chapters_of(
    runs: Sequence[RunData],
    choices: Choices,
    panel: Panel | None = None,
    on_progress: OnProgress | None = None,
) -> list[Chapter]:
    """All of a report.

    Args:
        runs: One or more, of one core, with different names; unfinished ones, too.
        choices: What decides it.
        panel: Results against a panel; without one, the bundled warriors are the measure.
        on_progress: Called now and then with how many sections are done, and of how many.

    Raises:
        FolderError, StoreError: A folder is no longer the one that was loaded.
    """
    novelty = measured_novelty(runs, choices)
    materials = [material_of(run, panel, novelty, choices) for run in runs]
    shown = materials if choices.shows_each(len(runs)) else []
    total = len(shown) * len(SECTIONS) or 1
    chapters = [comparison(materials)] if len(runs) > 1 else []
    done = 0
    for material in shown:
        sections = []
        for title, parts_of in SECTIONS:
            sections.append(Section(title, parts_of(material) or [Words(NOTHING)]))
            done += 1
            if on_progress is not None:
                on_progress(done, total)
        chapters.append(Chapter(material.run.name, sections))
    if on_progress is not None:
        on_progress(total, total)
    return chapters
