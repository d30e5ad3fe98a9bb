"""Tables of runs and champions for a terminal; nothing untrusted keeps its control characters."""

from collections.abc import Iterable
from pathlib import Path

from rich.box import SIMPLE_HEAD
from rich.console import JustifyMethod
from rich.table import Table
from rich.text import Text

from evolution.champions import format_error
from evolution.config import RunConfig
from evolution.estimate import Estimate
from evolution.records import Counts
from evolution.spending import Spending
from evolution.summary import AnySummary, ChampionSummary, RunSummary
from mars.classics import bundled_sources
from mars.redcode import printable
from mars.terminal import format_seconds

NAME_WIDTH = 28


def lineage_table(summary: RunSummary) -> Table:
    """The lineage, champion by champion."""
    title = Text(f"Lineage of {printable(summary.name)}")
    table = Table(title=title, box=SIMPLE_HEAD, padding=0, pad_edge=False)
    table.show_edge = False
    for heading in ("#", "champion", "length", "fitness", "search", "beaten", "forgot"):
        justify: JustifyMethod = "left" if heading == "champion" else "right"
        table.add_column(heading, justify=justify, no_wrap=True)
    for heading in ("points", "bundled", "points"):
        table.add_column(heading, justify="right", no_wrap=True)
    for champion in summary.champions:
        table.add_row(*_champion_cells(champion))
    return table


def lineage_notes(config: RunConfig) -> list[str]:
    """How to read the lineage."""
    kind = "survival share, 1 = fair share" if config.fitness.kind == "melee" else "points a fight"
    window = "all" if config.history == "all" else f"the last {config.history}"
    met = f"w_0 and {window} champions"
    if config.sparring:
        met += f" and {len(config.sparring)} sparring partners"
    lines = [
        f"fitness: {kind}, against {met}, on fresh seeds, ± standard error",
        "search: the same as the search measured it, which picks the lucky",
        "beaten: ancestors that it beats more often than they beat it, one to one, of all",
        "forgot: ancestors that it loses to though a champion between beat them",
        "points: per 100 of these fights, 3 a win, 1 a tie (all ties = 100)",
        "bundled: share of the bundled warriors defeated or tied, one to one; its points",
    ]
    if has_seen_bundled(config):
        lines.append("this run has met bundled warriors or used fragments of them")
    return lines


def has_seen_bundled(config: RunConfig) -> bool:
    """Whether the bundled warriors are not unseen opponents for this run."""
    bundled = set(bundled_sources().values())
    given = {partner.source for partner in config.sparring}
    if uses_library(config):
        given |= {fragment.source for fragment in config.library} or bundled
    return bool(given & bundled)


def uses_library(config: RunConfig) -> bool:
    """Whether the mutator brings fragments of library warriors in."""
    genetic = config.mutator.genetic
    shares = genetic.sources["library"] + genetic.sources["fragments"] + genetic.mutations["splice"]
    return config.mutator.kind != "llm" and shares > 0


def status_lines(summary: RunSummary, folder: Path) -> list[str]:
    """A run's state in words."""
    config = summary.config
    lines = [
        f"{printable(summary.name)}: {summary.state}, round {summary.round} of {config.rounds}, "
        f"iteration {summary.iteration} of {config.search.iterations}",
        *counts_lines(summary.counts),
    ]
    if config.islands.is_one:
        lines.append(f"island {config.islands.number} of {config.islands.count}")
        folder = folder.resolve().parent
    if summary.state == "stopped":
        lines.append(f"continue with: redqueen resume {printable(str(folder))}")
    return lines


def counts_lines(counts: Counts) -> list[str]:
    """Proposals and speed in words."""
    return [
        f"{counts.proposals:,} proposals: {counts.evaluations:,} evaluated, "
        f"{counts.duplicates:,} duplicates, {counts.rejected:,} rejected",
        f"{counts.evaluations / max(counts.seconds, 0.001):,.1f} evaluations/s over "
        f"{format_seconds(counts.seconds)} of work",
    ]


def spending_table(spending: Spending) -> Table:
    """What each chat model has taken and brought."""
    table = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
    table.add_column("model", no_wrap=True)
    headings = ("replies", "faults", "prompt", "cached", "written", "hidden", "cost", "wait")
    for heading in (*headings, "proposals", "rejected", "repaired", "improved"):
        table.add_column(heading, justify="right", no_wrap=True)
    for model in spending.models:
        counts = (
            model.replies,
            model.faults,
            model.prompt_tokens,
            model.cached_tokens,
            model.completion_tokens,
            model.reasoning_tokens,
        )
        made = (model.proposals, model.rejected, model.repaired, model.improved)
        table.add_row(
            _cell(model.model, 2 * NAME_WIDTH),
            *(f"{count:,}" for count in counts),
            format_cost(model.cost),
            f"{model.seconds:.1f} s",
            *(f"{count:,}" for count in made),
        )
    return table


def spending_lines(spending: Spending) -> list[str]:
    """Spending in words: in all, by champion, to the end, and the caps."""
    spent, limits = spending.spent, spending.limits
    lines = [f"spent: {format_cost(spent.cost)} for {spent.tokens:,} tokens, faults included"]
    if len(spending.by_round) > 0:
        costs = " ".join(format_cost(cost) for cost in spending.by_round)
        lines.append(f"by champion, from round 1: {costs}")
    if spending.projected is not None:
        lines.append(f"to the end, if it goes on like this: {format_cost(spending.projected)}")
    if limits.max_cost is not None:
        lines.append(f"cap: {format_cost(limits.max_cost)}")
    if limits.max_tokens is not None:
        lines.append(f"cap: {limits.max_tokens:,} tokens")
    return lines


def format_cost(cost: float | None) -> str:
    """US dollars for people: `$0.0012`, `$12.34`; nothing is known: `no price`."""
    if cost is None:
        return "no price"
    return f"${cost:.2f}" if cost >= 1 or cost == 0 else f"${cost:.4f}"


def runs_table(runs: Iterable[tuple[str, AnySummary | str]]) -> Table:
    """All runs: by folder name, a summary or what is wrong with it."""
    table = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for heading in ("run", "state", "round", "core", "fitness", "by", "champion", "bundled"):
        table.add_column(heading, no_wrap=heading != "run")
    for name, run in runs:
        if isinstance(run, str):
            table.add_row(_cell(name), Text("unreadable", style="red"))
        else:
            table.add_row(*_run_cells(run))
    return table


def estimate_lines(guess: Estimate, workers: int) -> list[str]:
    """An estimate in words."""
    waiting = " of fighting, besides the models' answers" if guess.models else ""
    lines = [
        f"proposals: at most {guess.proposals:,}",
        f"evaluations: at most {guess.evaluations:,}",
        f"fights: at most {guess.fights:,}",
        f"time on this machine, {workers} workers: about {format_seconds(guess.seconds)}{waiting}",
    ]
    for model in guess.models:
        lines.append(
            f"{printable(model.model)}: about {model.calls:,} calls, {model.tokens:,} tokens, "
            f"{format_cost(model.cost)}; at most {model.most_calls:,} calls, "
            f"{model.most_tokens:,} tokens, {format_cost(model.most_cost)}"
        )
    return lines


def _champion_cells(summary: ChampionSummary) -> list[Text]:
    champion = summary.champion
    measured, searched = champion.measured, champion.searched
    return [
        _cell(str(champion.round)),
        _cell(summary.name),
        _cell(str(summary.length)),
        _cell("" if measured is None else format_error(measured, champion.standard_error, 2)),
        _cell("" if searched is None else f"{searched:.2f}"),
        _cell(f"{summary.beaten}/{summary.ancestors}" if summary.ancestors else ""),
        _cell(str(summary.forgotten) if summary.ancestors else ""),
        _cell(_number(summary.score)),
        _cell(_share(summary.generality)),
        _cell(_number(summary.bundled_score)),
    ]


def _run_cells(run: AnySummary) -> list[Text]:
    config = run.config
    champions = run.islands[0].champions if run.islands else ()
    if config.islands.are_several:
        last, generality = f"of {config.islands.count} islands", None
    elif champions:
        last, generality = champions[-1].name, champions[-1].generality
    else:
        last, generality = "", None
    return [
        _cell(run.name),
        _cell(run.state),
        _cell(f"{run.round}/{config.rounds}"),
        _cell(str(config.core.core_size)),
        _cell(config.fitness.kind),
        _cell(config.mutator.kind),
        _cell(last),
        _cell(_share(generality)),
    ]


def _cell(text: str, width: int = NAME_WIDTH) -> Text:
    shown = printable(text)
    return Text(shown if len(shown) <= width else shown[: width - 1] + "…")


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.0f}"


def _share(value: float | None) -> str:
    return "" if value is None else f"{value:.0%}"
