"""Files, folders and names become entrants; what is wrong is said, not hidden."""

from pathlib import Path

import pytest

from mars.classics import bundled
from mars.entrants import read_entrants
from mars.settings import CoreSettings

TINY = CoreSettings.preset("tiny")


def write(folder: Path, **sources: str) -> None:
    for name, source in sources.items():
        path = folder / name.replace("__", "/").replace("_red", ".red").replace("_RED", ".RED")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source)


def test_read_entrants__a_folder_with_sub_folders_sorted(tmp_path: Path) -> None:
    write(
        tmp_path,
        b_red="dat 1",
        a_RED="dat 2",
        notes_txt="no",
        paper__x_red="dat 3",
        paper__deep__y_red="dat 4",
    )
    (tmp_path / ".hidden.red").write_text("dat 5")
    (tmp_path / "folder.red").mkdir()
    (tmp_path / "loop").symlink_to(tmp_path)
    found = read_entrants([str(tmp_path)], TINY, rounds=1)
    assert (found.faults, found.doubles) == ((), ())
    labels = [Path(e.label).relative_to(tmp_path).as_posix() for e in found.entrants]
    assert labels == ["a.RED", "b.red", "paper/deep/y.red", "paper/x.red"]
    assert [entrant.group for entrant in found.entrants] == ["", "", "paper/deep", "paper"]


def test_read_entrants__faults_and_doubles_are_named(tmp_path: Path) -> None:
    write(tmp_path, a_red="mov 0, 1", b_red="MOV.I $0,$1 ; the same", c_red="mov 0,\njmpp 1")
    found = read_entrants([str(tmp_path), str(tmp_path / "a.red")], TINY, rounds=1)
    assert len(found.entrants) == 1
    [fault] = found.faults
    path = tmp_path / "c.red"
    assert fault.startswith(
        f"{path}:1:7: expected an operand after MOV: got end of line\n{path}:2:"
    )
    first = tmp_path / "a.red"
    assert found.doubles == (
        f"{tmp_path / 'b.red'}: the same warrior as {first}",
        f"{first}: the same warrior as {first}",
    )


def test_read_entrants__bundled_warriors(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    found = read_entrants(["bundled"], TINY, rounds=1)
    expected = [(w, group) for group, warriors in bundled(TINY).items() for w in warriors]
    assert [(e.warrior, e.group) for e in found.entrants] == expected
    assert found.faults == ()
    assert read_entrants(["dwarf"], TINY, rounds=1).entrants[0].warrior.name == "Dwarf"
    # One that is named does not go quietly; a file of that name comes first.
    assert "expected ;assert to hold" in read_entrants(["silkworm"], TINY, rounds=1).faults[0]
    (tmp_path / "dwarf").write_text(";name Mine\njmp 0")
    assert read_entrants(["dwarf"], TINY, rounds=1).entrants[0].warrior.name == "Mine"


def test_read_entrants__rounds_are_known_to_the_source(tmp_path: Path) -> None:
    write(tmp_path, a_red="dat ROUNDS, WARRIORS")
    [entrant] = read_entrants([str(tmp_path)], TINY, rounds=77).entrants
    assert str(entrant.warrior.instructions[0]) == "DAT.F $77, $2"


def test_read_entrants__nothing_there(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"expected \.red files in a folder: got none"):
        read_entrants([str(tmp_path)], TINY, rounds=1)
    with pytest.raises(FileNotFoundError, match="a bundled warrior: got 'no\\\\x1bbody'"):
        read_entrants(["no\x1bbody"], TINY, rounds=1)
