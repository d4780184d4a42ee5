"""Silences as actions: begin one that is bounded in time and breadth, and end one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, Field, field_validator

from agent.domain.action import BlastRadius, FieldChange, Plan, Risk, Target
from agent.errors import BadInput, Conflict, NotFound
from tools.alert_manager.matchers import Matcher, conditions, printable
from tools.base import DAY_MINUTES, Applied, Check, CheckState, Happened, Params
from tools.connectors.readers import JsonObject
from tools.connectors.writers import SilenceWriter

BACKEND = "alertmanager"
OWN_NAME = "ops-monitor"
_ID = r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$"


class SilenceParams(Params):
    """Which alerts, for how long, and why; at least one matcher says what a label must be."""

    matchers: tuple[Matcher, ...] = Field(min_length=1, max_length=10)
    minutes: int = Field(ge=1, le=DAY_MINUTES)
    comment: Annotated[str, Field(min_length=1, max_length=300), AfterValidator(printable)]

    @field_validator("matchers")
    @classmethod
    def _positive(cls, matchers: tuple[Matcher, ...]) -> tuple[Matcher, ...]:
        if not any(matcher.isEqual for matcher in matchers):
            raise ValueError("one matcher at least must say what a label is, not only what it is not")
        return matchers


class SilenceId(Params):
    """Which silence."""

    id: str = Field(pattern=_ID)


def _mark(key: str) -> str:
    return f"[{OWN_NAME} {key}]"


def _state(silence: JsonObject) -> str:
    status = silence.get("status")
    return str(status.get("state", "")) if isinstance(status, dict) else ""


def _marked(silences: Sequence[JsonObject], key: str) -> list[JsonObject]:
    """Return our own silences that carry an action's mark."""
    mark = _mark(key)
    return [
        s for s in silences if s.get("createdBy") == OWN_NAME and str(s.get("comment", "")).endswith(mark)
    ]


def _body(matchers: Sequence[JsonObject], start: datetime, end: datetime, comment: str) -> JsonObject:
    return {
        "matchers": [dict(matcher) for matcher in matchers],
        "startsAt": start.isoformat(),
        "endsAt": end.isoformat(),
        "createdBy": OWN_NAME,
        "comment": comment,
    }


@dataclass(frozen=True, slots=True)
class SilenceAlerts:
    """Silence alerts for a while."""

    name: ClassVar[str] = "silence_alerts"
    backend: ClassVar[str] = BACKEND
    description: ClassVar[str] = "Silence the alerts that match, for at most a day."
    params: ClassVar[type[Params]] = SilenceParams
    risk: ClassVar[Risk] = Risk.MEDIUM
    reversible: ClassVar[bool] = True
    timeout_seconds: ClassVar[float] = 20.0
    silences: SilenceWriter

    async def plan(self, params: SilenceParams, now: datetime) -> Plan:
        """Count the alerts that it would silence, of all that fire."""
        matchers = _matchers(params)
        count = await self.silences.matching(matchers)
        if not count:
            raise NotFound("No firing alert matches, so there is nothing to silence.")
        of = max(await self.silences.matching(()), count)
        shown = conditions(matchers)
        every = count == of and of > 1
        return Plan(
            target=Target(kind="Alerts", name=shown[:253]),
            changes=(FieldChange(path="silence", after=f"{shown} for {params.minutes} min"),),
            radius=BlastRadius(count=count, unit="alerts", share=count / of),
            reversible=True,
            seconds=1,
            args={"alerts": str(count), "matchers": shown, "minutes": str(params.minutes)},
            facts={"alerts": count, "alerts_firing": of, "minutes": params.minutes},
            warnings=(f"These are all of the {of} alerts that fire now.",) if every else (),
        )

    async def apply(self, params: SilenceParams, plan: Plan, key: str) -> Applied:
        """Create it; its comment carries the action's mark."""
        now = datetime.now(UTC)
        comment = f"{params.comment} {_mark(key)}"
        body = _body(_matchers(params), now, now + timedelta(minutes=params.minutes), comment)
        found = await self.silences.create_silence(body)
        return Applied(detail=f"silence {found} created", facts={"silence_id": found})

    async def happened(self, params: SilenceParams, plan: Plan, key: str) -> Happened:
        """Look for the mark; ended silences are kept for days, so a missing one was never made."""
        return Happened.YES if _marked(await self.silences.silences(), key) else Happened.NO

    async def check(self, params: SilenceParams, plan: Plan, key: str) -> Check:
        """It holds as soon as it is there."""
        found = await self.happened(params, plan, key)
        return Check(state=CheckState.DONE if found is Happened.YES else CheckState.PENDING)

    async def undo(self, params: SilenceParams, plan: Plan, key: str) -> Applied:
        """End it; one that is over already needs nothing."""
        mine = await self._mine(params, key)
        if not mine:
            raise Conflict("The silence is not there any more.")
        for silence in mine:
            if _state(silence) != "expired":
                await self.silences.expire_silence(str(silence["id"]))
        return Applied(detail="silence ended")

    async def undone(self, params: SilenceParams, plan: Plan, key: str) -> Happened:
        """Look at its state."""
        mine = await self._mine(params, key)
        if not mine:
            return Happened.UNKNOWN
        return Happened.YES if all(_state(s) == "expired" for s in mine) else Happened.NO

    async def undo_check(self, params: SilenceParams, plan: Plan, key: str) -> Check:
        """It is over as soon as it says so."""
        found = await self.undone(params, plan, key)
        return Check(state=CheckState.DONE if found is Happened.YES else CheckState.PENDING)

    async def _mine(self, params: SilenceParams, key: str) -> list[JsonObject]:
        # An undo's key is made of the key of what it takes back.
        return _marked(await self.silences.silences(), key.removeprefix("undo:").partition(":")[0])


def _matchers(params: SilenceParams) -> list[JsonObject]:
    return [matcher.model_dump() for matcher in params.matchers]


@dataclass(frozen=True, slots=True)
class ExpireSilence:
    """End a silence."""

    name: ClassVar[str] = "expire_silence"
    backend: ClassVar[str] = BACKEND
    description: ClassVar[str] = "End a silence before its time."
    params: ClassVar[type[Params]] = SilenceId
    risk: ClassVar[Risk] = Risk.LOW
    reversible: ClassVar[bool] = True
    timeout_seconds: ClassVar[float] = 20.0
    silences: SilenceWriter

    async def plan(self, params: SilenceId, now: datetime) -> Plan:
        """Read it; its matchers are captured, so that it can be made again."""
        silence = await self.silences.silence(params.id)
        if _state(silence) == "expired":
            raise BadInput("This silence is over already.", field="id")
        matchers = list(silence.get("matchers") or ())
        shown = conditions(matchers)
        count = await self.silences.matching(matchers)
        kept = {name: silence.get(name) for name in ("matchers", "endsAt", "comment", "createdBy")}
        return Plan(
            target=Target(kind="Silence", name=params.id, version=str(silence.get("updatedAt", ""))),
            changes=(FieldChange(path="silence", before=f"{shown} until {silence.get('endsAt')}"),),
            radius=BlastRadius(count=count, unit="alerts"),
            reversible=True,
            seconds=1,
            args={"matchers": shown, "by": str(silence.get("createdBy", ""))[:80]},
            facts={"alerts": count},
            before=kept,
        )

    async def apply(self, params: SilenceId, plan: Plan, key: str) -> Applied:
        """End it, if nobody has changed it since."""
        silence = await self.silences.silence(params.id)
        if str(silence.get("updatedAt", "")) != plan.target.version or _state(silence) == "expired":
            raise Conflict("Somebody changed this silence in between.")
        await self.silences.expire_silence(params.id)
        return Applied(detail=f"silence {params.id} ended")

    async def happened(self, params: SilenceId, plan: Plan, key: str) -> Happened:
        """Look at its state; whoever ended it, it is over."""
        over = _state(await self.silences.silence(params.id)) == "expired"
        return Happened.YES if over else Happened.NO

    async def check(self, params: SilenceId, plan: Plan, key: str) -> Check:
        """It is over as soon as it says so."""
        found = await self.happened(params, plan, key)
        return Check(state=CheckState.DONE if found is Happened.YES else CheckState.PENDING)

    async def undo(self, params: SilenceId, plan: Plan, key: str) -> Applied:
        """Make the same silence again until the end that it had; Alertmanager gives it another id."""
        now, end = datetime.now(UTC), datetime.fromisoformat(str(plan.before["endsAt"]))
        if end <= now:
            raise Conflict("By now this silence would have ended by itself.")
        matchers: Any = plan.before["matchers"]
        comment = f"{plan.before.get('comment') or ''} {_mark(key)}"
        found = await self.silences.create_silence(_body(matchers, now, end, comment))
        return Applied(detail=f"silence {found} created", facts={"silence_id": found})

    async def undone(self, params: SilenceId, plan: Plan, key: str) -> Happened:
        """Look for the mark."""
        return Happened.YES if _marked(await self.silences.silences(), key) else Happened.NO

    async def undo_check(self, params: SilenceId, plan: Plan, key: str) -> Check:
        """It holds as soon as it is there."""
        found = await self.undone(params, plan, key)
        return Check(state=CheckState.DONE if found is Happened.YES else CheckState.PENDING)
