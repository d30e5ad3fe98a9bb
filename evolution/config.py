"""A run's frozen configuration. Everything here decides the result; nothing else does.

The defaults are those of the paper (Kumar et al. 2026, arXiv 2601.03335), but for the mutator.
How configurations are read, resolved and written: `evolution.presets`.
"""

import math
from dataclasses import dataclass, field, replace
from typing import Final, Literal, Self

from evolution.islands_config import IslandsConfig
from evolution.seeds import island_seed
from llm_mutator.config import MutatorConfig
from mars.settings import MAX_WARRIORS, CoreSettings

FitnessKind = Literal["melee", "pairwise"]
AxisName = Literal["spawned", "coverage", "length", "opcodes"]
Carry = Literal["champions", "archive"]

MAX_SEED: Final = 2**63 - 1
MAX_COUNT: Final = 10_000_000


def _check_count(name: str, value: int, low: int) -> None:
    if not low <= value <= MAX_COUNT:
        raise ValueError(f"{name} must be between {low} and {MAX_COUNT}: got {value}")


def _check_share(name: str, value: float) -> None:
    if not 0 <= value <= 1:
        raise ValueError(f"{name} must be between 0 and 1: got {value}")


@dataclass(frozen=True)
class NamedSource:
    """A given warrior's name and source text, kept so that no file is needed later."""

    name: str
    source: str


@dataclass(frozen=True)
class SearchConfig:
    """One round's search.

    Attributes:
        iterations: Proposals after the start of the round.
        batch: Proposals drawn from one state of the archive; 1 is the paper's sequence.
        fresh: New proposals at the start of a round.
        share_new: Share of proposals that are new warriors instead of changed elites.
        share_crossover: Share that cross two elites; the rest mutate one.
        carry: What else enters at the start of a round: w_0 and the champions in the window
            ("champions", the paper's), or besides them the last round's elites ("archive").
            All are measured again, because their opponents have changed.
        stop_threshold: A round ends when its best fitness reaches this share of the maximum
            possible; 0: never.
        feedback_fights: Fights of a parent against each opponent, one to one, to tell an
            informed chat model.
    """

    iterations: int = 250
    batch: int = 1
    fresh: int = 8
    share_new: float = 0.1
    share_crossover: float = 0.0
    carry: Carry = "champions"
    stop_threshold: float = 0.0
    feedback_fights: int = 10

    def __post_init__(self) -> None:
        _check_count("feedback_fights", self.feedback_fights, 1)
        _check_count("iterations", self.iterations, 0)
        _check_count("batch", self.batch, 1)
        _check_count("fresh", self.fresh, 0)
        _check_share("share_new", self.share_new)
        _check_share("share_crossover", self.share_crossover)
        _check_share("share_new + share_crossover", self.share_new + self.share_crossover)
        _check_share("stop_threshold", self.stop_threshold)


@dataclass(frozen=True)
class Points:
    """What a pairwise fight is worth to the candidate."""

    win: float = 3.0
    tie: float = 1.0
    loss: float = 0.0

    def __post_init__(self) -> None:
        if not all(map(math.isfinite, (self.win, self.tie, self.loss))):
            raise ValueError(f"expected finite points: got {self}")
        if not self.win > max(self.tie, self.loss) or self.win <= 0:
            raise ValueError(f"expected win to be positive and worth the most: got {self}")


@dataclass(frozen=True)
class FitnessConfig:
    """What the archive maximises.

    Attributes:
        kind: "melee": the candidate's survival share in one melee with all opponents (the
            paper's); "pairwise": mean points per fight, each opponent in its own battle.
        fights: Fights a candidate: melees, or fights against each opponent.
        points: Of a pairwise fight.
    """

    kind: FitnessKind = "melee"
    fights: int = 20
    points: Points = Points()

    def __post_init__(self) -> None:
        _check_count("fights", self.fights, 1)


@dataclass(frozen=True)
class Axis:
    """One descriptor coordinate; edges e_1 < e_2 < … make bins (-inf, e_1), [e_1, e_2), …"""

    name: AxisName
    edges: tuple[float, ...]

    def __post_init__(self) -> None:
        if not all(map(math.isfinite, self.edges)):
            raise ValueError(f"expected finite edges: got {self.edges}")
        if any(a >= b for a, b in zip(self.edges, self.edges[1:], strict=False)):
            raise ValueError(f"expected strictly increasing edges: got {self.edges}")


PAPER_AXES: Final = (
    Axis("spawned", (1.0, 10.0, 100.0, 1000.0, 10_000.0)),
    Axis("coverage", (10.0, 100.0, 500.0, 1000.0, 4000.0)),
)


@dataclass(frozen=True)
class DescriptorConfig:
    """The archive's grid; `single_cell` merges it into one cell (the paper's ablation)."""

    axes: tuple[Axis, ...] = PAPER_AXES
    single_cell: bool = False

    def __post_init__(self) -> None:
        names = [axis.name for axis in self.axes]
        if not names or len(set(names)) != len(names):
            raise ValueError(f"expected one or more axes with different names: got {names}")
        cells = math.prod(len(axis.edges) + 1 for axis in self.axes)
        if cells > MAX_COUNT:
            raise ValueError(f"expected at most {MAX_COUNT} cells: got {cells}")


@dataclass(frozen=True)
class ChampionConfig:
    """How a round's champion is chosen and what is recorded of it.

    Attributes:
        candidates: Best elites that are measured again on fresh seeds.
        fights: Fights of that measurement (melees, or fights against each opponent).
        record_fights: Fights against every ancestor, one to one, for the ratchet record.
        bundled_fights: Fights against every bundled warrior, one to one; 0: none. They only
            show generality; nothing depends on them.
    """

    candidates: int = 4
    fights: int = 100
    record_fights: int = 100
    bundled_fights: int = 20

    def __post_init__(self) -> None:
        _check_count("candidates", self.candidates, 1)
        _check_count("fights", self.fights, 1)
        _check_count("record_fights", self.record_fights, 1)
        _check_count("bundled_fights", self.bundled_fights, 0)


@dataclass(frozen=True)
class RunConfig:
    """Everything a run's result depends on.

    Attributes:
        initial: w_0.
        seed: Every random draw comes from it.
        rounds: Champions to find after w_0.
        history: How many latest champions, besides w_0, the next one must beat.
        shadow: The null model: chance takes the place of fitness in selection, all else equal.
        library: Warriors whose fragments the genetic operators use; empty: the bundled ones.
            (Whether they use any is for `mutator.genetic` to say: `splice`, `sources`.)
        sparring: Warriors that every candidate meets besides its ancestors. None in the paper:
            a lineage alone forgets whom it never meets, so who wants the strongest champion
            adds some. They never become elites themselves.
        islands: One lineage, or several that exchange champions; each has all rounds.
        core: Rules of the fights.
    """

    initial: NamedSource
    seed: int = 0
    rounds: int = 20
    history: int | Literal["all"] = "all"
    shadow: bool = False
    library: tuple[NamedSource, ...] = ()
    sparring: tuple[NamedSource, ...] = ()
    core: CoreSettings = field(default_factory=CoreSettings)
    search: SearchConfig = SearchConfig()
    fitness: FitnessConfig = FitnessConfig()
    descriptor: DescriptorConfig = DescriptorConfig()
    champion: ChampionConfig = ChampionConfig()
    mutator: MutatorConfig = field(default_factory=MutatorConfig)
    islands: IslandsConfig = field(default_factory=IslandsConfig)

    def __post_init__(self) -> None:
        if not 0 <= self.seed <= MAX_SEED:
            raise ValueError(f"seed must be between 0 and {MAX_SEED}: got {self.seed}")
        _check_count("rounds", self.rounds, 1)
        if self.history != "all":
            _check_count("history", self.history, 0)
        if self.fitness.kind == "melee":
            self._check_room(self.opponents_in(self.rounds) + 1)
        else:
            self._check_room(2)

    def opponents_in(self, round_number: int) -> int:
        """How many opponents a candidate of a round meets (ancestors: in round 1 only w_0)."""
        champions = round_number - 1
        met = champions if self.history == "all" else min(self.history, champions)
        return 1 + met + len(self.sparring)

    def immigrants_in(self, round_number: int) -> int:
        """How many champions of other islands enter a round, at most."""
        one = self.islands.is_one and self.islands.receives_in(round_number)
        return self.islands.count - 1 if one else 0

    def island(self, number: int) -> Self:
        """One island's own configuration: a seed and a mutator of its own, all else alike."""
        islands = self.islands
        mutators = islands.mutators or (self.mutator,)
        return replace(
            self,
            seed=island_seed(self.seed, number),
            mutator=mutators[number % len(mutators)],
            islands=replace(islands, mutators=(), number=number),
        )

    def maximum_fitness(self, opponents: int) -> float:
        """The highest possible fitness against so many opponents."""
        return self.fitness.points.win if self.fitness.kind == "pairwise" else opponents + 1.0

    def _check_room(self, warriors: int) -> None:
        room = min(MAX_WARRIORS, self.core.core_size // self.core.min_distance)
        if warriors > room:
            raise ValueError(
                f"expected at most {room} warriors in a fight (core_size / min_distance, and "
                f"{MAX_WARRIORS}); choose fewer rounds, a shorter history or pairwise fitness: "
                f"got {warriors}"
            )
