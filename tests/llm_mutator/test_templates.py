"""Templates: the package's, other ones, files and back."""

from collections.abc import Callable
from pathlib import Path

import pytest

from llm_mutator.templates import (
    MAX_TEMPLATE,
    NUMBERS,
    PLACES,
    TEMPLATES,
    Forms,
    load_templates,
    read_prompts,
    templates_with,
    write_prompts,
)
from mars.settings import PRESETS

PACKAGE = Path(__file__).parent.parent.parent / "llm_mutator" / "prompts"


def test_load_templates__are_the_folders_files_and_use_every_place() -> None:
    templates = load_templates()
    assert {f"{name}.md" for name in templates} == {path.name for path in PACKAGE.iterdir()}
    for name, places in PLACES.items():
        for place in places:
            assert f"<<{place}>>" in templates[name]
    # None of the package's has a place that nothing fills.
    assert templates_with(templates) == templates


def test_forms__fill_numbers_and_values_once() -> None:
    texts = {"new": " ".join(f"<<{name}>>" for name in (*NUMBERS, "feedback", "other"))}
    filled = Forms(texts, PRESETS["nano"]).fill("new", feedback="<<core_size>>")
    assert filled == "80 800 80 5 5 0 79 <<core_size>> <<other>>"


def test_templates_with__puts_others_in_their_place() -> None:
    templates = templates_with({"new": "Go: <<feedback>> <<max_length>>"})
    assert templates["new"] == "Go: <<feedback>> <<max_length>>"
    assert {name: templates[name] for name in TEMPLATES if name != "new"} == {
        name: text for name, text in load_templates().items() if name != "new"
    }


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        ({"mutte": "x"}, r"prompts must be of system, .*: got 'mutte'; did you mean 'mutate'\?"),
        ({"../system": "x"}, r"prompts must be of .*: got '\.\./system'"),
        (
            {"new": "<<parents>>"},
            "prompts.new must have no place but feedback, .*: got <<parents>>",
        ),
        ({"new": "<<feedbak>>"}, r"got <<feedbak>>; did you mean <<feedback>>\?"),
        ({"new": "<< feedback >>"}, r"got << feedback >>; did you mean <<feedback>>\?"),
        ({"new": "<<>>"}, "got <<>>"),
        ({"new": "x" * (MAX_TEMPLATE + 1)}, "prompts.new must have at most 32000 characters"),
        ({"new": 3}, "prompts.new must be a text: got 3"),
    ],
)
def test_templates_with__refuses(overrides: dict[str, str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        templates_with(overrides)


def test_write_prompts__read_back_are_the_same(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "prompts"
    odd = {"new": "", "mutate": "two\n\n", "plan": "é <<max_length>>"}
    write_prompts(folder, templates_with(odd))
    assert read_prompts(folder) == templates_with(odd)
    write_prompts(tmp_path / "own", load_templates())
    for path in PACKAGE.iterdir():
        assert (tmp_path / "own" / path.name).read_bytes() == path.read_bytes()


def test_write_prompts__overwrites_nothing(tmp_path: Path) -> None:
    (tmp_path / "plan.md").write_text("mine")
    with pytest.raises(FileExistsError, match=r"expected no file .*plan\.md: got one"):
        write_prompts(tmp_path, load_templates())
    assert [path.name for path in tmp_path.iterdir()] == ["plan.md"]
    assert (tmp_path / "plan.md").read_text() == "mine"


def test_read_prompts__takes_a_mark_and_other_line_ends(tmp_path: Path) -> None:
    (tmp_path / "plan.md").write_bytes(b"\xef\xbb\xbfone\r\ntwo\r\n")
    assert read_prompts(tmp_path) == {"plan": "one\ntwo"}


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda folder: None, r"expected files system\.md, .*: got none"),
        (
            lambda folder: (folder / "paln.md").write_text("x"),
            r"expected only files system\.md, .*: got 'paln\.md'; did you mean 'plan\.md'\?",
        ),
        (lambda folder: (folder / "plan.txt").write_text("x"), "got 'plan.txt'"),
        (lambda folder: (folder / "plan.md~").write_text("x"), "got 'plan.md~'"),
        (lambda folder: (folder / "plan").write_text("x"), "got 'plan'"),
        (lambda folder: (folder / "plan.md").mkdir(), r"expected only files .*: got 'plan\.md'"),
        (
            lambda folder: (folder / "plan.md").write_bytes(b"\xff"),
            r"plan\.md: expected UTF-8: got .*0xff",
        ),
        (
            lambda folder: (folder / "plan.md").write_text("<<plan>>"),
            r"plan\.md: prompts\.plan must have no place but .*: got <<plan>>",
        ),
        (
            lambda folder: (folder / "plan.md").write_text("x" * 10_000_000),
            r"plan\.md: prompts\.plan must have at most 32000 characters",
        ),
    ],
)
def test_read_prompts__refuses(
    tmp_path: Path, spoil: Callable[[Path], object], message: str
) -> None:
    spoil(tmp_path)
    with pytest.raises(ValueError, match=message) as caught:
        read_prompts(tmp_path)
    assert str(tmp_path) in str(caught.value)


def test_read_prompts__no_folder(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_prompts(tmp_path / "none")
