"""What the files of policies/recovery may say: when a recovery begins, its steps, when it stops and how it is taken back."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from agent.domain.alert import Severity
from agent.domain.incident import Priority
from agent.errors import Misconfigured
from agent.policy.documents import Loc, Misplaced, Rulebook, read_document
from agent.policy.model import RuleId, Seconds, Words
from agent.policy.references import Given, references_of, wrong_reference

FOLDER = "recovery"
_TOOL = re.compile(r"[a-z_]+\.[a-z_]+")

Share = Annotated[float, Field(ge=0, le=1)]
StopCondition = Literal["recovered", "frozen", "person_took_over", "cause_changed"]
Group = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,79}$")]


def _tool(name: str) -> str:
    if not _TOOL.fullmatch(name):
        raise ValueError("write a read such as incident_responder.pods")
    return name


def _sound(params: dict[str, Given]) -> dict[str, Given]:
    wrong = [text for given in params.values() for text in wrong_reference(given)]
    if wrong:
        raise ValueError("; ".join(wrong))
    return params


StepParams = Annotated[dict[str, Given], AfterValidator(_sound)]


class Phrase(Rulebook):
    """A sentence in both languages."""

    en: Annotated[str, Field(min_length=1, max_length=300)]
    ko: Annotated[str, Field(min_length=1, max_length=300)]

    def in_language(self, language: str) -> str:
        """Return the sentence in a language; English when it is another one."""
        return self.ko if language == "ko" else self.en


class SignalCondition(Rulebook):
    """A named signal of the service is over (or under) a value; throughout `for` when that is given."""

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    over: float | None = None
    under: float | None = None
    held: Annotated[Seconds, Field(alias="for")] = 0

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.over is None) == (self.under is None):
            raise ValueError("write either `over` or `under`")
        return self

    def crossed(self, value: float) -> bool:
        """Say whether a value is beyond the limit."""
        return value > self.over if self.over is not None else value < (self.under or 0.0)


class Clause(Rulebook):
    """One way to begin: everything in it must hold together; the alert conditions for one and the same firing alert."""

    cause: Words | None = None
    confidence: Share | None = None
    alerts: Words | None = None
    severity: Annotated[tuple[Severity, ...], Field(min_length=1)] | None = None
    priority: Annotated[tuple[Priority, ...], Field(min_length=1)] | None = None
    tier: Words | None = None
    environment: Words | None = None
    signal: SignalCondition | None = None

    @model_validator(mode="after")
    def _something(self) -> Self:
        if self.cause is None and self.alerts is None and self.signal is None:
            raise ValueError("a trigger needs `cause`, `alerts` or `signal`")
        if self.confidence is not None and self.cause is None:
            raise ValueError("`confidence` is that of a `cause`")
        return self

    @property
    def weight(self) -> int:
        """Return how specific it is: a known cause counts most, a name more than a pattern, each limit a little."""
        named = 0
        if self.alerts is not None:
            named = 10 if any("*" in name for name in self.alerts) else 20
        limits = (self.severity, self.priority, self.tier, self.environment)
        return (
            (100 if self.cause else 0)
            + (30 if self.signal else 0)
            + named
            + sum(limit is not None for limit in limits)
        )


class StepCondition(Rulebook):
    """What must hold for a step; `observed` are references that something real stands behind."""

    cause: Words | None = None
    signal: SignalCondition | None = None
    done: Annotated[tuple[RuleId, ...], Field(min_length=1)] | None = None
    observed: Annotated[tuple[str, ...], Field(min_length=1)] | None = None
    replicas_over: Annotated[int, Field(ge=0)] | None = None

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not self.model_fields_set:
            raise ValueError("a condition needs at least one predicate")
        wrong = [text for name in self.observed or () for text in wrong_reference(name, only=True)]
        if wrong:
            raise ValueError("; ".join(wrong))
        return self


class Step(Rulebook):
    """One step: an action that the policy decides on, a read that is kept as evidence, or a notice to people.

    An action is proved by the alerts that it should end, or with `proof: check` only by its own effect, because it helps
    without ending anything by itself. `at_once` takes a read or a notice out of its turn to the very beginning; `always`
    also does it when the recovery stops early. For `wait` it is looked at again before it is left out because there is
    nothing to do for it yet.
    """

    id: RuleId
    action: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")] | None = None
    read: Annotated[str, AfterValidator(_tool)] | None = None
    notify: Literal["page", "channel"] | None = None
    to: Annotated[tuple[Group, ...], Field(min_length=1)] | None = None
    text: Phrase | None = None
    params: StepParams = Field(default_factory=dict)
    because: Phrase | None = None
    decision: Literal["policy", "ask"] = "policy"
    proof: Literal["alerts", "check"] = "alerts"
    when: StepCondition | None = None
    unless: StepCondition | None = None
    on_failure: Literal["continue", "stop"] = "continue"
    at_once: bool = False
    always: bool = False
    wait: Seconds = 0

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        kinds = [kind for kind in (self.action, self.read, self.notify) if kind is not None]
        if len(kinds) != 1:
            raise ValueError("a step is exactly one of `action`, `read` or `notify`")
        if self.notify is None and (self.to is not None or self.text is not None):
            raise ValueError("`to` and `text` belong to `notify`")
        if self.notify is not None and (self.to is None or self.params):
            raise ValueError("a `notify` step takes `to` and no `params`")
        if self.action is not None and (self.at_once or self.always):
            raise ValueError("`at_once` and `always` are for reads and notices, which change nothing")
        if self.wait and (self.notify is not None or self.at_once):
            raise ValueError("`wait` is for an action or a read in its turn")
        if self.action is None and (self.decision != "policy" or self.proof != "alerts"):
            raise ValueError("`decision` and `proof` are for actions")
        return self


class RollBack(Rulebook):
    """How the recovery's own actions are taken back, in reverse, once things are normal again.

    It begins `after` so long since it `recovered` (or the incident was `resolved`), with a pause of `every` between
    two steps back; `gradually` gives shares in percent by which the traffic of a `shift_traffic` step returns.
    """

    after: Seconds
    once: Literal["recovered", "resolved"] = "recovered"
    condition: Annotated[Literal["normal", "always"], Field(alias="if")] = "normal"
    every: Seconds = 60
    steps: Annotated[tuple[RuleId, ...], Field(min_length=1)] | None = None
    gradually: dict[RuleId, Annotated[tuple[int, ...], Field(min_length=1)]] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _rising(self) -> Self:
        for step, shares in self.gradually.items():
            if list(shares) != sorted(set(shares)) or shares[0] < 1 or shares[-1] != 100:
                raise ValueError(f"gradually.{step}: shares must rise and end with 100")
        return self


class HandOver(Rulebook):
    """Whom to tell what when the recovery ends without having recovered anything."""

    to: Annotated[tuple[Group, ...], Field(min_length=1)]
    text: Phrase


class RecoveryPolicy(Rulebook):
    """One file of policies/recovery; of several that fit, the most specific one is run."""

    id: RuleId
    title: Phrase
    trigger: Annotated[tuple[Clause, ...], Field(min_length=1)]
    steps: Annotated[tuple[Step, ...], Field(min_length=1, max_length=20)]
    stop_when: tuple[StopCondition, ...] = ("recovered", "frozen", "person_took_over", "cause_changed")
    roll_back: RollBack | None = None
    hand_over: HandOver | None = None

    @model_validator(mode="after")
    def _whole(self) -> Self:
        mistakes = [*_same_names(self.steps), *_too_early(self.steps), *_wrong_back(self)]
        if mistakes:
            raise Misplaced(*mistakes)
        return self

    def step(self, name: str) -> Step | None:
        """Return a step by its id."""
        return next((step for step in self.steps if step.id == name), None)

    @property
    def order(self) -> tuple[Step, ...]:
        """Return the steps in the order in which they are done."""
        return (*(s for s in self.steps if s.at_once), *(s for s in self.steps if not s.at_once))


def _same_names(steps: tuple[Step, ...]) -> Iterator[tuple[Loc, str]]:
    seen: set[str] = set()
    for index, step in enumerate(steps):
        if step.id in seen:
            yield ("steps", index, "id"), "step ids must differ; give this one its own"
        seen.add(step.id)


def _too_early(steps: tuple[Step, ...]) -> Iterator[tuple[Loc, str]]:
    before: set[str] = set()
    for index, step in enumerate(steps):
        for part, condition in (("when", step.when), ("unless", step.unless)):
            later = sorted(set((condition and condition.done) or ()) - before)
            if later:
                yield ("steps", index, part, "done"), f"{', '.join(later)} does not come before it"
        before.add(step.id)


def _wrong_back(recovery: "RecoveryPolicy") -> Iterator[tuple[Loc, str]]:
    back = recovery.roll_back
    actions = {step.id: step.action for step in recovery.steps if step.action}
    for index, name in enumerate((back and back.steps) or ()):
        if name not in actions:
            yield ("roll_back", "steps", index), f"{name} is no action of this recovery"
    for name in (back and back.gradually) or {}:
        if actions.get(name) != "shift_traffic":
            yield ("roll_back", "gradually", name), "only a shift_traffic step returns by shares"


def load_recoveries(folder: Path) -> tuple[RecoveryPolicy, ...]:
    """Load the recoveries of a policy folder by file name; raises Misconfigured with file, line and field."""
    home = folder / FOLDER
    found: dict[str, RecoveryPolicy] = {}
    for path in sorted(home.glob("*.yaml")) if home.is_dir() else ():
        recovery = read_document(path, RecoveryPolicy)
        if recovery.id != path.stem:
            raise Misconfigured(f"{path}:1: id: the id must be the file's name: write `id: {path.stem}`.")
        found[recovery.id] = recovery
    return tuple(found.values())


def references(recovery: RecoveryPolicy) -> dict[str, tuple[str, ...]]:
    """Return the references that each step's parameters use."""
    return {
        step.id: tuple(dict.fromkeys(name for given in step.params.values() for name in references_of(given)))
        for step in recovery.steps
    }
