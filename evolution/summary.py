"""What a run shows of itself: figures of each champion and of the whole, read from its store."""

from dataclasses import dataclass
from pathlib import Path

from evolution.champions import generality, mean_score
from evolution.config import RunConfig
from evolution.folder import folder_name, is_locked, read_folder_config
from evolution.islands_folders import lineage_folders, refuse_islands
from evolution.records import (
    Champion,
    Counts,
    read_bundled,
    read_champions,
    read_counts,
    read_forgotten,
    read_ratchet_of,
)
from evolution.spending import Spending, read_spending
from evolution.store import DATABASE, Store


@dataclass(frozen=True)
class ChampionSummary:
    """A champion's figures.

    Attributes:
        champion: As stored.
        name: Untrusted text.
        length: In instructions.
        beaten, ancestors: One to one on fresh seeds: how many ancestors, of how many.
        forgotten: Ancestors it loses to though a champion between them beat them.
        score: Mean points per 100 fights against all ancestors; None for w_0.
        generality: Share of the bundled warriors defeated or tied; None when not measured.
        bundled_score: Mean points per 100 fights against them, likewise.
    """

    champion: Champion
    name: str
    length: int
    beaten: int
    ancestors: int
    forgotten: int
    score: float | None
    generality: float | None
    bundled_score: float | None


@dataclass(frozen=True)
class RunSummary:
    """A run's state.

    Attributes:
        name: Of its folder; untrusted text.
        config: As in the folder.
        state: "finished", "running" or "stopped".
        round, iteration: That is being searched, or the last.
        counts: Of the whole run.
        champions: In order.
        spending: On chat models; None when none was asked.
    """

    name: str
    config: RunConfig
    state: str
    round: int
    iteration: int
    counts: Counts
    champions: tuple[ChampionSummary, ...]
    spending: Spending | None

    @property
    def islands(self) -> tuple["RunSummary", ...]:
        """Itself: a run of one lineage is read as islands are."""
        return (self,)


@dataclass(frozen=True)
class IslandsSummary:
    """The state of several islands.

    Attributes:
        name: Of their folder; untrusted text.
        config: Of all.
        state: "finished", "running" or "stopped".
        islands: Of each that has begun, in order.
    """

    name: str
    config: RunConfig
    state: str
    islands: tuple[RunSummary, ...]

    @property
    def round(self) -> int:
        """That the last island is in."""
        begun = [island.round for island in self.islands]
        return min(begun) if len(begun) == self.config.islands.count else 1

    @property
    def counts(self) -> Counts:
        """Of all islands."""
        rows = [tuple(vars(island.counts).values()) for island in self.islands]
        return Counts(*map(sum, zip(*rows, strict=True))) if rows else Counts(0, 0, 0, 0, 0.0)


AnySummary = RunSummary | IslandsSummary


def summarise_any(folder: Path) -> AnySummary:
    """Reads a run of one lineage or of several, also while another process writes it.

    Raises:
        FolderError: There is no run.
        StoreError: A database is missing or damaged.
    """
    config = read_folder_config(folder)
    if not config.islands.are_several:
        return summarise(folder)
    running = is_locked(folder)
    islands = tuple(summarise(island) for island in lineage_folders(folder, config))
    finished = len(islands) == config.islands.count and all(
        island.state == "finished" for island in islands
    )
    state = "finished" if finished else "running" if running else "stopped"
    return IslandsSummary(folder_name(folder, config), config, state, islands)


def summarise(folder: Path) -> RunSummary:
    """Reads a run of one lineage, also while another process writes it.

    Raises:
        FolderError: There is no run, or several islands.
        StoreError: Its database is missing or damaged.
    """
    config = read_folder_config(folder)
    refuse_islands(folder, config)
    running = is_locked(folder)
    with Store(folder / DATABASE) as store:
        champions = summarise_champions(store)
        finished = len(champions) > config.rounds
        number = min(len(champions), config.rounds)
        sql = "SELECT coalesce(max(iteration), 0) FROM proposals WHERE round = ?"
        iteration = store.query(sql, (number,))[0][0]
        return RunSummary(
            folder_name(folder, config),
            config,
            "finished" if finished else "running" if running else "stopped",
            number,
            iteration,
            read_counts(store),
            champions,
            read_spending(store, config),
        )


def summarise_champions(store: Store) -> tuple[ChampionSummary, ...]:
    """Every champion's figures, in order."""
    summaries = []
    for champion in read_champions(store):
        number = champion.round
        results = read_ratchet_of(store, number)
        bundled = list(read_bundled(store, number).values())
        name, length = _facts(store, champion)
        summaries.append(
            ChampionSummary(
                champion,
                name,
                length,
                beaten=sum(result.beats for result in results),
                ancestors=number,
                forgotten=len(read_forgotten(store, number)),
                score=mean_score(results) if results else None,
                generality=generality(bundled) if bundled else None,
                bundled_score=mean_score(bundled) if bundled else None,
            )
        )
    return tuple(summaries)


def _facts(store: Store, champion: Champion) -> tuple[str, int]:
    sql = "SELECT name, length FROM warriors WHERE id = ?"
    name, length = store.query(sql, (champion.warrior,))[0]
    return name or champion.warrior[:12], length
