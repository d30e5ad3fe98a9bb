"""What is different between configurations, in words short enough for a label.

Words are of letters, digits and a few marks, whatever the values are.
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from evolution.tables import Table, leaves

MUTATOR: Final = "mutator"
LONGEST: Final = 28
MOST_DETAILS: Final = 3
_STRANGE: Final = re.compile(r"[^A-Za-z0-9._+:/@-]")


def differing(tables: Sequence[Table]) -> list[str]:
    """Keys in the configuration's order; one that some do not have differs, too."""
    keys = dict.fromkeys(key for table in tables for key in table)
    return [key for key in keys if len({canonical(table.get(key)) for table in tables}) > 1]


def canonical(value: Any) -> str:
    """A text that equal values share."""
    return json.dumps(value, sort_keys=True)


def words_of(key: str, values: Sequence[Any]) -> tuple[dict[str, str], list[str]]:
    """A word a different value, by its canonical text; lines about mutators with one word."""
    texts = list(map(canonical, values))
    different = {text: values[texts.index(text)] for text in sorted(set(texts))}
    word_of = _mutator_word if key == MUTATOR else _word
    words = {text: word_of(value) for text, value in different.items()}
    notes = []
    for word in sorted(set(words.values())):
        same = [text for text in words if words[text] == word]
        if len(same) == 1:
            continue
        words |= {text: f"{word}#{number}" for number, text in enumerate(same, 1)}
        if key == MUTATOR:
            details = [_details(different[text]) for text in same]
            notes += [
                f"{words[text]}: {_difference_words(own, details)}"
                for text, own in zip(same, details, strict=True)
            ]
    return words, notes


def _details(mutators: Sequence[Table]) -> Table:
    """Leaves of a mutator, or of several by number."""
    if len(mutators) == 1:
        return leaves(mutators[0])
    return leaves({str(number): own for number, own in enumerate(mutators)})


def _difference_words(table: Table, tables: Sequence[Table]) -> str:
    keys = differing(tables)
    shown = ", ".join(f"{key}={_word(table.get(key))}" for key in keys[:MOST_DETAILS])
    return shown + (f" and {len(keys) - MOST_DETAILS} more" if len(keys) > MOST_DETAILS else "")


def _mutator_word(mutators: Sequence[Table]) -> str:
    """`genetic`, `mixed`, a model's name; several of islands with a plus between them."""
    return _joined(sorted({_one_mutator_word(mutator) for mutator in mutators}))


def _one_mutator_word(mutator: Table) -> str:
    if mutator["kind"] != "llm":
        return str(mutator["kind"])
    models = [str(own["model"]) for own in mutator["llm"]["models"] if own["weight"] > 0]
    return _joined(models or [str(mutator["llm"]["model"])])


def _word(value: Any) -> str:
    """A value in a label: short, and of harmless characters."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return "none"
    if isinstance(value, list):
        names = [own.get("name", "") if isinstance(own, Mapping) else str(own) for own in value]
        return _joined(names)
    if isinstance(value, float):
        return f"{value:g}"
    return _joined([str(value)])


def _joined(names: Sequence[str]) -> str:
    """Names with a plus between them; their number when that is long; one alone is cut."""
    word = "+".join(_STRANGE.sub("_", name) for name in names)
    if len(names) == 1:
        return word if len(word) <= LONGEST else word[: LONGEST - 1] + "~"
    return word if names and len(word) <= LONGEST else str(len(names))
