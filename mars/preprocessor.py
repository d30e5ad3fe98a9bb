"""From lines to statements: labels, EQU, FOR/ROF, `&` and CURLINE.

One pass in the order of the text, FOR bodies as often as they count, as in pMARS: what a
name means at a line depends on what stands before it. Texts of EQUs that are defined
further down are put in once everything has been read.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from mars.expansion import Budget, Expansion, expansion_limit
from mars.expression import ExpressionError, evaluate
from mars.loops import LineOrder
from mars.program import PSEUDO_OPCODES, Program, Statement
from mars.redcode import Modifier, Opcode
from mars.settings import CoreSettings
from mars.source import Kind, Log, SourceLine, Token, shown

_KEYWORDS: Final = PSEUDO_OPCODES | Opcode.__members__.keys() | {"EQU", "FOR", "ROF"}
_MODIFIERS: Final = frozenset(Modifier.__members__)


def preprocess(
    lines: Sequence[SourceLine],
    settings: CoreSettings,
    constants: Mapping[str, int],
    log: Log,
) -> Program:
    """Expands a source's lines to statements.

    Args:
        lines: Without blank lines and ordinary comments.
        settings: For the limits on instructions and on expansion.
        constants: The predefined names but CURLINE.
        log: Gets errors and warnings.

    Raises:
        StopError: The text goes beyond a limit or has too many errors; they are in the log.
    """
    return _Preprocessor(lines, settings, constants, log).run()


class _Preprocessor:
    def __init__(
        self,
        lines: Sequence[SourceLine],
        settings: CoreSettings,
        constants: Mapping[str, int],
        log: Log,
    ) -> None:
        self._lines = lines
        self._log = log
        self._max_length = settings.max_length
        self._max_count = expansion_limit(settings)
        self._budget = Budget(expansion_limit(settings), log)
        self._order = LineOrder(lines, _KEYWORDS, self._budget)
        self._tokens: dict[int, list[Token]] = {}
        self._texts: dict[str, list[Token]] = {
            name: [Token(Kind.NUMBER, str(value), 1, 1, False)] for name, value in constants.items()
        }
        self._open_text: list[Token] | None = None
        self._pending: list[Token] = []
        self._address = 0
        self._program = Program([], {}, {}, set(), {}, False)

    def run(self) -> Program:
        while (index := self._order.next()) is not None:
            if self._lines[index].assertion >= 0:
                self._check_assertion(index)
            else:
                self._read_line(index)
        self._warn_about_loose_ends()
        self._put_late_texts()
        return self._program

    def _tokens_of(self, index: int) -> list[Token]:
        if index not in self._tokens:
            self._tokens[index] = self._budget.tokenize(self._lines[index])
        return self._tokens[index]

    def _read_line(self, index: int) -> None:
        """Reads the statements of a line: several when the text of an EQU has several lines."""
        stream = Expansion(self._tokens_of(index), self._budget)
        previous_text, self._open_text = self._open_text, None
        while self._read_statement(stream, previous_text) and not stream.finished:
            previous_text = None

    def _read_statement(self, stream: Expansion, previous_text: list[Token] | None) -> bool:
        """Reads up to an END; False when the rest of the line is to be dropped."""
        label = ""
        while (token := stream.next()).kind is Kind.NAME:
            keyword = token.text.upper() if len(token.text) == 3 else ""
            if keyword not in _KEYWORDS:
                if not self._read_leading_name(token, stream):
                    return False
                label = token.text
            elif keyword == "EQU":
                self._define_text(token, stream, previous_text)
                return True
            elif keyword in ("FOR", "ROF"):
                self._turn_loop(keyword, token, stream)
                return False
            else:
                return self._add_statement(keyword, token, stream)
        if token.kind is Kind.END:
            return True
        wanted = f"an opcode after {shown(label)}" if label else "a label or an opcode"
        self._log.error(token, f"expected {wanted}: got {shown(token.text)}")
        return False

    def _read_leading_name(self, token: Token, stream: Expansion) -> bool:
        """A name before any opcode: an EQU's text to put in, or a label."""
        if stream.joined:
            token = self._concatenate(token, stream)
        if token.text in self._texts:
            following = stream.peek()
            if following is not None and following.text.upper() == "EQU":
                message = f"expected a name without a value before EQU: got {shown(token.text)}"
                self._log.error(token, message)
                return False
            return self._put_text(token, stream)
        if token.text == "CURLINE":
            self._log.error(token, "expected a label or an opcode: got 'CURLINE'")
            return False
        if token.text in self._program.labels or token.text in self._order.counters:
            # pMARS drops such a line too, and says so as loudly as it can: in a warning.
            self._log.warn(token, f"expected a new label, line ignored: got {shown(token.text)}")
            return False
        self._pending.append(token)
        following = stream.peek()
        if following is not None and following.text == ":" and following.glued:
            stream.skip(1)
        return True

    def _add_statement(self, keyword: str, token: Token, stream: Expansion) -> bool:
        operands, end = self._read_operands(stream, self._address)
        self._assign_labels()
        self._program.statements.append(Statement(token, operands, end, self._address))
        if keyword == "END":
            self._order.stop()
            return False
        if keyword not in PSEUDO_OPCODES:
            self._address += 1
        if self._address > self._max_length:
            limit = f"expected at most {self._max_length} instructions"
            self._log.fatal(token, f"{limit}: got {self._address} or more")
        return True

    def _read_operands(self, stream: Expansion, address: int) -> tuple[list[Token], Token]:
        """The rest of a statement with counters and texts put in, and its END."""
        operands: list[Token] = []
        while (token := stream.next()).kind is not Kind.END:
            if token.kind is not Kind.NAME or _is_modifier(token, operands):
                operands.append(token)
                continue
            if stream.joined:
                token = self._concatenate(token, stream)
            if len(token.text) == 3 and token.text.upper() in _KEYWORDS:
                self._log.error(token, f"expected an operand: got {shown(token.text)}")
                operands.append(_number(token, "0"))
            elif token.text == "CURLINE":
                operands.append(_number(token, str(address)))
            elif token.text in self._order.counters:
                operands.append(_number(token, f"{self._order.counters[token.text]:02}"))
            elif token.text not in self._texts:
                operands.append(token)
            elif not self._put_text(token, stream):
                operands.append(_number(token, "0"))
        return operands, token

    def _concatenate(self, token: Token, stream: Expansion) -> Token:
        """`name&counter`: the counter's digits become part of the name."""
        while stream.joined:
            counter = stream.peek(1)
            if counter is None or counter.kind is not Kind.NAME or not counter.glued:
                break
            stream.skip(2)
            self._budget.spend(counter)
            if counter.text not in self._order.counters:
                message = f"expected a FOR counter after '&': got {shown(counter.text)}"
                self._log.error(token, message)
                break
            token = token._replace(text=f"{token.text}{self._order.counters[counter.text]:02}")
            self._budget.check_length(token)
        return token

    def _put_text(self, name: Token, stream: Expansion) -> bool:
        if stream.put(name, self._texts[name.text]):
            return True
        message = f"expected an EQU that does not contain itself: got {shown(name.text)}"
        self._log.error(name, message)
        return False

    def _define_text(
        self, place: Token, stream: Expansion, previous_text: list[Token] | None
    ) -> None:
        text = stream.rest()
        if self._pending:
            for name in self._pending:
                self._texts[name.text] = text
            self._pending.clear()
            self._open_text = text
        elif previous_text is not None:
            end = Token(Kind.END, "", place.line, place.column, False)
            previous_text.extend((end, *text))
            self._open_text = previous_text
        else:
            self._log.warn(place, "expected a name before EQU, line ignored: got 'EQU'")

    def _assign_labels(self) -> None:
        for name in self._pending:
            self._program.labels[name.text] = self._address
            self._program.label_places.setdefault(name.text, name)
        self._pending.clear()

    def _turn_loop(self, keyword: str, place: Token, stream: Expansion) -> None:
        if stream.nested:
            self._log.error(place, f"expected no {keyword} in the text of an EQU: got {keyword!r}")
        elif keyword == "FOR":
            self._open_loop(place, stream)
        elif not self._order.close():
            self._log.error(place, "expected a FOR before ROF: got 'ROF'")

    def _open_loop(self, place: Token, stream: Expansion) -> None:
        counter = self._pending.pop().text if self._pending else ""
        self._assign_labels()
        try:
            count = self._evaluate(*self._read_operands(stream, self._address))
        except ExpressionError as error:
            self._log.error(error.place, str(error))
            count = 0
        if count > self._max_count:
            self._log.fatal(place, f"expected a FOR of at most {self._max_count}: got {count}")
        self._order.open(place, counter, count)

    def _check_assertion(self, index: int) -> None:
        line = self._lines[index]
        tokens = self._tokens_of(index)
        stream = Expansion(tokens, self._budget)
        try:
            value = self._evaluate(*self._read_operands(stream, self._address))
        except ExpressionError as error:
            self._log.warn(error.place, f"{error} (;assert ignored)")
            return
        self._program = replace(self._program, asserted=True)
        if value == 0:
            quoted = line.text[line.assertion : line.assertion + 200].partition(";")[0].strip()
            self._log.error(tokens[0], f"expected ;assert to hold: got {shown(quoted)}")

    def _evaluate(self, expression: Sequence[Token], end: Token) -> int:
        program = self._program
        program.used_names.update(token.text for token in expression if token.kind is Kind.NAME)
        return evaluate(expression, end, program.labels, program.registers, self._address)

    def _warn_about_loose_ends(self) -> None:
        for place in self._order.unclosed():
            self._log.warn(place, "expected a ROF after FOR: got end of text")
        for name in self._pending:
            message = f"expected an instruction after label {shown(name.text)}: got end of text"
            self._log.warn(name, message)

    def _put_late_texts(self) -> None:
        """Puts in texts that were defined below their use: of several lines the first."""
        self._order.counters.clear()
        self._texts = {name: _first_line(text) for name, text in self._texts.items()}
        statements = self._program.statements
        for index, statement in enumerate(statements):
            if any(token.text in self._texts for token in statement.operands):
                stream = Expansion([*statement.operands, statement.end], self._budget)
                operands, _ = self._read_operands(stream, statement.address)
                statements[index] = replace(statement, operands=operands)


def _is_modifier(token: Token, operands: Sequence[Token]) -> bool:
    """Whether a name is a modifier, which no EQU or counter of the same name replaces."""
    return len(operands) == 1 and operands[0].text == "." and token.text.upper() in _MODIFIERS


def _number(place: Token, digits: str) -> Token:
    return place._replace(kind=Kind.NUMBER, text=digits)


def _first_line(text: list[Token]) -> list[Token]:
    for index, token in enumerate(text):
        if token.kind is Kind.END:
            return text[:index]
    return text
