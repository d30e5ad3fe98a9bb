"""The options that choose an embedding, and embedding under them."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import Any, Final, TypeVar, get_args

import click
import pandas as pd

from analysis.embedding import EmbeddingChoice, Kind, Text, check_choice, embed
from analysis.embedding_vectors import EmbeddingError
from analysis.exports import check_outputs
from llm_mutator.connection import KEY_VARIABLE, OPENAI_URL
from mars.redcode import Warrior, printable
from mars.terminal import progress

Command = TypeVar("Command", bound=Callable[..., Any])

_FOR_ENDPOINTS: Final = ("model", "url", "cache")


def embedding_options(command: Command) -> Command:
    """Adds what chooses an embedding; the command gets one `EmbeddingChoice`, `embedding`."""

    @wraps(command)
    def choosing(*arguments: Any, embedding: Kind, **named: Any) -> Any:
        names = ("text", *_FOR_ENDPOINTS)
        given = {name: named.pop(f"embedding_{name}") for name in names}
        return command(*arguments, embedding=choice_from(embedding, **given), **named)

    wrapped: Any = choosing
    for decorate in (
        click.option(
            "--embedding",
            type=click.Choice(get_args(Kind)),
            default="ngrams",
            show_default=True,
            help="What code is like: counts of n-grams; a small model on this machine (extra "
            "'embeddings'); the model of an OpenAI-compatible server.",
        ),
        click.option(
            "--embedding-text",
            type=click.Choice(get_args(Text)),
            help="What a model reads: the text as written, names and comments too, or the "
            "assembled code alone [source].",
        ),
        click.option(
            "--embedding-model",
            metavar="NAME",
            help=f"Of the server; a key comes from {KEY_VARIABLE}.",
        ),
        click.option("--embedding-url", metavar="URL", help=f"Of the server [{OPENAI_URL}]."),
        click.option(
            "--embedding-cache",
            type=click.Path(path_type=Path, dir_okay=False),
            help="Keep the server's vectors in this file; what is there is not asked again.",
        ),
    )[::-1]:
        wrapped = decorate(wrapped)
    result: Command = wrapped
    return result


def choice_from(
    kind: Kind, text: Text | None, model: str | None, url: str | None, cache: Path | None
) -> EmbeddingChoice:
    """The choice that the options of `embedding_options` name.

    Raises:
        click.UsageError: They do not go together.
    """
    given = {"model": model, "url": url, "cache": cache}
    for name in _FOR_ENDPOINTS:
        if given[name] is not None and kind != "endpoint":
            raise click.UsageError(
                f"expected --embedding endpoint with --embedding-{name}: got {kind}"
            )
    if text is not None and kind == "ngrams":
        raise click.UsageError("expected another --embedding with --embedding-text: got ngrams")
    if kind == "endpoint" and not model:
        raise click.UsageError("expected --embedding-model with --embedding endpoint: got none")
    return EmbeddingChoice(
        kind, text or "source", model or "", (url or OPENAI_URL).rstrip("/"), cache
    )


@contextmanager
def embedding_failures() -> Iterator[None]:
    """Turns what an embedding may fail of into a message; exit code 1."""
    try:
        yield
    except EmbeddingError as error:
        raise click.ClickException(printable(str(error))) from None


def check_embedding(choice: EmbeddingChoice, outputs: Sequence[Path | None]) -> None:
    """Refuses before the fights what could not be embedded after them.

    Raises:
        click.ClickException: See `embedding_failures`.
        FileError, OutputError: The cache cannot be used, or is one of the outputs.
    """
    if choice.cache is not None:
        check_outputs([path for path in outputs if path is not None], [choice.cache])
    with embedding_failures():
        check_choice(choice)


def embed_with_progress(warriors: Sequence[Warrior], choice: EmbeddingChoice) -> pd.DataFrame:
    """As `analysis.embedding.embed`, with progress where a server is asked.

    Raises:
        click.ClickException: See `embedding_failures`.
        FileError: The cache cannot be used.
    """
    with embedding_failures():
        if choice.kind != "endpoint":
            return embed(warriors, choice)
        with progress(len(warriors), "texts") as advance:
            return embed(warriors, choice, advance)
