"""`redqueen evolve` and `resume`."""

import shlex
import sys
from pathlib import Path
from typing import Any

import click

from evolution.config import RunConfig
from evolution.estimate import estimate
from evolution.executor import ExecutorError
from evolution.exits import Misused, ended, failures, safe
from evolution.experiment.standing import no_run_words
from evolution.flags import changed_calls, configure, run_name
from evolution.folder import FolderError, champion_path, read_folder_config
from evolution.inspect_cli import show_result
from evolution.islands import Islands, opened_run
from evolution.islands_folders import lineage_folders, refuse_one_island
from evolution.live import progress_bar, stop_requests
from evolution.presets import format_config, preset_names
from evolution.reporting import Report, Reporting, report_options
from evolution.run import Run
from evolution.run_options import minutes_option, runs_option
from evolution.service import Service
from evolution.service_options import SERVICE_FLAGS, make_service, recorded, service_options
from evolution.session import has_run, refuse_other
from evolution.store import StoreError, WriteError
from evolution.summary import summarise_any
from evolution.versions import version_warning
from evolution.view import estimate_lines
from evolution.workplace import WORKPLACE_FLAGS, Workplace, make_workplace, workplace_options
from llm_mutator.llm_config import STYLES
from llm_mutator.mutator import MutatorUnavailable
from mars.redcode import printable
from mars.settings import PRESETS
from mars.terminal import Interrupted


@click.command()
@click.argument(
    "config_file", metavar="[CONFIG.toml]", required=False, type=click.Path(path_type=Path)
)
@click.option("--name", help="Of the run's folder; default: the preset's or the file's name.")
@click.option("--preset", type=click.Choice(preset_names()), help="Settings to begin with.")
@click.option("--seed", type=int, help="Every random draw comes from it.")
@click.option("--rounds", type=int, help="Champions to find.")
@click.option("--iterations", type=int, help="Proposals a round.")
@click.option("--history", metavar="N|all", help="How many latest champions to meet.")
@click.option("--fitness", type=click.Choice(["melee", "pairwise"]), help="What is maximised.")
@click.option("--fights", type=int, help="Fights a candidate.")
@click.option("--batch", type=int, help="Proposals drawn from one state of the archive.")
@click.option("--core", type=click.Choice(list(PRESETS)), help="Rules of the fights.")
@click.option("--initial", help="w_0: a bundled warrior's name, or a file.")
@click.option("--mutator", type=click.Choice(["genetic", "llm", "mixed"]), help="Who proposes.")
@click.option("--model", help="Chat model; without --mutator it makes all proposals.")
@click.option("--base-url", help="Of the model's OpenAI-compatible server.")
@click.option("--style", type=click.Choice(STYLES), help="What a prompt tells the model.")
@click.option("--repairs", type=int, help="How often a reply goes back with its errors.")
@click.option("--concurrency", type=int, help="Most calls of a model at a time.")
@click.option(
    "--prompts", type=click.Path(path_type=Path), help="Folder of prompts, over the package's."
)
@click.option("--shadow", is_flag=True, default=None, help="Null model: selection by chance.")
@click.option("--single-cell", is_flag=True, default=None, help="Ablation: no archive.")
@click.option("--islands", type=int, help="Lineages that exchange champions, each of all rounds.")
@click.option("--exchange", metavar="N", type=int, help="Rounds between two exchanges.")
@click.option("--dry-run", is_flag=True, help="Print the configuration and an estimate.")
@service_options
@workplace_options
@minutes_option
@runs_option
@report_options
@click.pass_obj
def evolve(
    reporter: Report | None,
    /,
    *,
    config_file: Path | None,
    name: str | None,
    preset: str | None,
    dry_run: bool,
    record: Path | None,
    minutes: float | None,
    runs_folder: Path,
    report: bool,
    report_every: int,
    **flags: Any,
) -> None:
    """Evolve champions, each against all its ancestors.

    Settings come from the preset, then CONFIG.toml, then the flags. With neither a file nor a
    preset, the preset is "quick". A run of this name and the same settings is continued, or
    shown when it is finished; one of other settings is refused.
    """
    with failures():
        service = make_service(**{key: flags.pop(key) for key in SERVICE_FLAGS})
        workplace = make_workplace(**{key: flags.pop(key) for key in WORKPLACE_FLAGS})
        config = configure(config_file, preset, flags)
        folder = runs_folder / run_name(name, preset, config_file)
        if dry_run:
            _dry_run(config, workplace.threads, service)
            return
        if has_run(folder):
            refuse_other(folder, config)
        else:
            _check(config, service)
        with recorded(folder, record):
            reporting = Reporting(reporter, report, report_every)
            _work(folder, workplace, config, minutes, service, reporting=reporting)


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--base-url", help="Where the model's server is, this time.")
@click.option("--concurrency", type=int, help="Most calls of a model at a time, this time.")
@service_options
@workplace_options
@minutes_option
@report_options
@click.pass_obj
def resume(
    reporter: Report | None,
    /,
    folder: Path,
    *,
    base_url: str | None,
    concurrency: int | None,
    record: Path | None,
    minutes: float | None,
    report: bool,
    report_every: int,
    **flags: Any,
) -> None:
    """Continue the run in FOLDER to the result it would have had."""
    with failures():
        if not has_run(folder):
            raise FolderError(f"expected a run's folder: got {no_run_words(folder)}")
        workplace = make_workplace(**{key: flags.pop(key) for key in WORKPLACE_FLAGS})
        service = make_service(**flags)
        config = read_folder_config(folder)
        refuse_one_island(folder, config)
        config = changed_calls(config, base_url, concurrency)
        with recorded(folder, record):
            reporting = Reporting(reporter, report, report_every)
            _work(folder, workplace, config, minutes, service, reporting=reporting)


def _check(config: RunConfig, service: Service) -> None:
    """Refuses a run whose proposals cannot be had, before it leaves a folder."""
    try:
        service.check(config)
    except MutatorUnavailable as error:
        raise Misused(safe(error)) from None


def _dry_run(config: RunConfig, workers: int, service: Service) -> None:
    click.echo(format_config(config))
    for line in estimate_lines(estimate(config, workers, service), workers):
        click.echo(f"# {line}")


def _show_if_finished(folder: Path) -> bool:
    """Shows a finished run again; whether it is one."""
    try:
        summary = summarise_any(folder)
    except StoreError:
        return False  # opening it for writing tells what is wrong, or mends a first crash
    folders = lineage_folders(folder, summary.config)
    if summary.state != "finished" or not all(
        champion_path(place, number).exists()
        for place, run in zip(folders, summary.islands, strict=True)
        for number in range(len(run.champions))
    ):
        return False
    click.echo(f"{printable(str(folder))} is finished; nothing was changed. Its result:")
    show_result(summary)
    return True


def _work(
    folder: Path,
    workplace: Workplace,
    config: RunConfig,
    minutes: float | None,
    service: Service,
    *,
    reporting: Reporting,
) -> None:
    if has_run(folder) and _show_if_finished(folder):
        return
    workplace.check()
    command = [Path(sys.argv[0]).name, *sys.argv[1:]]
    how = f"continue with:\n  redqueen resume {shlex.quote(printable(str(folder)))}"
    try:
        with opened_run(
            folder, config, command=command, executor=workplace.open, service=service
        ) as run:
            _warn_of_other_engines(run)
            state = _advance(run, minutes, service, reporting)
    except KeyboardInterrupt:
        raise Interrupted(f"stopped at once; all finished batches are kept; {how}") from None
    except (WriteError, MutatorUnavailable, ExecutorError) as error:
        kept = f"\nall finished batches are kept; {how}" if has_run(folder) else ""
        raise ended(error, f"{safe(error)}{kept}") from None
    if state == "interrupted":
        raise Interrupted(f"stopped; everything is saved; {how}")
    click.echo(f"{printable(str(folder))} is {state}" + (f"; {how}" if state == "stopped" else "."))
    show_result(summarise_any(folder))
    reporting.write(folder)


def _warn_of_other_engines(run: Run | Islands) -> None:
    stores = [one.store for one in run.runs]
    if words := version_warning(stores):
        click.echo(words, err=True)


def _advance(
    run: Run | Islands, minutes: float | None, service: Service, reporting: Reporting
) -> str:
    """Works until the run is "finished", its time is up ("stopped") or it is "interrupted"."""
    stop = service.stop
    with stop_requests(stop, minutes) as asked, progress_bar(run.config) as (show, show_fault):
        try:
            told = reporting.watching(show, run.folder)
            finished = run.advance(told, stop.is_set, show_fault)
        except MutatorUnavailable as error:
            run.log("stopped", str(error))
            raise
        state = "finished" if finished else "interrupted" if asked() else "stopped"
        run.log(state)
    return state
