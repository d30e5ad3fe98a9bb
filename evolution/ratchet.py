"""The ratchet: who becomes champion, and how each champion fares against its ancestors."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from evolution.archive import Elite
from evolution.config import RunConfig
from evolution.evaluation import Evaluation, Trial, evaluate
from evolution.executor import Executor, ExecutorError
from evolution.jobs import Job, Lost
from evolution.pairs import Result, result_of
from evolution.seeds import Purpose, fight_seed
from mars.redcode import Warrior
from mars.settings import CoreSettings


@dataclass(frozen=True)
class Choice:
    """A round's champion and what it was chosen from.

    Attributes:
        champion: The best of the candidates on the fresh seed; in shadow mode, the one of
            the highest draw.
        measured: Every candidate with its evaluation on the fresh seed, best of the search
            first.
    """

    champion: Warrior
    measured: tuple[tuple[Warrior, Evaluation], ...]


def ancestors_met(
    round_number: int, lineage: Sequence[Warrior], config: RunConfig
) -> tuple[Warrior, ...]:
    """The ancestors that a round's candidates meet: w_0 and the champions in the window.

    A warrior that was champion twice is met twice, as in the paper.
    """
    latest = config.opponents_in(round_number) - 1 - len(config.sparring)
    return (lineage[0], *lineage[round_number - latest : round_number])


def choose_champion(
    best: Sequence[Elite],
    round_number: int,
    opponents: tuple[Warrior, ...],
    config: RunConfig,
    executor: Executor,
) -> Choice:
    """Measures the best elites again, on a seed that the search never used.

    The search's figures flatter: its elites are the luckiest of many on one seed. Ties go to
    the elite that was better in the search.

    Args:
        best: At least one, best first.
        round_number: Which round's champion it will be.
        opponents: As in the search.
        config: The run's.
        executor: Where the fights run.

    Raises:
        ExecutorError: Nobody can fight the melees or battles of one.
    """
    seed = fight_seed(config.seed, round_number, 0, Purpose.MEASURE)
    trial = Trial(opponents, config.champion.fights, seed)
    warriors = [elite.warrior for elite in best]
    measured: list[tuple[Warrior, Evaluation]] = []
    for warrior, found in zip(warriors, evaluate(warriors, trial, config, executor), strict=True):
        if isinstance(found, Lost):
            raise ExecutorError(f"cannot measure {warrior.id[:12]} for champion: {found.reason}")
        measured.append((warrior, found))
    if config.shadow:
        return Choice(warriors[0], tuple(measured))
    champion, _ = max(measured, key=lambda pair: pair[1].fitness)
    return Choice(champion, tuple(measured))


def record_against(
    champion: Warrior,
    opponents: Sequence[tuple[Warrior, int]],
    fights: int,
    settings: CoreSettings,
    executor: Executor,
) -> list[Result]:
    """One-to-one results of a champion, in the order of the opponents and their seeds.

    Raises:
        ExecutorError: Nobody can fight one of the battles.
    """
    jobs = [
        Job(place, "duel", (champion, opponent), seed, fights, False)
        for place, (opponent, seed) in enumerate(opponents)
    ]
    outcomes = executor.run(jobs, settings)
    results = []
    for job in jobs:
        outcome = outcomes[job.key]
        if isinstance(outcome, Lost):
            raise ExecutorError(f"cannot fight {job.warriors[1].id[:12]}: {outcome.reason}")
        results.append(result_of(outcome))
    return results


def ratchet_record(
    champion: Warrior,
    lineage: Sequence[Warrior],
    config: RunConfig,
    executor: Executor,
) -> list[Result]:
    """A new champion against every ancestor, each on a fresh seed of its own.

    Args:
        champion: w_t.
        lineage: w_0 … w_{t-1}.
        config: The run's.
        executor: Where the fights run.
    """
    number = len(lineage)
    opponents = [
        (ancestor, fight_seed(config.seed, number, place, Purpose.RATCHET))
        for place, ancestor in enumerate(lineage)
    ]
    fights = config.champion.record_fights
    return record_against(champion, opponents, fights, config.core, executor)


def beats_all(results: Iterable[Result]) -> bool:
    """Whether a champion wins more fights than it loses against each ancestor."""
    return all(result.beats for result in results)
