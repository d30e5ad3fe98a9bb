"""Battles on record to replay a fight of: a run's champions, a stored tournament's warriors."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from analysis.replay.bouts import Bout, as_argument, bout_of_files
from analysis.replay.record import BattlePlan
from analysis.replay.words import NOTE_NAME_LENGTH, short_name
from evolution.config import RunConfig
from evolution.folder import champion_path, read_folder_config
from evolution.islands_folders import refuse_islands
from evolution.pairs import Result
from evolution.presets import sparring_warriors
from evolution.ratchet import ancestors_met
from evolution.records import read_bundled, read_champions, read_ratchet_of, read_warrior
from evolution.seeds import Purpose, fight_seed
from evolution.store import DATABASE, Store
from mars.classics import bundled_by_name
from mars.entrants import Entrant
from mars.redcode import Warrior
from mars.results import Results
from mars.standings import standings
from mars.tournament import pair_seed

ALL: Final = "all"
SHORT_ID: Final = 12
LEAST_ID: Final = 6


def bout_of_run(folder: Path, champion: int, versus: str) -> Bout:
    """A champion's battle as its run has it on record.

    Args:
        folder: The run's.
        champion: Its round.
        versus: Another champion's round, the name of a bundled warrior, or "all": everyone whom
            the champion met in the melees that made it one.

    Raises:
        FolderError: It is no run's folder.
        StoreError: Its database is damaged.
        ValueError: There is no such champion, or no such battle on record.
    """
    config = read_folder_config(folder)
    refuse_islands(folder, config)
    with Store(folder / DATABASE) as store:
        last = len(read_champions(store)) - 1
        if not 0 <= champion <= last:
            raise ValueError(f"champion must be 0 to {last}: got {champion}")
        if versus == ALL:
            return _melee_bout(store, config, folder, champion)
        if versus.isdecimal():
            return _champions_bout(store, config, folder, champion, int(versus))
        return _bundled_bout(store, config, folder, champion, versus)


def bout_of_results(path: Path, one: str, other: str) -> Bout:
    """Two warriors' battle in a stored tournament.

    Args:
        path: The results file.
        one, other: A rank, a name, a file or an id (or how it begins) of each.

    Raises:
        FileError: It is no results file, or a damaged one.
        ValueError: There is no such warrior, or more than one, or one twice.
    """
    with Results(path) as results:
        places = [find_entrant(results, text) for text in (one, other)]
        if places[0] == places[1]:
            raise ValueError(f"expected two different warriors: got {one!r} and {other!r}")
        entrants, terms = results.entrants, results.terms
        tallies = results.tallies()
    # As `pair_battle`: the smaller id is pMARS's warrior 1.
    first, second = sorted(places, key=lambda place: entrants[place].warrior.id)
    warriors = entrants[first].warrior, entrants[second].warrior
    seed = None if terms.seed is None else pair_seed(terms.seed, *(w.id for w in warriors))
    plan = BattlePlan(warriors, terms.settings, terms.fights, seed=seed, fixed_series=seed is None)
    files = bout_of_files(plan, [entrants[place].label for place in (first, second)])
    expected = None
    for tally in tallies:
        if (tally.first, tally.second) == (first, second):
            expected = Result(tally.wins, tally.ties, tally.losses)
        elif (tally.first, tally.second) == (second, first):
            expected = Result(tally.losses, tally.ties, tally.wins)
    ids = [warrior.id[:SHORT_ID] for warrior in warriors]
    note = "The battle is not fought in the tournament yet."
    if expected is not None:
        note = f"In the tournament: {_words(warriors[0], expected)}."
    arguments = (as_argument(str(path)), *ids)
    return replace(files, arguments=arguments, expected=expected, stored=path, notes=(note,))


def find_entrant(results: Results, text: str) -> int:
    """The place of a warrior that a user names.

    Args:
        results: Of the tournament.
        text: Its rank in it, its name (any case), its file, or how its id begins (six characters
            or more).

    Raises:
        ValueError: There is none, or more than one.
    """
    entrants = results.entrants
    if text.isdecimal() and 1 <= int(text) <= len(entrants):
        table = standings(results.payoffs(), [entrant.warrior.id for entrant in entrants])
        return table[int(text) - 1].index
    found = [
        place
        for place, entrant in enumerate(entrants)
        if text.casefold() == entrant.warrior.name.casefold() or text == entrant.label
    ] or [place for place, entrant in enumerate(entrants) if _is_id(text, entrant)]
    if len(found) == 1:
        return found[0]
    what = "a rank, a name, a file or an id of the tournament"
    if not found:
        raise ValueError(f"expected {what}: got {text!r}")
    ids = ", ".join(entrants[place].warrior.id[:SHORT_ID] for place in found)
    raise ValueError(f"expected {what} that only one warrior has: got {text!r}, which {ids} have")


def _is_id(text: str, entrant: Entrant) -> bool:
    return len(text) >= LEAST_ID and entrant.warrior.id.startswith(text.lower())


def _champions_bout(
    store: Store, config: RunConfig, folder: Path, champion: int, versus: int
) -> Bout:
    champions = read_champions(store)
    if versus >= len(champions):
        raise ValueError(f"versus must be 0 to {len(champions) - 1}: got {versus}")
    if champion == versus:
        raise ValueError(f"expected two different champions: got {champion} twice")
    # On record is the later champion's battle against the earlier one.
    later, earlier = max(champion, versus), min(champion, versus)
    warriors = tuple(
        read_warrior(store, champions[number].warrior, config.core) for number in (later, earlier)
    )
    plan = BattlePlan(
        warriors,
        config.core,
        config.champion.record_fights,
        seed=fight_seed(config.seed, later, earlier, Purpose.RATCHET),
    )
    results = read_ratchet_of(store, later)
    result = results[earlier] if earlier < len(results) else None
    paths = [str(champion_path(folder, number)) for number in (later, earlier)]
    arguments = ["--champion", str(champion), "--versus", str(versus)]
    note = f"Champions {later} and {earlier} of a run; the later one is warrior 1."
    return _run_bout(
        plan, folder=folder, arguments=arguments, paths=paths, result=result, note=note
    )


def _bundled_bout(
    store: Store, config: RunConfig, folder: Path, champion: int, versus: str
) -> Bout:
    champions = read_champions(store)
    bundled = bundled_by_name(config.core)
    if versus not in bundled:
        raise ValueError(
            f"versus must be a champion's round, all, or one of {', '.join(bundled)}: "
            f"got {versus!r}"
        )
    warrior = read_warrior(store, champions[champion].warrior, config.core)
    plan = BattlePlan(
        (warrior, bundled[versus]),
        config.core,
        max(1, config.champion.bundled_fights),
        seed=fight_seed(config.seed, champion, 0, Purpose.BUNDLED),
    )
    result = read_bundled(store, champion).get(versus)
    paths = [str(champion_path(folder, champion)), versus]
    arguments = ["--champion", str(champion), "--versus", versus]
    note = f"Champion {champion} of a run against a bundled warrior."
    return _run_bout(
        plan, folder=folder, arguments=arguments, paths=paths, result=result, note=note
    )


def _melee_bout(store: Store, config: RunConfig, folder: Path, champion: int) -> Bout:
    """The melees in which a champion was measured, against all of its round's opponents."""
    if config.fitness.kind != "melee":
        raise ValueError(f"expected a run with melee fitness: got {config.fitness.kind!r}")
    if champion == 0:
        raise ValueError("expected a champion that has ancestors: got 0")
    champions = read_champions(store)[: champion + 1]
    *lineage, warrior = (read_warrior(store, c.warrior, config.core) for c in champions)
    opponents = (*ancestors_met(champion, lineage, config), *sparring_warriors(config))
    plan = BattlePlan(
        (warrior, *opponents),
        config.core,
        config.champion.fights,
        seed=fight_seed(config.seed, champion, 0, Purpose.MEASURE),
        to_the_end=True,
    )
    arguments = (as_argument(str(folder)), "--champion", str(champion), "--versus", ALL)
    measured = champions[-1].measured
    notes = (
        f"Champion {champion} of a run in the melee that measured it; a melee goes on when one is "
        "left.",
        f"Its mean survival share on record is {measured:.4f}; 1 is a fair share.",
    )
    stored = folder / DATABASE
    return Bout(plan, f"seed {plan.seed}", arguments, (), measured, stored, notes)


def _run_bout(
    plan: BattlePlan,
    *,
    folder: Path,
    arguments: Sequence[str],
    paths: Sequence[str],
    result: Result | None,
    note: str,
) -> Bout:
    notes = [note]
    if result is not None:
        notes.append(f"On record in the run: {_words(plan.warriors[0], result)}.")
    bout = bout_of_files(plan, paths)
    return replace(
        bout,
        arguments=(as_argument(str(folder)), *arguments),
        expected=result,
        stored=folder / DATABASE,
        notes=tuple(notes),
    )


def _words(warrior: Warrior, result: Result) -> str:
    counts = f"won {result.wins}, tied {result.ties} and lost {result.losses} fights"
    return f"{short_name(warrior, NOTE_NAME_LENGTH)} {counts}"
