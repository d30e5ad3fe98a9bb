"""Who descends from whom, by which operators, and what they are worth."""

from dataclasses import replace
from typing import Final

from analysis.analyse_cli_view import number
from analysis.phylogeny_champions import Link, champion_links, link_words, origin_words
from analysis.phylogeny_plot import champions_figure
from analysis.phylogeny_steps import operator_table, steps
from analysis.phylogeny_summary import index_table, step_table
from analysis.report.figures import operators_figure
from analysis.report.material import Material, figures_table
from analysis.report.measures import operator_success
from analysis.report.parts import Code, Fold, Part, Table, Words, picture

MOST_STEPS: Final = 300
OPERATORS: Final = {
    "operator": "operator",
    "proposals": "proposals",
    "improved": "entered an archive",
    "success": "share",
    "line": "on a champion's line",
    "ancestry": "in its ancestry",
    "champions": "champions",
}


def phylogeny_parts(material: Material) -> list[Part]:
    """The champions' tree, the changes on its way, and its indices."""
    run, found, seed = material.run, material.found, material.choices.seed
    links = champion_links(run, found)
    words = (
        f"{len(found.tree):,} warriors from {len(found.tree.roots):,} roots, by first "
        "parents. Filled: champions; hollow: roots, and where lines part; on the edges the "
        "operators."
    )
    bare = [replace(link, diff=()) for link in links]
    changed = step_table(steps(run, found, sample=MOST_STEPS, seed=seed), seed=seed)
    changed = changed.rename(columns={"low": "mean_low", "high": "mean_high"})
    columns = {"steps": "steps", "count": "count", "mean": "instructions changed (mean)"}
    parts: list[Part] = [picture(champions_figure(bare, ""), words)]
    differing = [link for link in links if link.diff]
    if differing:
        parts.append(Fold("What changed from champion to champion", list(map(_diff, differing))))
    indices = index_table(found)
    names = {str(name): str(name).replace("_", " ") for name in indices}
    some = figures_table(changed, {**columns, "median": "median", "most": "most"}, ())
    parts.append(Fold("Steps and indices", [some, _turned(figures_table(indices, names, ()))]))
    return parts


def operator_parts(material: Material) -> list[Part]:
    """How often each operator's proposals entered an archive, and led to champions."""
    table = operator_success(operator_table(material.run, material.found))
    if table.empty:
        return []
    words = (
        "Share of each operator's proposals that entered an archive, with 95 % intervals; a "
        "proposal of several edits counts for each. Filled: on the line of a champion."
    )
    limited = table.rename(columns={"low": "success_low", "high": "success_high"})
    cells = figures_table(limited, OPERATORS, ("success",))
    return [picture(operators_figure(table), words), Fold("The figures", [cells])]


def _diff(link: Link) -> Fold:
    title = f"{link_words(link)} ({origin_words(link)})"
    return Fold(title, [Code("\n".join(link.diff)), Words(f"Depth {number(link.depth)}.")])


def _turned(table: Table) -> Table:
    """Columns as rows."""
    first, *others = zip(table.headings, *table.rows, strict=True)
    return Table(first, others)
