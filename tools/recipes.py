"""What a named signal is, and how a recipe for it becomes PromQL with safely quoted label values."""

import re
from dataclasses import dataclass
from typing import Literal

Matching = Literal["exact", "job", "pod"]
Scope = Literal["service", "host", "all"]

_REGEX_CHARACTERS = re.compile(r"([\\.+*?()|\[\]{}^$])")


@dataclass(frozen=True, slots=True)
class Recipe:
    """One way to compute a signal; usable when all `needs` exist.

    In `promql`, `<sel>` stands for the matchers (inside braces, may be empty, so it comes last), `<by>` for the label
    that names the series and `<window>` for the range. `scope` is what the series are about.
    """

    scheme: str
    needs: tuple[str, ...]
    promql: str
    scope: Scope = "service"
    by: str = "service"
    matching: Matching = "exact"
    namespace_label: str = "namespace"


@dataclass(frozen=True, slots=True)
class Signal:
    """A named measure. `threshold` is the default limit in `unit`, crossed downwards when `higher_is_worse` is False.

    `combine` says what one number stands for several series: their sum, or the worst of them.
    """

    name: str
    title: str
    unit: str
    description: str
    recipes: tuple[Recipe, ...]
    higher_is_worse: bool = True
    threshold: float | None = None
    threshold_source: str = ""
    combine: Literal["sum", "worst"] = "worst"

    def crossed(self, value: float) -> bool:
        """Say whether a value is beyond the threshold."""
        if self.threshold is None:
            return False
        return value > self.threshold if self.higher_is_worse else value < self.threshold


def quoted(value: str) -> str:
    """Return a PromQL string literal."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def regex_quoted(value: str) -> str:
    """Return text as it stands inside an RE2 pattern."""
    return _REGEX_CHARACTERS.sub(r"\\\1", value)


def _matchers(recipe: Recipe, service: str | None, namespace: str | None) -> str:
    found: list[str] = []
    if service and recipe.scope == "service":
        if recipe.matching == "exact":
            found.append(f"{recipe.by}={quoted(service)}")
        elif recipe.matching == "job":
            found.append(f"{recipe.by}=~{quoted(f'(.+[-/])?{regex_quoted(service)}')}")
        else:
            found.append(f"{recipe.by}=~{quoted(f'{regex_quoted(service)}-.+')}")
    if namespace and recipe.scope == "service":
        found.append(f"{recipe.namespace_label}={quoted(namespace)}")
    return ",".join(found)


def expand(recipe: Recipe, service: str | None, namespace: str | None, window_seconds: int) -> str:
    """Return the recipe's PromQL for a service, a namespace (None means all) and a range in seconds."""
    filled = recipe.promql.replace("<by>", recipe.by).replace("<window>", f"{window_seconds}s")
    return filled.replace("<sel>", _matchers(recipe, service, namespace))


def expand_fresh(recipe: Recipe, service: str | None, namespace: str | None, short: int, long: int) -> str:
    """Return PromQL that uses the short range where it has samples, and the long one elsewhere."""
    precise = expand(recipe, service, namespace, short)
    if short >= long or "<window>" not in recipe.promql:
        return precise
    return f"({precise}) or ({expand(recipe, service, namespace, long)})"
