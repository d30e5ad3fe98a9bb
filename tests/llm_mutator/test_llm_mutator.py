"""The mutator that asks a chat model: what it asks, what a reply becomes, repairs."""

import threading
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from llm_mutator.calls import Call, CallKey, Reply, subject_of
from llm_mutator.feedback import ArchiveView, Feedback, OneToOne, Opponent, ParentReport
from llm_mutator.llm import LLMMutator, read_reply
from llm_mutator.llm_config import LLMConfig
from llm_mutator.mutator import MutationRequest, MutatorUnavailable, Proposal
from llm_mutator.prompts import render_messages, render_repair
from mars.settings import CoreSettings
from tests.llm_mutator.prompt_texts import IMP, STONE

GOOD = Reply("```\n;assert 1\nMOV 0, 1\n```", "m", finish="stop")
BAD = Reply("Plan.\n```\nMOV 0, 1\nJMP nowhere\n```", "m", finish="stop")
BAD_SOURCE = "MOV 0, 1\nJMP nowhere\n"
REQUEST = MutationRequest("mutate", (STONE,), CoreSettings(), round=3, number=14)
SEED = np.random.SeedSequence(1)


class Script:
    """A chat model that says its lines, one after the other."""

    def __init__(self, *replies: Reply | Exception) -> None:
        self.replies = list(replies)
        self.calls: list[Call] = []

    def ask(self, call: Call) -> Reply:
        self.calls.append(call)
        reply = self.replies.pop(0)
        if isinstance(reply, Exception):
            raise reply
        return reply


def propose(
    replies: Sequence[Reply], config: LLMConfig | None = None, request: MutationRequest = REQUEST
) -> tuple[Proposal, Script]:
    """The proposal made of these replies, all of which must be asked for."""
    script = Script(*replies)
    chosen = LLMConfig("m") if config is None else config
    made = LLMMutator(chosen, script).propose(request, SEED)
    assert not script.replies
    return made, script


def test_propose__asks_with_the_proposals_own_key_and_subject() -> None:
    made, script = propose([GOOD])
    (call,) = script.calls
    assert call.key == CallKey(3, 14, 0)
    assert call.subject == subject_of("", "mutate", (STONE.id,))
    assert call.messages == render_messages(REQUEST, "informed")
    assert made == Proposal(";assert 1\nMOV 0, 1\n", "llm.informed.mutate@m", "", (GOOD,))


@pytest.mark.parametrize("style", ["blind", "informed"])
def test_propose__only_the_informed_style_asks_for_feedback(style: str) -> None:
    asked: list[int] = []

    def tell() -> Feedback:
        asked.append(1)
        report = ParentReport(0.5, 0, (OneToOne(0, 0, 9),))
        known = (Opponent("w_0", replace(IMP, name="Walker")),)
        return Feedback("pairwise", 3.0, known, (report,), ArchiveView((), {0: 0.5}))

    config = LLMConfig("m", style="blind" if style == "blind" else "informed")
    made, script = propose([BAD, GOOD], config, replace(REQUEST, feedback=tell))
    assert made.operator == f"llm.{style}.mutate+repair@m"
    assert len(asked) == (style == "informed")
    assert ("Walker" in script.calls[0].messages[1].content) == (style == "informed")


def test_propose__a_reply_that_does_not_assemble_is_sent_back_with_the_errors() -> None:
    made, script = propose([BAD, GOOD])
    first, second = script.calls
    assert second.key == CallKey(3, 14, 1)
    assert second.subject == first.subject
    error = read_reply(BAD, CoreSettings())[1]
    assert error.startswith("reply:2:5: ")
    repair = render_repair(BAD, BAD_SOURCE, error, CoreSettings())
    assert second.messages == (*first.messages, *repair)
    assert error in second.messages[3].content
    assert [message.role for message in second.messages] == ["system", "user", "assistant", "user"]
    assert made == Proposal(
        ";assert 1\nMOV 0, 1\n", "llm.informed.mutate+repair@m", "", (BAD, GOOD)
    )


@pytest.mark.parametrize("repairs", [0, 1, 3])
def test_propose__repairs_as_often_as_allowed(repairs: int) -> None:
    replies = [replace(BAD, seconds=float(n)) for n in range(1 + repairs)]
    made, script = propose(replies, LLMConfig("m", repairs=repairs))
    assert [call.key.attempt for call in script.calls] == list(range(1 + repairs))
    assert made.replies == tuple(replies)
    assert made.source == BAD_SOURCE
    assert made.error.startswith("reply:2:5: ")
    assert ("+repair" in made.operator) == (repairs > 0)
    # A second repair follows the last reply alone, so that conversations stay short.
    assert {len(call.messages) for call in script.calls[1:]} <= {4}


@pytest.mark.parametrize(
    "reply",
    [
        replace(GOOD, text="", finish="stop"),
        replace(GOOD, text=" \n", finish="length"),
        replace(GOOD, text="I cannot help with that.", finish="refusal"),
        replace(BAD, finish="content_filter"),
        Reply("", "m", fault="server down"),
    ],
)
def test_propose__nothing_to_repair(reply: Reply) -> None:
    made, script = propose([reply])
    assert len(script.calls) == 1
    assert made.error
    assert "+repair" not in made.operator


def test_propose__a_fault_during_the_repair_keeps_what_there_was() -> None:
    fault = Reply("", "m", fault="server down")
    made, _ = propose([BAD, fault], LLMConfig("m", repairs=5))
    assert made.source == BAD_SOURCE
    assert made.error == (
        f"{read_reply(BAD, CoreSettings())[1]}\nno reply to the repair: server down"
    )
    assert made.replies == (BAD, fault)
    assert made.operator == "llm.informed.mutate+repair@m"


def test_propose__that_nobody_can_be_asked_goes_through() -> None:
    script = Script(MutatorUnavailable("wrong key"))
    with pytest.raises(MutatorUnavailable, match="wrong key"):
        LLMMutator(LLMConfig("m"), script).propose(REQUEST, SEED)


@pytest.mark.parametrize(
    ("reply", "source", "error"),
    [
        (GOOD, ";assert 1\nMOV 0, 1\n", ""),
        # Cut off, and yet a program.
        (replace(GOOD, finish="length"), ";assert 1\nMOV 0, 1\n", ""),
        (Reply("", "m"), "", "expected Redcode in the reply: got no text"),
        (Reply("No.", "m"), "", "expected Redcode in the reply: got none"),
        (
            Reply("I think", "m", finish="length"),
            "",
            "expected Redcode in the reply: got none (the reply was cut off at max_tokens)",
        ),
        (
            Reply("No.", "m", finish="refusal"),
            "",
            "expected Redcode in the reply: got none (the model refused)",
        ),
        (
            Reply("", "m", finish="content_filter"),
            "",
            "expected Redcode in the reply: got no text (the model refused: content_filter)",
        ),
        (Reply("", "m", fault="no server"), "", "no reply: no server"),
    ],
)
def test_read_reply__table(reply: Reply, source: str, error: str) -> None:
    assert read_reply(reply, CoreSettings()) == (source, error)


def test_read_reply__slips_are_put_right_only_where_nothing_assembles_as_it_is() -> None:
    slip = "SPL 0, 0\nMOV \u22121, 1\n"
    assert read_reply(Reply(f"```\n{slip}```", "m"), CoreSettings()) == (
        slip.replace("\u2212", "-"),
        "",
    )
    kept = "MOV 0, 1 ; \u2212 stays\n"
    assert read_reply(Reply(f"```\n{kept}```", "m"), CoreSettings()) == (kept, "")


def test_read_reply__a_line_that_would_be_lost_is_an_error() -> None:
    """pMARS takes JGT for a label, finds `start` given again, and drops the line."""
    text = "```\nstart MOV.I $2, @2\nJGT start, aim\naim DAT #0, #4\n```"
    _, error = read_reply(Reply(text, "m"), CoreSettings())
    assert error == "reply:2:5: expected a new label, line ignored: got 'start'"


def test_read_reply__of_several_ways_to_fail_the_one_with_the_fewest_errors() -> None:
    slips = "MOV \u22121, 1\nADD \u22122, 3\nJMP nowhere\n"
    source, error = read_reply(Reply(f"```\n{slips}```", "m"), CoreSettings())
    assert source == slips.replace("\u2212", "-")
    assert error.startswith("reply:3:5: ")
    assert "\n" not in error


@pytest.mark.parametrize(
    ("text", "begin", "lines"),
    [
        ("MOV 0, 1\nJMP nowhere\n", "reply:2:5: ", 1),
        ("JMP no\n" * 50, "reply:1:5: ", 20),
        ("DAT 0\n" * 101, "reply:101:", 1),
    ],
)
def test_read_reply__errors_are_as_a_user_would_see_them(text: str, begin: str, lines: int) -> None:
    source, error = read_reply(Reply(f"```\n{text}```", "m", finish="length"), CoreSettings())
    assert source == text
    assert error.startswith(begin)
    assert error.endswith(" (the reply was cut off at max_tokens)")
    assert len(error.splitlines()) == lines


def test_llm_mutator__uses_the_templates_of_its_configuration() -> None:
    config = LLMConfig("m", style="blind", prompts={"mutate": "Mend it: <<parents>>"})
    _, script = propose([GOOD], config)
    assert script.calls[0].messages[1].content.startswith("Mend it: The warrior, its name")
    with pytest.raises(ValueError, match=r"prompts must be of .*: got 'mutat'"):
        LLMMutator(LLMConfig("m", prompts={"mutat": "x"}), Script())


def test_llm_mutator__may_be_asked_from_many_threads() -> None:
    class Echo:
        """Answers with the proposal's number, once all ask."""

        def __init__(self) -> None:
            self.all = threading.Barrier(8, timeout=10)

        def ask(self, call: Call) -> Reply:
            self.all.wait()
            return Reply(f"```\nDAT {call.key.number}\n```", "m")

    mutator = LLMMutator(LLMConfig("m", concurrency=8), Echo())
    assert mutator.concurrency == 8
    made: dict[int, str] = {}

    def work(number: int) -> None:
        made[number] = mutator.propose(replace(REQUEST, number=number), SEED).source

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert made == {number: f"DAT {number}\n" for number in range(8)}
