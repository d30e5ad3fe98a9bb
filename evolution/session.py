"""Opening a run for writing: a new one, or one that stopped, and refusing any other."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from evolution.config import RunConfig
from evolution.executor import LocalExecutor
from evolution.folder import (
    CHAMPIONS,
    CONFIG,
    FolderError,
    locked,
    make_folder,
    read_folder_config,
    refuse_strange,
    versions,
    write_beginnings,
)
from evolution.presets import format_config, initial_warrior
from evolution.records import event_row, first_rows, read_config
from evolution.run import Run
from evolution.store import DATABASE, Store
from evolution.tables import as_table, differences
from llm_mutator.mutator import Mutator


@contextmanager
def opened(
    folder: Path,
    config: RunConfig | None = None,
    *,
    command: Sequence[str] = (),
    workers: int = 1,
    mutator: Mutator | None = None,
) -> Iterator[Run]:
    """Opens a run for writing; nobody else can until it is closed.

    Args:
        folder: Of the run.
        config: Of a run that may be new; None: the run must be there.
        command: For the provenance of a new run.
        workers: Threads that fight.
        mutator: Instead of the one the configuration names.

    Raises:
        FolderError: It is another run, not a run, or open elsewhere.
        StoreError: Its database is damaged.
        WriteError: It cannot be made.
        MutatorUnavailable: The mutator lacks something, such as a key.
    """
    if config is None:
        config = read_folder_config(folder)
    else:
        make_folder(folder)
        if not has_run(folder):
            refuse_strange(folder)
    with ExitStack() as stack:
        stack.enter_context(locked(folder))
        if has_run(folder):
            refuse_other(folder, config)
        else:
            write_beginnings(folder, config, command)
        store = stack.enter_context(_open_store(folder))
        _begin(store, config, folder)
        executor = stack.enter_context(LocalExecutor(workers))
        yield Run(folder, store, config, executor, mutator)


def has_run(folder: Path) -> bool:
    """Whether a folder holds a run, or the beginning of one."""
    return (folder / CONFIG).exists()


def refuse_other(folder: Path, config: RunConfig) -> None:
    """Refuses to go on with a run under another configuration.

    Raises:
        FolderError: Naming the keys that differ.
    """
    keys = differences(as_table(read_folder_config(folder)), as_table(config))
    if keys:
        raise FolderError(
            f"expected the configuration of the run that is in {folder}, or another --name: "
            f"got other values of {', '.join(keys)}"
        )


def _open_store(folder: Path) -> Store:
    """Opens the database, and makes it where no champion shows that there was one."""
    create = not (folder / CHAMPIONS).exists()
    return Store(folder / DATABASE, write=True, create=create)


def _begin(store: Store, config: RunConfig, folder: Path) -> None:
    text = format_config(config)
    written = read_config(store)
    engine = ", ".join(f"{name} {number}" for name, number in versions().items())
    if not written:
        store.append([*first_rows(text, initial_warrior(config)), event_row("started", engine)])
    elif written == text:
        store.append([event_row("resumed", engine)])
    else:
        raise FolderError(
            f"expected the {CONFIG} that the run in {folder} began with: got a changed one"
        )
