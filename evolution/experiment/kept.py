"""What an experiment's folder keeps of the last command: its caps on spending, and itself."""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from evolution.folder import FolderError, write_text
from evolution.tables import ConfigError, as_table, format_toml, read_table
from llm_mutator.budget import Limits

KEPT: Final = "command.toml"
NO_CAPS: Final = Limits()


@dataclass(frozen=True)
class Kept:
    """What is kept.

    Attributes:
        command: The last that worked on it; untrusted text.
        caps: On all runs together, until others are given.
    """

    command: tuple[str, ...] = ()
    caps: Limits = NO_CAPS


def format_kept(kept: Kept) -> str:
    """As TOML."""
    return format_toml(as_table(kept))


def parse_kept(text: str) -> Kept:
    """Reads back what `format_kept` writes.

    Raises:
        ConfigError: It is something else.
    """
    try:
        return read_table(Kept, tomllib.loads(text))
    except (ValueError, RecursionError) as error:  # a ConfigError is a ValueError, too
        raise ConfigError(f"expected what a command keeps: got {error}") from None


def read_kept(folder: Path) -> Kept:
    """What an experiment's folder keeps; nothing, where no command has worked on it here.

    Raises:
        FolderError: It cannot be read.
    """
    path = folder / KEPT
    if not path.exists():
        return Kept()
    if not path.is_file():
        raise FolderError(f"expected a file or nothing: got {path}, which is neither")
    try:
        return parse_kept(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, ConfigError) as error:
        raise FolderError(f"{path}: {error}") from None


def write_kept(folder: Path, kept: Kept) -> None:
    """Keeps it.

    Raises:
        WriteError: It cannot be written.
    """
    write_text(folder / KEPT, format_kept(kept))
