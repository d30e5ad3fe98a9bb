"""Opening a run for writing: a new one, or one that stopped, and refusing any other."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from evolution.config import RunConfig
from evolution.executor import Executor, LocalExecutor
from evolution.folder import (
    CHAMPIONS,
    CONFIG,
    FolderError,
    locked,
    make_folder,
    read_folder_config,
    refuse_strange,
    write_beginnings,
)
from evolution.islands_folders import refuse_islands
from evolution.ledger import limits_row, read_limits
from evolution.presets import format_config, initial_warrior
from evolution.records import event_row, first_rows, read_config
from evolution.run import Run
from evolution.service import Service
from evolution.store import DATABASE, Store
from evolution.tables import as_table, differences
from evolution.versions import format_versions, versions
from llm_mutator.config import MutatorConfig
from llm_mutator.mutator import Mutator

# Settings of `mutator.llm` that may differ when a run goes on (and each model's own base_url): with
# the same replies they change nothing.
CHANGEABLE: Final = (
    "base_url",
    "concurrency",
    "timeout",
    "retries",
    "patience",
    "max_failures",
)


# Makes what fights; it is given a function to tell of lost workers and the like.
ExecutorMaker = Callable[[Callable[[str], None]], AbstractContextManager[Executor]]


@contextmanager
def opened(
    folder: Path,
    config: RunConfig | None = None,
    *,
    command: Sequence[str] = (),
    workers: int = 1,
    executor: ExecutorMaker | None = None,
    service: Service | None = None,
    mutator: Mutator | None = None,
) -> Iterator[Run]:
    """Opens a run for writing; nobody else can until it is closed.

    Args:
        folder: Of the run.
        config: Of a run that may be new; None: the run must be there. A run that is there may
            have other values of `CHANGEABLE`; those of `config` hold now.
        command: For the provenance of a new run.
        workers: Threads that fight.
        executor: Makes what fights instead of threads.
        service: How chat models are used.
        mutator: Instead of the one the configuration names.

    Raises:
        FolderError: It is another run, not a run, or open elsewhere.
        StoreError: Its database is damaged.
        WriteError: It cannot be made.
        MutatorUnavailable: The mutator lacks something, such as a key.
        ExecutorError: The executor cannot be had.
    """
    if config is None:
        config = read_folder_config(folder)
    refuse_islands(folder, config)
    with ExitStack() as stack:
        stack.enter_context(begun(folder, config, command))
        store = stack.enter_context(_open_store(folder))
        service = service or Service()
        _begin(store, config, folder, service)
        yield Run(
            folder,
            store,
            config,
            stack.enter_context(_open_executor(store, workers, executor)),
            service=service,
            mutator=mutator,
        )


@contextmanager
def begun(folder: Path, config: RunConfig, command: Sequence[str]) -> Iterator[None]:
    """Keeps a run's folder locked, with its first files; makes what is missing of both.

    Raises:
        FolderError: It is another run, not a run, or open elsewhere.
        WriteError: It cannot be made.
    """
    make_folder(folder)
    if not has_run(folder):
        refuse_strange(folder)
    with locked(folder):
        if has_run(folder):
            refuse_other(folder, config)
        else:
            write_beginnings(folder, config, command)
        yield


def _open_executor(
    store: Store, workers: int, executor: ExecutorMaker | None
) -> AbstractContextManager[Executor]:
    if executor is None:
        return LocalExecutor(workers)
    return executor(lambda words: store.append([event_row("executor", words)]))


def has_run(folder: Path) -> bool:
    """Whether a folder holds a run, or the beginning of one."""
    return (folder / CONFIG).exists()


def refuse_other(folder: Path, config: RunConfig) -> None:
    """Refuses to go on with a run under another configuration.

    Raises:
        FolderError: Naming the keys that differ.
    """
    keys = differing_keys(config, read_folder_config(folder))
    if keys:
        raise FolderError(
            f"expected the configuration of the run that is in {folder}, or another --name: "
            f"got other values of {', '.join(keys)}"
        )


def differing_keys(config: RunConfig, written: RunConfig) -> list[str]:
    """Dotted keys in which a configuration differs from a run's, but for `CHANGEABLE` ones."""
    return differences(as_table(written), as_table(_as_written(config, written)))


def _as_written(config: RunConfig, written: RunConfig) -> RunConfig:
    """A configuration with the changeable settings of another."""
    own, old = config.islands.mutators, written.islands.mutators
    if len(own) == len(old):
        own = tuple(_mutator_as_written(a, b) for a, b in zip(own, old, strict=True))
    return replace(
        config,
        mutator=_mutator_as_written(config.mutator, written.mutator),
        islands=replace(config.islands, mutators=own),
    )


def _mutator_as_written(config: MutatorConfig, written: MutatorConfig) -> MutatorConfig:
    old, llm = written.llm, config.llm
    if [model.model for model in llm.models] == [model.model for model in old.models]:
        models = zip(llm.models, old.models, strict=True)
        llm = replace(llm, models=tuple(replace(m, base_url=o.base_url) for m, o in models))
    changes: dict[str, Any] = {key: getattr(old, key) for key in CHANGEABLE}
    llm = replace(llm, **changes)
    return replace(config, llm=llm)


def _open_store(folder: Path) -> Store:
    """Opens the database, and makes it where no champion shows that there was one."""
    create = not (folder / CHAMPIONS).exists()
    return Store(folder / DATABASE, write=True, create=create)


def _begin(store: Store, config: RunConfig, folder: Path, service: Service) -> None:
    text = format_config(read_folder_config(folder))
    written = read_config(store)
    worked_with = format_versions(versions())
    if not written:
        rows = [*first_rows(text, initial_warrior(config)), event_row("started", worked_with)]
    elif written == text:
        rows = [event_row("resumed", worked_with)]
    else:
        raise FolderError(
            f"expected the {CONFIG} that the run in {folder} began with: got a changed one"
        )
    held = read_limits(store)
    limits = service.limits(held)
    store.append([*rows, *([] if limits == held else [limits_row(limits)])])
