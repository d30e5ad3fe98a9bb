"""Figures that only the report shows: fitness, bundled opponents, operators' success, work."""

from typing import Final

import numpy as np
import pandas as pd

from analysis.benchmark import wilson
from analysis.generality import MEASURES
from analysis.loading import RunData
from analysis.loading_groups import in_order
from analysis.loading_units import count_units, unit_means
from analysis.ranking import FloatArray, IntArray
from mars.intervals import RESAMPLES, limits, mean_limits, resample_counts

NORMAL: Final = 1.96  # standard errors on either side of a mean, 95 %
RESULTS: Final = ("wins", "ties", "losses")


def fitness(run: RunData) -> pd.DataFrame:
    """What each champion was worth in its own round, against that round's opponents.

    Returns:
        A row a round from 1 on: run, group, unit, round, fitness (on fresh seeds) with `_low`
        and `_high` (95 %, from the standard error over the fights; NaN where there is none),
        searched (as the search measured it, which picks the lucky), most (the highest possible).
    """
    known = run.evaluations.merge(run.champions, on=["round", "warrior"])
    measured = known[known["purpose"] == "champion"].sort_values("round")
    searched = known[known["purpose"] == "search"].set_index("round")["fitness"]
    error = NORMAL * measured["standard_error"].to_numpy(float)
    value = measured["fitness"].to_numpy(float)
    rounds = measured["round"].tolist()
    config = run.config
    return pd.DataFrame(
        {
            "run": run.name,
            "group": run.group,
            "unit": run.unit,
            "round": rounds,
            "fitness": value,
            "fitness_low": value - error,
            "fitness_high": value + error,
            "searched": measured["round"].map(searched).to_numpy(float),
            "most": [config.maximum_fitness(config.opponents_in(n)) for n in rounds],
        }
    )


def fitness_by_round(table: pd.DataFrame, *, seed: int = 0) -> pd.DataFrame:
    """Means over the runs of a group, with intervals from the runs.

    Args:
        table: What `fitness` returns, of several runs.
        seed: Of the bootstrap.

    Returns:
        A row a group and round: group, round, runs, islands, fitness with `_low` and `_high`;
        those of a single run are those from its fights.
    """
    rows = []
    for (group, number), part in table.groupby(["group", "round"], sort=True):
        values = unit_means(part, "fitness").to_numpy(float)
        low, high = mean_limits(values, seed)
        if len(values) == 1:
            low, high = (float(part[f"fitness_{end}"].mean()) for end in ("low", "high"))
        row = {"group": group, "round": number, **count_units(part)}
        mean = float(values.mean())
        rows.append(row | {"fitness": mean, "fitness_low": low, "fitness_high": high})
    columns = ["group", "round", "runs", "islands", "fitness", "fitness_low", "fitness_high"]
    return in_order(pd.DataFrame(rows, columns=columns))


def bundled_generality(run: RunData, *, seed: int = 0) -> pd.DataFrame:
    """Every champion against the bundled warriors, as the run has it on record.

    Args:
        run: The run.
        seed: Of the bootstrap over the fights of each pair.

    Returns:
        As `analysis.generality.generality`; no rows where the run has no such fights.
    """
    lineage = dict(zip(run.champions["round"], run.champions["warrior"], strict=True))
    rows = []
    for (champion,), part in run.bundled.groupby(["champion"], sort=True):
        counts = part[list(RESULTS)].to_numpy(np.int64)
        names = {"run": run.name, "group": run.group, "unit": run.unit, "round": champion}
        names |= {"warrior": lineage[champion], "opponents": len(part)}
        rows.append(names | {"fights": int(counts[0].sum())} | _shares_with_limits(counts, seed))
    ends = [f"{name}{end}" for name in MEASURES for end in ("", "_low", "_high")]
    columns = ["run", "group", "unit", "round", "warrior", "opponents", "fights", *ends]
    return pd.DataFrame(rows, columns=columns)


def operator_success(operators: pd.DataFrame) -> pd.DataFrame:
    """How often an operator's proposals entered an archive.

    Args:
        operators: What `analysis.phylogeny_steps.operator_table` returns.

    Returns:
        The same rows, most proposals first: operator, proposals, improved, success (their share)
        with low and high (Wilson's 95 %), line, ancestry, champions.
    """
    some = operators[operators["proposals"] > 0]
    pairs = zip(some["improved"].tolist(), some["proposals"].tolist(), strict=True)
    shares = [wilson(improved, proposals) for improved, proposals in pairs]
    table = some.assign(
        success=[share.value for share in shares],
        low=[share.low for share in shares],
        high=[share.high for share in shares],
    )
    names = ["operator", "proposals", "improved", "success", "low", "high"]
    ordered = table.sort_values(["proposals", "operator"], ascending=[False, True])
    return ordered[[*names, "line", "ancestry", "champions"]].reset_index(drop=True)


def throughput(run: RunData, *, seed: int = 0) -> pd.DataFrame:
    """How fast each round was worked out.

    Args:
        run: The run.
        seed: Of the bootstrap over the round's batches.

    Returns:
        A row a round: run, group, round, runs (1), proposals, evaluations, seconds (of work,
        waiting for models included), rate (evaluations a second) with `_low` and `_high` (95 %;
        NaN with fewer than two batches).
    """
    rows = []
    for (number,), part in run.batches.groupby(["round"], sort=True):
        done, seconds = (part[name].to_numpy(float) for name in ("evaluations", "seconds"))
        rate = float(done.sum() / max(seconds.sum(), 1e-9))
        low = high = float("nan")
        if len(part) > 1:
            drawn = resample_counts(len(part), seed)
            found = (drawn @ done) / np.maximum(drawn @ seconds, 1e-9)
            low, high = (float(limit) for limit in limits(found, rate))
        rows.append(
            {
                "run": run.name,
                "group": run.group,
                "round": number,
                "runs": 1,
                "proposals": int(part["proposals"].sum()),
                "evaluations": int(done.sum()),
                "seconds": float(seconds.sum()),
                "rate": rate,
                "rate_low": float(np.maximum(0.0, low)),
                "rate_high": high,
            }
        )
    columns = ["run", "group", "round", "runs", "proposals", "evaluations", "seconds"]
    return pd.DataFrame(rows, columns=[*columns, "rate", "rate_low", "rate_high"])


def tokens(run: RunData) -> pd.DataFrame:
    """What each model took in each round.

    Returns:
        A row a round and model: round, model, replies, tokens (of prompts and answers), cost (US
        dollars, of replies only; NaN where the model has no price).
    """
    found = run.replies[run.replies["fault"] == ""]
    found = found.assign(tokens=found["prompt_tokens"] + found["completion_tokens"])
    grouped = found.groupby(["round", "model"], sort=True)
    table = grouped.agg(replies=("tokens", "size"), tokens=("tokens", "sum"))
    table["cost"] = grouped["cost"].sum(min_count=1)
    return table.reset_index()


def _shares_with_limits(counts: IntArray, seed: int) -> dict[str, float]:
    """A champion's figures.

    Args:
        counts: (n_opponents, 3) wins, ties, losses, each row's sum at least 1.
        seed: Of the bootstrap.
    """
    rng = np.random.default_rng(np.random.SeedSequence(seed))
    fights = counts.sum(axis=1)
    chances = counts / fights[:, None]
    drawn = rng.multinomial(fights, chances, size=(RESAMPLES, len(counts)))
    measured, resampled = _shares(counts[None]), _shares(drawn)
    figures: dict[str, float] = {}
    for name in MEASURES:
        estimate = float(measured[name][0])
        low, high = limits(resampled[name], estimate)
        top = 300.0 if name == "score" else 1.0
        figures |= {
            name: estimate,
            f"{name}_low": float(np.clip(low, 0, top)),
            f"{name}_high": float(np.clip(high, 0, top)),
        }
    return figures


def _shares(counts: IntArray) -> dict[str, FloatArray]:
    """(n,) of each measure.

    Args:
        counts: (n, n_opponents, 3) wins, ties, losses.
    """
    won, tied, lost = (counts[..., place] for place in range(3))
    total = counts.sum(axis=(1, 2))
    win, tie = won.sum(axis=1) / total, tied.sum(axis=1) / total
    return {
        "defeated": (won > lost).mean(axis=1),
        "tied_or_defeated": (won >= lost).mean(axis=1),
        "win": win,
        "tie": tie,
        "loss": 1 - win - tie,
        "score": 100 * (3 * win + tie),
    }
