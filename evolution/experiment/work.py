"""An experiment from its file to its results: what is planned, what is there, what came of it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from evolution.experiment.folder import Found, is_finished, look_at, runs_in, summary_name
from evolution.experiment.grid import (
    Experiment,
    Planned,
    group_names,
    group_of,
    ignore_checked,
    plan,
)
from evolution.experiment.part import WHOLE, Part
from evolution.experiment.spec import Ending, Spec, Way
from evolution.experiment.summary import (
    GroupSummary,
    RunFacts,
    read_facts,
    summarise_groups,
)
from evolution.experiment.summary_view import format_summary
from evolution.folder import write_text
from evolution.presets import format_config
from evolution.service import Service
from evolution.store import StoreError
from llm_mutator.budget import Limits


@dataclass(frozen=True)
class Setup:
    """An experiment that can be worked.

    Attributes:
        experiment: As read.
        folder: Of all its runs.
        runs: Of its grid, those that are worked here.
        found: What was there of each of them, by name.
        part: Which part of the grid they are.
        grid: The names of all of its runs.
        outside: How many runs in the folder are not of the grid.
    """

    experiment: Experiment
    folder: Path
    runs: tuple[Planned, ...]
    found: Mapping[str, Found]
    part: Part
    grid: frozenset[str]
    outside: int

    @property
    def in_grid(self) -> int:
        """How many runs the grid has."""
        return len(self.grid)

    @property
    def left(self) -> list[Planned]:
        """Runs that are not finished, those that are begun first."""
        order = {"begun": 0, "new": 1}
        left = [run for run in self.runs if self.found[run.name] in order]
        return sorted(left, key=lambda run: order[self.found[run.name]])

    @property
    def words(self) -> str:
        """How many runs, and of which part of the grid."""
        of = f" of {self.part.words}" if self.part.words else ""
        return f"{len(self.runs):,} runs{of}"

    def count(self, found: Found) -> int:
        """How many runs were found so."""
        return sum(there == found for there in self.found.values())


@dataclass(frozen=True)
class Results:
    """What came of it: groups in the order of the grid, and finished runs that cannot be read."""

    names: tuple[str, ...]
    groups: tuple[GroupSummary, ...]
    unreadable: tuple[Ending, ...]


def set_up(
    experiment: Experiment,
    folder: Path,
    on_checked: Callable[[int, int], None] = ignore_checked,
    part: Part = WHOLE,
) -> Setup:
    """Plans an experiment and looks at its folder; nothing is changed.

    Args:
        experiment: As read.
        folder: Of its runs.
        on_checked: Told how many combinations, and then runs, are checked, and of how many.
        part: Of the grid; combinations are checked in the others, too.

    Raises:
        ConfigError: A combination cannot be run, or there are more parts than runs.
        FolderError: The folder is another's, or a run in it is another.
    """
    grid = plan(experiment, on_checked)
    runs = part.take(grid)
    names = frozenset(run.name for run in grid)
    found = look_at(folder, runs, on_checked, names)
    outside = sum(path.name not in names for path in runs_in(folder))
    return Setup(experiment, folder, runs, found, part, names, outside)


def kinds(setup: Setup, runs: Sequence[Planned]) -> list[list[Planned]]:
    """Runs that differ in seeds and w_0 alone, together."""
    found: dict[tuple[str, ...], list[Planned]] = {}
    for run in runs:
        found.setdefault(group_of(setup.experiment, run), []).append(run)
    return list(found.values())


def check_mutators(setup: Setup, service: Service) -> None:
    """Refuses runs whose proposals cannot be had, before anything is begun.

    Raises:
        MutatorUnavailable: A key or a price is missing.
    """
    for runs in kinds(setup, setup.left):
        service.check(runs[0].config)


def specs_of(setup: Setup, way: Way, caps: Mapping[str, Limits]) -> list[tuple[str, Spec]]:
    """What the processes of the runs that are left have to do, by name.

    Args:
        setup: With those runs.
        way: How all are worked.
        caps: New ones, by name; where a run has none, that of `way` holds.
    """
    return [
        (
            run.name,
            Spec(
                str(setup.folder / run.name),
                format_config(run.config),
                _capped(way, caps.get(run.name, Limits())),
            ),
        )
        for run in setup.left
    ]


def _capped(way: Way, caps: Limits) -> Way:
    cost = way.max_cost if caps.max_cost is None else caps.max_cost
    return replace(
        way,
        max_cost=cost,
        max_tokens=way.max_tokens if caps.max_tokens is None else caps.max_tokens,
    )


def read_results(setup: Setup, on_read: Callable[[int, int], None]) -> Results:
    """The figures of all runs that are finished now.

    Args:
        setup: As it was; the folders are looked at again.
        on_read: Told how many runs are read, and of how many.
    """
    names = group_names(setup.experiment)
    groups: dict[tuple[str, ...], list[RunFacts | None]] = {}
    unreadable = []
    for done, run in enumerate(setup.runs, 1):
        facts = None
        try:
            facts = _facts(setup.folder / run.name, run)
        except StoreError as error:
            unreadable.append(Ending(run.name, "failed", str(error)))
        groups.setdefault(group_of(setup.experiment, run), []).append(facts)
        on_read(done, len(setup.runs))
    return Results(names, summarise_groups(groups), tuple(unreadable))


def write_summary(setup: Setup, results: Results) -> Path:
    """Writes the groups' figures as `summary.csv`, or as a part's; where that is.

    Raises:
        WriteError: It cannot be written.
    """
    path = setup.folder / summary_name(setup.part)
    write_text(path, format_summary(results.names, results.groups))
    return path


def _facts(folder: Path, run: Planned) -> RunFacts | None:
    return read_facts(folder, run.config) if is_finished(folder, run.config) else None
