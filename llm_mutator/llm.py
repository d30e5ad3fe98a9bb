"""The mutator that asks a chat model: prompt, reply, perhaps a repair, one proposal."""

from typing import Final

import numpy as np

from llm_mutator.adaptive import LLMOperator, format_llm_operator
from llm_mutator.calls import Call, CallKey, Message, Reply, subject_of
from llm_mutator.desk import ChatModel
from llm_mutator.extract import candidate_sources
from llm_mutator.llm_config import LLMConfig
from llm_mutator.mutator import MutationRequest, Proposal
from llm_mutator.prompts import render_messages, render_repair
from llm_mutator.templates import templates_with
from mars.assembler import RedcodeError, check
from mars.settings import CoreSettings

# What the end of a reply explains when it is no warrior.
_ENDINGS: Final = {
    "length": " (the reply was cut off at max_tokens)",
    "refusal": " (the model refused)",
    "content_filter": " (the model refused: content_filter)",
}
_REFUSALS: Final = ("refusal", "content_filter")
_MOST_ERRORS: Final = 20
_LOST_LINE: Final = "expected a new label, line ignored"


class LLMMutator:
    """Proposes what a chat model writes; what does not assemble is a rejected proposal.

    Args:
        config: Of one model: its name, the style of its prompts, how often it may repair.
        model: Who answers.

    Raises:
        ValueError: A template of the configuration cannot be used.
    """

    def __init__(self, config: LLMConfig, model: ChatModel) -> None:
        self._config = config
        self._model = model
        self._templates = templates_with(config.prompts)

    @property
    def concurrency(self) -> int:
        """How many calls the configuration allows at a time."""
        return self._config.concurrency

    def propose(self, request: MutationRequest, seed: np.random.SeedSequence) -> Proposal:
        """Asks once, and again with the errors while the reply does not assemble.

        The seed decides nothing: a model's replies are not reproducible but from a store.

        Raises:
            MutatorUnavailable: There is no reply to be had, nor would there be to others.
        """
        asked = render_messages(request, self._config.style, self._templates)
        reply = self._ask(request, asked, 0)
        replies = [reply]
        source, error = read_reply(reply, request.settings)
        for attempt in range(1, self._config.repairs + 1):
            if not error or not is_repairable(reply):
                break
            repair = render_repair(reply, source, error, request.settings, self._templates)
            reply = self._ask(request, (*asked, *repair), attempt)
            replies.append(reply)
            if reply.fault:
                error = f"{error}\nno reply to the repair: {reply.fault}"
                break
            source, error = read_reply(reply, request.settings)
        return Proposal(source, self._operator(request, len(replies) > 1), error, tuple(replies))

    def _ask(self, request: MutationRequest, messages: tuple[Message, ...], attempt: int) -> Reply:
        parents = tuple(parent.id for parent in request.parents)
        subject = subject_of(request.origin, request.task, parents)
        key = CallKey(request.round, request.number, attempt)
        return self._model.ask(Call(key, subject, messages))

    def _operator(self, request: MutationRequest, repaired: bool) -> str:
        config = self._config
        return format_llm_operator(LLMOperator(config.style, request.task, config.model, repaired))


def read_reply(reply: Reply, settings: CoreSettings) -> tuple[str, str]:
    """The source in a reply, and why it is no warrior, or empty.

    Of the ways to read the reply, the first that assembles counts; where none does, the first
    of those with the fewest errors. The same for a stored reply as for a fresh one.
    """
    if reply.fault:
        return "", f"no reply: {reply.fault}"
    failed: list[tuple[str, str]] = []
    for source in candidate_sources(reply.text):
        error = assembly_error(source, settings)
        if not error:
            return source, ""
        failed.append((source, error))
    if not failed:
        got = "none" if reply.text.strip() else "no text"
        failed.append(("", f"expected Redcode in the reply: got {got}"))
    source, error = min(failed, key=lambda read: read[1].count("\n"))
    return source, error + _ENDINGS.get(reply.finish, "")


def is_repairable(reply: Reply) -> bool:
    """Whether a reply that does not assemble is worth sending back: it says something."""
    return not reply.fault and reply.finish not in _REFUSALS and bool(reply.text.strip())


def assembly_error(source: str, settings: CoreSettings) -> str:
    """Why a source is not the warrior it means to be, one error a line, the first few; or empty.

    A word that pMARS takes for a label given twice, with the rest of its line, is an error here:
    a model does not mean that.
    """
    try:
        warnings = check(source, settings, path="reply").warnings
    except RedcodeError as error:
        lines = str(error).splitlines()
    else:
        lines = [str(warning) for warning in warnings if _LOST_LINE in warning.message]
    more = len(lines) - _MOST_ERRORS
    return "\n".join(lines[:_MOST_ERRORS] + ([f"and {more} more"] if more > 0 else []))
