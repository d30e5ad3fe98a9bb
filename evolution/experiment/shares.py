"""What each run of an experiment may spend, so that all of them together keep under its caps."""

from collections.abc import Mapping
from math import floor, fsum
from pathlib import Path

from evolution.config import RunConfig
from evolution.exits import OutOfBudget
from evolution.experiment.folder import runs_in
from evolution.experiment.work import Setup
from evolution.folder import read_folder_config
from evolution.islands_folders import lineage_folders
from evolution.ledger import read_spent
from evolution.store import DATABASE, Store, StoreError
from evolution.view import format_cost
from llm_mutator.budget import Limits
from llm_mutator.calls import Spent
from mars.database import is_new
from mars.redcode import printable


def share_caps(setup: Setup, caps: Limits) -> dict[str, Limits]:
    """The caps of the runs that are left and ask chat models, by name.

    What is left of the whole after all that the runs in the folder have spent, those outside of
    the grid too, is shared alike; a run's cap is its share and what it has spent itself. A part
    of a grid has a part of the whole, by the number of its runs.

    Args:
        setup: With those runs.
        caps: Of all runs of the grid together.

    Raises:
        OutOfBudget: Nothing is left.
        StoreError: What a run has spent cannot be read.
    """
    asking = [run.name for run in setup.left if _asks(run.config)]
    if caps == Limits() or not asking:
        return {}
    spent = _read_all_spent(setup.folder)
    costs = {name: one.cost for name, one in spent.items()}
    tokens = {name: float(one.tokens) for name, one in spent.items()}
    cost = token = None
    if caps.max_cost is not None:
        cost = _room(setup, caps.max_cost, costs) / len(asking)
    if caps.max_tokens is not None:
        token = floor(_room(setup, caps.max_tokens, tokens) / len(asking))
    if cost is not None and caps.max_cost is not None and cost <= 0:
        used = f"{format_cost(fsum(costs.values()))} of {format_cost(caps.max_cost)} spent"
        raise OutOfBudget(_refusal(setup, len(asking), used, "--max-cost"))
    if token is not None and caps.max_tokens is not None and token < 1:
        used = f"{fsum(tokens.values()):,.0f} of {caps.max_tokens:,} tokens spent"
        raise OutOfBudget(_refusal(setup, len(asking), used, "--max-tokens"))
    nothing = Spent(0, 0.0)
    own = {name: spent.get(name, nothing) for name in asking}
    return {
        name: Limits(
            None if cost is None else one.cost + cost,
            None if token is None else one.tokens + token,
        )
        for name, one in own.items()
    }


def _room(setup: Setup, cap: float, spent: Mapping[str, float]) -> float:
    """What may still be spent here; runs of other parts may be in this folder, too."""
    others = setup.grid - {run.name for run in setup.runs}
    share = cap * len(setup.runs) / setup.in_grid
    ours = fsum(value for name, value in spent.items() if name not in others)
    return min(share - ours, cap - fsum(spent.values()))


def _refusal(setup: Setup, runs: int, used: str, option: str) -> str:
    part = f" (a part has its share of it: {setup.part.words})" if setup.part.words else ""
    return (
        f"expected something left of the cap for {runs} runs: got {used} in "
        f"{printable(str(setup.folder))}{part}; raise {option}, or lift it with {option} none"
    )


def _asks(config: RunConfig) -> bool:
    """Whether a run asks chat models."""
    return any(one.kind != "genetic" for one in config.islands.mutators or (config.mutator,))


def _read_all_spent(folder: Path) -> dict[str, Spent]:
    try:
        return {path.name: _read_spent(path) for path in runs_in(folder)}
    except StoreError as error:
        raise StoreError(
            f"expected to read what all runs have spent, for the cap: {error}"
        ) from None


def _read_spent(run: Path) -> Spent:
    tokens, costs = 0, []
    for folder in lineage_folders(run, read_folder_config(run)):
        if not is_new(folder / DATABASE):
            with Store(folder / DATABASE) as store:
                spent = read_spent(store)
            tokens += spent.tokens
            costs.append(spent.cost)
    return Spent(tokens, fsum(costs))
