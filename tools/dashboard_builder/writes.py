"""Publishing a dashboard in Grafana as an action: seen before, done once, and taken back to the version before."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, ClassVar

from pydantic import StringConstraints, model_validator

from agent.domain.action import BlastRadius, Plan, Risk, Target
from agent.errors import Conflict
from agent.loading import loaded
from tools.base import Applied, Check, CheckState, Happened, Params
from tools.connectors.readers import JsonObject, MetricsReader
from tools.connectors.writers import DashboardWriter
from tools.dashboard_builder.catalogue import board_named
from tools.dashboard_builder.incident import Subject, incident
from tools.dashboard_builder.model import Board
from tools.dashboard_builder.preview import (
    by_hand,
    changes_of,
    digest_of,
    key_of,
    note,
    refuse_pointless,
    warnings_of,
)
from tools.dashboard_builder.queries import Dialect, dialect_of
from tools.signals import SignalBook

BACKEND = "grafana"
BUILDER = "tools.dashboard_builder.build"
_ABSENT = "absent"


class DashboardParams(Params):
    """Which dashboard: one of the standing ones by name, or that of an incident."""

    dashboard: Annotated[str, StringConstraints(max_length=40, pattern=r"^[a-z][a-z0-9-]*$")]
    incident: Subject | None = None

    @model_validator(mode="after")
    def _one(self) -> "DashboardParams":
        if (self.dashboard == "incident") != (self.incident is not None):
            raise ValueError(
                "an incident's dashboard is called `incident`, and needs `incident`; others need it not"
            )
        return self


def board_of(params: DashboardParams, dialect: Dialect) -> Board:
    """Return the dashboard that the parameters name; raises BadInput."""
    if params.incident is not None:
        return incident(params.incident, dialect)
    return board_named(params.dashboard, dialect)


@dataclass(frozen=True, slots=True)
class PublishDashboard:
    """Create or update one dashboard."""

    name: ClassVar[str] = "publish_dashboard"
    backend: ClassVar[str] = BACKEND
    description: ClassVar[str] = "Create or update a dashboard in Grafana."
    params: ClassVar[type[Params]] = DashboardParams
    risk: ClassVar[Risk] = Risk.LOW
    reversible: ClassVar[bool] = True
    timeout_seconds: ClassVar[float] = 30.0
    dashboards: DashboardWriter
    metrics: MetricsReader | None = None
    signals: SignalBook = field(default_factory=SignalBook)

    async def plan(self, params: DashboardParams, now: datetime) -> Plan:
        """Compare what is there with what would be written; people's own changes since our last save are named."""
        dialect = Dialect(book=self.signals)
        if self.metrics is not None:
            dialect = await dialect_of(self.metrics, now, self.signals)
        board = board_of(params, dialect)
        model = await _model(board)
        stored = await self.dashboards.dashboard(board.uid)
        saves = await self.dashboards.versions(board.uid) if stored else ()
        refuse_pointless(board, stored, saves, digest_of(model))
        new_folder = not await self.dashboards.has_folder(board.folder.uid)
        teams = await self.dashboards.teams(board.folder.readers) if new_folder else {}
        hand = by_hand(saves) if stored else []
        return Plan(
            target=Target(
                kind="Dashboard",
                name=board.uid,
                namespace=board.folder.uid,
                version=str(stored.version) if stored else _ABSENT,
            ),
            changes=tuple(changes_of(board, stored, new_folder, teams)),
            radius=BlastRadius(count=1, unit="dashboards"),
            reversible=True,
            seconds=2,
            args={
                "title": board.title,
                "folder": board.folder.title,
                "panels": str(len(list(board.panels()))),
            },
            facts={
                "digest": digest_of(model),
                "dialect": dict(dialect.chosen),
                "new_folder": new_folder,
                "changed_by_hand": len(hand),
            },
            before={"version": stored.version, "folder": stored.folder} if stored else {},
            warnings=tuple(warnings_of(hand, new_folder, board, teams)),
        )

    async def apply(self, params: DashboardParams, plan: Plan, key: str) -> Applied:
        """Save it over exactly the version that was looked at; rights are set before anything can be read."""
        board = board_of(params, Dialect(_chosen(plan), self.signals))
        model = await _model(board)
        if digest_of(model) != plan.facts["digest"]:
            raise Conflict("The dashboard that would be written is another one by now.")
        if plan.facts["new_folder"]:
            # Asked first: a folder that was made and not closed would be open to everybody, and known as there.
            teams = await self.dashboards.teams(board.folder.readers)
            await self.dashboards.create_folder(board.folder.uid, board.folder.title)
            await self.dashboards.let_read(board.folder.uid, sorted(teams.values()))
        version = None if plan.target.version == _ABSENT else int(plan.target.version)
        saved = await self.dashboards.save(
            model, board.folder.uid, version=version, message=note(key, digest_of(model))
        )
        link = self.dashboards.link(board.uid, {})
        return Applied(detail=f"version {saved} of {link}", facts={"version": saved, "link": link})

    async def happened(self, params: DashboardParams, plan: Plan, key: str) -> Happened:
        """Look for a version that carries the action's mark; Grafana keeps the newest twenty."""
        return await self._marked(plan, key)

    async def check(self, params: DashboardParams, plan: Plan, key: str) -> Check:
        """It is there as soon as its version is."""
        return _arrived(await self._marked(plan, key))

    async def undo(self, params: DashboardParams, plan: Plan, key: str) -> Applied:
        """Save again what was there before, or delete what was not; whoever saved since keeps what they did."""
        uid = plan.target.name
        stored = await self.dashboards.dashboard(uid)
        saves = await self.dashboards.versions(uid)
        if stored is None or not saves or key_of(saves[0]) != _undone_key(key):
            raise Conflict("Somebody has saved this dashboard since, so it is not taken back.")
        if not plan.before:
            await self.dashboards.delete(uid)
            return Applied(detail="dashboard deleted")
        before = int(str(plan.before["version"]))
        model = await self.dashboards.content(uid, before)
        saved = await self.dashboards.save(
            model, str(plan.before["folder"]), version=stored.version, message=note(key, digest_of(model))
        )
        return Applied(detail=f"version {before} is there again, as version {saved}")

    async def undone(self, params: DashboardParams, plan: Plan, key: str) -> Happened:
        """Look for the undo's mark, or for the absence of what was made."""
        if plan.before:
            return await self._marked(plan, key)
        gone = await self.dashboards.dashboard(plan.target.name) is None
        return Happened.YES if gone else Happened.NO

    async def undo_check(self, params: DashboardParams, plan: Plan, key: str) -> Check:
        """It is back as soon as its version is."""
        return _arrived(await self.undone(params, plan, key))

    async def _marked(self, plan: Plan, key: str) -> Happened:
        saves = await self.dashboards.versions(plan.target.name)
        return Happened.YES if any(key_of(save) == key for save in saves) else Happened.NO


def _arrived(found: Happened) -> Check:
    return Check(state=CheckState.DONE if found is Happened.YES else CheckState.PENDING)


def _undone_key(key: str) -> str:
    # An undo's key is made of the key of what it takes back.
    return key.removeprefix("undo:").partition(":")[0]


async def _model(board: Board) -> JsonObject:
    await loaded(BUILDER)
    from tools.dashboard_builder.build import grafana_json

    return grafana_json(board)


def _chosen(plan: Plan) -> dict[str, str]:
    found = plan.facts.get("dialect")
    return {str(key): str(value) for key, value in found.items()} if isinstance(found, dict) else {}
