"""What a warrior's code is like, as a vector: n-grams, or a language model's view of its text.

Of a text the models see at most `MAX_TEXT` characters. It is data to them: names and comments may
say what they want, and change nothing but the vector. The source is what the paper embeds; it
holds names, comments and labels. The load file is the code alone, and the same for all texts that
assemble to a warrior.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import pandas as pd

from analysis.embedding_cache import opened_cache
from analysis.embedding_endpoint import OnProgress, embed_by_endpoint
from analysis.embedding_sentence import check_sentence, embed_sentences, sentence_name
from analysis.embedding_vectors import unit_rows
from analysis.embedding_wire import Endpoint, check_endpoint, check_url
from analysis.genotype import genotypes
from analysis.loading import RunData, champions_of, warriors_of
from llm_mutator.connection import KEY_VARIABLE, OPENAI_URL
from llm_mutator.secret import Secret
from mars.redcode import Warrior

Kind = Literal["ngrams", "sentence", "endpoint"]
Text = Literal["source", "load-file"]

MAX_TEXT: Final = 8_000  # of ASCII at most as many tokens; 100 instructions listed are 3,300


@dataclass(frozen=True)
class EmbeddingChoice:
    """How code becomes vectors.

    Attributes:
        kind: `ngrams`: those of `analysis.genotype`; `sentence`: a small model on this machine;
            `endpoint`: a server's.
        text: What a model is given: the source, or the load file.
        model, url: Of an endpoint.
        cache: A file for an endpoint's vectors, or None.
    """

    kind: Kind = "ngrams"
    text: Text = "source"
    model: str = ""
    url: str = OPENAI_URL
    cache: Path | None = None

    @property
    def name(self) -> str:
        """For people; a model's name is untrusted text.

        Raises:
            EmbeddingError: The optional package is missing.
        """
        if self.kind == "ngrams":
            return "n-grams"
        model = sentence_name() if self.kind == "sentence" else self.model
        return f"{model} of the {self.text.replace('-', ' ')}"

    def facts(self) -> dict[str, Any]:
        """Entries of a JSON file."""
        found: dict[str, Any] = {"embedding": self.kind, "embedding_name": self.name}
        if self.kind == "endpoint":
            found["embedding_url"] = self.url
        return found


def check_choice(choice: EmbeddingChoice) -> None:
    """Finds out before hours of work whether there can be vectors after them.

    Raises:
        EmbeddingError: The optional package is missing, or the key or URL is no good.
        FileError: The cache is damaged, another file, or cannot be made.
    """
    if choice.kind == "sentence":
        check_sentence()
    elif choice.kind == "endpoint":
        check_url(choice.url)
        if choice.cache is None:  # whose vectors may be all that is wanted
            check_endpoint(choice.url, Secret(_key()))
        with opened_cache(choice.cache, choice.url, choice.model):
            pass


def embed(
    warriors: Sequence[Warrior], choice: EmbeddingChoice, on_progress: OnProgress | None = None
) -> pd.DataFrame:
    """Vectors of length 1.

    Args:
        warriors: One or more.
        choice: How.
        on_progress: Called with how many texts an endpoint has answered, and of how many.

    Returns:
        A row a warrior, in their order, the index its id; a column a feature. Squared distances
        are 0 (alike) to 2 (nothing in common), those of models up to 4 (opposite).

    Raises:
        EmbeddingError: See `check_choice`; or the server refuses, or answers something else.
        FileError: See `check_choice`.
    """
    if choice.kind == "ngrams":
        return genotypes(warriors)
    texts = [text_of(warrior, choice.text) for warrior in warriors]
    if choice.kind == "sentence":
        vectors = embed_sentences(texts)
    else:
        endpoint = Endpoint(choice.model, choice.url)
        vectors = embed_by_endpoint(
            texts, endpoint, _key(), cache=choice.cache, on_progress=on_progress
        )
    index = pd.Index([warrior.id for warrior in warriors], name="warrior", dtype=object)
    return pd.DataFrame(unit_rows(vectors), index=index)


def text_of(warrior: Warrior, kind: Text) -> str:
    """What a model is given of a warrior: never empty, at most `MAX_TEXT` characters.

    A warrior without a source is given by its load file.
    """
    text = warrior.source.strip() if kind == "source" else ""
    # Half a surrogate pair could not be sent.
    whole = (text or warrior.load_file()).encode("utf-8", "replace").decode()
    return whole[:MAX_TEXT]


def warriors_to_embed(
    runs: Sequence[RunData], others: Sequence[tuple[RunData, Sequence[str]]] = ()
) -> list[Warrior]:
    """The champions of all runs, each warrior once, sorted by id.

    Runs may have written a warrior in different ways. The shortest text stands for all, of equally
    short ones the first in alphabetical order, so that the order of the runs does not matter.

    Args:
        runs: One or more.
        others: Further warriors, by their ids in a run.
    """
    found: dict[str, Warrior] = {}
    for warrior in (
        *(champion for run in runs for champion in champions_of(run)),
        *(other for run, ids in others for other in warriors_of(run, ids)),
    ):
        known = found.setdefault(warrior.id, warrior)
        if (len(warrior.source), warrior.source) < (len(known.source), known.source):
            found[warrior.id] = warrior
    return [found[name] for name in sorted(found)]


def _key() -> str:
    return os.environ.get(KEY_VARIABLE, "").strip()
