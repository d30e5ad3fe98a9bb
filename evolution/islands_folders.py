"""Where the lineages of a run are: in its own folder, or an island's each in one of all."""

from pathlib import Path
from typing import Final

from evolution.config import RunConfig
from evolution.folder import CONFIG, FolderError

ISLAND: Final = "island_"


def island_folder(folder: Path, number: int) -> Path:
    """Where an island is, in the folder of all."""
    return folder / f"{ISLAND}{number}"


def lineage_folders(folder: Path, config: RunConfig) -> list[Path]:
    """The folders with a database of a run that is there: itself, or its islands so far."""
    if not config.islands.are_several:
        return [folder]
    islands = [island_folder(folder, number) for number in range(config.islands.count)]
    return [island for island in islands if (island / CONFIG).exists()]


def all_lineage_folders(folder: Path, config: RunConfig) -> list[Path]:
    """As `lineage_folders`, of a run that must have all its islands.

    Raises:
        FolderError: Naming those that are missing.
    """
    if not config.islands.are_several:
        return [folder]
    islands = [island_folder(folder, number) for number in range(config.islands.count)]
    missing = [island.name for island in islands if not island.is_dir()]
    if missing:
        raise FolderError(
            f"expected {config.islands.count} islands in {folder}: got none of {', '.join(missing)}"
        )
    return islands


def refuse_islands(folder: Path, config: RunConfig) -> None:
    """Refuses the folder of all islands where one lineage is asked for.

    Raises:
        FolderError: Naming an island.
    """
    if config.islands.are_several:
        raise FolderError(
            f"expected one lineage, such as {island_folder(folder, 0)}: got {folder}, which has "
            "several islands"
        )


def refuse_one_island(folder: Path, config: RunConfig) -> None:
    """Refuses an island by itself, which must not get ahead of the others.

    Raises:
        FolderError: Naming the folder of all.
    """
    if config.islands.is_one:
        raise FolderError(
            f"expected the folder of all islands, {folder.resolve().parent}: got {folder}, "
            "which is one of them"
        )
