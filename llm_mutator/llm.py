"""The mutator that asks a chat model: prompt, one reply, one proposal."""

from collections.abc import Callable
from typing import Final

import numpy as np

from llm_mutator.client import ChatModel
from llm_mutator.extract import extract_source
from llm_mutator.mutator import MutationRequest, Proposal, Reply
from llm_mutator.prompts import render_messages
from mars.assembler import RedcodeError, assemble
from mars.settings import CoreSettings

OnReply = Callable[[Reply], None]

_MOST_ERRORS: Final = 20


class LLMMutator:
    """Proposes what a chat model writes; what does not assemble is a rejected proposal.

    Args:
        model: Who answers.
        on_reply: Called with each reply as it arrives, before anything is read out of it,
            and from the thread that asked: a paid reply can be stored even if the process
            dies over its text.
    """

    def __init__(self, model: ChatModel, on_reply: OnReply | None = None) -> None:
        self._model = model
        self._on_reply = on_reply

    def propose(self, request: MutationRequest, seed: np.random.SeedSequence) -> Proposal:
        """Asks once. The seed decides nothing: a model's replies are not reproducible.

        Raises:
            MutatorUnavailable: There is no reply to be had.
        """
        reply = self._model.complete(render_messages(request))
        if self._on_reply is not None:
            self._on_reply(reply)
        return read_reply(reply, request)


def read_reply(reply: Reply, request: MutationRequest) -> Proposal:
    """The proposal that a reply makes; the same for a stored reply as for a fresh one."""
    operator = f"llm.{request.task}"
    source = extract_source(reply.text)
    if not source:
        got = "no text" if not reply.text.strip() else "none"
        return Proposal("", operator, f"expected Redcode in the reply: got {got}", (reply,))
    return Proposal(source, operator, assembly_error(source, request.settings), (reply,))


def assembly_error(source: str, settings: CoreSettings) -> str:
    """Why a source does not assemble, one error a line, the first few; empty if it does."""
    try:
        assemble(source, settings, path="reply")
    except RedcodeError as error:
        lines = str(error).splitlines()
        more = len(lines) - _MOST_ERRORS
        return "\n".join(lines[:_MOST_ERRORS] + ([f"and {more} more"] if more > 0 else []))
    return ""
