"""An experiment's folder: a copy of its file, its summary, and a folder for each run."""

from collections.abc import Callable, Collection, Sequence
from contextlib import closing
from pathlib import Path
from typing import Final, Literal

from evolution.config import RunConfig
from evolution.experiment.grid import Planned
from evolution.experiment.part import Part
from evolution.folder import CONFIG, FolderError, champion_path, refuse_strange
from evolution.islands_folders import lineage_folders
from evolution.session import has_run, refuse_other
from evolution.store import DATABASE, StoreError
from mars.database import connect, reading

TEXT: Final = "experiment.toml"
SUMMARY: Final = "summary.csv"

Found = Literal["finished", "begun", "new"]


def summary_name(part: Part) -> str:
    """The file of the figures; that of a part has a name of its own, and never the whole's."""
    return SUMMARY if part.of == 1 else f"summary_{part.number}_of_{part.of}.csv"


def is_experiment(folder: Path) -> bool:
    """Whether a folder is an experiment's."""
    return (folder / TEXT).is_file() and not has_run(folder)


def runs_in(folder: Path) -> list[Path]:
    """The folders of all runs of an experiment that are begun, by name; of the grid or not."""
    inside = sorted(folder.iterdir()) if folder.is_dir() else []
    return [path for path in inside if not path.name.startswith(".") and has_run(path)]


def look_at(
    folder: Path,
    runs: Sequence[Planned],
    on_looked: Callable[[int, int], None],
    names: Collection[str] = (),
) -> dict[str, Found]:
    """What is there of each run, by name; nothing is changed.

    Args:
        folder: Of the experiment.
        runs: Of its grid.
        names: Of all runs of the grid: with folders of these names alone it is this experiment's,
            which lost its file.
        on_looked: Told how many runs are looked at, and of how many.

    Raises:
        FolderError: It is no experiment's folder, or a run in it is not the planned one.
    """
    if not folder.exists():
        return {run.name: "new" for run in runs}
    if not folder.is_dir():
        raise FolderError(f"expected a folder for the experiment's runs: got {folder}")
    if (folder / TEXT).exists() and not (folder / TEXT).is_file():
        raise FolderError(f"expected a file or nothing: got {folder / TEXT}, which is neither")
    if (folder / CONFIG).exists():
        raise FolderError(f"expected an experiment's folder, or another --name: got a run {folder}")
    if not (folder / TEXT).exists() and any(
        not path.name.startswith(".") and path.name not in names for path in folder.iterdir()
    ):
        raise FolderError(
            f"expected an empty or new folder, or one with an {TEXT}: got {folder} without one"
        )
    found: dict[str, Found] = {}
    for done, run in enumerate(runs, 1):
        found[run.name] = _look_at_run(folder / run.name, run.config)
        on_looked(done, len(runs))
    return found


def _look_at_run(folder: Path, config: RunConfig) -> Found:
    if has_run(folder):
        refuse_other(folder, config)
        return "finished" if is_finished(folder, config) else "begun"
    if folder.is_dir():
        refuse_strange(folder)
    elif folder.exists():
        raise FolderError(f"expected a run's folder or nothing: got {folder}")
    return "new"


def is_finished(folder: Path, config: RunConfig) -> bool:
    """Whether every round has its champion, and each champion its file; so on every island.

    (Only counted: that a database is whole is checked when the run is summarised.)
    """
    folders = lineage_folders(folder, config)
    return len(folders) == config.islands.count and all(
        _has_champions(one, config.rounds) for one in folders
    )


def _has_champions(folder: Path, rounds: int) -> bool:
    files = (champion_path(folder, number) for number in range(rounds + 1))
    return all(file.exists() for file in files) and _count_champions(folder / DATABASE) > rounds


def _count_champions(path: Path) -> int:
    try:
        with reading(path), closing(connect(path, "ro")) as db:
            return int(db.execute("SELECT count(*) FROM champions").fetchone()[0])
    except StoreError:
        return 0  # opening it for writing tells what is wrong, or mends a first crash
