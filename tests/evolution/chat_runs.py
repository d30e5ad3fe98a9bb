"""Runs whose proposals come from a local chat server that answers each question always alike."""

import hashlib
import json
from typing import Any

from evolution.config import RunConfig
from tests.evolution.small_runs import small_config
from tests.llm_mutator.chat_stub import Answer, completion

LINES = ("MOV.I ${0}, $1", "SPL.B ${0}, $0", "ADD.AB #{0}, $3", "JMP.B ${0}, $0", "DJN.F $-1, <{0}")
USAGE = {"prompt_tokens": 2000, "completion_tokens": 1000, "total_tokens": 3000}


def digest_of(request: dict[str, Any]) -> str:
    """What a question is, for counting."""
    return hashlib.sha256(json.dumps(request["messages"]).encode()).hexdigest()


def reply_text(request: dict[str, Any]) -> str:
    """A small program that depends on nothing but the question; one in four has an error."""
    digest = bytes.fromhex(digest_of(request))
    lines = [LINES[byte % len(LINES)].format(byte // 8) for byte in digest[:4]]
    if digest[4] % 4 == 0:
        lines[0] = "MOV.I $nowhere, $1"
    return "A plan.\n```redcode\n;redcode\n;name Stub\n" + "\n".join(lines) + "\nEND\n```"


def answer(request: dict[str, Any]) -> Answer:
    """The completion with that program."""
    return completion(reply_text(request), usage=USAGE)


def chat_config(url: str, **changes: Any) -> RunConfig:
    """A run of two rounds on the nano core with a chat model that has no price."""
    llm = {"model": "stub", "base_url": url, "retries": 0, "patience": 0.0, "timeout": 20.0}
    return small_config(
        rounds=2,
        search={"iterations": 24, "batch": 8, "fresh": 4},
        mutator={"kind": "llm", "llm": llm | changes.pop("llm", {}), **changes.pop("mutator", {})},
        **changes,
    )
