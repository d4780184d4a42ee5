"""policies/checks/*.yaml: which checklists there are, when each is due, where it is shown, and what stands on it."""

import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import AfterValidator, Field, ValidationError, model_validator

from agent.analysis.occurrences import Schedule, schedule
from agent.errors import BadInput, Misconfigured
from agent.policy.check_params import PARAMS
from agent.policy.documents import Loc, Misplaced, Rulebook, read_document
from agent.policy.freezes import Zone
from agent.policy.model import GroupName, RuleId, Seconds
from agent.policy.recoveries import Phrase

FOLDER = "checks"
MOST_ITEMS = 20
_CHANNEL = re.compile(r"#[a-z0-9][a-z0-9_-]{0,79}")
_LONGEST_CATCH_UP = timedelta(days=7).total_seconds()


def _channel(name: str) -> str:
    if not _CHANNEL.fullmatch(name):
        raise ValueError('write a channel in quotes, such as "#ops"')
    return name


Channel = Annotated[str, AfterValidator(_channel)]


class Item(Rulebook):
    """One line: either the bot looks by a `check` with its `params`, or a `person` does what the words say."""

    id: RuleId
    title: Phrase
    check: str | None = None
    params: dict[str, Any] = Field(default_factory=dict)
    person: Phrase | None = None

    @model_validator(mode="after")
    def _sound(self) -> Self:
        if (self.check is None) == (self.person is None):
            raise ValueError("write either `check` (the bot looks) or `person` (what somebody has to do)")
        if self.check is None:
            if self.params:
                raise Misplaced((("params",), "only a `check` takes parameters: leave them out"))
            return self
        model = PARAMS.get(self.check)
        if model is None:
            raise Misplaced((("check",), f"there is no such check; there are {', '.join(sorted(PARAMS))}"))
        self.given(model)
        return self

    def given(self, model: type[Rulebook]) -> Rulebook:
        """Return the parameters as the check's model reads them; raises Misplaced."""
        try:
            # Through JSON, as every policy file is read: a list is a tuple only there.
            return model.model_validate_json(json.dumps(self.params, default=str))
        except ValidationError as error:
            wrong = [(("params", *one["loc"]), one["msg"]) for one in error.errors(include_url=False)]
            raise Misplaced(*wrong) from error

    @property
    def parameters(self) -> Rulebook | None:
        """Return what the check is given; None where a person does it."""
        return self.given(PARAMS[self.check]) if self.check is not None else None


class Reminder(Rulebook):
    """How long items may wait for people before the message calls somebody, once; `mention` are user groups."""

    after: Annotated[Seconds, Field(ge=60)]
    mention: tuple[GroupName, ...] = ()


class ChecklistPolicy(Rulebook):
    """One checklist: five cron fields on the wall clock of `zone`, the channel (that of P3 incidents when left out)."""

    name: RuleId
    title: Phrase
    schedule: str
    zone: Zone
    channel: Channel | None = None
    catch_up: Annotated[Seconds, Field(ge=60, le=_LONGEST_CATCH_UP)] = 6 * 3600
    item_seconds: Annotated[Seconds, Field(ge=1, le=300)] = 30
    reminder: Reminder | None = None
    items: Annotated[tuple[Item, ...], Field(min_length=1, max_length=MOST_ITEMS)]

    @model_validator(mode="after")
    def _whole(self) -> Self:
        mistakes = [*_unreadable(self), *_same_ids(self.items)]
        if mistakes:
            raise Misplaced(*mistakes)
        return self

    @property
    def times(self) -> Schedule:
        """Return when it is due."""
        return Schedule(self.schedule, self.zone)

    def item(self, item_id: str) -> Item | None:
        """Return an item by its id."""
        return next((one for one in self.items if one.id == item_id), None)


def _unreadable(policy: ChecklistPolicy) -> list[tuple[Loc, str]]:
    try:
        schedule(policy.schedule, policy.zone)
    except BadInput as error:
        return [((error.field,), error.user_message)]
    return []


def _same_ids(items: tuple[Item, ...]) -> list[tuple[Loc, str]]:
    seen: set[str] = set()
    found: list[tuple[Loc, str]] = []
    for index, item in enumerate(items):
        if item.id in seen:
            found.append((("items", index, "id"), f"another item is called {item.id}; choose another id"))
        seen.add(item.id)
    return found


def load_checklists(folder: Path) -> tuple[ChecklistPolicy, ...]:
    """Load the checklists of a policy folder by file name; raises Misconfigured with file, line and field."""
    home = folder / FOLDER
    found: list[ChecklistPolicy] = []
    for path in sorted(home.glob("*.yaml")) if home.is_dir() else ():
        policy = read_document(path, ChecklistPolicy)
        if policy.name != path.stem:
            raise Misconfigured(f"{path}:1: name: the name must be the file's: write `name: {path.stem}`.")
        found.append(policy)
    return tuple(found)
