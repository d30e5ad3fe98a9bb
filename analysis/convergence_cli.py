"""`redqueen analyse convergence`."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import click
import pandas as pd

from analysis.analyse_cli_options import (
    HELP,
    difference_lines,
    failures,
    null_lines,
    output_options,
    panel_options,
    read_runs,
    write_outputs,
)
from analysis.analyse_cli_view import fit_lines, number, text_table
from analysis.convergence import (
    chance_variance,
    change,
    fits,
    phenotype_changes,
    phenotypes,
)
from analysis.convergence_choices import candidates, genotype_changes, lone_runs
from analysis.convergence_plot import PANELS, convergence_figure
from analysis.convergence_variance import Draws, variance, variance_draws
from analysis.embedding import EmbeddingChoice, warriors_to_embed
from analysis.embedding_options import check_embedding, embed_with_progress, embedding_options
from analysis.generality_cli import meet_panel, panel_words
from analysis.generality_panel import PanelResults
from analysis.loading import RunData
from analysis.loading_groups import in_order
from analysis.loading_units import count_words
from mars.redcode import printable


@click.command("convergence", context_settings=HELP)
@output_options
@panel_options
@embedding_options
def convergence_command(
    folders: tuple[Path, ...],
    *,
    panel: str,
    fights: int,
    workers: int,
    embedding: EmbeddingChoice,
    seed: int,
    csv: Path | None,
    json: Path | None,
    plot: Path | None,
) -> None:
    """Whether champions of different runs become alike, in what they do and how they are written.

    Variance across runs and change from round to round, of the results against a panel (the
    phenotype) and of an embedding of the code (the genotype), with lines through them. Shadow
    runs are the null model: what drift alone brings.
    """
    with failures():
        runs = read_runs(folders, (csv, json, plot))
        check_embedding(embedding, (csv, json, plot))
        results, notes = meet_panel(runs, panel, fights, seed, workers)
        tables, steps = convergence_tables(runs, results, seed, embedding)
        fitted = {
            name: fits(table, single=steps.get(name), seed=seed) for name, table in tables.items()
        }
        title = f"{panel_words(runs, results)}; code as {printable(embedding.name)}"
        click.echo(title)
        main = _side_by_side(tables, chance_variance(results))
        for line in text_table(*_rows(main)):
            click.echo(line)
        for name, found in fitted.items():
            for line in fit_lines(found, name.replace("_", " ")):
                click.echo(line)
        for line in (*_missing(runs, results), *null_lines(runs), *difference_lines(runs), *notes):
            click.echo(line)
        write_outputs(
            {"by_round": main, **{f"fits_{name}": found for name, found in fitted.items()}},
            {"fights": fights, "seed": seed, **embedding.facts(), "notes": notes},
            csv=csv,
            json=json,
            plot=plot,
            draw=lambda: convergence_figure(tables, fitted, title),
        )


def convergence_tables(
    runs: Sequence[RunData],
    results: PanelResults,
    seed: int,
    embedding: EmbeddingChoice | None = None,
) -> tuple[dict[str, pd.DataFrame], dict[str, pd.DataFrame | Draws]]:
    """The four tables by the names of `PANELS`, and for each what its slopes' limits come from.

    Args:
        runs: One or more.
        results: Of their champions.
        seed: Of the bootstraps.
        embedding: Of the code; None: n-grams.

    Raises:
        click.ClickException: There is no embedding.
    """
    champions = results.champions
    behaviour = phenotypes(results)
    others = [(run, list(candidates(run)["warrior"])) for run in lone_runs(runs, champions)]
    warriors = warriors_to_embed(runs, others)
    features = embed_with_progress(warriors, embedding or EmbeddingChoice())
    code = features.loc[champions["warrior"]].to_numpy(float)
    changed = {
        "phenotype_change": phenotype_changes(results, seed=seed),
        "genotype_change": genotype_changes(runs, champions, features, seed=seed),
    }
    draws = {
        "phenotype_variance": variance_draws(champions, behaviour, seed=seed),
        "genotype_variance": variance_draws(champions, code, seed=seed),
    }
    tables = {
        "phenotype_variance": variance(champions, behaviour, seed=seed),
        "phenotype_change": change(changed["phenotype_change"], seed=seed),
        "genotype_variance": variance(champions, code, seed=seed),
        "genotype_change": change(changed["genotype_change"], seed=seed),
    }
    return tables, {**changed, **draws}


def _side_by_side(tables: Mapping[str, pd.DataFrame], chance: pd.DataFrame) -> pd.DataFrame:
    """All figures of a group and round in a row."""
    counted = ["group", "round", "runs", "islands"]
    main = pd.concat([tables["phenotype_change"], *tables.values()])[counted]
    main = main.drop_duplicates()
    for name in PANELS:
        columns = {"value": name, "low": f"{name}_low", "high": f"{name}_high"}
        table = tables[name].drop(columns=["runs", "islands"]).rename(columns=columns)
        main = main.merge(table, on=["group", "round"], how="left")
    return in_order(main).merge(chance, on=["group", "round"], how="left")


def _rows(main: pd.DataFrame) -> tuple[list[str], list[list[str]]]:
    headings = ["group", "round", "runs", *(name.replace("_", " ") for name in PANELS), "chance"]
    rows = []
    for row in main.to_dict(orient="records"):
        figures = [
            number(row[name], row[f"{name}_low"], row[f"{name}_high"], digits=2) for name in PANELS
        ]
        counts = [str(row["group"]), str(row["round"]), count_words(row)]
        rows.append([*counts, *figures, number(row["chance"], digits=2)])
    return headings, rows


def _missing(runs: Sequence[RunData], results: PanelResults) -> list[str]:
    lines = ["chance: what a few fights' positions could add to the phenotypes' variance"]
    if lone_runs(runs, results.champions):
        lines.append(
            "change of a single run: limits from its fights; of the code, from those that chose "
            "its champions"
        )
    if len({run.unit for run in runs}) == 1:
        lines.append("variance across runs needs two or more runs of one group")
    return lines
