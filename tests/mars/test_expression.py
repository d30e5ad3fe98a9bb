"""Expressions against a table of C's answers."""

import pytest

from mars.expression import ExpressionError, evaluate
from mars.source import Kind, SourceLine, tokenize


def value(text: str, labels: dict[str, int] | None = None, base: int = 0) -> int:
    *tokens, end = tokenize(SourceLine(text, 1))
    assert end.kind is Kind.END
    return evaluate(tokens, end, labels or {}, {}, base)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("7", 7),
        ("007", 7),
        ("0" * 200 + "12", 12),
        ("1 2", 12),
        ("1 2 3*2", 246),
        ("1+2*3", 7),
        ("2*3+1", 7),
        ("(1+2)*3", 9),
        ("10-4-3", 3),
        ("10-2*3-1", 3),
        ("100/10/2", 5),
        ("7/2", 3),
        ("-7/2", -3),
        ("7/-2", -3),
        ("-7/-2", 3),
        ("7%3", 1),
        ("7%4*3", 9),
        ("7/2*2", 6),
        ("2<3==1", 1),
        ("3>2==1", 1),
        ("2<=3==1", 1),
        ("3>=2==1", 1),
        ("2!=3==1", 1),
        ("-7%3", -1),
        ("7%-3", 1),
        ("-7%-3", -1),
        ("2*7%4", 2),
        ("2--3", 5),
        ("2-+3", -1),
        ("+-+3", -3),
        ("!0", 1),
        ("!5", 0),
        ("!!5", 1),
        ("!0+1", 2),
        ("-2*-3", 6),
        ("1==1", 1),
        ("1 = = 1", 1),
        ("1!=1", 0),
        ("2>1", 1),
        ("2<=1", 0),
        ("2 > = 2", 1),
        ("1<2<3", 1),
        ("1==2==0", 1),
        ("3>2>1", 0),
        ("1+1==2", 1),
        ("1==1 && 0", 0),
        ("5&&2", 1),
        ("0||0", 0),
        ("1||0&&0", 1),
        ("5&&0||1", 1),
        ("a", 0),
        ("a=5", 5),
        ("(a=5)+a", 10),
        ("(a=5)+A", 10),
        ("1+a=2*3", 7),
        ("a=b=4", 4),
        ("-a=4", -4),
        ("(z=2)*(z==2)", 2),
        ("9223372036854775807", 2**63 - 1),
        ("-9223372036854775807", 1 - 2**63),
        ("4294967296*2147483647", 4294967296 * 2147483647),
    ],
)
def test_evaluate__table(text: str, expected: int) -> None:
    assert value(text) == expected


def test_evaluate__labels_are_relative_to_the_base_and_hide_registers() -> None:
    assert value("x+a", {"x": 7, "a": 2}, base=5) == 2 - 3


@pytest.mark.parametrize(
    ("text", "column", "message"),
    [
        ("1/0", 2, "expected a divisor other than zero: got '/ 0'"),
        ("4+1%(2-2)", 4, "expected a divisor other than zero: got '% 0'"),
        ("", 1, "expected a number, a name or '(': got end of line"),
        ("1+;", 3, "expected a number, a name or '(': got ';'"),
        ("1+*2", 3, "expected a number, a name or '(': got '*'"),
        ("()", 2, "expected a number, a name or '(': got ')'"),
        ("(1", 3, "expected ')': got end of line"),
        ("1)", 2, "expected '(' before: got ')'"),
        ("1 a", 3, "expected an operator: got 'a'"),
        ("1(2)", 2, "expected an operator: got '('"),
        ("1=2", 2, "expected an operator: got '='"),
        ("1|2", 2, "expected an operator: got '|'"),
        ("ab", 1, "expected a defined name: got 'ab'"),
        ("_", 1, "expected a defined name: got '_'"),
        ("9223372036854775808", 1, "expected a number below 2**63: got '9223372036854775808'"),
        ("9" * 5000, 1, f"expected a number below 2**63: got '{'9' * 37}...'"),
        ("9223372036854775807+1", 20, "expected a value below 2**63: got '9223372036854775808'"),
        ("-9223372036854775807-1", 21, "expected a value below 2**63: got '-9223372036854775808'"),
    ],
)
def test_evaluate__errors(text: str, column: int, message: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        value(text)
    assert (caught.value.place.column, str(caught.value)) == (column, message)


def test_evaluate__depth_is_no_recursion() -> None:
    assert value("(" * 50_000 + "3" + ")" * 50_000) == 3
    assert value("-" * 50_001 + "3") == -3
    assert value("a=" * 50_000 + "3") == 3
