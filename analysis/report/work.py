"""What a run took: tokens and money by model, and time."""

from analysis.analyse_cli_view import UNKNOWN
from analysis.report.figures import throughput_figure, tokens_figure
from analysis.report.material import Material, cut, figures_table
from analysis.report.measures import throughput, tokens
from analysis.report.parts import Fold, Part, Table, Words, picture
from evolution.spending import ModelSpending
from evolution.view import format_cost, spending_lines
from mars.terminal import format_seconds

HEADINGS = (
    "model",
    "replies",
    "faults",
    "prompt tokens",
    "cached",
    "written",
    "hidden",
    "cost",
    "wait",
    "proposals",
    "rejected",
    "repaired",
    "improved",
)


def spending_parts(material: Material) -> list[Part]:
    """What each chat model took and brought."""
    spending = material.summary.spending
    if spending is None:
        return [Words("No chat model was asked: this run has cost no tokens and no money.")]
    rows = [_row(model) for model in spending.models]
    parts: list[Part] = [Words("\n".join(spending_lines(spending))), Table(HEADINGS, rows)]
    table = tokens(material.run)
    if not table.empty:
        words = "Tokens and money of the replies that came, by round and model."
        parts.insert(1, picture(tokens_figure(table), words))
    return parts


def throughput_parts(material: Material) -> list[Part]:
    """How fast it went."""
    table = throughput(material.run, seed=material.choices.seed)
    if table.empty:
        return []
    words = (
        "Evaluations a second of work, waiting for models included; the band is the 95 % interval "
        f"over the batches. In all {format_seconds(float(table['seconds'].sum()))} of work."
    )
    names = {name: name for name in ("round", "proposals", "evaluations", "seconds")}
    cells = figures_table(table, {**names, "rate": "evaluations/s"}, ())
    return [picture(throughput_figure(table), words), Fold("The figures", [cells])]


def _row(model: ModelSpending) -> list[str]:
    counts = (
        model.replies,
        model.faults,
        model.prompt_tokens,
        model.cached_tokens,
        model.completion_tokens,
        model.reasoning_tokens,
    )
    made = (model.proposals, model.rejected, model.repaired, model.improved)
    wait = f"{model.seconds:.1f} s" if model.replies else UNKNOWN
    return [
        cut(model.model),
        *(f"{count:,}" for count in counts),
        format_cost(model.cost),
        wait,
        *(f"{count:,}" for count in made),
    ]
