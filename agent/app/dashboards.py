"""Dashboards as the composition root builds them: the door for chat, the marks that are drawn over them, the check."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

from agent.app.ground import Ground, Wing
from agent.domain.action import ActionState
from agent.domain.dashboard import DashboardLine, DashboardShown
from agent.domain.noun import Json
from agent.domain.probe import Probe
from agent.domain.view import IncidentView
from agent.errors import BadInput, OpsError
from agent.operations.marks import Mark, Marker
from agent.ports.clock import Clock
from agent.ports.store import Store
from tools.charts import Marker as ChartMarker
from tools.charts import PagePainter
from tools.connectors.grafana import GrafanaDashboards, dashboard_link
from tools.connectors.grafana_annotations import Annotation, GrafanaAnnotations
from tools.connectors.prometheus import PrometheusMetrics
from tools.connectors.readers import MetricsReader
from tools.dashboard_builder.catalogue import board_named, boards
from tools.dashboard_builder.incident import AFTER, BEFORE, MOST_SERVICES, Subject, incident
from tools.dashboard_builder.marks import OURS
from tools.dashboard_builder.model import Board
from tools.dashboard_builder.picture import SPAN, board_picture
from tools.dashboard_builder.queries import Dialect, dialect_of
from tools.painter import ProcessPainter
from tools.signals import SignalBook

LOOP = "marks"
INCIDENT, PUBLISH = "incident", "publish_dashboard"
_SEEN_AROUND = timedelta(days=2)
_MOST_MARKERS = 6


@dataclass(frozen=True, slots=True)
class DashboardDesk:
    """Lists and shows dashboards; where Grafana has one, its address, else a picture drawn from Prometheus."""

    store: Store
    clock: Clock
    signals: SignalBook
    painter: PagePainter
    metrics: MetricsReader | None = None
    grafana: GrafanaDashboards | None = None
    grafana_url: str | None = None

    @property
    def publishes(self) -> bool:
        """Say whether Grafana is configured with an account that may save."""
        return self.grafana is not None

    async def listed(self) -> tuple[DashboardLine, ...]:
        """Return every standing dashboard, with its address where it is known to be in Grafana or nobody can ask."""
        placed = await asyncio.gather(*(self._placed(board) for board in boards()))
        return tuple(line for line, _ in placed)

    def address(self, name: str) -> str | None:
        """Return where a standing dashboard is once it was published; None for an unknown name or without Grafana."""
        board = next((one for one in boards() if one.name == name), None)
        return self._line(board).link if board is not None else None

    def link_of(self, view: IncidentView) -> str | None:
        """Return where an incident's own dashboard is once it was published, else the applications' on its services."""
        if self.grafana_url is None or not view.services:
            return None
        if any(one.name == PUBLISH and one.state is ActionState.SUCCEEDED for one in view.actions):
            return dashboard_link(self.grafana_url, f"ops-inc-{view.incident.number}", {})
        times = view.incident.times
        until = f"{(times.resolved_at + AFTER).timestamp() * 1000:.0f}" if times.resolved_at else "now"
        since = f"{(times.started_at - BEFORE).timestamp() * 1000:.0f}"
        chosen = {"service": view.services[0], "from": since, "to": until}
        return dashboard_link(self.grafana_url, "ops-application", chosen)

    def wish(self, name: str) -> Mapping[str, Json]:
        """Return the parameters to publish a dashboard with; raises BadInput."""
        return {"dashboard": board_named(name).name}

    def incident_wish(self, view: IncidentView, link: str = "") -> Mapping[str, Json]:
        """Return the parameters to publish an incident's dashboard with; raises BadInput without any service."""
        return {"dashboard": INCIDENT, "incident": subject_of(view, link).model_dump(mode="json")}

    async def shown(self, name: str) -> DashboardShown:
        """Return a standing dashboard; raises BadInput for an unknown name."""
        now = self.clock.now()
        board = board_named(name, await self._dialect(now))
        return await self._shown(board, now, SPAN)

    async def of_incident(self, view: IncidentView) -> DashboardShown:
        """Return an incident's dashboard; raises BadInput without any service."""
        now, subject = self.clock.now(), subject_of(view)
        board = incident(subject, await self._dialect(now))
        end = min(now, subject.until + AFTER) if subject.until else now
        span = max(timedelta(minutes=10), min(end - subject.since + BEFORE, timedelta(days=7)))
        markers = await self._markers(view, end - span)
        return await self._shown(board, end, span, markers, subject.since)

    async def _shown(
        self,
        board: Board,
        end: datetime,
        span: timedelta,
        markers: Sequence[ChartMarker] = (),
        since: datetime | None = None,
    ) -> DashboardShown:
        line, trouble = await self._placed(board)
        if line.link is not None:
            return DashboardShown(line=line)
        if self.metrics is None:
            return DashboardShown(line=line, trouble=trouble or "Prometheus is not configured.")
        made = await board_picture(self.metrics, board, end, span=span, markers=markers, since=since)
        try:
            picture = await self.painter.draw_page(made.page)
        except OpsError as error:
            return DashboardShown(line=line, alt=made.alt, silent=made.silent, trouble=error.user_message)
        return DashboardShown(line=line, picture=picture, alt=made.alt, silent=made.silent, trouble=trouble)

    async def _placed(self, board: Board) -> tuple[DashboardLine, str]:
        """Return the line, with its address only where Grafana really has it, and why that is not known."""
        line = self._line(board)
        if self.grafana is None:
            return line, ""
        try:
            there = await self.grafana.dashboard(board.uid)
        except OpsError as error:
            return line.model_copy(update={"link": None}), error.user_message
        return (line if there else line.model_copy(update={"link": None})), ""

    def _line(self, board: Board) -> DashboardLine:
        return DashboardLine(
            name=board.name,
            title=board.title,
            purpose=board.purpose,
            readers=board.folder.readers,
            link=dashboard_link(self.grafana_url, board.uid, {}) if self.grafana_url else None,
        )

    async def _dialect(self, now: datetime) -> Dialect:
        if self.metrics is None:
            return Dialect(book=self.signals)
        try:
            return await dialect_of(self.metrics, now, self.signals)
        except OpsError:
            # The picture will say that the store does not answer.
            return Dialect(book=self.signals)

    async def _markers(self, view: IncidentView, start: datetime) -> list[ChartMarker]:
        async with self.store.read() as tx:
            released = await tx.deployments.since(start - _SEEN_AROUND)
        mine = [one for one in released if one.service in view.services]
        marks = [ChartMarker(one.at.timestamp(), f"{one.service} {one.spoken}") for one in mine]
        applied = [(one.times.applied_at, one) for one in view.actions if one.times.applied_at]
        marks += [ChartMarker(at.timestamp(), f"{one.handle} {one.name}") for at, one in applied]
        return sorted((m for m in marks if m.at >= start.timestamp()), key=lambda m: m.at)[-_MOST_MARKERS:]


def subject_of(view: IncidentView, link: str = "") -> Subject:
    """Return what an incident's dashboard is about; raises BadInput when no service is known."""
    services = tuple(name for name in view.services if name.isprintable())[:MOST_SERVICES]
    if not services:
        raise BadInput(
            f"No service of {view.incident.name} is known, so there is nothing to draw.",
            field="incident",
            code="dashboard-no-service",
            facts={"name": view.incident.name},
        )
    times = view.incident.times
    return Subject(
        number=view.incident.number,
        title=view.incident.title[:300],
        services=services,
        since=times.started_at,
        until=times.resolved_at,
        link=link,
    )


@dataclass(frozen=True, slots=True)
class GrafanaMarks:
    """Draws marks as annotations; one that is there already is written anew."""

    annotations: GrafanaAnnotations

    async def put(self, mark: Mark) -> None:
        """Find the mark by its id, and create or change it."""
        around = (mark.at - _SEEN_AROUND, (mark.until or mark.at) + _SEEN_AROUND)
        known = await self.annotations.find((OURS, mark.id), *around)
        made = Annotation(
            mark.text,
            (OURS, mark.kind, f"service:{mark.service}", mark.id),
            mark.at,
            mark.until,
            known[0].id if known else None,
        )
        await (self.annotations.change(made) if known else self.annotations.add(made))


def open_dashboards(stack: AsyncExitStack, ground: Ground) -> tuple[DashboardDesk, Wing]:
    """Build the wing; nothing is contacted before somebody asks or the loop runs."""
    settings = ground.settings
    seconds = settings.read_timeout_seconds * 2
    painter = ProcessPainter()
    stack.push_async_callback(painter.close)
    metrics = (
        PrometheusMetrics(settings.prometheus_url, timeout_seconds=seconds)
        if settings.prometheus_url
        else None
    )
    if metrics is not None:
        stack.push_async_callback(metrics.close)
    desk = DashboardDesk(
        ground.store,
        ground.clock,
        ground.toolbelt.signals,
        painter,
        metrics=metrics,
        grafana_url=settings.grafana_url,
    )
    if settings.grafana_url is None or settings.grafana_token is None:
        return desk, Wing(probes=partial(_unset, settings.grafana_url))
    token = settings.grafana_token.get_secret_value()
    grafana = GrafanaDashboards(settings.grafana_url, token=token, timeout_seconds=seconds)
    annotations = GrafanaAnnotations(settings.grafana_url, token=token, timeout_seconds=seconds)
    for connector in (grafana, annotations):
        stack.push_async_callback(connector.close)
    marker = Marker(ground.store, GrafanaMarks(annotations), ground.clock, ground.redactor, settings.language)
    wing = Wing(loops={LOOP: marker.run}, in_turn=frozenset({LOOP}), probes=partial(_probes, grafana))
    return replace(desk, grafana=grafana), wing


async def _probes(grafana: GrafanaDashboards) -> Sequence[Probe]:
    return (await grafana.probe(),)


async def _unset(url: str | None) -> Sequence[Probe]:
    fix = "Set OPS_GRAFANA_URL and OPS_GRAFANA_TOKEN (docs/dashboards.md#grafana)."
    detail = "dashboards are linked, and none is published" if url else "dashboards are drawn as pictures"
    return (Probe(name="Grafana", ok=True, configured=False, detail=detail, fix=fix),)
