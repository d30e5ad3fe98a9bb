"""Redcode's integer expressions, evaluated with two explicit stacks.

Nothing recurses, so a million parentheses cost time in proportion and nothing else.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from mars.source import Kind, Token, shown, shown_token

MAX_NUMBER: Final = 2**63 - 1

_PRECEDENCE: Final = {
    "*": 5,
    "/": 5,
    "%": 5,
    "+": 4,
    "-": 4,
    "==": 3,
    "!=": 3,
    "<": 3,
    ">": 3,
    "<=": 3,
    ">=": 3,
    "&&": 2,
    "||": 1,
}
_UNARY: Final = 6
_ASSIGNMENT: Final = 0
_PARENTHESIS: Final = -1


class ExpressionError(ValueError):
    """An expression without a value.

    Attributes:
        place: The token where it went wrong.
    """

    def __init__(self, place: Token, message: str) -> None:
        super().__init__(message)
        self.place = place


def _quotient(a: int, b: int) -> int:
    """C's division, which truncates towards zero."""
    return abs(a) // abs(b) if (a < 0) == (b < 0) else -(abs(a) // abs(b))


_BINARY: Final[dict[str, Callable[[int, int], int]]] = {
    "*": lambda a, b: a * b,
    "/": _quotient,
    "%": lambda a, b: a - b * _quotient(a, b),
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "==": lambda a, b: int(a == b),
    "!=": lambda a, b: int(a != b),
    "<": lambda a, b: int(a < b),
    ">": lambda a, b: int(a > b),
    "<=": lambda a, b: int(a <= b),
    ">=": lambda a, b: int(a >= b),
    "&&": lambda a, b: int(a != 0 and b != 0),
    "||": lambda a, b: int(a != 0 or b != 0),
}


def evaluate(
    tokens: Sequence[Token],
    end: Token,
    labels: Mapping[str, int],
    registers: dict[str, int],
    base: int = 0,
) -> int:
    """The value of an expression.

    Precedence: `* / %` over `+ -` over comparisons over `&&` over `||`, from left to right;
    unary `+ - !` bind closest. A single letter that is no label is one of the 26 registers
    (0 at first, upper and lower case alike); `letter = expression` assigns and has the
    assigned value. Digits with blanks between them are one number, as in pMARS.

    Args:
        tokens: The expression.
        end: What follows it, for messages.
        labels: Addresses of names.
        registers: Read, and written by assignments.
        base: Subtracted from a label's address.

    Raises:
        ExpressionError: Syntax, an undefined name, a division by zero, or a number
            outside 64 bits.
    """
    # Load files and most operands are of these three forms: no need for stacks.
    if tokens and len(tokens) <= 2:
        last = tokens[-1]
        if last.kind is Kind.NUMBER and len(tokens) == 1:
            return _number(last.text, last)
        if last.kind is Kind.NUMBER and tokens[0].text == "-":
            return -_number(last.text, last)
        if len(tokens) == 1 and last.text in labels:
            return labels[last.text] - base
    return _Evaluation(tokens, end, labels, registers, base).run()


def _number(digits: str, place: Token) -> int:
    if len(digits) > 18:
        digits = digits.lstrip("0") or "0"
    # Checked before int(), which is quadratic (and refuses more than 4,300 digits).
    value = int(digits) if len(digits) < 20 else MAX_NUMBER + 1
    if value > MAX_NUMBER:
        raise ExpressionError(place, f"expected a number below 2**63: got {shown(digits)}")
    return value


class _Evaluation:
    """Shunting-yard: operators wait on one stack for values on the other."""

    def __init__(
        self,
        tokens: Sequence[Token],
        end: Token,
        labels: Mapping[str, int],
        registers: dict[str, int],
        base: int,
    ) -> None:
        self._tokens = tokens
        self._end = end
        self._labels = labels
        self._registers = registers
        self._base = base
        self._at = 0
        self._values: list[int] = []
        self._operators: list[tuple[int, str, Token]] = []

    def run(self) -> int:
        while True:
            self._read_operand()
            while self._peek() == ")":
                self._close_parenthesis()
            if self._at == len(self._tokens):
                break
            place = self._tokens[self._at]
            operator = self._read_operator()
            precedence = _PRECEDENCE[operator]
            self._reduce(precedence)
            self._operators.append((precedence, operator, place))
        self._reduce(_ASSIGNMENT)
        if self._operators:
            raise ExpressionError(self._end, f"expected ')': got {shown_token(self._end)}")
        return self._values[0]

    def _peek(self, ahead: int = 0) -> str:
        at = self._at + ahead
        return self._tokens[at].text if at < len(self._tokens) else ""

    def _read_operand(self) -> None:
        while self._at < len(self._tokens):
            token = self._tokens[self._at]
            self._at += 1
            if token.kind is Kind.NUMBER:
                self._values.append(self._read_number(token))
                return
            if token.kind is Kind.NAME:
                if self._read_name(token):
                    return
            elif token.text in ("+", "-", "!"):
                self._operators.append((_UNARY, token.text, token))
            elif token.text == "(":
                self._operators.append((_PARENTHESIS, "(", token))
            else:
                raise ExpressionError(token, _expected_operand(token))
        raise ExpressionError(self._end, _expected_operand(self._end))

    def _read_number(self, token: Token) -> int:
        digits = [token.text]
        while self._at < len(self._tokens) and self._tokens[self._at].kind is Kind.NUMBER:
            digits.append(self._tokens[self._at].text)
            self._at += 1
        return _number("".join(digits), token)

    def _read_name(self, token: Token) -> bool:
        """Pushes a label's or register's value; False if it begins an assignment instead."""
        name = token.text
        if name in self._labels:
            self._values.append(self._labels[name] - self._base)
            return True
        if len(name) > 1 or name == "_":
            raise ExpressionError(token, f"expected a defined name: got {shown(name)}")
        register = name.upper()
        if self._peek() == "=" and self._peek(1) != "=":
            self._at += 1
            self._operators.append((_ASSIGNMENT, register, token))
            return False
        self._values.append(self._registers.get(register, 0))
        return True

    def _read_operator(self) -> str:
        """A binary operator; blanks may part `<` from `=`, as pMARS drops them."""
        token = self._tokens[self._at]
        text = token.text
        self._at += 1
        if text in ("<", ">", "=", "!") and self._peek() == "=":
            self._at += 1
            text += "="
        if text not in _PRECEDENCE:
            raise ExpressionError(token, f"expected an operator: got {shown(token.text)}")
        return text

    def _close_parenthesis(self) -> None:
        token = self._tokens[self._at]
        self._at += 1
        self._reduce(_ASSIGNMENT)
        if not self._operators:
            raise ExpressionError(token, "expected '(' before: got ')'")
        self._operators.pop()

    def _reduce(self, precedence: int) -> None:
        """Applies the waiting operators that bind at least so closely."""
        while self._operators and self._operators[-1][0] >= precedence:
            level, operator, place = self._operators.pop()
            value = self._values.pop()
            if level == _ASSIGNMENT:
                self._registers[operator] = value
            elif level == _UNARY:
                value = int(not value) if operator == "!" else -value if operator == "-" else value
            elif value == 0 and operator in ("/", "%"):
                message = f"expected a divisor other than zero: got '{operator} 0'"
                raise ExpressionError(place, message)
            else:
                value = _BINARY[operator](self._values.pop(), value)
            if not -MAX_NUMBER <= value <= MAX_NUMBER:
                message = f"expected a value below 2**63: got {shown(str(value))}"
                raise ExpressionError(place, message)
            self._values.append(value)


def _expected_operand(token: Token) -> str:
    return f"expected a number, a name or '(': got {shown_token(token)}"
