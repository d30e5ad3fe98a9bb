"""Statements to instructions: operands, default modifiers, what '88 and the core forbid."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from mars.expression import ExpressionError, evaluate
from mars.program import PSEUDO_OPCODES, Program, Statement
from mars.redcode import MODE_SYMBOLS, Instruction, Mode, Modifier, Opcode
from mars.rules import LEGAL_MODES_88, PSPACE_OPCODES, default_modifier, signed
from mars.settings import CoreSettings
from mars.source import Log, Token, shown, shown_token

_ONE_OPERAND: Final = frozenset({Opcode.DAT, Opcode.JMP, Opcode.SPL, Opcode.NOP})


@dataclass(frozen=True, slots=True)
class _Operand:
    mode: Mode
    number: int
    place: Token


class Encoder:
    """Turns a program into a warrior's parts.

    Attributes:
        instructions: In order; incomplete when the log has errors.
        start: From ORG or END, in [0, core_size).
        pin: From PIN.
    """

    def __init__(self, program: Program, settings: CoreSettings, log: Log) -> None:
        self._program = program
        self._settings = settings
        self._log = log
        self.instructions: list[Instruction] = []
        self.start = 0
        self.pin: int | None = None
        for statement in program.statements:
            try:
                self._encode(statement)
            except ExpressionError as error:
                log.error(error.place, str(error))

    def _encode(self, statement: Statement) -> None:
        keyword = statement.keyword.text.upper()
        if keyword in PSEUDO_OPCODES:
            self._obey(keyword, statement)
        else:
            self.instructions.append(self._instruction(Opcode[keyword], statement))

    def _obey(self, keyword: str, statement: Statement) -> None:
        """ORG, END, PIN: the operand is an absolute address, 0 when missing."""
        if self._settings.rules == "88" and keyword != "END":
            self._refuse_88(statement.keyword, "an ICWS'88 opcode", keyword)
        value = 0
        if statement.operands:
            value = self._evaluate(statement.operands, statement.end, base=0)
        if keyword == "PIN":
            self.pin = value
        elif keyword == "ORG":
            self.start = value % self._settings.core_size
        elif value != 0 and self.start != 0:
            message = f"expected no start after END beside ORG's, END's ignored: got {value}"
            self._log.warn(statement.keyword, message)
        elif value != 0:
            self.start = value % self._settings.core_size

    def _instruction(self, opcode: Opcode, statement: Statement) -> Instruction:
        if (
            opcode in PSPACE_OPCODES
            and self._settings.pspace_size == 0
            and self._settings.rules == "94"
        ):
            message = f"expected no {opcode.name}, as this core has no P-space"
            self._log.error(statement.keyword, f"{message}: got {shown(statement.keyword.text)}")
        modifier, rest = self._split_modifier(statement)
        a, b = self._operands(opcode, rest, statement)
        if self._settings.rules == "88":
            self._check_88(opcode, statement, a, b)
        if modifier is None:
            modifier = default_modifier(opcode, a.mode, b.mode)
        return Instruction(opcode, modifier, a.mode, a.number, b.mode, b.number)

    def _split_modifier(self, statement: Statement) -> tuple[Modifier | None, Sequence[Token]]:
        tokens = statement.operands
        if not tokens or tokens[0].text != ".":
            return None, tokens
        token = tokens[1] if len(tokens) > 1 else statement.end
        name = token.text.upper()
        if name not in Modifier.__members__:
            choice = ", ".join(Modifier.__members__)
            raise ExpressionError(
                token, f"expected a modifier ({choice}): got {shown_token(token)}"
            )
        if self._settings.rules == "88":
            self._refuse_88(tokens[0], "no modifier", f".{token.text}")
        return Modifier[name], tokens[2:]

    def _operands(
        self, opcode: Opcode, tokens: Sequence[Token], statement: Statement
    ) -> tuple[_Operand, _Operand]:
        base, end = statement.address, statement.end
        comma = next((at for at, token in enumerate(tokens) if token.text == ","), None)
        if comma is None:
            only = self._operand(opcode, tokens, end, base)
            if opcode not in _ONE_OPERAND:
                message = f"expected ',' and a second operand for {opcode.name}"
                raise ExpressionError(end, f"{message}: got {shown_token(end)}")
            if opcode is Opcode.DAT:
                return _Operand(Mode.IMMEDIATE, 0, only.place), only
            return only, _Operand(Mode.DIRECT, 0, only.place)
        a_tokens, b_tokens = tokens[:comma], tokens[comma + 1 :]
        if comma == 1 and tokens[0].text in MODE_SYMBOLS:
            self._log.warn(tokens[1], "expected a number after the mode, 0 taken: got ','")
            a = _Operand(Mode.from_symbol(tokens[0].text), 0, tokens[0])
        else:
            a = self._operand(opcode, a_tokens, tokens[comma], base)
        for token in b_tokens:
            if token.text == ",":
                raise ExpressionError(token, "expected the end after two operands: got ','")
        return a, self._operand(opcode, b_tokens, end, base)

    def _operand(self, opcode: Opcode, tokens: Sequence[Token], end: Token, base: int) -> _Operand:
        if not tokens:
            message = f"expected an operand after {opcode.name}: got {shown_token(end)}"
            raise ExpressionError(end, message)
        mode, place = Mode.DIRECT, tokens[0]
        if place.text in MODE_SYMBOLS:
            mode, tokens = Mode.from_symbol(place.text), tokens[1:]
        value = self._evaluate(tokens, end, base)
        return _Operand(mode, signed(value, self._settings.core_size), place)

    def _evaluate(self, tokens: Sequence[Token], end: Token, base: int) -> int:
        return evaluate(tokens, end, self._program.labels, self._program.registers, base)

    def _check_88(self, opcode: Opcode, statement: Statement, a: _Operand, b: _Operand) -> None:
        if opcode not in LEGAL_MODES_88:
            self._refuse_88(statement.keyword, "an ICWS'88 opcode", statement.keyword.text)
            return
        for letter, operand, modes in zip("AB", (a, b), LEGAL_MODES_88[opcode], strict=True):
            if operand.mode not in modes:
                symbols = " ".join(mode.symbol for mode in modes)
                wanted = f"one of {symbols} before {opcode.name}'s {letter}-number"
                self._refuse_88(operand.place, wanted, operand.mode.symbol)

    def _refuse_88(self, place: Token, wanted: str, got: str) -> None:
        self._log.error(place, f"expected {wanted} by the '88 rules: got {shown(got)}")
