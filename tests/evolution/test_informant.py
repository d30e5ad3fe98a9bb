"""What an informed prompt may know of a search."""

import threading

import pytest

from evolution.archive import Archive, Elite
from evolution.config import NamedSource
from evolution.informant import Informant, opponent_labels
from evolution.seeds import Purpose, fight_seed
from llm_mutator.feedback import ArchiveAxis
from mars.assembler import assemble
from mars.classics import bundled_by_name
from mars.fights import battle
from tests.evolution.small_runs import small_config

CONFIG = small_config(search={"feedback_fights": 7})
KNOWN = list(bundled_by_name(CONFIG.core).values())


def informant(shadow: bool = False) -> tuple[Informant, list[Elite]]:
    config = small_config(search={"feedback_fights": 7}, shadow=shadow)
    archive = Archive(36)
    elites = [Elite(KNOWN[n], 1.5 + n, 4 * n) for n in range(3)]
    for elite in elites:
        archive.add(elite)
    return Informant(config, 2, KNOWN[:2], archive), elites


def test_about__fights_as_the_seeds_say() -> None:
    about, elites = informant()
    feedback = about.about(elites[:2])()
    assert [opponent.label for opponent in feedback.opponents] == ["w_0", "champion 1"]
    assert feedback.maximum == 3.0
    for report, elite in zip(feedback.parents, elites[:2], strict=True):
        assert (report.fitness, report.cell) == (elite.value, elite.cell)
        for place, result in enumerate(report.results):
            seed = fight_seed(CONFIG.seed, 2, place, Purpose.FEEDBACK)
            fought = battle((elite.warrior, KNOWN[place]), CONFIG.core, fights=7, seed=seed)
            counts = (fought.wins[0], fought.ties[0], fought.losses[0])
            assert (result.wins, result.ties, result.losses) == counts
    assert feedback.archive.fitness == {0: 1.5, 4: 2.5, 8: 3.5}
    axis = CONFIG.descriptor.axes[0]
    assert feedback.archive.axes[0] == ArchiveAxis(axis.name, axis.edges)


def test_about__knows_the_archive_of_its_time() -> None:
    about, elites = informant()
    asked = about.about(elites[:1])
    about._archive.add(Elite(KNOWN[5], 9.0, 35))
    assert 35 not in asked().archive.fitness
    assert 35 in about.about(elites[:1])().archive.fitness


def test_about__the_null_model_tells_nothing_of_selection() -> None:
    about, elites = informant(shadow=True)
    feedback = about.about(elites[:1])()
    assert feedback.parents[0].fitness is None
    assert feedback.parents[0].results == ()
    assert set(feedback.archive.fitness.values()) == {None}


def test_about__from_threads_is_the_same() -> None:
    about, elites = informant()
    alone = informant()[0].about(elites)()
    found = []
    threads = [
        threading.Thread(target=lambda: found.append(about.about(elites)())) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [alone] * 4


@pytest.mark.parametrize(
    ("history", "round_number", "labels"),
    [
        ("all", 1, ["w_0", "sparring partner"]),
        ("all", 3, ["w_0", "champion 1", "champion 2", "sparring partner"]),
        (1, 4, ["w_0", "champion 3", "sparring partner"]),
    ],
)
def test_opponent_labels(history: int | str, round_number: int, labels: list[str]) -> None:
    source = "MOV.I $0, $1\n"
    partner = {"name": "x", "source": source}
    config = small_config(rounds=5, history=history, sparring=[partner])
    assert config.sparring == (NamedSource("x", source),)
    assert assemble(source, config.core)
    assert opponent_labels(config, round_number) == labels
