"""The command line, as a script that calls pMARS would call it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from mars.redcode import format_instruction
from redqueen import main
from tests import golden_data

INTERPRETED = os.environ.get("NUMBA_DISABLE_JIT") == "1"
IMP = ";redcode-94\n;name Imp\n;author A. K. Dewdney\n;assert 1\nmov 0, 1\n"
SUICIDE = ";redcode-94\n;name Suicide\n;assert 1\ndat 0, 0\n"
SITTER = ";assert 1\njmp 0\n"
SHORT = ("-c", "200")


def run(*args: str | Path, input: str | bytes | None = None) -> Result:
    return CliRunner().invoke(main, [str(arg) for arg in args], input=input)


@pytest.fixture
def imp(tmp_path: Path) -> Path:
    path = tmp_path / "imp.red"
    path.write_text(IMP)
    return path


@pytest.fixture
def suicide(tmp_path: Path) -> Path:
    path = tmp_path / "suicide.red"
    path.write_text(SUICIDE)
    return path


@pytest.fixture
def sitter(tmp_path: Path) -> Path:
    path = tmp_path / "sitter.red"
    path.write_text(SITTER)
    return path


def test_battle__two_warriors_brief(imp: Path, suicide: Path) -> None:
    result = run("battle", "-b", "-r", "3", *SHORT, "-F", "4000", imp, suicide)
    assert result.exit_code == 0
    assert result.stdout == (
        "Imp by A. K. Dewdney scores 9\nSuicide by Anonymous scores 0\nResults: 3 0 0\n"
    )


def test_battle__listings(imp: Path, suicide: Path) -> None:
    result = run("battle", *SHORT, "-f", imp, suicide)
    assert result.stdout == (
        'Program "Imp" (length 1) by "A. K. Dewdney"\n'
        "\n"
        "       ORG      START\n"
        "START  MOV.I  $     0, $     1     \n"
        "\n"
        'Program "Suicide" (length 1) by "Anonymous"\n'
        "\n"
        "       ORG      START\n"
        "START  DAT.F  $     0, $     0     \n"
        "\n"
        "Imp by A. K. Dewdney scores 3\n"
        "Suicide by Anonymous scores 0\n"
        "Results: 1 0 0\n"
    )


def test_battle__sorted_results_are_of_the_first_printed(imp: Path, suicide: Path) -> None:
    result = run("battle", "-bo", "-r", "2", *SHORT, suicide, imp)
    assert result.stdout == (
        "Imp by A. K. Dewdney scores 6\nSuicide by Anonymous scores 0\nResults: 2 0 0\n"
    )


def test_battle__melee(imp: Path, suicide: Path, sitter: Path) -> None:
    result = run("battle", "-b", "-r", "2", "-c", "50", "-f", imp, suicide, sitter)
    assert result.stdout == (
        "Imp by A. K. Dewdney scores 8\n"
        "  Results: 0 2 0 0\n"
        "Suicide by Anonymous scores 0\n"
        "  Results: 0 0 0 2\n"
        "Unknown by Anonymous scores 8\n"
        "  Results: 0 2 0 0\n"
    )


def test_battle__koth_format(imp: Path, suicide: Path, sitter: Path) -> None:
    options = ("-bk", "-r", "2", "-c", "50")
    assert run("battle", *options, imp, suicide).stdout == "2 0\n0 0\n"
    three = run("battle", *options, imp, suicide, sitter)
    assert three.stdout == "8 0 2 0 0\n0 0 0 0 2\n8 0 2 0 0\n"


def test_battle__permutations_are_all(imp: Path, suicide: Path) -> None:
    options = ("-b", "-P", "-s", "60", "-l", "5", "-d", "25", "-c", "30")
    result = run("battle", *options, imp, suicide)
    assert result.stdout.endswith("Results: 22 0 0\n")  # 2 * (60 + 1 - 50)
    assert run("battle", *options, imp).exit_code == 2
    assert "at most 22" in run("battle", *options, "-r", "23", imp, suicide).stderr


def test_battle__score_formula(imp: Path, suicide: Path) -> None:
    result = run("battle", "-b", "-r", "2", *SHORT, "-=", "W*10+S", imp, suicide)
    assert result.stdout.startswith("Imp by A. K. Dewdney scores 42\n")
    wrong = run("battle", "-b", "-=", "W+", imp, suicide)
    assert wrong.exit_code == 2
    assert "in the score formula 'W+'" in wrong.stderr
    assert run("battle", "-b", "-=", "1/(S-1)", imp, suicide).exit_code == 2
    large = run("battle", "-b", "-r", "2", *SHORT, "-=", f"{2**63 - 1}", imp, suicide)
    assert large.exit_code == 2
    assert "expected scores below 2**63" in large.stderr


def test_battle__assemble_only_and_no_fights(imp: Path) -> None:
    result = run("battle", "-A", imp)
    assert result.stdout == (
        "       ORG      START\nSTART  MOV.I  $     0, $     1     \n       END\n"
    )
    assert run("battle", "-b", "-r", "0", imp).stdout == ""


def test_battle__options_file(tmp_path: Path, imp: Path, suicide: Path) -> None:
    options = tmp_path / "quick.opt"
    options.write_text("-b -r 2 ; brief\n-c 200\n")
    result = run("battle", "-@", options, imp, suicide)
    assert result.stdout.endswith("Results: 2 0 0\n")
    for spelling in ([f"-@{options}"], [f"--options-file={options}"], ["-o@", str(options)]):
        assert run("battle", *spelling, imp, suicide).stdout.endswith("Results: 2 0 0\n")
    assert "cannot read: No such file" in run("battle", "-b", "--", "-@", options).stderr
    options.write_text('-b "my imp;1.red" ; a name with a blank\n')
    assert "my imp;1.red: cannot read" in run("battle", "-@", options, imp).stderr
    options.write_text(f"-@ {options}\n")
    assert "at most 8 options files within each other" in run("battle", "-@", options, imp).stderr
    options.write_text(f"-@ {options} " * 2000)
    assert run("battle", "-@", options, imp).exit_code == 2
    assert run("battle", "-@", "a\0b", imp).exit_code == 2
    options.write_text("-b " * 10_001)
    assert "at most 10000 words" in run("battle", "-@", options, imp).stderr
    assert run("battle", "-@", tmp_path / "none.opt", imp).exit_code == 2


@pytest.mark.parametrize(
    ("command", "called"),
    [
        (("battle", "-b"), "mars.cli.battle"),
        (("battle", "-b"), "mars.cli.load_all"),
        (("assemble",), "mars.cli.load_all"),
    ],
)
def test_commands__ctrl_c_has_its_own_exit_code(
    command: tuple[str, ...], called: str, imp: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(called, stop)
    done = run(*command, imp)
    assert (done.exit_code, done.stdout) == (130, "")
    assert done.stderr == "stopped: nothing was kept\n"


def test_battle__standard_input(imp: Path) -> None:
    result = run("battle", "-b", *SHORT, imp, "-", input=SUICIDE)
    assert result.stdout.endswith("Results: 1 0 0\n")


def test_battle__standard_input_only_once(imp: Path) -> None:
    assert "only once" in run("battle", "-b", "-", "-", input=IMP).stderr


def test_battle__output_that_cannot_be_written_is_one_line(imp: Path) -> None:
    command = [sys.executable, "-m", "redqueen", "assemble", str(imp)]
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr == "redqueen: cannot write the output: No space left on device\n"


def test_battle__bad_files_are_all_reported(tmp_path: Path, imp: Path) -> None:
    broken = tmp_path / "broken.red"
    broken.write_text("mov 0\nfoo 1, 2\n")
    result = run("battle", "-b", imp, broken, tmp_path / "none.red", tmp_path)
    assert result.exit_code == 1
    assert result.stdout == ""
    assert f"{broken}:1:" in result.stderr
    assert f"{broken}:2:" in result.stderr
    assert f"{tmp_path / 'none.red'}: cannot read: No such file" in result.stderr
    assert f"{tmp_path}: cannot read: Is a directory" in result.stderr


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("-s", "0"), "core_size must be between 1 and 65536: got 0"),
        (("-s", "70000"), "core_size must be between 1 and 65536: got 70000"),
        (("-d", "50"), "min_distance must not be less than max_length"),
        (("-F", "50"), "fixed_position must be between min_distance 100 and"),
        (("-f", "-F", "4000"), "expected only one of -f and -F: got both"),
        (("-r", "-1"), "-1 is not in the range 0<=x<=10000000"),
        (("-s", "150"), "core_size must be at least 2 warriors * min_distance"),
        (("--seed", "-3"), "seed must not be negative: got -3"),
        (("--preset", "big"), "'big' is not one of"),
        (("-X",), "No such option"),
    ],
)
def test_battle__wrong_usage(
    imp: Path, suicide: Path, options: tuple[str, ...], message: str
) -> None:
    result = run("battle", "-b", *options, imp, suicide)
    assert result.exit_code == 2
    assert message in result.stderr
    assert result.stdout == ""


def test_battle__names_cannot_move_the_cursor(tmp_path: Path, imp: Path) -> None:
    hostile = tmp_path / "hostile.red"
    hostile.write_bytes(b";name \x1b[2J\x07evil\x9b\n;author \xe9\nmov 0, 1\n")
    result = run("battle", "-b", *SHORT, hostile, imp)
    assert result.stdout.splitlines()[0] == "?[2J?evil? by é scores 1"


def test_battle__seed_repeats(imp: Path, sitter: Path) -> None:
    options = ("-b", "-r", "20", "-c", "3000", "--seed", "7")
    first = run("battle", *options, imp, sitter).stdout
    assert run("battle", *options, "--workers", "2", imp, sitter).stdout == first


@pytest.mark.skipif(INTERPRETED, reason="too slow")
def test_battle__golden_rows_as_pmars_prints_them(tmp_path: Path) -> None:
    rows = golden_data.battles()[::80]
    assert len({len(row.warriors) for row in rows}) > 2
    for row in rows:
        files = []
        for i, warrior in enumerate(row.warriors):
            pin = [] if warrior.pin is None else [f"PIN {warrior.pin}"]
            lines = [*map(format_instruction, warrior.instructions)]
            text = "\n".join([f";name w{i}", *pin, f"ORG {warrior.start}", *lines])
            files.append(tmp_path / f"{i}.red")
            files[-1].write_text(text)
        rules = row.settings
        result = run(
            "battle",
            "-b",
            *("-r", str(row.fights), "-F", str(row.fixed_position)),
            *("-s", str(rules.core_size), "-c", str(rules.max_cycles)),
            *("-p", str(rules.max_processes), "-l", str(rules.max_length)),
            *("-d", str(rules.min_distance), "-S", str(rules.pspace_size)),
            *files,
        )
        printed = [line for line in result.stdout.splitlines() if "Results:" in line]
        if len(row.warriors) == 2:
            lost, won, tied = row.survivors[0]
            assert printed == [f"Results: {won} {lost} {tied}"]
        else:
            assert printed == [
                f"  Results: {' '.join(map(str, survived))} {lost}"
                for lost, *survived in row.survivors
            ]


def test_assemble__prints_the_load_file(imp: Path) -> None:
    result = run("assemble", imp)
    assert result.exit_code == 0
    assert result.stdout == "       ORG      START\nSTART  MOV.I  $     0, $     1     \n"
    old = run("assemble", "-8", imp)
    assert old.stdout == "START  MOV    $     0, $     1     \n       END      START\n"


def test_assemble__errors_and_warnings(tmp_path: Path) -> None:
    path = tmp_path / "w.red"
    path.write_text("start mov 0, 1\n")
    assert run("assemble", path).stderr == ""
    assert "(warning)" in run("assemble", "-V", path).stderr
    path.write_text("mov 0, ;here\n")
    result = run("assemble", path)
    assert result.exit_code == 1
    assert result.stderr.startswith(f"{path}:1:8: expected ")


def test_help__imports_nothing_heavy() -> None:
    code = (
        "import sys, redqueen\n"
        "try:\n    redqueen.main(['--help'])\nexcept SystemExit:\n    pass\n"
        "heavy = {'numpy', 'numba', 'pandas', 'matplotlib', 'openai', 'rich'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "battle" in done.stdout
