"""Checks free PromQL before it is sent, and chooses steps so that no answer has too many points."""

import promql_parser

from agent.errors import BadInput

MAX_LENGTH = 2000
MAX_NESTING = 40
MAX_POINTS = 1000
COMFORTABLE_POINTS = 400
_STEPS = (5, 10, 15, 20, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200, 86400)
_CLOSERS = {"(": ")", "[": "]", "{": "}"}


def check(query: str) -> str:
    """Return the query without outer space; raises BadInput that says where it stops being PromQL."""
    text = query.strip()
    if len(text) > MAX_LENGTH:
        raise BadInput(f"The query is longer than {MAX_LENGTH} characters.", field="promql")
    # The parser recurses, so depth is bounded before it sees the text.
    if _deepest(text) > MAX_NESTING:
        raise BadInput(f"The query is nested deeper than {MAX_NESTING} levels.", field="promql")
    try:
        promql_parser.parse(text)
    except ValueError as error:
        raise BadInput(_explained(text, str(error)), field="promql") from error
    return text


def step_for(seconds: float, *, points: int = COMFORTABLE_POINTS) -> int:
    """Return the step in seconds that covers a range with at most this many points."""
    for step in _STEPS:
        if seconds / step <= points:
            return step
    return int(seconds / points) + 1


def _deepest(text: str) -> int:
    depth = deepest = 0
    for letter in text:
        if letter in "([{":
            depth += 1
            deepest = max(deepest, depth)
        elif letter in ")]}":
            depth -= 1
    # Chains of signs nest as well, without any bracket.
    return max(deepest, text.count("-") // 4, text.count("+") // 4)


def _closers(prefix: str) -> str:
    waiting: list[str] = []
    quote = ""
    for letter in prefix:
        if quote:
            quote = "" if letter == quote else quote
        elif letter in "\"'`":
            quote = letter
        elif letter in _CLOSERS:
            waiting.append(_CLOSERS[letter])
        elif waiting and letter == waiting[-1]:
            waiting.pop()
    return quote + "".join(reversed(waiting))


def _parses(text: str) -> bool:
    try:
        promql_parser.parse(text)
    except ValueError:
        return False
    return True


def _good_until(text: str) -> int:
    """Return how many characters from the left can be part of a correct query."""
    for end in range(len(text), 0, -1):
        if _parses(text[:end] + _closers(text[:end])):
            return end
    return 0


def _explained(text: str, said: str) -> str:
    if not text:
        return "The query is empty."
    # The parser names no position, so the longest beginning that can be completed is looked for.
    end = _good_until(text[:500])
    if end >= len(text):
        return f"This is not PromQL: {said}, at the end of the query."
    return f"This is not PromQL: {said}, at character {end + 1}, near “{text[max(0, end - 12) : end + 12]}”."
