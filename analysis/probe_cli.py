"""`redqueen analyse probe`."""

from pathlib import Path
from typing import Any, Final

import click

from analysis.analyse_cli_options import (
    HELP,
    difference_lines,
    failures,
    output_options,
    panel_options,
    read_runs,
    write_outputs,
)
from analysis.analyse_cli_view import number, text_table
from analysis.embedding import EmbeddingChoice, warriors_to_embed
from analysis.embedding_options import check_embedding, embed_with_progress, embedding_options
from analysis.generality import generality
from analysis.generality_cli import meet_panel, panel_words
from analysis.probe import ProbeResult, probe
from analysis.probe_plot import probe_figure
from mars.redcode import printable

MEASURES: Final = {
    "tied_or_defeated": "panel defeated or tied (% of warriors)",
    "defeated": "panel defeated (% of warriors)",
    "score": "score (points per 100 fights, all ties = 100)",
}


@click.command("probe", context_settings=HELP)
@output_options
@panel_options
@embedding_options
@click.option(
    "--measure",
    type=click.Choice(list(MEASURES)),
    default="tied_or_defeated",
    show_default=True,
    help="What to predict.",
)
def probe_command(
    folders: tuple[Path, ...],
    *,
    panel: str,
    fights: int,
    workers: int,
    embedding: EmbeddingChoice,
    measure: str,
    seed: int,
    csv: Path | None,
    json: Path | None,
    plot: Path | None,
) -> None:
    """How well code tells how general a champion is.

    Ridge regression on an embedding of the code; each run is predicted from the others. For
    comparison: the same from the round's number alone, and with shuffled values.
    """
    with failures():
        runs = read_runs(folders, (csv, json, plot))
        if len(runs) < 2:
            raise click.UsageError(f"expected two runs or more: got {len(runs)}")
        check_embedding(embedding, (csv, json, plot))
        results, notes = meet_panel(runs, panel, fights, seed, workers)
        champions = generality(results, seed=seed)
        champions = champions.assign(value=champions[measure])
        features = embed_with_progress(warriors_to_embed(runs), embedding)
        try:
            found = probe(champions, features, seed=seed)
        except ValueError as error:
            raise click.UsageError(printable(str(error))) from None
        name = printable(embedding.name)
        click.echo(f"{panel_words(runs, results)}; predicted: {MEASURES[measure]}; from: {name}")
        for line in (*_lines(found), *difference_lines(runs), *notes):
            click.echo(line)
        write_outputs(
            {"predictions": found.predictions, "summary": found.summary},
            {
                "fights": fights,
                "seed": seed,
                "measure": measure,
                **embedding.facts(),
                "notes": notes,
            },
            csv=csv,
            json=json,
            plot=plot,
            draw=lambda: probe_figure(
                found.predictions, MEASURES[measure], _title(found, name), share=measure != "score"
            ),
        )


def _lines(found: ProbeResult) -> list[str]:
    headings = ["features", "champions", "runs", "R²", "R² if shuffled (95 %: to)", "p"]
    rows = []
    for row in _records(found):
        shuffled = f"{number(row['shuffled'], digits=3)} ({number(row['shuffled_high'], digits=3)})"
        counts = [row["features"], str(row["champions"]), str(row["runs"])]
        rows.append([*counts, _r_squared(row), shuffled, number(row["p"], digits=2)])
    return [
        *text_table(headings, rows),
        "R²: 1 all is predicted, 0 no better than the others' mean, below 0 worse; limits 95 %, "
        "from the runs",
    ]


def _title(found: ProbeResult, name: str) -> str:
    code = _records(found)[0]
    counts = f"{code['champions']} champions of {code['runs']} runs"
    return f"{name}: {counts}, R² {_r_squared(code)}"


def _r_squared(row: dict[str, Any]) -> str:
    return number(row["r_squared"], row["low"], row["high"], 3)


def _records(found: ProbeResult) -> list[dict[str, Any]]:
    rows = found.summary.to_dict(orient="records")
    return [{str(key): value for key, value in row.items()} for row in rows]
