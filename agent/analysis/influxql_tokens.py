"""Cuts an InfluxQL query into words, numbers, texts, expressions and signs, each with its place."""

import re
from dataclasses import dataclass
from enum import Enum, auto

TIME, WINDOW = "<time>", "<window>"
"""Where the bounds of the time asked for go, and where the length of a slice does."""

KEYWORDS = frozenset(
    re.findall(
        r"\w+",
        "ALL ALTER ANALYZE ANY AS ASC BEGIN BY CREATE CONTINUOUS DATABASE DATABASES DEFAULT DELETE DESC DESTINATIONS "
        "DIAGNOSTICS DISTINCT DROP DURATION END EVERY EXPLAIN FIELD FOR FROM GRANT GRANTS GROUP GROUPS IN INF INSERT "
        "INTO KEY KEYS KILL LIMIT SHOW MEASUREMENT MEASUREMENTS NAME OFFSET ON ORDER PASSWORD POLICY POLICIES "
        "PRIVILEGES QUERIES QUERY READ REPLICATION RESAMPLE RETENTION REVOKE SELECT SERIES SET SHARD SHARDS SLIMIT "
        "SOFFSET STATS SUBSCRIPTION SUBSCRIPTIONS TAG TO USER USERS VALUES WHERE WITH WRITE AND OR TRUE FALSE "
        "CARDINALITY EXACT",
    )
)


class Sort(Enum):
    """What a token is."""

    NAME = auto()
    QUOTED = auto()
    KEYWORD = auto()
    TEXT = auto()
    NUMBER = auto()
    DURATION = auto()
    REGEX = auto()
    SIGN = auto()
    PLACE = auto()
    END = auto()


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of a query; `text` is what it means (a name without its quotes), `start` and `end` where it stands."""

    sort: Sort
    text: str
    start: int
    end: int

    @property
    def shown(self) -> str:
        """Return how it is called in an error."""
        return "the end" if self.sort is Sort.END else f"“{self.text}”"


_SPACE = re.compile(r"\s+")
_PATTERNS = (
    (Sort.PLACE, re.compile(r"<(?:time|window)>")),
    (Sort.DURATION, re.compile(r"\d+(?:ns|ms|u|µ|s|m|h|d|w)(?![A-Za-z0-9_])")),
    (Sort.NUMBER, re.compile(r"(?:\d+\.\d+|\d+)(?![A-Za-z0-9_.])")),
    (Sort.NAME, re.compile(r"[A-Za-z_][A-Za-z0-9_]*")),
    (Sort.QUOTED, re.compile(r'"((?:[^"\\\n]|\\["\\n])+)"')),
    (Sort.TEXT, re.compile(r"'((?:[^'\\\n]|\\['\\n])*)'")),
    (Sort.SIGN, re.compile(r"=~|!~|!=|<>|<=|>=|[-=<>+*/(),.]")),
)
_REGEX = re.compile(r"/((?:[^/\\\n]|\\.)+)/")


def tokens(query: str) -> list[Token]:
    """Return the tokens of a query, the last one its end; raises ValueError that says where it cannot be read."""
    found: list[Token] = []
    at = 0
    while True:
        space = _SPACE.match(query, at)
        at = space.end() if space else at
        if at >= len(query):
            return [*found, Token(Sort.END, "", at, at)]
        token = _next(query, at, found[-1] if found else None)
        found.append(token)
        at = token.end


def _next(query: str, at: int, before: Token | None) -> Token:
    if query[at] == "/" and before is not None and _wants_expression(before):
        match = _REGEX.match(query, at)
        if match is None:
            raise ValueError(f"the expression that begins at character {at + 1} is not closed: add the /")
        try:
            re.compile(match[1])
        except re.error as error:
            raise ValueError(f"the expression /{match[1]}/ cannot be read: {error}") from error
        return Token(Sort.REGEX, match[1], at, match.end())
    for sort, pattern in _PATTERNS:
        match = pattern.match(query, at)
        if match is not None:
            text = match[1] if match.groups() else match[0]
            keyword = sort is Sort.NAME and text.upper() in KEYWORDS
            return Token(Sort.KEYWORD if keyword else sort, text, at, match.end())
    hint = ": add what closes it" if query[at] in "\"'" else ""
    raise ValueError(f"{query[at]} at character {at + 1} is not understood{hint}")


def _wants_expression(before: Token) -> bool:
    """Say whether a slash after this token begins an expression and is no division."""
    return before.text in ("=~", "!~", ",") or (
        before.sort is Sort.KEYWORD and before.text.upper() in ("FROM", "BY")
    )


def place(token: Token) -> str:
    """Return a token and where it stands, for an error."""
    return token.shown if token.sort is Sort.END else f"{token.shown} at character {token.start + 1}"


class Cursor:
    """Steps over the tokens of a query from left to right; what stands at the wrong place raises ValueError."""

    def __init__(self, query: str) -> None:
        self.query = query
        self._tokens = tokens(query)
        self._at = 0

    @property
    def here(self) -> Token:
        """Return the token that comes next."""
        return self._tokens[self._at]

    @property
    def after(self) -> Token:
        """Return the token after the next; the end comes after itself."""
        return self._tokens[min(self._at + 1, len(self._tokens) - 1)]

    @property
    def calls(self) -> bool:
        """Say whether a bracket follows the next token without a space, which is how functions are told from names."""
        after = self.after
        return after.sort is Sort.SIGN and after.text == "(" and after.start == self.here.end

    @property
    def before(self) -> Token:
        """Return the token that was stepped over last."""
        return self._tokens[self._at - 1]

    def step(self, count: int = 1) -> None:
        """Go on, to the end at most."""
        self._at = min(self._at + count, len(self._tokens) - 1)

    def name(self, wanted: str) -> str:
        """Step over a name and return it; `wanted` says in an error what should stand there."""
        token = self.here
        if token.sort is Sort.KEYWORD:
            raise ValueError(f'{place(token)} is a word of InfluxQL and no name: write "{token.text}"')
        if token.sort not in (Sort.NAME, Sort.QUOTED):
            raise ValueError(f"{place(token)} stands where {wanted} is expected")
        self.step()
        return token.text

    def keyword(self, word: str) -> None:
        """Step over a word of the language."""
        if not self.take_keyword(word):
            raise ValueError(f"{place(self.here)} stands where {word} is expected")

    def take_keyword(self, word: str) -> bool:
        """Step over a word of the language when it comes next, and say whether."""
        if self.here.sort is Sort.KEYWORD and self.here.text.upper() == word:
            self.step()
            return True
        return False

    def sign(self, *signs: str) -> bool:
        """Step over one of these signs when it comes next, and say whether."""
        if self.here.sort is Sort.SIGN and self.here.text in signs:
            self.step()
            return True
        return False

    def must(self, sign: str) -> None:
        """Step over a sign."""
        if not self.sign(sign):
            raise ValueError(f"{place(self.here)} stands where {sign} is expected")

    def place(self, placeholder: str, instead: str) -> None:
        """Step over a placeholder; `instead` is what to write where something else stands."""
        if self.here.sort is not Sort.PLACE or self.here.text != placeholder:
            raise ValueError(f"{place(self.here)} is no length of a slice: write {instead}")
        self.step()
