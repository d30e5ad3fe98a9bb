"""What a run, or a configuration, would ask a chat model next: the request, not yet worded."""

from dataclasses import replace
from pathlib import Path

from evolution.config import RunConfig
from evolution.executor import LocalExecutor
from evolution.folder import FolderError, read_folder_config
from evolution.past import open_search, read_lineage
from evolution.presets import initial_warrior, sparring_warriors
from evolution.ratchet import ancestors_met
from evolution.search import Search
from evolution.store import DATABASE, Store
from llm_mutator.build import make_mutator
from llm_mutator.mutator import PARENTS_OF_TASK, MutationRequest, Mutator, Task


def next_request(folder: Path, task: Task | None) -> tuple[RunConfig, MutationRequest]:
    """The next request of a stored run, which is only read.

    Args:
        folder: The run's.
        task: What is asked for, of the best elites; None: what comes next.

    Raises:
        FolderError: There is no run, it is finished, or its archive lacks parents.
        StoreError: Its database is damaged.
    """
    config = read_folder_config(folder)
    with Store(folder / DATABASE) as store:
        lineage = read_lineage(store, config)
        if len(lineage) > config.rounds:
            raise FolderError(f"expected a run that is not finished: got {folder}")
        return config, _choose(open_search(store, config, lineage, _offline(config)), task)


def first_request(config: RunConfig, task: Task | None) -> MutationRequest:
    """The first request after the start of a run that has only a configuration.

    The start is worked out in full, with the genetic operators in place of the model.

    Raises:
        FolderError: The archive lacks parents.
    """
    lineage = [initial_warrior(config)]
    opponents = (*ancestors_met(1, lineage, config), *sparring_warriors(config))
    search = Search(config, 1, opponents, lineage, mutator=_offline(config))
    with LocalExecutor() as executor:
        search.run_batch(executor)
    return _choose(search, task)


def _offline(config: RunConfig) -> Mutator:
    return make_mutator(replace(config.mutator, kind="genetic"), config.core)


def _choose(search: Search, task: Task | None) -> MutationRequest:
    if task is None:
        slots = search.slots()
        if not slots:
            raise FolderError("expected a request to come: got a round that asks for none")
        return slots[0].request
    needed = PARENTS_OF_TASK[task]
    parents = tuple(search.archive.best(needed))
    if len(parents) < needed:
        raise FolderError(f"expected {needed} elites for a {task}: got {len(parents)}")
    return search.request(search.proposals, (task, parents), ())
