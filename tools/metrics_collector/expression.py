"""Takes an alert rule's expression apart: what is measured, against which number, in which direction."""

import operator
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import promql_parser

from agent.errors import BadInput
from tools.metrics_collector.promql import check

SIGNS: dict[str, Callable[[float, float], bool]] = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
    "==": operator.eq,
    "!=": operator.ne,
}
_FLIPPED = {">": "<", ">=": "<=", "<": ">", "<=": ">=", "==": "==", "!=": "!="}
_ARITHMETIC: dict[str, Callable[[float, float], float]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
}


@dataclass(frozen=True, slots=True)
class Comparison:
    """A rule's outermost comparison with a number, as PromQL that can be asked for.

    `measured` is the side that is no number; `whole_of` is what its division divides by, empty where it is none: a
    ratio whose upper half has no series is 0 as long as the lower half has one.
    """

    measured: str
    sign: str
    threshold: float
    whole_of: str = ""

    def holds(self, value: float) -> bool:
        """Say whether the comparison holds for a value."""
        return SIGNS[self.sign](value, self.threshold)

    def beyond(self, value: float) -> float:
        """Return how far a value is on the wrong side of the threshold; negative on the right side."""
        if self.sign in ("<", "<="):
            return self.threshold - value
        if self.sign in ("==", "!="):
            return 1.0 if self.holds(value) else 0.0
        return value - self.threshold


def compared(expression: str) -> Comparison | None:
    """Return the outermost comparison with a number, the first one of an `and`; None when there is none to be found."""
    try:
        tree = promql_parser.parse(check(expression))
    except BadInput:
        return None
    return _compared(tree)


def _compared(tree: Any) -> Comparison | None:
    match tree:
        case promql_parser.ParenExpr():
            return _compared(tree.expr)
        case promql_parser.Call() if tree.func.name == "label_replace":
            return _renamed(tree)
        case promql_parser.BinaryExpr():
            sign = str(tree.op)
            if sign in SIGNS:
                return _of_sides(tree, sign)
            if sign in ("and", "unless", "or"):
                return _compared(tree.lhs) or (_compared(tree.rhs) if sign == "and" else None)
    return None


def _of_sides(tree: Any, sign: str) -> Comparison | None:
    """Return the comparison with the number on its right, wherever it was written."""
    right, left = constant(tree.rhs), constant(tree.lhs)
    if right is not None and left is None:
        return Comparison(str(tree.lhs), sign, right, _divisor(tree.lhs))
    if left is not None and right is None:
        return Comparison(str(tree.rhs), _FLIPPED[sign], left, _divisor(tree.rhs))
    return None


def _renamed(call: Any) -> Comparison | None:
    """Return the comparison inside a label_replace, with the same labels put on the measured side."""
    inner = _compared(call.args[0])
    if inner is None:
        return None
    rest = ", ".join(str(argument) for argument in call.args[1:])
    return Comparison(f"label_replace({inner.measured}, {rest})", inner.sign, inner.threshold)


def _divisor(tree: Any) -> str:
    while isinstance(tree, promql_parser.ParenExpr):
        tree = tree.expr
    divides = isinstance(tree, promql_parser.BinaryExpr) and str(tree.op) == "/"
    return str(tree.rhs) if divides and constant(tree.rhs) is None else ""


def constant(tree: Any) -> float | None:
    """Return the number that a piece of PromQL stands for, or None when it depends on metrics."""
    match tree:
        case promql_parser.NumberLiteral():
            return float(tree.val)
        case promql_parser.ParenExpr():
            return constant(tree.expr)
        case promql_parser.UnaryExpr():
            inner = constant(tree.expr)
            return None if inner is None else -inner
        case promql_parser.BinaryExpr() if str(tree.op) in _ARITHMETIC:
            left, right = constant(tree.lhs), constant(tree.rhs)
            if left is None or right is None or (str(tree.op) == "/" and right == 0):
                return None
            return _ARITHMETIC[str(tree.op)](left, right)
    return None


def longest_range(expression: str) -> float:
    """Return the longest range in seconds that an expression looks back over; 0 when it looks at the moment only."""
    try:
        tree = promql_parser.parse(check(expression))
    except BadInput:
        return 0.0
    found: list[float] = []

    def look(node: Any) -> bool:
        ranged = isinstance(node, promql_parser.MatrixSelector | promql_parser.SubqueryExpr)
        if ranged and node.range is not None:
            found.append(node.range.total_seconds())
        return True

    promql_parser.walk(tree, look)
    return max(found, default=0.0)
