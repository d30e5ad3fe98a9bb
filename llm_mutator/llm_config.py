"""The chat models' configuration, without their keys."""

from dataclasses import dataclass, field, replace
from typing import Final, Literal

from llm_mutator.checks import check_name, check_range, check_url, check_variable, check_whole
from llm_mutator.connection import KEY_VARIABLE

Style = Literal["blind", "informed"]

STYLES: Final = ("blind", "informed")


@dataclass(frozen=True)
class ModelConfig:
    """One of several chat models; what is left out is as in `LLMConfig`.

    Attributes:
        model: The name its server knows it by; no two are the same.
        weight: Its share of the calls, relative to the other models'.
        base_url, key_variable, temperature, max_tokens: As in `LLMConfig`.
    """

    model: str
    weight: float = 1.0
    base_url: str | None = None
    key_variable: str | None = None
    temperature: float | None = None
    max_tokens: int | None = None

    def __post_init__(self) -> None:
        check_name("model", self.model)
        check_range("weight", self.weight, 0, 1e9)
        if self.base_url is not None:
            check_url(self.base_url)
        if self.key_variable is not None:
            check_variable(self.key_variable)
        if self.temperature is not None:
            check_range("temperature", self.temperature, 0, 2)
        if self.max_tokens is not None:
            check_whole("max_tokens", self.max_tokens, 1, 1_000_000)


@dataclass(frozen=True)
class LLMConfig:
    """Chat models behind OpenAI-compatible URLs; their keys are never part of this.

    Attributes:
        model: The name the server knows it by; the default is the paper's. With `models`,
            unused.
        base_url: For instance "http://127.0.0.1:8080/v1"; empty: OpenAI's own.
        key_variable: The environment variable that holds the key.
        temperature: Of sampling, 0 to 2; the paper has 1.
        max_tokens: Most tokens in a reply.
        models: Several models instead of one, by weight.
        style: What a prompt tells: "blind": the parents alone (the paper's); "informed": also
            how they do against each opponent, the archive's map, the code of those they lose
            to, the assembler's view.
        repairs: How often a reply that does not assemble is sent back with the errors.
        prompts: Templates in place of the package's, by name.
        concurrency: Most calls at a time. This and what follows never changes a result.
        timeout: Seconds to wait for the server to say something, and for the whole reply.
        retries: Requests repeated after a broken reply.
        patience: Seconds for which a call is repeated while the server is down or busy.
        max_failures: Calls in a row that fail for good before the run stops.
    """

    model: str = "gpt-4.1-mini-2025-04-14"
    base_url: str = ""
    key_variable: str = KEY_VARIABLE
    temperature: float = 1.0
    max_tokens: int = 4096
    models: tuple[ModelConfig, ...] = ()
    style: Style = "informed"
    repairs: int = 1
    prompts: dict[str, str] = field(default_factory=dict)
    concurrency: int = 8
    timeout: float = 120.0
    retries: int = 3
    patience: float = 900.0
    max_failures: int = 3

    def __post_init__(self) -> None:
        check_name("model", self.model)
        check_url(self.base_url)
        check_variable(self.key_variable)
        check_range("temperature", self.temperature, 0, 2)
        check_whole("max_tokens", self.max_tokens, 1, 1_000_000)
        names = [model.model for model in self.models]
        if len(set(names)) != len(names):
            raise ValueError(f"models must have different names: got {', '.join(names)}")
        if names and not any(model.weight for model in self.models):
            raise ValueError(f"models must have at least one weight above 0: got {names}")
        if self.style not in STYLES:
            raise ValueError(f"style must be one of {', '.join(STYLES)}: got {self.style!r}")
        check_whole("repairs", self.repairs, 0, 10)
        check_whole("concurrency", self.concurrency, 1, 256)
        check_range("timeout", self.timeout, 0.1, 86_400)
        check_whole("retries", self.retries, 0, 100)
        check_range("patience", self.patience, 0, 86_400)
        check_whole("max_failures", self.max_failures, 1, 1000)

    def each_model(self) -> tuple["LLMConfig", ...]:
        """The configuration of each model alone, in order, whose weight is above 0."""
        if not self.models:
            return (self,)
        return tuple(self._alone(model) for model in self.models if model.weight > 0)

    def weight_of(self, model: str) -> float:
        """A model's share of the calls."""
        return next((m.weight for m in self.models if m.model == model), 1.0)

    def _alone(self, model: ModelConfig) -> "LLMConfig":
        own = ("model", "base_url", "key_variable", "temperature", "max_tokens")
        given = {name: getattr(model, name) for name in own}
        changes = {name: value for name, value in given.items() if value is not None}
        return replace(self, models=(), **changes)
