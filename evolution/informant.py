"""What an informed prompt may know of a search: how parents do, and the archive's map."""

import threading
from collections.abc import Callable, Sequence

from evolution.archive import Archive, Elite
from evolution.config import RunConfig
from evolution.seeds import Purpose, fight_seed
from llm_mutator.feedback import (
    ArchiveAxis,
    ArchiveView,
    Feedback,
    OneToOne,
    Opponent,
    ParentReport,
)
from mars.fights import battle
from mars.redcode import Warrior


class Informant:
    """Knows a round's search; fights one to one for what the search did not measure.

    Each parent's fights depend on the run's seed, the round and the opponent's place alone, and
    are fought once a round. Where selection is by chance (the null model) nothing is told of
    fitness and fights, which would be selection by other means.
    """

    def __init__(
        self,
        config: RunConfig,
        round_number: int,
        opponents: Sequence[Warrior],
        archive: Archive,
    ) -> None:
        """Knows nothing yet.

        Args:
            config: The run's.
            round_number: From 1.
            opponents: Of every candidate: ancestors, then sparring partners.
            archive: The search's own.
        """
        self._config, self._round, self._archive = config, round_number, archive
        labels = opponent_labels(config, round_number)
        self._opponents = tuple(map(Opponent, labels, opponents))
        self._results: dict[str, tuple[OneToOne, ...]] = {}
        self._lock = threading.Lock()

    def about(self, parents: Sequence[Elite]) -> Callable[[], Feedback]:
        """Gives what is known when it is asked for, of the archive as it is now."""
        shadow = self._config.shadow
        fitness = {e.cell: None if shadow else e.value for e in self._archive.elites()}
        return lambda: self._feedback(tuple(parents), fitness)

    def _feedback(self, parents: Sequence[Elite], fitness: dict[int, float | None]) -> Feedback:
        config = self._config
        single = config.descriptor.single_cell
        axes = () if single else config.descriptor.axes
        return Feedback(
            config.fitness.kind,
            config.maximum_fitness(len(self._opponents)),
            self._opponents,
            tuple(
                ParentReport(fitness[parent.cell], parent.cell, self._against_all(parent.warrior))
                for parent in parents
            ),
            ArchiveView(tuple(ArchiveAxis(axis.name, axis.edges) for axis in axes), fitness),
        )

    def _against_all(self, warrior: Warrior) -> tuple[OneToOne, ...]:
        if self._config.shadow:
            return ()
        with self._lock:
            if warrior.id not in self._results:
                self._results[warrior.id] = tuple(
                    self._fight(warrior, place) for place in range(len(self._opponents))
                )
            return self._results[warrior.id]

    def _fight(self, warrior: Warrior, place: int) -> OneToOne:
        result = battle(
            (warrior, self._opponents[place].warrior),
            self._config.core,
            fights=self._config.search.feedback_fights,
            seed=fight_seed(self._config.seed, self._round, place, Purpose.FEEDBACK),
        )
        return OneToOne(int(result.wins[0]), int(result.ties[0]), int(result.losses[0]))


def opponent_labels(config: RunConfig, round_number: int) -> list[str]:
    """What the opponents of a round are, in words, in their order."""
    met = config.opponents_in(round_number) - 1 - len(config.sparring)
    champions = [f"champion {number}" for number in range(round_number - met, round_number)]
    return ["w_0", *champions, *["sparring partner"] * len(config.sparring)]
