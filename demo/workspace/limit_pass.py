"""The collector of broken limits: one method per kind of rule, in Slack's wording."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Problem:
    """One broken rule and where it is."""

    pointer: str
    text: str


class LimitPass:
    """Collect problems while walking blocks."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def add(self, pointer: str, text: str) -> None:
        """Note one problem."""
        self.problems.append(Problem(pointer, text))

    def string(self, value: Any, pointer: str, most: int, *, least: int = 0, required: bool = False) -> None:
        """Check a string's length; None passes unless required."""
        if value is None:
            if required:
                self.missing(pointer)
        elif not isinstance(value, str):
            self.add(pointer, "must be a string")
        elif len(value) > most:
            self.add(pointer, f"must be less than {most + 1} characters")
        elif len(value) < least:
            self.add(pointer, f"must be more than {least - 1} characters")

    def missing(self, pointer: str) -> None:
        """Note a field that should be there; the pointer names it."""
        parent, _, name = pointer.rpartition("/")
        self.add(parent, f"missing required field: {name}")

    def text_object(
        self, value: Any, pointer: str, most: int, *, plain: bool = False, required: bool = False
    ) -> None:
        """Check a text object: its type, and 1 to `most` characters."""
        if value is None:
            if required:
                self.missing(pointer)
            return
        if not isinstance(value, dict):
            self.add(pointer, "must be an object")
            return
        kind = value.get("type")
        if kind not in ("plain_text", "mrkdwn"):
            self.add(f"{pointer}/type", f"unsupported type: {kind}")
        elif plain and kind != "plain_text":
            self.add(f"{pointer}/type", "must be a valid enum value: plain_text")
        self.string(value.get("text"), f"{pointer}/text", most, least=1, required=True)

    def count(self, pointer: str, items: Any, least: int, most: int) -> bool:
        """Check how many items a list has; tell whether it is a list at all."""
        if not isinstance(items, list):
            self.add(pointer, "must be an array")
            return False
        if len(items) > most:
            self.add(pointer, f"no more than {most} items allowed")
        elif len(items) < least:
            self.add(pointer, f"no less than {least} items allowed")
        return True

    def one_of(self, value: Any, pointer: str, allowed: tuple[str, ...]) -> None:
        """Check a closed list of names; None passes."""
        if value is not None and value not in allowed:
            self.add(pointer, f"must be a valid enum value: {', '.join(allowed)}")
