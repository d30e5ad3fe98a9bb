"""A chat model behind any OpenAI-compatible server: one HTTP try, a `Reply` or a `CallFault`.

The key comes from the environment variable that the configuration names, and no text made here
ever holds it.
"""

import os
import re
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, Final

from llm_mutator.budget import most_prompt_tokens
from llm_mutator.calls import Message, Reply
from llm_mutator.completion import Asked, error_of, parse_body, read_completion
from llm_mutator.connection import (
    OPENAI_URL,
    Connection,
    Lost,
    Unsendable,
    check_key,
    is_openai,
)
from llm_mutator.faults import CallFault, Failure, Kind, kind_of_status, read_retry_after
from llm_mutator.llm_config import LLMConfig
from llm_mutator.mutator import MutatorUnavailable
from llm_mutator.secret import Secret
from llm_mutator.wire import MAX_BODY, Exchange

_MAX_NAME: Final = 200
_MAX_FINISH: Final = 40
_MAX_REASON: Final = 300
# Not a plain "support": a bound too large for what a model supports is another error.
_UNSUPPORTED: Final = re.compile(
    "unsupported|not supported?|deprecated|not permitted|unknown|unrecognized|extra_forbidden", re.I
)
_OTHER_LIMIT: Final = {
    "max_tokens": "max_completion_tokens",
    "max_completion_tokens": "max_tokens",
}


@dataclass(frozen=True)
class _Form:
    """What a server wants to be asked like.

    Attributes:
        limit: The name of the bound on tokens.
        temperature: Whether it takes a temperature.
    """

    limit: str
    temperature: bool = True


class ChatClient:
    """A connection to a configuration's one model; used from many threads at once.

    Raises:
        MutatorUnavailable: A key is needed and the environment has none, or the URL is no good.
    """

    def __init__(self, config: LLMConfig) -> None:
        self._config = config
        self._secret = Secret(os.environ.get(config.key_variable, "").strip())
        url = config.base_url or OPENAI_URL
        try:
            check_key(url, self._secret, config.key_variable)
            self._connection = Connection(url, self._secret, config.timeout)
        except ValueError as error:
            raise MutatorUnavailable(str(error)) from None
        # Other servers know only the old name, OpenAI's newer models only the new one.
        self._form = _Form("max_completion_tokens" if is_openai(url) else "max_tokens")

    def send(self, messages: Sequence[Message]) -> Reply:
        """Asks once; the reply has no cost yet.

        Where a server says that it does not take the temperature, or the name of the bound on
        tokens, it is asked once more without, and from then on.

        Raises:
            CallFault: There is no reply.
        """
        form = self._form
        tried: set[_Form] = set()
        while form not in tried:
            tried.add(form)
            begin = time.perf_counter()
            exchange = self._exchange(messages, form)
            seconds = time.perf_counter() - begin
            form = _other_form(exchange, form)
        reply = self._read(exchange, messages, seconds)
        self._form = form
        return reply

    def _exchange(self, messages: Sequence[Message], form: _Form) -> Exchange:
        """One request and what came of it.

        Raises:
            CallFault: Nothing, or not all of the answer.
        """
        config = self._config
        extra: dict[str, Any] = {form.limit: config.max_tokens}
        if form.temperature:
            extra["temperature"] = config.temperature
        params = [_param(message) for message in messages]
        try:
            return self._connection.ask(
                lambda client: client.chat.completions.with_streaming_response.create(
                    model=config.model, messages=params, extra_body=extra
                )
            )
        except Unsendable as error:
            raise CallFault(self._failure("fatal", str(error), billed=False)) from None
        except Lost as error:
            raise self._lost(error.exchange, str(error)) from None

    def _read(self, exchange: Exchange, messages: Sequence[Message], seconds: float) -> Reply:
        if not 200 <= exchange.status < 300:
            raise self._refusal(exchange)
        config = self._config
        asked = Asked(config.model, most_prompt_tokens(messages), config.max_tokens)
        try:
            if exchange.overlong:
                raise ValueError(f"expected at most {MAX_BODY} bytes: got more")
            _check_type(exchange)
            table = parse_body(exchange.body)
            if not table.get("choices") and "error" in table:
                raise self._refusal(exchange)
            reply = read_completion(table, asked, seconds)
        except ValueError as error:
            raise CallFault(self._failure("broken", str(error), billed=True)) from None
        hide = self._secret.hide_parts
        return replace(
            reply,
            text=self._secret.hide(reply.text),
            answered_by=hide(reply.answered_by)[:_MAX_NAME],
            finish=hide(reply.finish)[:_MAX_FINISH],
        )

    def _refusal(self, exchange: Exchange) -> CallFault:
        """What an answer with an error says."""
        message, code, status = "", "", exchange.status
        with suppress(ValueError):
            message, code, inner = error_of(parse_body(exchange.body))
            status = inner or status
        said = self._secret.clean(message or exchange.body[:_MAX_REASON].decode("utf-8", "replace"))
        kind: Kind = kind_of_status(status, code) if status >= 300 else "broken"
        return CallFault(
            self._failure(
                kind,
                self._explain(status, said, exchange.headers.get("location", "")),
                retry_after=read_retry_after(exchange.headers, time.time()),
                # A gateway that gives up waiting has passed the question on.
                billed=status < 300 or status in (504, 524),
            )
        )

    def _explain(self, status: int, said: str, location: str) -> str:
        config = self._config
        if status in (401, 403):
            # The server's own words may repeat the key, or a part of it.
            got = "one it refuses" if self._secret else "none"
            return f"expected a valid key in {config.key_variable}: got {got} (HTTP {status})"
        if status == 404:
            return f"expected a model the server knows: got {config.model!r} ({said})"
        if status in (301, 302, 303, 307, 308):
            return f"expected a reply of {config.model!r}: got HTTP {status}, moved to {location!r}"
        return f"expected a reply of {config.model!r}: got HTTP {status} ({said})"

    def _lost(self, exchange: Exchange, got: str) -> CallFault:
        """What became of a request whose answer did not come, or not whole."""
        if not exchange.status:
            reason = f"expected a server that answers: got {got}"
            return CallFault(self._failure("busy", reason, billed=exchange.sent))
        kind = kind_of_status(exchange.status) if exchange.status >= 300 else "broken"
        reason = f"expected a whole reply (HTTP {exchange.status}): got {got}"
        return CallFault(self._failure(kind, reason, billed=exchange.status < 300))

    def _failure(
        self, kind: Kind, reason: str, *, retry_after: float | None = None, billed: bool
    ) -> Failure:
        where = self._config.base_url or "OpenAI"
        return Failure(kind, self._secret.clean(f"{where}: {reason}"), retry_after, billed)


def _other_form(exchange: Exchange, form: _Form) -> _Form:
    """How the server wants to be asked instead; the same form if it does not say so."""
    said = exchange.body.decode("utf-8", "replace")
    if exchange.status not in (400, 422) or not _UNSUPPORTED.search(said):
        return form
    if form.temperature and "temperature" in said:
        return replace(form, temperature=False)
    if form.limit in said:
        return replace(form, limit=_OTHER_LIMIT[form.limit])
    return form


def _check_type(exchange: Exchange) -> None:
    kind = exchange.headers.get("content-type", "json").partition(";")[0].strip().lower()
    if "json" not in kind:
        start = exchange.body[:80].decode("utf-8", "replace")
        raise ValueError(f"expected a chat completion: got {kind!r} ({start!r})")


def _param(message: Message) -> Any:
    # Half a surrogate pair could not be sent.
    content = message.content.encode("utf-8", "replace").decode()
    return {"role": message.role, "content": content}
