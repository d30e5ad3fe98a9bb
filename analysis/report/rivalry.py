"""Champions against their ancestors: the ratchet, circles, what is forgotten; fights to watch."""

from analysis.cycles import LEAST_CHAMPIONS, cycles, forgetting
from analysis.replay.page import About, replay_page
from analysis.replay.record import ReplayError, fight_battle, first_decided, record_fight
from analysis.replay.stored_bouts import bout_of_run
from analysis.report.figures import ratchet_figure
from analysis.report.material import Material, cut, figures_table
from analysis.report.parts import Fold, Part, Replay, Table, Words, picture
from mars.redcode import printable


def ratchet_parts(material: Material) -> list[Part]:
    """The matrix champions against ancestors."""
    run = material.run
    if run.ratchet.empty:
        return []
    fights = run.config.champion.record_fights
    words = (
        f"Results of each champion (row) against each ancestor (column), one to one, {fights} "
        "fights on fresh seeds: per cent, a tie counts as half a win."
    )
    table = forgetting(run)
    names = {name: name for name in ("round", "ancestors", "beaten", "lost")}
    names |= {"forgettable": "beaten before", "forgotten": "of these, lost now"}
    return [
        picture(ratchet_figure(run.ratchet, len(material.champions)), words),
        Fold(
            "What each champion beats, and what it has forgotten", [figures_table(table, names, ())]
        ),
    ]


def cycle_parts(material: Material) -> list[Part]:
    """How far the champions are from a ranking."""
    different = len({warrior.id for warrior in material.champions})
    if different < LEAST_CHAMPIONS:
        return [
            Words(f"A circle takes {LEAST_CHAMPIONS} different champions: there are {different}.")
        ]
    table = cycles([material.run], seed=material.choices.seed)
    (row,) = table.to_dict(orient="records")
    cells = []
    for name, words in (
        ("cycle_share", "three-cycles, of decided triples"),
        ("cyclic_share", "cyclic share of the log-odds"),
        ("forgotten_share", "ancestors once beaten that win again"),
    ):
        shares = figures_table(table, {name: words}, (name,)).rows[0][0]
        floor = row.get(f"{name}_floor_high")
        cells.append([words, shares, "" if floor is None else f"{floor:.1%}"])
    counts = (
        f"{row['cycles']:.0f} of {row['decided']} decided triples of {row['champions']} different "
        "champions beat each other in a circle. Coin tosses would make a quarter of the triples "
        "circles; of champions that are ranked by strengths, 95 % of chance stays below the floor."
    )
    return [Words(counts), Table(["measure", "share (95 %)", "floor"], cells)]


def replay_parts(material: Material) -> list[Part]:
    """Fights of the last champion: against w_0, one of the middle, and the one before."""
    last = material.rounds
    if not last or not material.choices.replays:
        return []
    parts: list[Part] = []
    for ancestor in ancestors_shown(last, material.choices.replays):
        name = cut(material.summary.champions[ancestor].name)
        title = f"Champion {last} against champion {ancestor}, {name}"
        try:
            parts.append(Replay(title, _page(material, ancestor)))
        except (ReplayError, ValueError) as error:
            parts.append(Words(f"{title}: no replay: {printable(str(error))}"))
    intro = "The first fight of each battle that is decided; the page executes it again."
    return [Words(intro), *parts]


def ancestors_shown(last: int, count: int) -> list[int]:
    """Rounds of so many ancestors, evenly from w_0 to the one before the last champion."""
    if count == 1 or last == 1:
        return [0]
    places = (round(place * (last - 1) / (count - 1)) for place in range(count))
    return list(dict.fromkeys(places))


def _page(material: Material, ancestor: int) -> str:
    bout = bout_of_run(material.run.path, material.rounds, str(ancestor))
    records = fight_battle(bout.plan)
    bout.check(records)
    record = record_fight(bout.plan, records, first_decided(records))
    return replay_page(record, About(bout.series, bout.commands(record.number), bout.notes))
