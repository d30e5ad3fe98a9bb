"""When a run's report is written."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from evolution.cli import evolve, resume

NANO = ("--preset", "nano", "--rounds", "5", "--iterations", "2", "--workers", "1")


class Reporter:
    """Counts the reports it is asked for."""

    def __init__(self, failure: str = "") -> None:
        self.folders: list[Path] = []
        self._failure = failure

    def __call__(self, folder: Path) -> Path | str:
        self.folders.append(folder)
        return self._failure or folder / "report.html"


@pytest.mark.parametrize(
    ("options", "reports"),
    [((), 1), (("--no-report",), 0), (("--report-every", "2"), 3), (("--report-every", "9"), 1)],
)
def test_evolve__writes_reports_when_asked(
    tmp_path: Path, options: tuple[str, ...], reports: int
) -> None:
    reporter = Reporter()
    done = CliRunner().invoke(evolve, [*NANO, "--runs", str(tmp_path), *options], obj=reporter)
    assert done.exit_code == 0, done.output
    assert reporter.folders == [tmp_path / "nano"] * reports
    assert (f"report: {tmp_path / 'nano' / 'report.html'}" in done.output) == (
        "--no-report" not in options
    )


def test_evolve__tells_why_there_is_no_report(tmp_path: Path) -> None:
    done = CliRunner().invoke(
        evolve, [*NANO, "--runs", str(tmp_path)], obj=Reporter("the disk is full")
    )
    assert done.exit_code == 0, done.output
    assert "no report: the disk is full" in done.output


def test_resume__writes_one_too_and_a_stop_does(tmp_path: Path) -> None:
    reporter = Reporter()
    arguments = [*NANO, "--runs", str(tmp_path), "--minutes", "0"]
    assert CliRunner().invoke(evolve, arguments, obj=reporter).exit_code == 0
    first = len(reporter.folders)
    assert CliRunner().invoke(resume, [str(tmp_path / "nano")], obj=reporter).exit_code == 0
    assert len(reporter.folders) == first + 1
