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
    changes,
    fits,
    phenotype_changes,
    phenotypes,
    variance,
)
from analysis.convergence_plot import PANELS, convergence_figure
from analysis.generality_cli import meet_panel, panel_words
from analysis.generality_panel import PanelResults
from analysis.genotype import genotypes
from analysis.loading import RunData
from analysis.loading_groups import champions_by_id, in_order


@click.command("convergence", context_settings=HELP)
@output_options
@panel_options
def convergence_command(
    folders: tuple[Path, ...],
    *,
    panel: str,
    fights: int,
    workers: int,
    seed: int,
    csv: Path | None,
    json: Path | None,
    plot: Path | None,
) -> None:
    """Whether champions of different runs become alike, in what they do and how they are written.

    Variance across runs and change from round to round, of the results against a panel (the
    phenotype) and of n-grams of the code (the genotype), with lines through them. Shadow runs are
    the null model: what drift alone brings.
    """
    with failures():
        runs = read_runs(folders, (csv, json, plot))
        results, notes = meet_panel(runs, panel, fights, seed, workers)
        tables, steps = convergence_tables(runs, results, seed)
        fitted = {
            name: fits(table, single=steps.get(name), seed=seed) for name, table in tables.items()
        }
        click.echo(panel_words(runs, results))
        main = _side_by_side(tables, chance_variance(results))
        for line in text_table(*_rows(main)):
            click.echo(line)
        for name, found in fitted.items():
            for line in fit_lines(found, name.replace("_", " ")):
                click.echo(line)
        for line in (*_missing(runs), *null_lines(runs), *difference_lines(runs), *notes):
            click.echo(line)
        write_outputs(
            {"by_round": main, **{f"fits_{name}": found for name, found in fitted.items()}},
            {"fights": fights, "seed": seed, "notes": notes},
            csv=csv,
            json=json,
            plot=plot,
            draw=lambda: convergence_figure(tables, fitted, panel_words(runs, results)),
        )


def convergence_tables(
    runs: Sequence[RunData], results: PanelResults, seed: int
) -> tuple[dict[str, pd.DataFrame], dict[str, pd.DataFrame]]:
    """The four tables by the names of `PANELS`, and single runs' steps from round to round."""
    champions = results.champions
    behaviour = phenotypes(results)
    code = genotypes(list(champions_by_id(runs).values())).to_numpy()[champions["place"]]
    steps = {
        "phenotype_change": phenotype_changes(results, seed=seed),
        "genotype_change": changes(champions, code),
    }
    tables = {
        "phenotype_variance": variance(champions, behaviour, seed=seed),
        "phenotype_change": change(steps["phenotype_change"], seed=seed),
        "genotype_variance": variance(champions, code, seed=seed),
        "genotype_change": change(steps["genotype_change"], seed=seed),
    }
    return tables, steps


def _side_by_side(tables: Mapping[str, pd.DataFrame], chance: pd.DataFrame) -> pd.DataFrame:
    """All figures of a group and round in a row."""
    main = tables["phenotype_change"][["group", "round", "runs"]]
    main = pd.concat([main, *(t[["group", "round", "runs"]] for t in tables.values())])
    main = main.drop_duplicates()
    for name in PANELS:
        columns = {"value": name, "low": f"{name}_low", "high": f"{name}_high"}
        table = tables[name].drop(columns="runs").rename(columns=columns)
        main = main.merge(table, on=["group", "round"], how="left")
    return in_order(main).merge(chance, on=["group", "round"], how="left")


def _rows(main: pd.DataFrame) -> tuple[list[str], list[list[str]]]:
    headings = ["group", "round", "runs", *(name.replace("_", " ") for name in PANELS), "chance"]
    rows = []
    for row in main.to_dict(orient="records"):
        figures = [
            number(row[name], row[f"{name}_low"], row[f"{name}_high"], digits=2) for name in PANELS
        ]
        counts = [str(row[name]) for name in ("group", "round", "runs")]
        rows.append([*counts, *figures, number(row["chance"], digits=2)])
    return headings, rows


def _missing(runs: Sequence[RunData]) -> list[str]:
    lines = ["chance: what a few fights' positions could add to the phenotypes' variance"]
    if len(runs) == 1:
        lines.append("variance across runs needs two or more runs of one history")
    return lines
