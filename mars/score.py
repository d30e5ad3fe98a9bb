"""Points for won and tied fights: pMARS's score formula."""

from typing import Final

from mars.expression import ExpressionError, evaluate
from mars.source import SourceLine, tokenize

DEFAULT_FORMULA: Final = "(W*W-1)/S"


def survival_points(n_warriors: int, formula: str = DEFAULT_FORMULA) -> list[int]:
    """What one survivor gets when 1, 2, … n_warriors survive.

    Args:
        n_warriors: W in the formula.
        formula: A Redcode expression (integers, division truncates) of W warriors and S
            survivors.

    Returns:
        n_warriors numbers.

    Raises:
        ValueError: It is no expression, or has no value for some number of survivors.
    """
    tokens = list(tokenize(SourceLine(formula, 1)))
    if tokens[-1].text or len(formula) > 1000:
        raise ValueError(f"expected a score formula of W and S: got {formula[:60]!r}")
    points = []
    for survivors in range(1, n_warriors + 1):
        registers = {"W": n_warriors, "S": survivors}
        try:
            points.append(evaluate(tokens[:-1], tokens[-1], {}, registers))
        except ExpressionError as error:
            raise ValueError(f"in the score formula {formula[:60]!r}: {error}") from None
    return points
