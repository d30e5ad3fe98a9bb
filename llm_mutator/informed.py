"""What an informed prompt tells besides the parents' code: results, opponents, the archive."""

from collections.abc import Sequence
from typing import Final

from llm_mutator.archive_map import cell_in_words, draw_map, empty_cells
from llm_mutator.feedback import Feedback, OneToOne, Opponent, ParentReport
from llm_mutator.mutator import MutationRequest
from llm_mutator.quoting import clean_text, listing, quote_code, quote_line
from llm_mutator.templates import Forms

MAX_ROWS: Final = 20
MAX_LOSSES: Final = 3
MAX_CHAMPIONS: Final = 2
MAX_OPPONENT: Final = 2_500

_MAX_LABEL: Final = 20
_MAX_NAME: Final = 40
_SPARRING: Final = "sparring partner"


def render_report(report: ParentReport, feedback: Feedback, forms: Forms) -> str:
    """A parent's fitness and cell, in a line; without figures where selection is by chance."""
    lines = []
    if report.fitness is not None:
        maximum, fitness = f"{feedback.maximum:g}", f"{report.fitness:.2f}"
        lines.append(forms.fill("fitness", fitness=fitness, maximum=maximum))
    if feedback.archive.axes:
        cell = cell_in_words(report.cell, feedback.archive.axes)
        lines.append(forms.fill("place", cell=cell))
    return " ".join(lines)


def render_feedback(request: MutationRequest, feedback: Feedback, forms: Forms, room: int) -> str:
    """What is known besides the parents, section by section.

    Args:
        request: What it is for.
        feedback: What is known.
        forms: The templates.
        room: Most characters of opponents' code; those that do not fit are left out.
    """
    sections = [
        _meaning(feedback, forms),
        _results(feedback, forms),
        _opponents(request, feedback, forms, room),
        _archive(request, feedback, forms),
    ]
    return "\n\n".join(section for section in sections if section)


def results_table(feedback: Feedback) -> str:
    """The parents' fights against each opponent, a column a parent, the worst first.

    Of more than `MAX_ROWS` opponents the rest is one row, the sum.
    """
    places = _worst_first(feedback)
    several = len(feedback.parents) > 1
    titles = [f"warrior {n + 1}" if several else "result" for n in range(len(feedback.parents))]
    rows = [["opponent", *titles, "its name"]]
    for place in places[:MAX_ROWS]:
        opponent = feedback.opponents[place]
        figures = [_figures([parent.results[place]]) for parent in feedback.parents]
        name = quote_line(opponent.warrior.name, _MAX_NAME)
        rows.append([_label(opponent), *figures, name])
    if rest := places[MAX_ROWS:]:
        figures = [_figures([parent.results[p] for p in rest]) for parent in feedback.parents]
        rows.append([f"{len(rest)} others", *figures, ""])
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )


def _meaning(feedback: Feedback, forms: Forms) -> str:
    figures = [*(parent.fitness for parent in feedback.parents), *feedback.archive.fitness.values()]
    if all(figure is None for figure in figures):
        return ""
    return forms.fill(feedback.kind, maximum=f"{feedback.maximum:g}")


def _results(feedback: Feedback, forms: Forms) -> str:
    if not _are_known(feedback):
        return ""
    return forms.fill("results", table=results_table(feedback))


def _opponents(request: MutationRequest, feedback: Feedback, forms: Forms, room: int) -> str:
    """Code: for a new warrior the latest champions', else of those that the parents lose to."""
    if request.task == "new":
        ancestors = [o for o in feedback.opponents if o.label != _SPARRING]
        chosen, template = ancestors[-MAX_CHAMPIONS:], "champions"
    else:
        chosen, template = _lost_to(feedback)[:MAX_LOSSES], "losses"
    shown: list[str] = []
    for opponent in chosen:
        text = _opponent(opponent, forms)
        if len(text) <= room:
            shown.append(text)
            room -= len(text)
    return forms.fill(template, opponents="\n\n".join(shown)) if shown else ""


def _opponent(opponent: Opponent, forms: Forms) -> str:
    """An opponent as quoted data; a long source gives way to its listing."""
    warrior = opponent.warrior
    long = not warrior.source.strip() or len(warrior.source) > MAX_OPPONENT
    return forms.fill(
        "opponent",
        title=_label(opponent),
        name=quote_line(warrior.name),
        code=quote_code(listing(warrior, forms.settings) if long else warrior.source, MAX_OPPONENT),
    )


def _archive(request: MutationRequest, feedback: Feedback, forms: Forms) -> str:
    view = feedback.archive
    cells = [report.cell for report in feedback.parents]
    text = forms.fill("archive", map=draw_map(view, cells))
    empty = empty_cells(view, cells) if view.axes else []
    if not empty:
        return text
    # Another one each time, so that proposals asked for at once differ.
    goal = empty[request.number % len(empty)]
    return f"{text}\n{forms.fill('goal', cell=cell_in_words(goal, view.axes))}"


def _are_known(feedback: Feedback) -> bool:
    return bool(feedback.parents) and all(parent.results for parent in feedback.parents)


def _lost_to(feedback: Feedback) -> list[Opponent]:
    """Opponents against whom the parents together lose more than they win, the worst first."""
    if not _are_known(feedback):
        return []
    places = _worst_first(feedback)
    return [feedback.opponents[place] for place in places if _margin(feedback, place) < 0]


def _worst_first(feedback: Feedback) -> list[int]:
    """Places of the opponents, ties in their order."""
    return sorted(range(len(feedback.opponents)), key=lambda place: _margin(feedback, place))


def _margin(feedback: Feedback, place: int) -> int:
    results = [parent.results[place] for parent in feedback.parents]
    return sum(result.wins - result.losses for result in results)


def _figures(results: Sequence[OneToOne]) -> str:
    wins = sum(result.wins for result in results)
    ties = sum(result.ties for result in results)
    losses = sum(result.losses for result in results)
    return f"{wins}/{ties}/{losses}"


def _label(opponent: Opponent) -> str:
    return " ".join(clean_text(opponent.label, _MAX_LABEL).split())
