"""Label selectors as text and as objects."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from demo.cluster.objects import Obj
from demo.cluster.status import ApiError, bad_request

_TOKEN = re.compile(r"\s*(==|!=|=|!|\(|\)|,|<|>|[^\s()=!,<>]+)")
_LABEL_VALUE = re.compile(r"^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$")
_LABEL_KEY = re.compile(r"^([a-z0-9]([-a-z0-9.]*[a-z0-9])?/)?([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$")


@dataclass(frozen=True, slots=True)
class Requirement:
    """One demand on a label."""

    key: str
    operator: str
    values: tuple[str, ...] = ()

    def holds(self, labels: Mapping[str, str]) -> bool:
        """Tell whether labels meet the demand."""
        present = self.key in labels
        if self.operator == "exists":
            return present
        if self.operator == "absent":
            return not present
        if self.operator == "in":
            return present and labels[self.key] in self.values
        if self.operator == "notin":
            return not present or labels[self.key] not in self.values
        return present and _compares(labels[self.key], self.operator, self.values[0])


def _compares(have: str, operator: str, want: str) -> bool:
    try:
        return int(have) > int(want) if operator == "gt" else int(have) < int(want)
    except ValueError:
        return False


def matches(requirements: tuple[Requirement, ...], labels: Mapping[str, str]) -> bool:
    """Tell whether labels meet every requirement."""
    return all(requirement.holds(labels) for requirement in requirements)


def parse_labels(text: str) -> tuple[Requirement, ...]:
    """Parse a selector in text form; raise 400 as the server does when it does not parse."""
    parser = _Parser(_tokens(text))
    found: list[Requirement] = []
    while parser.here:
        found.append(parser.requirement())
        if not parser.here:
            break
        parser.expect(",", "',' or 'end of string'")
        if not parser.here:
            raise _fail("found '', expected: identifier after ','")
    return tuple(found)


def _tokens(text: str) -> list[str]:
    return [found.group(1) for found in _TOKEN.finditer(text)]


def _fail(why: str) -> ApiError:
    return bad_request(f"unable to parse requirement: {why}")


class _Parser:
    def __init__(self, tokens: list[str]) -> None:
        self.tokens = tokens
        self.position = 0

    @property
    def here(self) -> str:
        return self.tokens[self.position] if self.position < len(self.tokens) else ""

    def take(self) -> str:
        token = self.here
        self.position += 1
        return token

    def expect(self, token: str, wanted: str) -> None:
        if self.here != token:
            raise _fail(f"found '{self.here}', expected: {wanted}")
        self.take()

    def requirement(self) -> Requirement:
        absent = self.here == "!"
        if absent:
            self.take()
        key = self.take()
        if not key or not _LABEL_KEY.match(key):
            raise _fail(
                f"found '{key}', expected: identifier" if not key or key in "(),=!<>" else _bad_key(key)
            )
        if absent:
            return Requirement(key, "absent")
        if self.here in ("", ","):
            return Requirement(key, "exists")
        operator = self.take()
        if operator in ("=", "==", "!="):
            value = self.take() if self.here not in ("", ",") else ""
            return Requirement(key, "notin" if operator == "!=" else "in", (_checked(key, value),))
        if operator in ("<", ">"):
            return Requirement(key, "gt" if operator == ">" else "lt", (self.take(),))
        if operator in ("in", "notin"):
            return Requirement(key, operator, self.values(key))
        raise _fail(f"found '{operator}', expected: in, notin, =, ==, !=, gt, lt")

    def values(self, key: str) -> tuple[str, ...]:
        if self.here != "(":
            raise _fail(f"found '{self.here}' expected: '('")
        self.take()
        found: list[str] = []
        while self.here not in (")", ""):
            if self.here == ",":
                self.take()
                continue
            found.append(_checked(key, self.take()))
        if self.here != ")":
            raise _fail(f"found '{self.here}', expected: ',' or ')'")
        self.take()
        return tuple(found)


def _bad_key(key: str) -> str:
    return (
        f"<nil>: Invalid value: \"{key}\": name part must consist of alphanumeric characters, '-', '_' or '.', "
        "and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', "
        "regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
    )


def _checked(key: str, value: str) -> str:
    if len(value) > 63 or not _LABEL_VALUE.match(value):
        raise _fail(
            f'values[0][{key}]: Invalid value: "{value}": a valid label must be an empty string or consist of '
            "alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character "
            "(e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is "
            "'(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"
        )
    return value


_OPERATORS = {"In": "in", "NotIn": "notin", "Exists": "exists", "DoesNotExist": "absent"}


def parse_selector(selector: Obj | None) -> tuple[Requirement, ...]:
    """Read a LabelSelector object; an empty one selects everything."""
    found = [
        Requirement(key, "in", (value,)) for key, value in (selector or {}).get("matchLabels", {}).items()
    ]
    for item in (selector or {}).get("matchExpressions") or []:
        operator = _OPERATORS.get(item.get("operator", ""), "absent")
        found.append(Requirement(item["key"], operator, tuple(item.get("values") or ())))
    return tuple(found)


def selects(selector: Obj | None, labels: Mapping[str, str]) -> bool:
    """Tell whether a LabelSelector object selects labels; a missing selector selects nothing."""
    return selector is not None and matches(parse_selector(selector), labels)


def selector_text(selector: Obj | None) -> str:
    """Write a LabelSelector object in text form."""
    parts = [f"{key}={value}" for key, value in sorted((selector or {}).get("matchLabels", {}).items())]
    for item in (selector or {}).get("matchExpressions") or []:
        operator, values = item.get("operator"), ",".join(sorted(item.get("values") or ()))
        if operator in ("In", "NotIn"):
            parts.append(f"{item['key']} {operator.lower()} ({values})")
        else:
            parts.append(item["key"] if operator == "Exists" else f"!{item['key']}")
    return ",".join(parts)
