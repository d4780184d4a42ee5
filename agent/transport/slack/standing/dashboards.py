"""`/ops dashboard`: what dashboards there are, one of them as a link or a picture, and publishing one."""

from collections.abc import Sequence

from agent.domain.action import Action, ActionRequest, ActionState
from agent.domain.dashboard import DashboardLine, DashboardShown
from agent.domain.incident import Incident
from agent.domain.view import IncidentView
from agent.errors import BadInput, Misconfigured, NotFound, OpsError
from agent.lifecycle.view import load_view
from agent.locale.errors import error_words
from agent.locale.messages import FALLBACK, known, text
from agent.locale.retold import retold
from agent.ports.chat import Attachment, Rendered
from agent.transport import proposals
from agent.transport.alone import show_in
from agent.transport.slack import blocks
from agent.transport.slack.blocks import Block
from agent.transport.slack.doors import Dashboards
from agent.transport.slack.faults import speaking
from agent.transport.slack.identity import first_time
from agent.transport.slack.kit import Kit
from agent.transport.slack.markup import code, foreign, link
from agent.transport.slack.requests import Request, Subcommand, split_first, visible_incident

PUBLISH = frozenset({"publish", "게시"})
ACTION = "publish_dashboard"
_SILENT = 4
_NOBODY_CAN_RUN = frozenset({ActionState.FORBIDDEN, ActionState.SUGGESTED})


async def _dashboard(kit: Kit, request: Request) -> None:
    door = kit.services.doors.dashboards
    if door is None:
        raise Misconfigured(text(kit.lang, "problem-not-here"))
    name, rest = split_first(request.args)
    if not name:
        await kit.reply(request.respond, render_list(await door.listed(), kit.lang))
        return
    publish = rest.strip().lower() in PUBLISH
    if rest.strip() and not publish:
        raise BadInput(text(kit.lang, "problem-dashboard-verb", word=rest[:40]), field="dashboard")
    if name.lower().startswith(("inc", "#")) or name.isdigit():
        await _of_incident(kit, request, door, name)
        return
    if publish:
        await _published(
            kit, request, ActionRequest(name=ACTION, params=dict(door.wish(name)), by=request.user)
        )
        return
    await kit.reply(request.respond, render_shown(await door.shown(name), kit.lang, publishes=door.publishes))


async def _of_incident(kit: Kit, request: Request, door: Dashboards, name: str) -> None:
    """Publish the incident's dashboard where there is a Grafana, else show its picture."""
    services = kit.services
    incident = await visible_incident(kit, request, name)
    async with services.store.read() as tx:
        view = await load_view(tx, incident.id, services.policies, services.clock.now())
    if view is None:
        raise NotFound(text(kit.lang, "problem-no-such-incident", name=incident.name))
    if door.publishes and services.recovery is not None:
        wish = await _incident_wish(kit, request, door, view)
        try:
            action = await _proposed(kit, request, wish)
        except OpsError as error:
            # It is there already, or cannot be published: what can be seen is shown all the same.
            await _drawn(kit, request, door, view, foreign(error_words(kit.lang, error), 300))
            return
        if action is not None and action.state is ActionState.WAITING:
            # Whoever asked wants to see it now, not when somebody has agreed.
            await _drawn(kit, request, door, view, _said(kit, action))
        elif action is not None:
            await kit.reply(request.respond, Rendered(text=_said(kit, action)))
        return
    await kit.reply(request.respond, render_shown(await door.of_incident(view), kit.lang, publishes=False))


async def _incident_wish(kit: Kit, request: Request, door: Dashboards, view: IncidentView) -> ActionRequest:
    incident = view.incident
    params = dict(door.incident_wish(view, await _permalink(kit, incident)))
    return ActionRequest(name=ACTION, params=params, by=request.user, incident_id=incident.id)


async def _permalink(kit: Kit, incident: Incident) -> str:
    """Return the link to the incident's card; empty when it is not posted, or Slack does not tell."""
    if incident.conversation.ts is None:
        return ""
    try:
        with speaking("asking for a link"):
            answer = await kit.client.chat_getPermalink(
                channel=await kit.chat.channels.id_of(incident.conversation.channel),
                message_ts=incident.conversation.ts,
            )
    except OpsError:
        return ""
    return str(answer.get("permalink") or "")


async def _drawn(kit: Kit, request: Request, door: Dashboards, view: IncidentView, note: str) -> None:
    shown = render_shown(await door.of_incident(view), kit.lang, publishes=True)
    noted = shown.model_copy(update={"blocks": (*shown.blocks, blocks.context(note))})
    await kit.reply(request.respond, noted)


async def _published(kit: Kit, request: Request, wish: ActionRequest) -> None:
    """Propose the publication, show it where people can agree to it, and say where it stands."""
    action = await _proposed(kit, request, wish)
    if action is None:
        return
    if action.state not in _NOBODY_CAN_RUN:
        channel = request.channel if request.channel.startswith(("C", "G")) else request.user
        async with kit.services.store.write() as tx:
            await show_in(tx, action, channel, kit.services.clock.now())
        kit.services.wake()
    await kit.reply(request.respond, Rendered(text=_said(kit, action)))


async def _proposed(kit: Kit, request: Request, wish: ActionRequest) -> Action | None:
    """Propose the publication once; None when this command was heard before."""
    recovery = await kit.gate.admit_to_act("propose", request.who, request.places)
    if not await first_time(kit.services, [request.key]):
        return None
    action = await recovery.propose(wish)
    kit.services.wake()
    return action


def _said(kit: Kit, action: Action) -> str:
    standing = proposals.standing(kit.lang, action, kit.services.clock.now())
    title = foreign(proposals.title(kit.lang, action), 200)
    said = text(kit.lang, "dashboard-proposed", handle=action.handle, title=title, standing=standing)
    warned = "\n".join(f"⚠️ {foreign(retold(kit.lang, one), 300)}" for one in action.plan.warnings)
    if action.state is ActionState.FORBIDDEN:
        warned = foreign("; ".join(proposals.why(kit.lang, action)), 400)
    return f"{said}\n{warned}".strip()


def render_list(lines: Sequence[DashboardLine], lang: str) -> Rendered:
    """Draw the list: each name with its purpose, and its address where there is one."""
    title = text(lang, "dashboards-title", count=len(lines))
    shown = [_listed(line, lang) for line in lines]
    foot = blocks.context(text(lang, "dashboards-foot"))
    return Rendered(
        text=title, blocks=(blocks.section(f"*{title}*"), blocks.section("\n".join(shown), expand=True), foot)
    )


def _listed(line: DashboardLine, lang: str) -> str:
    title = _title(line, lang)
    titled = link(line.link, title) if line.link else foreign(title, 80)
    return f"{code(line.name)}  *{titled}* · {foreign(_purpose(line, lang), 160)}"


def _title(line: DashboardLine, lang: str) -> str:
    message = f"board-{line.name}"
    return text(lang, message) if lang != FALLBACK and known(message) else line.title


def _purpose(line: DashboardLine, lang: str) -> str:
    message = f"board-{line.name}-purpose"
    return text(lang, message) if lang != FALLBACK and known(message) else retold(lang, line.purpose)


def render_shown(shown: DashboardShown, lang: str, *, publishes: bool) -> Rendered:
    """Draw one dashboard: its link, or the picture of its main panels, and what has no data."""
    line = shown.line
    said = text(
        lang, "dashboard-at" if line.link else "dashboard-drawn", title=foreign(_title(line, lang), 120)
    )
    head = f"*{said}*\n{foreign(_purpose(line, lang), 300)}"
    if line.link:
        head = f"{head}\n{link(line.link, text(lang, 'dashboard-open'))}"
    drawn: list[Block] = [blocks.section(head)]
    attached: tuple[Attachment, ...] = ()
    if shown.picture is not None:
        alt = shown.alt or line.title
        attached = (Attachment(name=f"{line.name}.png", data=shown.picture, title=line.title, alt=alt),)
        drawn += [blocks.image(f"attachment:{one.name}", one.alt, one.title) for one in attached]
    notes = _notes(shown, lang, publishes)
    if notes:
        drawn.append(blocks.context("\n".join(notes)))
    return Rendered(text=said, blocks=tuple(drawn), attachments=attached)


def _notes(shown: DashboardShown, lang: str, publishes: bool) -> list[str]:
    notes: list[str] = []
    if shown.trouble:
        notes.append(f"⚠️ {foreign(retold(lang, shown.trouble), 300)}")
    if shown.silent:
        names = ", ".join(foreign(name, 60) for name in shown.silent[:_SILENT])
        more = ", …" if len(shown.silent) > _SILENT else ""
        notes.append(text(lang, "dashboard-silent", count=len(shown.silent), names=f"{names}{more}"))
    if shown.line.link is None:
        how = "dashboard-publish" if publishes else "dashboard-no-grafana"
        notes.append(text(lang, how, command=code(f"/ops dashboard {shown.line.name} publish")))
    return notes


DASHBOARD = Subcommand(
    "dashboard",
    "dashboard [NAME|INC-n] [publish]",
    ("dashboard", "dashboard operations", "dashboard INC-3", "dashboard slo publish"),
    _dashboard,
    alone_reads=True,
)
