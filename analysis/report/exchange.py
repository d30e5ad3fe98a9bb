"""An island among others: when it hears of them, who came, and what became of who came."""

from collections.abc import Iterator

import pandas as pd

from analysis.phylogeny import IMMIGRANT, Phylogeny
from analysis.phylogeny_champions import rounds_words
from analysis.report.material import Material, cut
from analysis.report.parts import Fold, Part, Table, Words
from evolution.islands_config import IslandsConfig

HEADINGS = ("round", "from island", "its round", "champion", "what became of it")
STAYED = "no champion"
KNOWN = "was known here already"


def exchange_settings(islands: IslandsConfig) -> Iterator[list[str]]:
    """Which island of how many, and how often champions are exchanged; of another run nothing."""
    if islands.is_one:
        yield ["island", f"{islands.number} (of {islands.count}, from 0 on)"]
        rounds = "every round" if islands.every == 1 else f"every {islands.every} rounds"
        yield ["exchange", f"{rounds}, of the latest champions, each island with all others"]


def exchange_parts(material: Material) -> list[Part]:
    """The champions of other islands that entered, and whether champions descend from them."""
    if not material.run.config.islands.is_one:
        return []
    rows = list(_rows(material))
    if not rows:
        return [Words("No champion of another island has come so far.")]
    led = sum(row[-1] not in (STAYED, KNOWN) for row in rows)
    came = "1 champion" if len(rows) == 1 else f"{len(rows)} champions"
    words = (
        f"{came} of other islands entered, {led} of which became a champion here, or an ancestor "
        "of one by first parents (who was only the other parent of a crossover does not count)."
    )
    return [Words(words), Fold("Who came from other islands", [Table(HEADINGS, rows)])]


def _rows(material: Material) -> Iterator[list[str]]:
    found = material.found
    lines = [_line(found, taxon) for taxon in found.champions.tolist()]
    table = material.run.immigrants.sort_values(["round", "place"])
    taxa = found.warriors.get_indexer(pd.Index(table["warrior"])).tolist()
    for row, taxon in zip(table.to_dict(orient="records"), taxa, strict=True):
        # Who came and has not entered yet is in no proposal.
        name = str(found.names[taxon]) if taxon >= 0 else ""
        came = int(row["round"])
        known = taxon >= 0 and (found.round[taxon] < came or found.operator[taxon] != IMMIGRANT)
        fate = KNOWN if known else fate_words(taxon, came, lines)
        yield [str(row["round"]), str(row["island"]), str(row["origin_round"]), cut(name), fate]


def _line(found: Phylogeny, taxon: int) -> list[int]:
    """A taxon and its ancestors by first parents, back to its root."""
    line = []
    while taxon >= 0:
        line.append(taxon)
        taxon = int(found.tree.parent[taxon])
    return line


def fate_words(taxon: int, came: int, lines: list[list[int]]) -> str:
    """Of which champions it is the first parents' ancestor, from the round in which it came on."""
    later = range(came, len(lines))
    same = [number for number in later if lines[number][0] == taxon]
    below = [number for number in later if taxon in lines[number][1:]]
    words = [f"champion of {rounds_words(same)}"] if same else []
    words += [f"ancestor of the champions of {rounds_words(below)}"] if below else []
    return "; ".join(words) or STAYED
