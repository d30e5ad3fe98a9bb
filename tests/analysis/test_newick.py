"""Newick text and back, and trees that are deeper than any stack."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.newick import NewickError, format_newick, parse_newick
from analysis.tree import Tree

DEEP = 100_000


def clades(tree: Tree, labels: list[str]) -> set[tuple[str, int, str, int]]:
    """Each taxon as label, length, its parent's label, and its depth, whatever the order."""
    depths, parents = tree.depths().tolist(), tree.parent.tolist()
    return {
        (labels[i], int(tree.lengths[i]), labels[p] if p >= 0 else "", depths[i])
        for i, p in enumerate(parents)
    }


def test_format_newick__known_trees() -> None:
    tree = Tree.from_parents([-1, 0, 0, 2, 2, -1])
    text = format_newick(tree, ["r", "a", "it's", "c", "d", "\x1b[31m"])
    assert text == "('a':1,('c':1,'d':1)'it''s':1)'r';\n'?[31m';\n"
    assert format_newick(Tree.from_parents([]), []) == ""


def test_parse_newick__what_others_write() -> None:
    tree, labels = parse_newick(" (a:2,\n('x(,''y':3,c)d)r; q;\n")
    assert labels == ["r", "a", "d", "x(,'y", "c", "q"]
    assert tree.parent.tolist() == [-1, 0, 0, 2, 2, -1]
    assert tree.lengths.tolist() == [0, 2, 1, 3, 1, 0]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "ends in ';'"),
        ("(a,b)", "ends in ';'"),
        ("(a,b", "ends in ';'"),
        ("(a,b)); c;", r"got '\)' after '\)'"),
        ("a b;", "got 'label' after ''"),
        ("(a)(b);", r"got '\(' after '\)'"),
        ("a:1:2;", "got ':' after ':'"),
        ("(a:1.5,b)r;", "expected a whole number after ':': got '1.5'"),
        ("(a:-1)r;", "expected a whole number after ':': got '-1'"),
        ("'a;", 'expected a closing quote: got "\'a;"'),
        ("[a];", r"got '\['"),
        (",;", "got ',' after ';'"),
    ],
)
def test_parse_newick__errors(text: str, message: str) -> None:
    with pytest.raises(NewickError, match=message):
        parse_newick(text)


@given(st.data())
def test_parse_newick__round_trip(data: st.DataObject) -> None:
    n = data.draw(st.integers(1, 20))
    parents = [data.draw(st.integers(-1, place - 1)) for place in range(n)]
    names = data.draw(st.lists(st.text(alphabet="a '(),:;[]é"), min_size=n, max_size=n))
    labels = [f"{place}{name}" for place, name in enumerate(names)]
    tree = Tree.from_parents(parents)
    text = format_newick(tree, labels)
    again, read = parse_newick(text)
    assert clades(again, read) == clades(tree, labels)
    assert format_newick(again, read) == text


def test_format_newick__a_chain_of_100_000() -> None:
    chain = Tree.from_parents(range(-1, DEEP - 1))
    again, labels = parse_newick(format_newick(chain, [str(place) for place in range(DEEP)]))
    assert again.parent.tolist() == chain.parent.tolist()
    assert labels[-1] == str(DEEP - 1)
    small = again.collapsed()
    assert (len(small), small.depths().tolist()) == (1, [DEEP - 1])
    assert np.array_equal(again.pruned().parent, chain.parent)
