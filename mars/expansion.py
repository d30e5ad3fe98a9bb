"""A line's tokens with the texts of EQUs put in, counted against a budget."""

from collections.abc import Sequence
from itertools import islice
from typing import Final

from mars.settings import CoreSettings
from mars.source import Kind, Log, SourceLine, Token, shown, tokenize

MAX_TOKEN_LENGTH: Final = 255


def expansion_limit(settings: CoreSettings) -> int:
    """How many tokens a text may expand to.

    Human warriors of 100 instructions need about a thousand; this many take a tenth of a
    second.
    """
    return 34_400 + 20 * settings.max_length


class Budget:
    """Counts tokens down; too many end the assembly."""

    def __init__(self, limit: int, log: Log) -> None:
        self._limit = limit
        self._left = limit
        self._log = log

    def spend(self, place: Token, count: int = 1) -> None:
        """Takes tokens from the budget."""
        self._left -= count
        if self._left < 0:
            limit = f"expected at most {self._limit} tokens after expansion: got more"
            self._log.fatal(place, limit)

    def tokenize(self, line: SourceLine) -> list[Token]:
        """A line's tokens, each of bearable length."""
        tokens = list(islice(tokenize(line), self._left + 1))
        self.spend(tokens[-1], len(tokens))
        if len(line.text) > MAX_TOKEN_LENGTH:
            for token in tokens:
                self.check_length(token)
        return tokens

    def check_length(self, token: Token) -> None:
        """Refuses monsters: a loop could copy them again and again."""
        if len(token.text) > MAX_TOKEN_LENGTH:
            limit = f"expected at most {MAX_TOKEN_LENGTH} characters in one word"
            self._log.fatal(token, f"{limit}: got {shown(token.text)}")


class _Frame:
    """Tokens being read; `use` is the name whose text they are."""

    __slots__ = ("at", "tokens", "use")

    def __init__(self, tokens: Sequence[Token], use: Token | None) -> None:
        self.tokens = tokens
        self.at = 0
        self.use = use


class Expansion:
    """Reads a line, and the texts put in, from a stack of frames instead of by recursion.

    Tokens out of a text stand, for messages, where the text is used.
    """

    def __init__(self, tokens: Sequence[Token], budget: Budget) -> None:
        self._frames = [_Frame(tokens, None)]
        self._active: set[str] = set()
        self._budget = budget

    @property
    def nested(self) -> bool:
        """Whether the latest token came out of a text that was put in."""
        return len(self._frames) > 1

    @property
    def finished(self) -> bool:
        """Whether the line's own END has been read."""
        return len(self._frames) == 1 and self._frames[0].at == len(self._frames[0].tokens)

    def next(self) -> Token:
        """The next token; not to be called once the line is finished."""
        frame = self._frames[-1]
        while frame.at == len(frame.tokens) and frame.use is not None:
            self._frames.pop()
            self._active.discard(frame.use.text)
            frame = self._frames[-1]
        token = frame.tokens[frame.at]
        frame.at += 1
        if frame.use is not None:
            token = token._replace(line=frame.use.line, column=frame.use.column)
        self._budget.spend(token)
        return token

    def put(self, name: Token, text: Sequence[Token]) -> bool:
        """Makes a name's text come next; False when that text is being read already."""
        if name.text in self._active:
            return False
        self._active.add(name.text)
        self._frames.append(_Frame(text, name))
        return True

    def peek(self, ahead: int = 0) -> Token | None:
        """A token to come, if it is part of the same text."""
        frame = self._frames[-1]
        at = frame.at + ahead
        return frame.tokens[at] if at < len(frame.tokens) else None

    @property
    def joined(self) -> bool:
        """Whether `&` follows immediately, to make the latest name longer."""
        frame = self._frames[-1]
        if frame.at == len(frame.tokens):
            return False
        sign = frame.tokens[frame.at]
        return sign.text == "&" and sign.glued

    def skip(self, count: int) -> None:
        """Passes tokens that were peeked at."""
        self._frames[-1].at += count

    def rest(self) -> list[Token]:
        """Takes what is left of the line of this text, as it is."""
        tokens = []
        while (token := self.peek()) is not None and token.kind is not Kind.END:
            self._budget.spend(token)
            tokens.append(token)
            self.skip(1)
        return tokens
