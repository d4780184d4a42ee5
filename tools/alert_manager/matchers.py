"""Conditions on alert labels: narrow enough to silence by, and shown as Alertmanager writes them."""

import re
import secrets
import warnings
from collections.abc import Sequence
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from tools.connectors.readers import JsonObject
from tools.recipes import quoted

_LABEL = r"^[a-zA-Z_][a-zA-Z0-9_]*$"
_PROBES = 3
_SIGNS = {(True, False): "=", (False, False): "!=", (True, True): "=~", (False, True): "!~"}


def printable(value: str) -> str:
    """Refuse control characters."""
    if not value.isprintable():
        raise ValueError("control characters are not allowed")
    return value


class Matcher(BaseModel):
    """One condition on a label, with the field names of Alertmanager."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern=_LABEL, max_length=100)
    value: Annotated[str, Field(min_length=1, max_length=200), AfterValidator(printable)]
    isRegex: bool = False
    isEqual: bool = True

    @model_validator(mode="after")
    def _narrow(self) -> Self:
        if self.isRegex and _matches_anything(self.value) and self.isEqual:
            raise ValueError(f"{self.name}=~{self.value} matches everything")
        return self


def _matches_anything(pattern: str) -> bool:
    """Say whether a pattern lets the empty text or words pass that nobody ever chose."""
    try:
        with warnings.catch_warnings():
            # What Python will read otherwise one day, such as `[[`, Alertmanager reads otherwise today.
            warnings.simplefilter("error", FutureWarning)
            compiled = re.compile(pattern)
    except (re.error, RecursionError, OverflowError, FutureWarning) as error:
        raise ValueError(f"{pattern} is no regular expression") from error
    probes = ("", *(secrets.token_hex(4) for _ in range(_PROBES)), "Zq-8.x_7/w:k", "글")
    return any(compiled.fullmatch(probe) for probe in probes)


def conditions(matchers: Sequence[JsonObject]) -> str:
    """Return matchers as people write them, such as `service="payment", pod=~"payment-.*"`."""
    return ", ".join(
        f"{m.get('name')}{_SIGNS[bool(m.get('isEqual', True)), bool(m.get('isRegex'))]}{quoted(str(m.get('value')))}"
        for m in matchers
    )
