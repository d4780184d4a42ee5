"""One look at a release: its signals are read, before beside after, and every number keeps the evidence behind it."""

import asyncio
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from agent.domain.deployment import Contrast, Deployment
from agent.domain.evidence import Evidence, ReadRequest
from agent.domain.noun import Json
from agent.domain.results import PictureResult, SeriesResult
from agent.errors import OpsError
from agent.operations.releases_compare import TRAFFIC, Course, Split, contrast, course_of, excused
from agent.policy.deployments import DeploymentPolicy, WatchRule
from agent.ports.reads import Reads

SIGNAL, CHART, BUDGET = "metrics_collector.signal", "metrics_collector.chart", "sla_tracker.budget"
PASTS = (timedelta(days=1), timedelta(days=7))
_WEEK_MINUTES = 7 * 24 * 60
_SHORTEST_CHART = 10


@dataclass(frozen=True, slots=True)
class Seen:
    """What a look found; `away` says that no signal could be read at all."""

    contrasts: tuple[Contrast, ...]
    evidence: tuple[Evidence, ...]
    away: bool


@dataclass(frozen=True, slots=True)
class Looker:
    """Reads what a look needs."""

    reads: Reads

    async def look(
        self, deployment: Deployment, policy: DeploymentPolicy, rule: WatchRule, now: datetime
    ) -> Seen:
        """Compare every signal of the policy; what another day explains is taken back."""
        until = min(now, deployment.watch_until or now)
        split = split_of(deployment, rule, until)
        names = tuple(dict.fromkeys((*policy.signals, TRAFFIC)))
        read = dict(zip(names, await self._all(names, deployment, split), strict=True))
        courses = {name: _course(name, deployment.service, one, split) for name, one in read.items()}
        found, kept = [], {one.id: one for one in read.values() if one is not None and one.ok}
        for name, how in policy.signals.items():
            course = courses[name]
            if course is None:
                found.append(_unread(name, read[name]))
                continue
            one = contrast(how, course, courses[TRAFFIC], least_requests=policy.least_requests)
            if one.worse:
                one, pasts = await self._another_day(one, deployment, policy, split)
                kept.update(pasts)
            found.append(one)
        cited = {i for one in found for i in one.evidence_ids}
        away = all(one is None or one.error is not None for one in read.values())
        return Seen(tuple(found), tuple(one for i, one in kept.items() if i in cited), away)

    async def chart(self, deployment: Deployment, signal: str, now: datetime) -> Evidence | None:
        """Draw the signal that tells most; None when it cannot be drawn."""
        marker: dict[str, Json] = {
            "at": (deployment.finished_at or deployment.at).isoformat(),
            "label": f"{deployment.service} {deployment.spoken}".strip()[:80],
        }
        params: dict[str, Json] = {
            "signal": signal,
            "service": deployment.service,
            "minutes": max(_SHORTEST_CHART, _minutes(now - deployment.at) * 2),
            "markers": [marker],
        }
        drawn = await self._read(CHART, params)
        return drawn if drawn is not None and isinstance(drawn.reading.result, PictureResult) else None

    async def picture(self, drawn: Evidence) -> bytes | None:
        """Return the bytes of what was drawn."""
        result = drawn.reading.result
        return await self.reads.blob(result.blob) if isinstance(result, PictureResult) else None

    async def budget_left(self, service: str) -> float | None:
        """Return the share of the service's error budget that is left; None when nobody can tell."""
        seen = await self._read(BUDGET, {"service": service})
        return seen.reading.value.value if seen is not None and seen.ok and seen.reading.value else None

    async def _another_day(
        self, found: Contrast, deployment: Deployment, policy: DeploymentPolicy, split: Split
    ) -> tuple[Contrast, Mapping[str, Evidence]]:
        kept: dict[str, Evidence] = {}
        for back in PASTS:
            past = _moved(split, back)
            names = (found.signal, TRAFFIC)
            read = dict(zip(names, await self._all(names, deployment, past), strict=True))
            courses = {name: _course(name, deployment.service, one, past) for name, one in read.items()}
            judged = excused(policy.signals[found.signal], found, courses[found.signal], courses[TRAFFIC])
            kept |= {one.id: one for one in read.values() if one is not None and one.ok}
            if not judged.worse:
                return judged, kept
        return found, kept

    async def _all(
        self, names: tuple[str, ...], deployment: Deployment, split: Split
    ) -> list[Evidence | None]:
        end = datetime.fromtimestamp(split.until, tz=deployment.at.tzinfo)
        minutes = _minutes(timedelta(seconds=split.until - split.since))
        about: dict[str, Json] = {"service": deployment.service}
        window: dict[str, Json] = {"minutes": minutes, "end": end.isoformat()}
        return list(
            await asyncio.gather(*(self._read(SIGNAL, {"signal": name, **about, **window}) for name in names))
        )

    async def _read(self, tool: str, params: dict[str, Json]) -> Evidence | None:
        try:
            return await self.reads.run(ReadRequest(tool=tool, params=params))
        except OpsError:
            # A service's name that no backend would take: nothing is known of it.
            return None


def split_of(deployment: Deployment, rule: WatchRule, until: datetime) -> Split:
    """Return what is before and what is after: as long before the beginning as the watch lasts."""
    finished = deployment.finished_at or deployment.at
    return Split(
        since=(deployment.at - timedelta(seconds=rule.lasts)).timestamp(),
        began=deployment.at.timestamp(),
        settled=(finished + timedelta(seconds=rule.settle)).timestamp(),
        until=until.timestamp(),
    )


def _moved(split: Split, back: timedelta) -> Split:
    by = back.total_seconds()
    return Split(split.since - by, split.began - by, split.settled - by, split.until - by)


def _minutes(span: timedelta) -> int:
    return min(_WEEK_MINUTES, max(1, math.ceil(span.total_seconds() / 60)))


def _course(name: str, service: str, seen: Evidence | None, split: Split) -> Course | None:
    if seen is None or not isinstance(seen.reading.result, SeriesResult):
        return None
    return course_of(name, service, seen.reading.result, split, seen.id)


def _unread(name: str, seen: Evidence | None) -> Contrast:
    away = seen is not None and seen.error is not None
    return Contrast(signal=name, unit="count", because="away" if away else "no_data")
