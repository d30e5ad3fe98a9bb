"""Trees as Newick text, and back; as deep as they may be.

A label is always within quotes ('' stands for one quote), so that any text can be one. Several
trees are several lines.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from analysis.tree import Tree
from mars.redcode import printable

SPECIAL: Final = "(),:;'[]"
BLANKS: Final = " \t\r\n"


class NewickError(ValueError):
    """Text that is no tree."""


def format_newick(tree: Tree, labels: Sequence[str]) -> str:
    """Every taxon with its label and its distance from its parent, a line a root.

    Args:
        tree: One or more trees.
        labels: (n,) untrusted text; control characters become `?`.
    """
    children = tree.children()
    lengths = tree.lengths.tolist()
    parts: list[str] = []
    for root in tree.roots.tolist():
        parts += _clades(root, children, labels, lengths)
        parts.append(";\n")
    return "".join(parts)


def parse_newick(text: str) -> tuple[Tree, list[str]]:
    """Reads trees; distances are whole numbers, of no root, and 1 where there is none.

    Returns:
        The trees and the (n,) labels, each tree's taxa in the order in which their clades begin.

    Raises:
        NewickError: It is none.
    """
    parents: list[int] = []
    labels: list[str] = []
    lengths: list[int] = []
    open_clades: list[int] = []
    current = _add(parents, labels, lengths, -1)
    after = ";"  # what came before, as far as it decides what may come
    for kind, value in _tokens(text):
        if kind == "label" and after in "(,;)" and after:
            labels[current] = value
        elif kind == ":" and after != ":":
            lengths[current] = _length(value)
        elif kind == "(" and after in "(,;" and after:
            open_clades.append(current)
            current = _add(parents, labels, lengths, current)
        elif kind == "," and open_clades:
            current = _add(parents, labels, lengths, open_clades[-1])
        elif kind == ")" and open_clades:
            current = open_clades.pop()
        elif kind == ";" and not open_clades:
            current = _add(parents, labels, lengths, -1)
        else:
            raise NewickError(f"expected a Newick tree: got {kind!r} after {after!r}")
        after = "" if kind == "label" else kind
    if open_clades or after != ";" or len(parents) == 1:
        raise NewickError(f"expected a tree that ends in ';': got {text[-20:]!r}")
    tree = Tree.from_parents(parents[:-1])
    kept = np.where(tree.parent < 0, 0, np.array(lengths[:-1], np.int64))
    return replace(tree, lengths=kept), labels[:-1]


def quoted(label: str) -> str:
    """A label that any text can be."""
    return "'" + printable(label).replace("'", "''") + "'"


def _clades(
    root: int, children: Sequence[Sequence[int]], labels: Sequence[str], lengths: Sequence[int]
) -> Iterator[str]:
    """The parts of a tree's text; the stack holds what is still to be written."""
    waiting: list[tuple[int, str]] = [(root, "enter")]
    while waiting:
        place, what = waiting.pop()
        if what == ",":
            yield ","
            continue
        if what == "enter" and children[place]:
            yield "("
            waiting.append((place, "leave"))
            for number, child in enumerate(reversed(children[place])):
                if number:
                    waiting.append((place, ","))
                waiting.append((child, "enter"))
            continue
        yield (")" if what == "leave" else "") + quoted(labels[place])
        if place != root:
            yield f":{lengths[place]}"


def _add(parents: list[int], labels: list[str], lengths: list[int], parent: int) -> int:
    """A new taxon's place."""
    parents.append(parent)
    labels.append("")
    lengths.append(1)
    return len(parents) - 1


def _length(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise NewickError(f"expected a whole number after ':': got {text!r}")
    return int(text)


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    """(kind, value): "label", ":" with the number that follows, or a sign of its own."""
    place = 0
    while place < len(text):
        character = text[place]
        if character in BLANKS:
            place += 1
        elif character == "'":
            label, place = _quoted(text, place)
            yield "label", label
        elif character == ":":
            value, place = _plain(text, place + 1)
            yield ":", value
        elif character in "(),;":
            place += 1
            yield character, ""
        else:
            value, place = _plain(text, place)
            if not value:
                raise NewickError(f"expected a Newick tree: got {character!r}")
            yield "label", value


def _plain(text: str, start: int) -> tuple[str, int]:
    """A word without quotes, and where it ends."""
    end = start
    while end < len(text) and text[end] not in SPECIAL and text[end] not in BLANKS:
        end += 1
    return text[start:end], end


def _quoted(text: str, start: int) -> tuple[str, int]:
    """What is within quotes, and where they end."""
    parts: list[str] = []
    place = start + 1
    while True:
        end = text.find("'", place)
        if end < 0:
            raise NewickError(f"expected a closing quote: got {text[start : start + 20]!r}")
        parts.append(text[place:end])
        if text[end + 1 : end + 2] != "'":
            return "".join(parts), end + 1
        parts.append("'")
        place = end + 2
