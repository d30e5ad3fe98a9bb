"""The assembler against pMARS's recorded listings, and its messages word for word."""

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from mars.assembler import Diagnostic, RedcodeError, assemble, check, load
from mars.redcode import Opcode, parse_instruction
from mars.settings import CoreSettings
from tests import golden_data

GOLDEN = Path(__file__).parents[1] / "golden" / "assembly.jsonl"
PANEL = sorted(golden_data.PANEL.glob("*.red"))

ROWS = [json.loads(line) for line in GOLDEN.read_text(encoding="utf-8").splitlines()]
BEYOND_PMARS = {"op equ add.f\nop 1, 2"}  # its README: need not be refused

PSPACE = CoreSettings.preset("94")
OLD = CoreSettings.preset("88")


def listing(text: str, settings: CoreSettings) -> list[str] | None:
    """As recorded: blanks folded, no PIN (it is printed apart), no start outside."""
    try:
        warrior = assemble(text, settings, rounds=0, warriors=1)
    except RedcodeError:
        return None
    lines = [" ".join(line.split()) for line in warrior.load_file(settings.rules).splitlines()]
    return [line for line in lines if not re.match(r"PIN|(ORG|END) -?[0-9]", line)]


@pytest.mark.parametrize("row", ROWS, ids=range(len(ROWS)))
def test_assemble__like_pmars(row: dict[str, object]) -> None:
    settings = replace(PSPACE, rules="88" if row["flags"] else "94")
    source = str(row["source"])
    if source not in BEYOND_PMARS:
        assert listing(f";redcode-94\n;assert 1\n{source}", settings) == row["listing"]


@pytest.mark.skipif(not PANEL, reason="the panel is not part of the project")
def test_load__panel() -> None:
    assert len(PANEL) == 96
    for path in PANEL:
        recorded = (golden_data.LOAD_FILES / f"{path.stem}.txt").read_text("latin-1")
        got = load(path).load_file()
        assert fold(got) == fold(recorded), path.name


def fold(text: str) -> list[str]:
    """CMP and SEQ alike, no blanks at line ends (the recording lacks the last)."""
    return [line.rstrip().replace("SEQ.", "CMP.") for line in text.splitlines()]


ERRORS = [
    ("mov ; x", "w:1:5: expected an operand after MOV: got ';'"),
    ("  mov 0", "w:1:8: expected ',' and a second operand for MOV: got end of line"),
    ("mov 0,", "w:1:7: expected an operand after MOV: got end of line"),
    ("mov ,1", "w:1:5: expected an operand after MOV: got ','"),
    ("mov 0,1,2", "w:1:8: expected the end after two operands: got ','"),
    ("mov.q 0,1", "w:1:5: expected a modifier (A, B, AB, BA, F, X, I): got 'q'"),
    ("mov.", "w:1:5: expected a modifier (A, B, AB, BA, F, X, I): got end of line"),
    ("move 0,1", "w:1:6: expected an opcode after 'move': got '0'"),
    ("'nop 0", 'w:1:1: expected a label or an opcode: got "\'"'),
    ("jmp nowhere", "w:1:5: expected a defined name: got 'nowhere'"),
    ("dat 0, #", "w:1:9: expected a number, a name or '(': got end of line"),
    ("dat 0, 1/0", "w:1:9: expected a divisor other than zero: got '/ 0'"),
    ("dat 0, \x1b[31m", "w:1:8: expected a number, a name or '(': got '\\x1b'"),
    ("dat 0, \u202e", "w:1:8: expected a number, a name or '(': got '\\u202e'"),
    ("mov 0, mov", "w:1:8: expected an operand: got 'mov'"),
    ("x equ 4\nx equ 5", "w:2:1: expected a name without a value before EQU: got 'x'"),
    ("CORESIZE equ 5", "w:1:1: expected a name without a value before EQU: got 'CORESIZE'"),
    ("CURLINE nop 0", "w:1:1: expected a label or an opcode: got 'CURLINE'"),
    (
        "x equ y\ny equ x\ndat 0,x",
        "w:3:7: expected an EQU that does not contain itself: got 'x'",
    ),
    ("rof", "w:1:1: expected a FOR before ROF: got 'ROF'"),
    ("x equ for 3\nx", "w:2:1: expected no FOR in the text of an EQU: got 'FOR'"),
    ("for zz\nnop 0\nrof", "w:1:5: expected a defined name: got 'zz'"),
    ("for 1000000000\nnop 0\nrof", "w:1:1: expected a FOR of at most 36400: got 1000000000"),
    ("i for 2\nl&j nop 0\nrof", "w:2:1: expected a FOR counter after '&': got 'j'"),
    (";assert CORESIZE == 800 ;!\nnop 0", "w:1:9: expected ;assert to hold: got 'CORESIZE == 800'"),
    ("", "w:1:1: expected at least one instruction: got none"),
    ("nop 0\n" * 101, "w:101:1: expected at most 100 instructions: got 101 or more"),
    ("LDP 0,1", "w:1:1: expected no LDP, as this core has no P-space: got 'LDP'"),
    ("stp 0,1", "w:1:1: expected no STP, as this core has no P-space: got 'stp'"),
    (
        "a" * 256 + " nop 0",
        f"w:1:1: expected at most 255 characters in one word: got '{'a' * 37}...'",
    ),
    ("x" * 200_000, "w:1:1: expected at most 137472 characters: got 200000"),
    ("-" * 40_000, "w:1:36401: expected at most 36400 tokens after expansion: got more"),
]


@pytest.mark.parametrize(("text", "message"), ERRORS)
def test_assemble__messages(text: str, message: str) -> None:
    with pytest.raises(RedcodeError) as caught:
        assemble(text, path="w")
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("mul 1,2", "w:1:1: expected an ICWS'88 opcode by the '88 rules: got 'mul'"),
        ("org 0\nslt 1,2", "w:1:1: expected an ICWS'88 opcode by the '88 rules: got 'ORG'"),
        ("mov.i 1,2", "w:1:4: expected no modifier by the '88 rules: got '.i'"),
        (
            "mov 1,#2",
            "w:1:7: expected one of $ @ < before MOV's B-number by the '88 rules: got '#'",
        ),
        (
            "jmp }1",
            "w:1:5: expected one of $ @ < before JMP's A-number by the '88 rules: got '}'",
        ),
    ],
)
def test_assemble__messages_of_88(text: str, message: str) -> None:
    with pytest.raises(RedcodeError) as caught:
        assemble(text, OLD, path="w")
    assert str(caught.value) == message


def test_assemble__reports_errors_together() -> None:
    with pytest.raises(RedcodeError) as caught:
        assemble("mov\nadd 1\n\n  jmp away ; gone\nnop 0", path="imp.red")
    assert caught.value.errors == (
        Diagnostic("imp.red", 1, 4, "expected an operand after MOV: got end of line"),
        Diagnostic("imp.red", 2, 6, "expected ',' and a second operand for ADD: got end of line"),
        Diagnostic("imp.red", 4, 7, "expected a defined name: got 'away'"),
    )
    assert str(caught.value).count("\n") == 2


def test_assemble__reports_at_most_twenty_errors() -> None:
    with pytest.raises(RedcodeError) as caught:
        assemble("mov\n" * 90)
    assert [error.line for error in caught.value.errors] == list(range(1, 21))


def test_assemble__reports_an_error_in_a_loop_once() -> None:
    with pytest.raises(RedcodeError) as caught:
        assemble("for 9\nmov 1\nrof", path="w")
    message = "w:2:6: expected ',' and a second operand for MOV: got end of line"
    assert str(caught.value) == message


def test_assemble__places_an_error_where_the_equ_is_used() -> None:
    with pytest.raises(RedcodeError) as caught:
        assemble("\n\nx equ 1 + )\nnop 0\n    dat 0,  x", path="w")
    assert str(caught.value) == "w:5:13: expected a number, a name or '(': got ')'"


def test_assemble__places_an_error_on_a_continued_line() -> None:
    with pytest.raises(RedcodeError) as caught:
        assemble("nop 0\nmov 1, \\\r\n 2 \\\r\n  $3", path="w")
    assert str(caught.value) == "w:4:3: expected an operator: got '$'"


def test_redcode_error__is_safe_in_a_terminal() -> None:
    with pytest.raises(RedcodeError) as caught:
        assemble("dat 0, \x9b\x07", path="a\x1b]0;.red")
    assert str(caught.value).isprintable()


def test_assemble__reads_comments() -> None:
    source = ";author nobody\nTo: you\n;redcode-94\n; name Imp \n;Author A. K. D.\n;strategy a\n"
    warrior = assemble(source + ";strategy  b\nmov 0, 1\n;redcode\nmov 0, 2\n;name other")
    assert (warrior.name, warrior.author, warrior.strategy) == ("Imp", "A. K. D.", "a\nb")
    assert warrior.instructions == (parse_instruction("MOV.I $0, $1"),)
    assert warrior.source.startswith(";author nobody")


def test_assemble__predefined_names() -> None:
    names = ["CORESIZE", "MAXPROCESSES", "MAXCYCLES", "MAXLENGTH", "MINDISTANCE"]
    names += ["ROUNDS", "PSPACESIZE", "WARRIORS", "VERSION", "CURLINE"]
    settings = CoreSettings(65_536, 30_000, 77, 10, 12, pspace_size=16)
    text = "\n".join(f"dat 0, {name}" for name in names)
    warrior = assemble(text, settings, rounds=7, warriors=3)
    numbers = [instruction.b_number for instruction in warrior.instructions]
    assert numbers == [0, 77, 30_000, 10, 12, 7, 16, 3, 94, 9]


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ("nop 0\nnop 0", 0),
        ("org 1\nnop 0\nnop 0", 1),
        ("nop 0\nnop 0\nend 1", 1),
        ("org 0\nnop 0\nnop 0\nend 1", 1),
        ("org 1\nnop 0\nnop 0\nend", 1),
        ("org 1\norg 0\nnop 0\nnop 0", 0),
        ("org 8001\nnop 0\nnop 0", 1),
        ("org 2\nnop 0", 2),
        ("org -1\nnop 0", -1),
        ("org x\nnop 0\nx nop 0", 1),
    ],
)
def test_assemble__start(text: str, start: int) -> None:
    assert assemble(text).start == start


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("i for 2\nj for 2\nx&i&j dat i, x&i&j+j\nrof\nrof", [1, 2, 1, 2]),
        ("n equ 2\ni for n*n\ndat 0, i\nrof", [1, 2, 3, 4]),
        ("i for 0\nx: for 3\nrof ' junk\nrof\ndat 0, 5", [5]),
        ("k equ i*2\ni for 3\ndat 0, k\nrof", [2, 4, 6]),
        ("i for 2\ndat 0, CURLINE\nrof", [0, 1]),
        ("dat 0, late\nlate equ 3", [3]),
        ("a equ 1\nb equ a+a\ndat 0, b*b", [3]),
        ("dat 0, x=4\nfor x\nrof\ndat 0, x", [4, 4]),
        ("dat 0, 5\nend\n dat 0, 6", [5]),
        ("m equ dat 0,\n m 4", [4]),
        ("i for 1\ndat 0, 1 i\nrof", [101]),
        ("dat late, 2\nlate equ 3\n equ nop 0", [2]),
        ("x i for 1\nfor 1\ndat 0, x\nrof\nrof", [0]),
        ("x equ dat 0, 1\nx\n equ dat 0, 2\nx", [1, 1]),
        ("x dat 0, 7\nfor x+2\ndat 0, 8\nrof", [7, 8]),
    ],
)
def test_assemble__expansion(text: str, numbers: list[int]) -> None:
    assert [one.b_number for one in assemble(text).instructions] == numbers


def test_assemble__pin_needs_no_pspace() -> None:
    assert assemble("pin 1+2\nnop 0").pin == 3


def test_assemble__load_file_keeps_start_and_pin() -> None:
    for text in ("pin -7\norg 1\nnop 0\nnop 0", "org 17\nsne <1, }2", "pin 0\norg -3\nldp 0, 1"):
        warrior = assemble(text, PSPACE)
        assert assemble(warrior.load_file(), PSPACE) == warrior


def test_assemble__load_file_of_88() -> None:
    warrior = assemble("dat #1, <2\nx jmp x, #3\nend x", OLD)
    assert assemble(warrior.load_file("88"), OLD) == warrior


def test_check__warnings() -> None:
    text = "a nop b\na nop 1\nequ 5\n;assert zork\nb mov #,1\nc for 2\nend 9\n"
    assert [str(warning) for warning in check(text, path="w").warnings] == [
        "w:1:1: expected an ;assert line: got none",
        "w:1:1: expected a start inside the warrior: got 9",
        "w:1:1: expected a use of label 'a': got none",
        "w:2:1: expected a new label, line ignored: got 'a'",
        "w:3:1: expected a name before EQU, line ignored: got 'EQU'",
        "w:4:9: expected a defined name: got 'zork' (;assert ignored)",
        "w:5:8: expected a number after the mode, 0 taken: got ','",
    ]


def test_check__a_label_twice_stands_where_it_is_first() -> None:
    found = check(";assert 1\na a nop 0", path="w").warnings
    assert [str(one) for one in found] == ["w:2:1: expected a use of label 'a': got none"]


def test_check__more_warnings() -> None:
    text = ";assert 1\norg 1\nnop 0\nnop 0\nfor 2\nlast\n"
    assert [str(warning) for warning in check(text, path="w").warnings] == [
        "w:5:1: expected a ROF after FOR: got end of text",
        "w:6:1: expected an instruction after label 'last': got end of text",
    ]
    (warning,) = check(";assert 1\norg 1\nnop 0\nnop 0\nend 2", path="w").warnings
    assert str(warning) == "w:5:1: expected no start after END beside ORG's, END's ignored: got 2"


def test_check__no_warnings() -> None:
    assert check(";assert CORESIZE==8000\nx jmp x").warnings == ()


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b";name B\xf6se\nnop 0", "Böse"),
        (";name Böse\nnop 0".encode(), "Böse"),
        (b"\xef\xbb\xbf;name Imp\r\nnop 0\r\n", "Imp"),
        (b";name Imp\rnop 0\r", "Imp"),
    ],
)
def test_load__encodings(tmp_path: Path, data: bytes, name: str) -> None:
    path = tmp_path / "imp.red"
    path.write_bytes(data)
    warrior = load(path)
    assert (warrior.name, warrior.instructions[0].opcode) == (name, Opcode.NOP)
    assert load(str(path)) == warrior


def test_load__errors_name_the_file(tmp_path: Path) -> None:
    path = tmp_path / "imp.red"
    path.write_text("mov ;")
    with pytest.raises(RedcodeError) as caught:
        load(path)
    assert str(caught.value) == f"{path}:1:5: expected an operand after MOV: got ';'"


def test_load__refuses_a_long_file(tmp_path: Path) -> None:
    path = tmp_path / "imp.red"
    with path.open("wb") as file:
        file.truncate(2**40)
    with pytest.raises(RedcodeError) as caught:
        load(path)
    assert str(caught.value) == f"{path}:1:1: expected at most 137472 bytes: got more"


def test_load__a_missing_file_or_a_folder_is_an_os_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        load(tmp_path / "none.red")
    with pytest.raises(IsADirectoryError):
        load(tmp_path)
