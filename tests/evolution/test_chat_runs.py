"""Runs with a chat model: reproducible, never paying twice, stopping at caps."""

import os
import signal
import subprocess
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from evolution.cli import evolve, resume
from evolution.config import RunConfig
from evolution.ledger import read_lost, read_replies, read_spent
from evolution.service import Service
from evolution.session import opened
from evolution.store import DATABASE, Store
from llm_mutator.mutator import MutatorUnavailable
from llm_mutator.prices import read_prices
from llm_mutator.recording import format_recording, read_recording
from tests.evolution.chat_runs import answer, chat_config, digest_of
from tests.evolution.small_runs import ROOT, command, rows_of, run_whole
from tests.llm_mutator.chat_stub import Answer, chat_server, failure

PRICES = '[[price]]\nmodel = "stub"\ninput = 2.0\ncached_input = 1.0\noutput = 8.0\n'
NANO = ("--preset", "nano", "--rounds", "1", "--batch", "8", "--iterations", "16", "--workers", "1")


def replies_of(folder: Path) -> list[Any]:
    """All stored replies, but for how long they took."""
    with Store(folder / DATABASE) as store:
        return [(key, subject, vars(r) | {"seconds": 0}) for key, subject, r in read_replies(store)]


def invoke(*arguments: str) -> Result:
    return CliRunner().invoke(evolve, list(arguments))


def two_batches(folder: Path, config: RunConfig, service: Service) -> bool:
    """Goes on for two batches; whether the run is finished."""
    batches = iter(range(2))
    with opened(folder, config, service=service) as run:
        return run.advance(should_stop=lambda: next(batches, None) is None)


@pytest.mark.parametrize("style", ["blind", "informed"])
def test_run__concurrency_never_changes_a_result(tmp_path: Path, style: str) -> None:
    """Replies come out of order, and the rows are the same."""

    def late(request: dict[str, Any]) -> Answer:
        time.sleep(int(digest_of(request)[:2], 16) / 10_000)
        return answer(request)

    rows, replies = [], []
    with chat_server(late) as stub:
        for concurrency in (1, 6):
            llm = {"style": style, "concurrency": concurrency}
            folder = tmp_path / str(concurrency)
            rows.append(run_whole(folder, chat_config(stub.url, llm=llm), workers=concurrency))
            del rows[-1]["run"]  # it says how many
            replies.append(replies_of(folder))
    assert rows[0] == rows[1]
    assert replies[0] == replies[1]
    assert {key.attempt for key, _, _ in replies[0]} == {0, 1}


def test_run__bandit_of_two_models_and_genetic_operators_resumes_alike(tmp_path: Path) -> None:
    """Its state comes from the store alone."""
    prices = tmp_path / "prices.toml"
    prices.write_text(PRICES + PRICES.replace("stub", "dear").replace("2.0", "4.0"))
    models = [{"model": "stub"}, {"model": "dear", "weight": 2}]
    with chat_server(answer) as stub:
        config = chat_config(
            stub.url,
            llm={"models": models},
            mutator={"kind": "mixed", "bandit": True, "worth": 0.5},
        )
        service = Service(prices=read_prices(prices))
        with opened(tmp_path / "whole", config, service=service) as run:
            assert run.advance()
        while not two_batches(tmp_path / "parts", config, service):
            pass
    assert rows_of(tmp_path / "whole") == rows_of(tmp_path / "parts")
    operators = {row[4] for row in rows_of(tmp_path / "whole")["proposals"]}
    assert any(operator.startswith("genetic.") for operator in operators)
    assert any(operator.endswith("@stub") for operator in operators)
    assert any(operator.endswith("@dear") for operator in operators)


def test_run__killed_while_it_waits_asks_for_nothing_twice(tmp_path: Path) -> None:
    """What had come is not asked again, what had not is."""
    held = threading.Event()
    asked: list[str] = []
    lock = threading.Lock()

    def hold(request: dict[str, Any]) -> Answer:
        with lock:
            asked.append(digest_of(request))
            late = len(asked) > 10
        if late:
            held.wait(30)
        return answer(request)

    folder = tmp_path / "runs" / "llm"
    with chat_server(hold) as stub:
        arguments = (*NANO, "--model", "stub", "--base-url", stub.url, "--repairs", "0")
        victim = subprocess.Popen(
            command("evolve", *arguments, "--name", "llm", "--runs", str(tmp_path / "runs")),
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
        )
        try:
            for _ in range(600):
                # Ten have come, and as many as are allowed at a time are under way.
                if (
                    len(asked) == 10 + 8
                    and (folder / DATABASE).exists()
                    and len(replies_of(folder)) == 10
                ):
                    break
                time.sleep(0.1)
        finally:
            victim.send_signal(signal.SIGKILL)
            victim.wait()
            held.set()
        stored = len(replies_of(folder))
        assert stored == 10
        before = len(asked)
        with Store(folder / DATABASE) as store:
            under_way = read_lost(store)
            assert len(under_way) == before - stored == 8
            assert read_spent(store).tokens == 3000 * stored + sum(row[5] for row in under_way)
        done = CliRunner().invoke(resume, [str(folder)])
        assert done.exit_code == 0, done.output
    after = replies_of(folder)
    with Store(folder / DATABASE) as store:
        # What was under way may have been billed, and counts at its most for good.
        assert store.query("SELECT count(*) FROM faults") == [(before - stored,)]
        assert read_lost(store) == []
        assert read_spent(store).tokens > 3000 * len(after) + 4096 * (before - stored)
    assert len(asked) - before == len(after) - stored
    with chat_server(answer) as stub:
        whole = invoke(*arguments[:-3], stub.url, "--repairs", "0", "--name", "whole", "--runs",
                       str(tmp_path / "runs"))  # fmt: skip
    assert whole.exit_code == 0, whole.output
    assert rows_of(folder)["proposals"] == rows_of(tmp_path / "runs" / "whole")["proposals"]


def test_evolve__a_cap_stops_and_a_higher_one_goes_on(tmp_path: Path) -> None:
    (tmp_path / "prices.toml").write_text(PRICES)
    runs = ["--runs", str(tmp_path)]
    with chat_server(answer) as stub:
        arguments = [*NANO, "--model", "stub", "--base-url", stub.url, *runs]
        priced = ["--prices", str(tmp_path / "prices.toml")]
        stopped = invoke(*arguments, "--name", "capped", *priced, "--max-cost", "0.3")
        assert stopped.exit_code == 3, stopped.output
        assert "$0.3000" in stopped.output
        assert "redqueen resume" in stopped.output
        with Store(tmp_path / "capped" / DATABASE) as store:
            spent = store.query("SELECT total(cost) FROM replies")[0][0]
        assert 0 < spent <= 0.3
        # The cap holds without being named again.
        again = CliRunner().invoke(resume, [str(tmp_path / "capped"), *priced])
        assert again.exit_code == 3, again.output
        more = ["--max-cost", "none", "--max-tokens", "none"]
        done = CliRunner().invoke(resume, [str(tmp_path / "capped"), *priced, *more])
        assert done.exit_code == 0, done.output
        assert invoke(*arguments, "--name", "whole", *priced).exit_code == 0
    assert rows_of(tmp_path / "capped") == rows_of(tmp_path / "whole")
    assert replies_of(tmp_path / "capped") == replies_of(tmp_path / "whole")


def test_evolve__a_wrong_key_stops_at_once(tmp_path: Path) -> None:
    def refuse(_: dict[str, Any]) -> Answer:
        return failure(401, "Incorrect API key provided: sk-secret12345")

    with chat_server(refuse) as stub:
        done = invoke(*NANO, "--model", "stub", "--base-url", stub.url, "--runs", str(tmp_path))
    assert done.exit_code == 4
    assert "expected a valid key in OPENAI_API_KEY" in done.output
    assert "secret12345" not in done.output
    assert len(stub.requests) <= 8


def test_evolve__recorded_and_replayed_without_a_server(tmp_path: Path) -> None:
    file = tmp_path / "replies.jsonl"
    with chat_server(answer) as stub:
        model = ["--model", "stub", "--base-url", stub.url]
        first = invoke(*NANO, *model, "--runs", str(tmp_path / "a"), "--record", str(file))
        assert first.exit_code == 0, first.output
        asked = len(stub.requests)
    again = invoke(*NANO, *model, "--runs", str(tmp_path / "b"), "--replay", str(file))
    assert again.exit_code == 0, again.output
    assert len(stub.requests) == asked
    a, b = tmp_path / "a" / "nano", tmp_path / "b" / "nano"
    assert rows_of(a) == rows_of(b)
    with Store(a / DATABASE) as one, Store(b / DATABASE) as other:
        assert format_recording(read_replies(one)) == format_recording(read_replies(other))
    assert set(read_recording(file).entries)
    other = invoke(*NANO, *model[2:], "--model", "other", "--runs", str(tmp_path / "d"), "--replay",
                   str(file))  # fmt: skip
    assert other.exit_code == 4
    assert "expected a recording of model 'other'" in other.output
    longer = invoke(
        *NANO, *model, "--seed", "5", "--runs", str(tmp_path / "c"), "--replay", str(file)
    )
    assert longer.exit_code == 4
    assert "expected a recording of this run" in longer.output
    assert replies_of(tmp_path / "c" / "nano") == []


def test_evolve__record_never_overwrites_something_else(tmp_path: Path) -> None:
    precious = tmp_path / "thesis.tex"
    precious.write_text("years of work")
    done = invoke("--preset", "nano", "--runs", str(tmp_path), "--record", str(precious))
    assert done.exit_code == 2
    assert "expected a new file or a recording" in done.output
    assert precious.read_text() == "years of work"
    assert not (tmp_path / "nano").exists()


def test_evolve__record_never_harms_the_run(tmp_path: Path) -> None:
    arguments = [*NANO, "--runs", str(tmp_path)]
    for name in ("config.toml", ".lock", "champions/x.jsonl"):
        done = invoke(*arguments, "--record", str(tmp_path / "nano" / name))
        assert done.exit_code == 2
        assert "expected a file outside of the run's folder" in done.output
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for option in ("--record", "--replay", "--prices"):
        done = invoke(*arguments, option, str(pipe))
        assert done.exit_code == 2
        assert "which is none" in done.output


def test_evolve__one_models_options_are_refused_where_there_are_several(tmp_path: Path) -> None:
    file = tmp_path / "two.toml"
    text = '[mutator]\nkind = "llm"\n[[mutator.llm.models]]\nmodel = "a"\nbase_url = "{}"\n'
    with chat_server(answer) as stub:
        file.write_text(text.format("http://127.0.0.1:9/v1") + "[mutator.llm]\npatience = 0\n")
        arguments = [str(file), *NANO, "--runs", str(tmp_path), "--name", "two"]
        for option in (["--model", "b"], ["--base-url", stub.url]):
            done = invoke(*arguments, *option)
            assert done.exit_code == 2
            assert "to be changed in the file" in done.output
        assert invoke(*arguments).exit_code == 4
        moved = CliRunner().invoke(resume, [str(tmp_path / "two"), "--base-url", stub.url])
        assert moved.exit_code == 2
        file.write_text(text.format(stub.url))
        done = invoke(*arguments)
        assert done.exit_code == 0, done.output
        assert stub.requests


def test_run__calls_that_fail_for_good_are_rejected_and_replayed(tmp_path: Path) -> None:
    """One question in eight is refused; the run goes on, and a recording has it."""

    def sometimes(request: dict[str, Any]) -> Answer:
        if int(digest_of(request)[:2], 16) % 8 == 0:
            return failure(400, "no such thing")
        return answer(request)

    with chat_server(sometimes) as stub:
        config = chat_config(stub.url, llm={"max_failures": 100})
        rows = run_whole(tmp_path / "live", config)
    refused = [row for row in rows["proposals"] if "no such thing" in row[8]]
    assert refused
    with Store(tmp_path / "live" / DATABASE) as store:
        text = format_recording(read_replies(store))
    (tmp_path / "recording.jsonl").write_text(text)
    service = Service(recording=read_recording(tmp_path / "recording.jsonl"))
    with opened(tmp_path / "replayed", config, service=service) as run:
        assert run.advance()
    assert rows_of(tmp_path / "replayed") == rows


def test_run__a_server_that_is_gone_stops_it_with_nothing_lost(tmp_path: Path) -> None:
    with chat_server(answer) as stub:
        config = chat_config(stub.url)
        assert not two_batches(tmp_path, config, Service())
    before = rows_of(tmp_path)
    with opened(tmp_path) as run, pytest.raises(MutatorUnavailable):
        run.advance()
    assert rows_of(tmp_path) == before


def test_evolve__ctrl_c_while_waiting_keeps_what_has_come(tmp_path: Path) -> None:
    """The replies under way are waited for, no further ones are asked for."""
    asked = []
    release = threading.Event()

    def hold(request: dict[str, Any]) -> Answer:
        asked.append(request)
        release.wait(30)
        return answer(request)

    with chat_server(hold) as stub:
        arguments = (*NANO, "--model", "stub", "--base-url", stub.url, "--concurrency", "3")
        process = subprocess.Popen(
            command("evolve", *arguments, "--name", "llm", "--runs", str(tmp_path)),
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(600):
            if len(asked) == 3:
                break
            time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        time.sleep(0.5)
        release.set()
        _, said = process.communicate(timeout=60)
    assert process.returncode == 130, said
    assert "redqueen resume" in said
    assert len(asked) == 3
    assert len(replies_of(tmp_path / "llm")) == 3
