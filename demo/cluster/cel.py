"""A small evaluator for the CEL expressions that admission policies are written in."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

_TOKEN = re.compile(
    r"\s*(?:(?P<number>\d+\.\d+|\d+)|(?P<string>'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")"
    r"|(?P<name>[A-Za-z_]\w*)|(?P<op>\|\||&&|==|!=|<=|>=|[-+*/%<>!?:.,()\[\]{}]))"
)
_BINARY = {"||": 1, "&&": 2, "==": 3, "!=": 3, "<": 3, "<=": 3, ">": 3, ">=": 3, "in": 3}
_BINARY |= {"+": 4, "-": 4, "*": 5, "/": 5, "%": 5}
_LOOPS = ("all", "exists", "exists_one", "filter", "map")


class CelError(Exception):
    """An expression that does not parse or cannot be evaluated."""


def evaluate(expression: str, variables: Mapping[str, Any]) -> Any:
    """Evaluate an expression; raise CelError when it does not parse or a field is missing."""
    parser = _Parser(_tokens(expression))
    tree = parser.ternary()
    if parser.here != ("end", ""):
        raise CelError(f"unexpected {parser.here[1]!r}")
    try:
        return _run(tree, dict(variables))
    except (TypeError, ValueError, AttributeError, IndexError, re.error) as wrong:
        # Operators and functions that were given values they are not made for.
        raise CelError(f"no such overload: {wrong}") from wrong


def _tokens(text: str) -> list[tuple[str, str]]:
    found, position = [], 0
    stripped = text.rstrip()
    while position < len(stripped):
        match = _TOKEN.match(stripped, position)
        if match is None:
            raise CelError(f"unexpected {stripped[position]!r}")
        found.append((str(match.lastgroup), match.group(str(match.lastgroup))))
        position = match.end()
    return [*found, ("end", "")]


class _Parser:
    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self.tokens, self.position = tokens, 0

    @property
    def here(self) -> tuple[str, str]:
        return self.tokens[self.position]

    def take(self) -> tuple[str, str]:
        token = self.here
        self.position = min(self.position + 1, len(self.tokens) - 1)
        return token

    def accept(self, text: str) -> bool:
        if self.here[1] == text and self.here[0] in ("op", "name"):
            self.take()
            return True
        return False

    def expect(self, text: str) -> None:
        if not self.accept(text):
            raise CelError(f"expected {text!r}, found {self.here[1]!r}")

    def ternary(self) -> Any:
        condition = self.binary(1)
        if not self.accept("?"):
            return condition
        chosen = self.ternary()
        self.expect(":")
        return ("if", condition, chosen, self.ternary())

    def binary(self, level: int) -> Any:
        left = self.unary()
        while _BINARY.get(self.here[1], 0) >= level and self.here[0] in ("op", "name"):
            operator = self.take()[1]
            left = ("binary", operator, left, self.binary(_BINARY[operator] + 1))
        return left

    def unary(self) -> Any:
        if self.accept("!"):
            return ("not", self.unary())
        if self.accept("-"):
            return ("negative", self.unary())
        return self.postfix(self.primary())

    def primary(self) -> Any:
        form, text = self.take()
        if form == "number":
            return ("value", float(text) if "." in text else int(text))
        if form == "string":
            return ("value", re.sub(r"\\(.)", r"\1", text[1:-1]))
        if form == "name":
            constants = {"true": True, "false": False, "null": None}
            if text in constants:
                return ("value", constants[text])
            return ("call", None, text, self.arguments(")")) if self.accept("(") else ("name", text)
        if text == "(":
            inner = self.ternary()
            self.expect(")")
            return inner
        if text == "[":
            return ("list", self.arguments("]"))
        raise CelError(f"unexpected {text!r}")

    def arguments(self, closing: str) -> list[Any]:
        found: list[Any] = []
        while not self.accept(closing):
            found.append(self.ternary())
            if not self.accept(","):
                self.expect(closing)
                break
        return found

    def postfix(self, tree: Any) -> Any:
        while True:
            if self.accept("."):
                self.accept("?")
                name = self.take()[1]
                called = self.accept("(")
                tree = ("call", tree, name, self.arguments(")")) if called else ("field", tree, name)
            elif self.accept("["):
                tree = ("index", tree, self.ternary())
                self.expect("]")
            else:
                return tree


def _run(tree: Any, names: dict[str, Any]) -> Any:
    form = tree[0]
    if form == "value":
        return tree[1]
    if form == "name":
        if tree[1] not in names:
            raise CelError(f"undeclared reference to '{tree[1]}'")
        return names[tree[1]]
    if form == "list":
        return [_run(item, names) for item in tree[1]]
    if form == "not":
        return not _run(tree[1], names)
    if form == "negative":
        return -_run(tree[1], names)
    if form == "if":
        return _run(tree[2] if _run(tree[1], names) else tree[3], names)
    if form in ("field", "index"):
        return _member(tree, names)
    return _binary(tree, names) if form == "binary" else _call(tree, names)


def _member(tree: Any, names: dict[str, Any]) -> Any:
    owner = _run(tree[1], names)
    key = tree[2] if tree[0] == "field" else _run(tree[2], names)
    try:
        return owner[key]
    except (KeyError, IndexError, TypeError) as missing:
        raise CelError(f"no such key: {key}") from missing


def _binary(tree: Any, names: dict[str, Any]) -> Any:
    _, operator, left_tree, right_tree = tree
    if operator in ("||", "&&"):
        return _logical(operator == "||", left_tree, right_tree, names)
    left, right = _run(left_tree, names), _run(right_tree, names)
    if operator in ("==", "!="):
        return (left == right) == (operator == "==")
    try:
        return _compute(operator, left, right)
    except (TypeError, ZeroDivisionError) as wrong:
        raise CelError(f"no such overload: {operator}") from wrong


def _logical(either: bool, left: Any, right: Any, names: dict[str, Any]) -> bool:
    # CEL's && and || are commutative: a side that decides hides an error of the other.
    try:
        first = bool(_run(left, names))
    except CelError:
        if bool(_run(right, names)) == either:
            return either
        raise
    return either if first == either else bool(_run(right, names))


def _compute(operator: str, left: Any, right: Any) -> Any:
    match operator:
        case "<":
            return left < right
        case "<=":
            return left <= right
        case ">":
            return left > right
        case ">=":
            return left >= right
        case "in":
            return left in right
        case "+":
            return left + right
        case "-":
            return left - right
        case "*":
            return left * right
        case "/":
            return left // right if isinstance(left, int) and isinstance(right, int) else left / right
        case _:
            return left % right


def _call(tree: Any, names: dict[str, Any]) -> Any:
    _, owner_tree, name, arguments = tree
    if owner_tree is None:
        return _function(name, arguments, names)
    owner = _run(owner_tree, names)
    if name in _LOOPS:
        return _loop(name, owner, arguments, names)
    values = [_run(argument, names) for argument in arguments]
    methods: dict[str, Callable[[], Any]] = {
        "startsWith": lambda: owner.startswith(values[0]),
        "endsWith": lambda: owner.endswith(values[0]),
        "contains": lambda: values[0] in owner,
        "matches": lambda: re.search(values[0], owner) is not None,
        "size": lambda: len(owner),
        "orValue": lambda: values[0] if owner is None else owner,
    }
    if name not in methods:
        raise CelError(f"undeclared reference to '{name}'")
    return methods[name]()


def _function(name: str, arguments: list[Any], names: dict[str, Any]) -> Any:
    if name == "has":
        if arguments[0][0] not in ("field", "index"):
            raise CelError("has() wants a field selection")
        owner = _run(arguments[0][1], names)
        return isinstance(owner, Mapping) and arguments[0][2] in owner
    value = _run(arguments[0], names)
    functions: dict[str, Callable[[Any], Any]] = {"size": len, "int": int, "string": str, "double": float}
    if name not in functions:
        raise CelError(f"undeclared reference to '{name}'")
    return functions[name](value)


def _loop(name: str, items: Any, arguments: list[Any], names: dict[str, Any]) -> Any:
    variable = arguments[0][1]
    results = [(item, _run(arguments[1], {**names, variable: item})) for item in items]
    if name == "all":
        return all(result for _, result in results)
    if name == "exists":
        return any(result for _, result in results)
    if name == "exists_one":
        return sum(1 for _, result in results if result) == 1
    if name == "filter":
        return [item for item, result in results if result]
    return [result for _, result in results]
