"""Is evolution still going? Change, novelty, complexity, ecology, and champions that are new.

MODES (Dolson, Vostinar, Wiser and Ofria 2019, "The MODES Toolbox: Measurements of Open-Ended
Dynamics in Evolving Systems", Artificial Life 25:1), with a round as its unit of time: the
population is the archive at a round's end, and of it only what persisted counts, namely the elites
that the elites of a later round descend from. Two elites are one component when they have the same
skeleton: the instructions without which they do worse.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

import numpy as np
import pandas as pd

from analysis.knockout import complexity, knockout_scan, skeleton
from analysis.loading import RunData, warriors_of
from analysis.phylogeny import Phylogeny
from evolution.descriptor import Behaviour, cell_of

INTERVAL: Final = 1
MEASURES: Final = ("change", "novelty", "complexity", "ecology")
OPPONENTS: Final = 4

OnProgress = Callable[[int, int], None]


def snapshots(run: RunData) -> pd.DataFrame:
    """The archive at the end of each round (of the last one, as far as it is).

    Returns:
        A row an elite: round, cell, warrior; by round and cell.
    """
    placed = run.placements[run.placements["status"] != "not added"]
    last = placed.sort_values("number").groupby(["round", "cell"], as_index=False).last()
    named = last.merge(run.proposals[["round", "number", "warrior"]], on=["round", "number"])
    ordered = named.sort_values(["round", "cell"], ignore_index=True)
    return ordered[["round", "cell", "warrior"]]


def persistent(run: RunData, found: Phylogeny, *, interval: int = INTERVAL) -> pd.DataFrame:
    """The elites that lasted: MODES's persistence filter.

    An elite lasts when, going back from an elite of so many rounds later by first parents, it is
    the first one of its round's archive that one meets (a warrior is its own descendant).

    Args:
        run: The run.
        found: Its phylogeny.
        interval: Rounds, at least 1. The last so many rounds cannot be judged and are left out.

    Returns:
        As `snapshots`.

    Raises:
        ValueError: The interval is less than 1.
    """
    if interval < 1:
        raise ValueError(f"interval must be at least 1: got {interval}")
    shots = snapshots(run)
    shots["taxon"] = found.warriors.get_indexer(pd.Index(shots["warrior"]))
    taxa_of: dict[int, set[int]] = {}
    for number, taxon in zip(shots["round"].tolist(), shots["taxon"].tolist(), strict=True):
        taxa_of.setdefault(number, set()).add(taxon)
    lasting = {
        number: _lasting(found, now, taxa_of.get(number + interval, set()))
        for number, now in taxa_of.items()
    }
    pairs = zip(shots["round"].tolist(), shots["taxon"].tolist(), strict=True)
    kept = np.array([taxon in lasting[number] for number, taxon in pairs], np.bool_)
    return shots[kept].drop(columns="taxon").reset_index(drop=True)


def skeletons(
    run: RunData,
    elites: pd.DataFrame,
    *,
    fights: int,
    opponents: int = OPPONENTS,
    seed: int = 0,
    workers: int = 1,
    on_progress: OnProgress | None = None,
) -> pd.DataFrame:
    """Knock-out scans of elites, each against its round's opponents, one to one.

    Args:
        run: The run.
        elites: round and warrior.
        fights: Against each opponent.
        opponents: The most: w_0, and the latest champions before the round.
        seed, workers: As in `knockout_scan`.
        on_progress: Called with how many elites are done, and of how many.

    Returns:
        The elites with skeleton (text, a line an instruction) and complexity (its length).
    """
    ids = list(dict.fromkeys([*elites["warrior"], *run.champions["warrior"]]))
    known = dict(zip(ids, warriors_of(run, ids), strict=True))
    lineage = run.champions.sort_values("round")["warrior"].tolist()
    scanned: dict[tuple[str, ...], tuple[str, int]] = {}
    rows = []
    for done, row in enumerate(elites.to_dict(orient="records"), start=1):
        warrior = known[row["warrior"]]
        met = opponents_of(lineage, int(row["round"]), opponents)
        key = (warrior.id, *met)
        if key not in scanned:
            scan = knockout_scan(
                warrior,
                [known[opponent] for opponent in met],
                run.config.core,
                fights=fights,
                seed=seed,
                workers=workers,
            )
            text = "\n".join(map(str, skeleton(warrior, scan)))
            scanned[key] = (text, complexity(scan))
        rows.append({**row, "skeleton": scanned[key][0], "complexity": scanned[key][1]})
        if on_progress is not None:
            on_progress(done, len(elites))
    return pd.DataFrame(rows, columns=[*elites.columns, "skeleton", "complexity"])


def opponents_of(lineage: Sequence[str], round_number: int, most: int) -> list[str]:
    """w_0 and the latest champions before a round, each once, the latest first.

    Args:
        lineage: Ids by round.
        round_number: From 1; 0 is w_0 itself, which meets itself.
        most: At least 1.
    """
    before = lineage[: max(round_number, 1)]
    latest = list(dict.fromkeys(reversed(before[1:])))
    latest = [warrior for warrior in latest if warrior != before[0]]
    return [before[0], *latest[: most - 1]]


def modes(components: pd.DataFrame, rounds: Sequence[int]) -> pd.DataFrame:
    """MODES's four measures of each round.

    Args:
        components: round, skeleton and complexity of the elites that lasted.
        rounds: Those that could be judged, in order; without a row in `components`, nothing lasted.

    Returns:
        A row a round: round, components (different skeletons), change (of them, not among the
        round's before), novelty (never seen before), complexity (the highest; 0 of nothing),
        ecology (Shannon entropy of the elites' skeletons, in bits).
    """
    before: set[str] = set()
    seen: set[str] = set()
    rows = []
    for number in rounds:
        part = components[components["round"] == number]
        counts = part["skeleton"].value_counts()
        now = set(counts.index)
        shares = counts.to_numpy(float) / max(1, len(part))
        rows.append(
            {
                "round": number,
                "components": len(now),
                "change": len(now - before),
                "novelty": len(now - seen),
                "complexity": int(part["complexity"].max()) if len(part) else 0,
                "ecology": float(-(shares * np.log2(shares)).sum()) + 0.0,
            }
        )
        before, seen = now, seen | now
    columns = ["round", "components", *MEASURES]
    return pd.DataFrame(rows, columns=columns)


def champion_novelty(run: RunData, champions: pd.DataFrame) -> pd.DataFrame:
    """Which champions are new, and which of them beat all that came before.

    Args:
        run: The run.
        champions: round, warrior, skeleton and complexity of all champions, w_0 included.

    Returns:
        A row a round from 1 on: round, warrior, cell (of its behaviour against its round's
        opponents, on the run's axes), skeleton, complexity, new_cell and new_skeleton (no champion
        before had it), beats_all (won more fights than it lost against every ancestor),
        new_and_beats (new_cell and beats_all).
    """
    cells = _cells(run)
    record = run.ratchet.assign(ahead=run.ratchet["wins"] > run.ratchet["losses"])
    beats = record.groupby("champion")["ahead"].all().to_dict()
    rows, seen_cells, seen_skeletons = [], set(), set()
    for row in champions.sort_values("round").to_dict(orient="records"):
        number, text = int(row["round"]), row["skeleton"]
        cell = cells.get((max(number, 1), row["warrior"]), -1)
        if number > 0:
            new_cell, beats_all = cell not in seen_cells, bool(beats.get(number, False))
            rows.append(
                {
                    **row,
                    "cell": cell,
                    "new_cell": new_cell,
                    "new_skeleton": text not in seen_skeletons,
                    "beats_all": beats_all,
                    "new_and_beats": new_cell and beats_all,
                }
            )
        seen_cells.add(cell)
        seen_skeletons.add(text)
    columns = ["round", "warrior", "cell", "skeleton", "complexity"]
    columns += ["new_cell", "new_skeleton", "beats_all", "new_and_beats"]
    return pd.DataFrame(rows, columns=columns)


def _lasting(found: Phylogeny, now: set[int], later: set[int]) -> set[int]:
    """Which taxa one meets first, going back from each of the later ones."""
    lasting: set[int] = set()
    passed: set[int] = set()
    for start in later:
        taxon = start
        while taxon >= 0 and taxon not in passed:
            passed.add(taxon)
            if taxon in now:
                lasting.add(taxon)
                break
            taxon = int(found.tree.parent[taxon])
    return lasting


def _cells(run: RunData) -> dict[tuple[int, str], int]:
    """(round, champion) to the cell of its behaviour, also where the archive has a single cell."""
    descriptor = replace(run.config.descriptor, single_cell=False)
    lineage = set(run.champions["warrior"])
    searched = run.evaluations[run.evaluations["purpose"] == "search"]
    cells = {}
    for row in searched[searched["warrior"].isin(lineage)].to_dict(orient="records"):
        spawned, coverage = (
            None if np.isnan(row[name]) else float(row[name]) for name in ("spawned", "coverage")
        )
        measured = Behaviour(spawned, coverage, int(row["length"]), int(row["opcodes"]))
        cells[int(row["round"]), str(row["warrior"])] = cell_of(measured, descriptor)
    return cells
