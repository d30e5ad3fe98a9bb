"""A chat model behind any OpenAI-compatible server: messages in, one `Reply` out.

The `openai` package does the calls, their retries and their timeouts. The key comes from the
environment variable OPENAI_API_KEY alone, and no text made here ever holds it.
"""

import os
import re
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, Protocol

from llm_mutator.config import LLMConfig
from llm_mutator.mutator import MutatorUnavailable, Reply
from llm_mutator.prompts import Message, clean_text

if TYPE_CHECKING:
    import openai
    from openai.types.chat import ChatCompletion, ChatCompletionMessageParam

KEY_VARIABLE: Final = "OPENAI_API_KEY"

# Local servers want no key, but the openai package wants one.
_NO_KEY: Final = "no-key-needed"
_OPENAI: Final = "https://api.openai.com/v1"
_MAX_REASON: Final = 300

# Servers repeat keys in part, as in "sk-ab***yz".
_KEY_LIKE: Final = re.compile(r"\bsk-[\w*.-]+")


class ChatModel(Protocol):
    """What an `LLMMutator` talks to; another one may replay stored replies."""

    def complete(self, messages: Sequence[Message]) -> Reply:
        """Asks once.

        Raises:
            MutatorUnavailable: There is no reply to be had.
        """
        ...


class ChatClient:
    """A `ChatModel` over HTTP; may be called from several threads at once.

    Raises:
        MutatorUnavailable: A key is needed and the environment has none.
    """

    def __init__(self, config: LLMConfig) -> None:
        self._config = config
        self._key = os.environ.get(KEY_VARIABLE, "").strip()
        self._client, self._fault = _connect(config, self._key)

    def complete(self, messages: Sequence[Message]) -> Reply:
        """Asks the model once; the server's passing faults are retried `max_retries` times.

        Raises:
            MutatorUnavailable: Wrong key, unknown model, no server, or one that fails.
        """
        begin = time.perf_counter()
        try:
            completion = self._request(messages)
        except self._fault as error:
            raise MutatorUnavailable(self._explain(error)) from None
        except ValueError as error:
            # The package lets a broken body's JSON and UTF-8 errors through as they are.
            reason = f"expected a chat completion: got a broken body ({self._clean(str(error))})"
            raise MutatorUnavailable(f"{self._where()}: {reason}") from None
        return self._reply(completion, time.perf_counter() - begin)

    def _request(self, messages: Sequence[Message]) -> "ChatCompletion":
        config = self._config
        # Other servers know only the old name, OpenAI's newer models only the new one.
        limit = "max_tokens" if config.base_url else "max_completion_tokens"
        return self._client.chat.completions.create(
            model=config.model,
            messages=[_param(message) for message in messages],
            temperature=config.temperature,
            extra_body={limit: config.max_tokens},
        )

    def _reply(self, completion: object, seconds: float) -> Reply:
        """Reads a completion that the package has parsed but not checked."""
        choices = getattr(completion, "choices", None)
        if not isinstance(choices, list):
            raise MutatorUnavailable(
                f"{self._where()}: expected a chat completion: "
                f"got {self._clean(str(completion)) or 'nothing'!r}"
            )
        message = getattr(choices[0], "message", None) if choices else None
        content = getattr(message, "content", None)
        model = getattr(completion, "model", None)
        usage = getattr(completion, "usage", None)
        return Reply(
            text=content if isinstance(content, str) else "",
            model=model if isinstance(model, str) and model else self._config.model,
            prompt_tokens=_count(getattr(usage, "prompt_tokens", None)),
            completion_tokens=_count(getattr(usage, "completion_tokens", None)),
            seconds=seconds,
        )

    def _explain(self, error: "openai.OpenAIError") -> str:
        """What went wrong, in one line, without the key."""
        status = getattr(error, "status_code", None)
        model = self._config.model
        cause = f" {error.__cause__}" if error.__cause__ is not None else ""
        reason = self._clean(str(error) + cause)
        if status in (401, 403):
            # The server's own words may repeat the key, or a part of it.
            set_or_not = "one it refuses" if self._key else "none"
            return f"{self._where()}: expected a valid key in {KEY_VARIABLE}: got {set_or_not}"
        if status == 404:
            return f"{self._where()}: expected a model the server knows: got {model!r} ({reason})"
        if status is not None:
            return f"{self._where()}: expected a reply of {model!r}: got HTTP {status} ({reason})"
        return f"{self._where()}: expected a server that answers: got {reason}"

    def _where(self) -> str:
        return self._config.base_url or "OpenAI"

    def _clean(self, text: str) -> str:
        if self._key:
            text = text.replace(self._key, "***")
        text = _KEY_LIKE.sub("***", text)
        return " ".join(clean_text(text, _MAX_REASON).split())


def _connect(config: LLMConfig, key: str) -> "tuple[openai.OpenAI, type[openai.OpenAIError]]":
    """The package's client, and what its errors are."""
    # Here and not above: half a second that only runs with a model should pay.
    import openai  # noqa: PLC0415

    if not key and not config.base_url:
        raise MutatorUnavailable(
            f"expected a key in the environment variable {KEY_VARIABLE}, "
            "or the base_url of a server that needs none: got neither"
        )
    if not (key.isascii() and key.isprintable()):
        # As a header it would fail later, and the error would show it.
        raise MutatorUnavailable(
            f"expected {KEY_VARIABLE} to be printable ASCII: got a key with other characters"
        )
    client = openai.OpenAI(
        api_key=key or _NO_KEY,
        base_url=config.base_url or _OPENAI,
        timeout=config.timeout,
        max_retries=config.max_retries,
    )
    return client, openai.OpenAIError


def _param(message: Message) -> "ChatCompletionMessageParam":
    if message.role == "system":
        return {"role": "system", "content": message.content}
    return {"role": "user", "content": message.content}


def _count(value: object) -> int:
    return value if isinstance(value, int) and value >= 0 else 0
