"""What `ops-monitor dashboards …` does: lists, asks, exports and publishes dashboards."""

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from agent.domain.action import Action, ActionRequest, ActionState
from agent.domain.incident import Priority
from agent.errors import BadInput, Misconfigured, OpsError
from agent.loading import load
from agent.policy.routing import route
from agent.settings import Settings
from agent.transport.alone import show_in
from tools.connectors.grafana import dashboard_link
from tools.connectors.kibana import patterns_of
from tools.connectors.prometheus import PrometheusMetrics
from tools.dashboard_builder.ask import PanelAnswer, ask_boards
from tools.dashboard_builder.catalogue import board_named, boards, names
from tools.dashboard_builder.kibana import kibana_objects
from tools.dashboard_builder.queries import dialect_of

if TYPE_CHECKING:
    from agent.app.core import Core

Say = Callable[[str], None]
"""Takes one line for people."""
FILES = "tools.dashboard_builder.provisioning"
WHO = "terminal"
_PATIENCE = 20.0


def list_dashboards(settings: Settings, say: Say) -> int:
    """Say every dashboard with its purpose, its readers, and its address where Grafana is configured."""
    for board in boards():
        where = dashboard_link(settings.grafana_url, board.uid, {}) if settings.grafana_url else ""
        say(f"{board.name:15} {board.title} · {board.purpose}")
        say(f"{'':15} refresh {board.refresh} · read by {', '.join(board.folder.readers)} {where}".rstrip())
    say(f"{'inc-N':15} one for each incident, made when it is asked for: /ops dashboard INC-n")
    return 0


def export(folder: Path, say: Say) -> int:
    """Write the JSON of every dashboard, and what Grafana needs to find them; what is there is written anew."""
    load(FILES)
    from tools.dashboard_builder.provisioning import provisioning_files

    files = provisioning_files(boards())
    _write(folder, files)
    say(f"{len(files)} files below {folder}")
    return 0


def export_kibana(settings: Settings, folder: Path, say: Say) -> int:
    """Write the data view and the saved searches over the configured log indices, for Kibana's import."""
    path = PurePosixPath("ops-monitor.ndjson")
    _write(folder, {path: kibana_objects(patterns_of(settings.log_indices))})
    say(f"{folder / path}: import it in Kibana under Stack Management, Saved Objects")
    return 0


def _write(folder: Path, files: Mapping[PurePosixPath, str]) -> None:
    try:
        for path, content in files.items():
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(content, "utf-8")
    except OSError as error:
        raise BadInput(f"{folder} cannot be written: {error.strerror}.", field="DIR") from error


async def check(settings: Settings, wanted: tuple[str, ...], say: Say) -> int:
    """Ask Prometheus for every panel; 1 when a query fails, or brings nothing and nobody said why."""
    if settings.prometheus_url is None:
        raise Misconfigured("There is nothing to ask: set OPS_PROMETHEUS_URL.")
    metrics = PrometheusMetrics(settings.prometheus_url, timeout_seconds=_PATIENCE)
    now = datetime.now(UTC)
    try:
        dialect = await dialect_of(metrics, now)
        chosen = [board_named(name, dialect) for name in wanted or names()]
        answers = await ask_boards(metrics, chosen, now)
    finally:
        await metrics.close()
    for answer in answers:
        say(_line(answer))
    count = Counter(answer.outcome for answer in answers)
    say(f"{len(answers)} queries: {count['data']} data, {count['no data']} no data, {count['error']} errors")
    return 0 if all(answer.explained for answer in answers) else 1


def _line(answer: PanelAnswer) -> str:
    what = f"{answer.series} series" if answer.outcome == "data" else answer.detail or "and nobody said why"
    return f"{answer.outcome:8} {answer.board} · {answer.panel}: {what}"


async def publish(settings: Settings, wanted: tuple[str, ...], say: Say) -> int:
    """Propose each publication to guarded recovery; the rules say whether it runs, and the running bot does it."""
    if settings.grafana_url is None or settings.grafana_token is None:
        raise Misconfigured("Nothing can be published: set OPS_GRAFANA_URL and OPS_GRAFANA_TOKEN.")
    # The other commands need nothing of the house, and answer at once.
    from agent.app.terminal import opened

    refused = 0
    async with opened(settings) as core:
        for name in wanted or names():
            board = board_named(name)
            wish = ActionRequest(name="publish_dashboard", params={"dashboard": board.name}, by=WHO)
            try:
                action = await core.guarded.desk.propose(wish)
            except OpsError as error:
                say(f"{board.name}: {error.user_message}")
                refused += not isinstance(error, BadInput)
                continue
            if action.state is ActionState.WAITING:
                await _ask_for_votes(core, action)
            say(f"{board.name}: {_state(action)}")
            refused += action.state is ActionState.FORBIDDEN
    return 1 if refused else 0


async def _ask_for_votes(core: "Core", action: Action) -> None:
    """Show an action where people of chat can agree to it: nobody typed this in a channel, so in that of the least urgent."""
    channel = route(core.policies, Priority.P3, {}).channel
    async with core.store.write() as tx:
        await show_in(tx, action, channel, core.clock.now())


def _state(action: Action) -> str:
    words = {
        ActionState.QUEUED: "queued; the running bot publishes it",
        ActionState.WAITING: "waits for a vote in chat",
        ActionState.FORBIDDEN: "forbidden by the rules",
    }
    return f"{action.handle} {words.get(action.state, action.state.value)}"
