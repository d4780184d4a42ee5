"""The subcommands around guarded recovery: what was done and waits, the brakes, undoing, and the audit record."""

from datetime import timedelta

from agent.domain.action import Action
from agent.domain.answer import Answer
from agent.domain.audit import AuditEvent
from agent.domain.decision import Approval
from agent.domain.recovery import Freeze, StopSwitch
from agent.domain.results import TableResult
from agent.errors import BadInput
from agent.locale.format import duration
from agent.locale.messages import text
from agent.operations.audit import AuditReport, verify
from agent.ports.recovery import Recovery
from agent.transport import proposals
from agent.transport.foreign import clean
from agent.transport.slack.action_told import audit_words
from agent.transport.slack.kit import Kit
from agent.transport.slack.mentions import plain_question
from agent.transport.slack.requests import Request, Subcommand, done, named_action, span_of, visible_incident

_MOST = 20
_LONGEST_FREEZE = timedelta(days=14)
_TIME = "%m-%d %H:%M:%S"


async def _actions(kit: Kit, request: Request) -> None:
    incident = await visible_incident(kit, request, request.args) if request.args.strip() else None
    async with kit.services.store.read() as tx:
        if incident is not None:
            shown = list(reversed(await tx.actions.of_incident(incident.id)))[:_MOST]
            title = text(kit.lang, "actions-of", name=incident.name)
        else:
            shown = await tx.actions.recent(_MOST)
            title = text(kit.lang, "actions-recent")
    now = kit.services.clock.now()
    rows = [
        _action_row(kit, action, now_standing=proposals.standing(kit.lang, action, now)) for action in shown
    ]
    columns = ("action", "what", "state", "by", "time")
    if not rows:
        title = text(kit.lang, "actions-none")
    await _table(kit, request, title, columns, rows, [action.request.by for action in shown])


def _action_row(kit: Kit, action: Action, *, now_standing: str) -> tuple[str, ...]:
    asked = action.times.requested_at.strftime(_TIME)
    title = clean(proposals.title(kit.lang, action), 100)
    return action.handle, title, clean(now_standing, 80), action.request.by, asked


async def _approvals(kit: Kit, request: Request) -> None:
    waiting = await _door(kit).pending()
    rows = [_approval_row(kit, action, approval) for action, approval in waiting[:_MOST]]
    title = text(kit.lang, "approvals-waiting", count=len(waiting))
    columns = ("action", "what", "votes", "by", "expires")
    await _table(kit, request, title, columns, rows, [action.request.by for action, _ in waiting])


def _approval_row(kit: Kit, action: Action, approval: Approval) -> tuple[str, ...]:
    votes = "; ".join(proposals.votes(kit.lang, action, approval))
    left = duration(kit.lang, approval.expires_at - kit.services.clock.now())
    title = clean(proposals.title(kit.lang, action), 100)
    return action.handle, title, clean(votes, 120), action.request.by, left


async def _freeze(kit: Kit, request: Request) -> None:
    if not request.args.strip():
        await _brakes(kit, request)
        return
    recovery = await kit.gate.admit_to_act("freeze", request.who, request.places)
    span, reason = span_of(kit, request.args)
    if span > _LONGEST_FREEZE:
        raise BadInput(text(kit.lang, "problem-freeze-long"), field="duration")
    if not reason:
        raise BadInput(text(kit.lang, "problem-freeze-reason"), field="reason")
    until = kit.services.clock.now() + span
    await recovery.freeze(request.who, until=until, reason=reason, key=request.key)
    kit.services.wake()
    await done(kit, request, "done-frozen", span=duration(kit.lang, span))


async def _brakes(kit: Kit, request: Request) -> None:
    """Show what holds every action back now."""
    now = kit.services.clock.now()
    async with kit.services.store.read() as tx:
        freezes = await tx.brakes.freezes(now)
        switch = await tx.brakes.switch()
    windows = kit.services.windows(now)
    rows = [_freeze_row(kit, one) for one in freezes]
    rows += [(text(kit.lang, "brake-window"), clean(name, 100), "–", "–") for name in windows]
    if switch.stopped:
        rows.insert(0, _switch_row(kit, switch))
    title = text(kit.lang, "brakes-held" if rows else "brakes-none")
    people = [one.by for one in freezes] + [switch.by]
    await _table(kit, request, title, ("brake", "reason", "by", "until"), rows, people)


def _freeze_row(kit: Kit, one: Freeze) -> tuple[str, ...]:
    where = f" ({clean(one.environment, 40)})" if one.environment else ""
    until = one.until.strftime(_TIME)
    return text(kit.lang, "brake-freeze") + where, clean(one.reason, 100), one.by, until


def _switch_row(kit: Kit, switch: StopSwitch) -> tuple[str, ...]:
    return text(kit.lang, "brake-stop"), clean(switch.reason, 100), switch.by, "–"


async def _thaw(kit: Kit, request: Request) -> None:
    recovery = await kit.gate.admit_to_act("thaw", request.who, request.places)
    lifted = await recovery.thaw(request.who, key=request.key)
    kit.services.wake()
    await done(kit, request, "done-thawed", count=len(lifted))


async def _undo(kit: Kit, request: Request) -> None:
    recovery = await kit.gate.admit_to_act("undo", request.who, request.places)
    async with kit.services.store.read() as tx:
        action = await named_action(kit, tx, request.args)
    made = await recovery.undo(action.id, request.who, key=request.key)
    kit.services.wake()
    standing = proposals.standing(kit.lang, made, kit.services.clock.now())
    await done(kit, request, "done-undo", handle=action.handle, standing=clean(standing, 120))


async def _audit(kit: Kit, request: Request) -> None:
    incident = await visible_incident(kit, request, request.args)
    async with kit.services.store.read() as tx:
        found = await tx.audit.of_incident(incident.id)
        handles = {action.id: action.handle for action in await tx.actions.of_incident(incident.id)}
    report = await verify(kit.services.store)
    rows = [_audit_row(kit, event, handles) for event in found[-_MOST:]]
    title = text(kit.lang, "audit-of", name=incident.name, count=len(found))
    columns = ("entry", "time", "who", "what")
    people = [event.actor for event in found]
    await _table(kit, request, f"{title}\n{_chain(kit, report)}", columns, rows, people)


def _audit_row(kit: Kit, event: AuditEvent, handles: dict[str, str]) -> tuple[str, ...]:
    words = audit_words(kit.lang, event, handles.get(event.action_id or "", ""))
    return str(event.seq), event.at.strftime(_TIME), event.actor, words


def _chain(kit: Kit, report: AuditReport) -> str:
    if report.ok:
        return text(kit.lang, "audit-sound", count=str(report.entries))
    return text(kit.lang, "audit-broken", problem=clean(report.problem or "", 200))


async def _stop(kit: Kit, request: Request) -> None:
    recovery = await kit.gate.admit_to_act("stop", request.who, request.places)
    reason = plain_question(request.args)
    if not reason:
        raise BadInput(text(kit.lang, "problem-stop-reason"), field="reason")
    await recovery.stop(request.who, reason=reason, key=request.key)
    kit.services.wake()
    await done(kit, request, "done-stopped")


async def _resume(kit: Kit, request: Request) -> None:
    recovery = await kit.gate.admit_to_act("resume", request.who, request.places)
    await recovery.resume(request.who, key=request.key)
    kit.services.wake()
    await done(kit, request, "done-resumed")


async def _table(
    kit: Kit,
    request: Request,
    said: str,
    columns: tuple[str, ...],
    rows: list[tuple[str, ...]],
    people: list[str],
) -> None:
    heads = tuple(text(kit.lang, f"column-{name}") for name in columns)
    table = TableResult(columns=heads, rows=tuple(rows)) if rows else None
    named = tuple(dict.fromkeys(who for who in people if who))
    await kit.reply_answer(request.respond, Answer(text=said, table=table, people=named))


def _door(kit: Kit) -> Recovery:
    return kit.gate.recovery()


GUARDED = (
    Subcommand("actions", "actions [INC-n]", ("actions", "actions INC-3"), _actions),
    Subcommand("approvals", "approvals", ("approvals",), _approvals),
    Subcommand("undo", "undo A-n", ("undo A-7",), _undo),
    Subcommand(
        "freeze",
        "freeze [TIME REASON]",
        ("freeze 2h release of the new checkout", "freeze"),
        _freeze,
        alone_reads=True,
    ),
    Subcommand("thaw", "thaw", ("thaw",), _thaw),
    Subcommand("stop", "stop REASON", ("stop something behaves oddly",), _stop),
    Subcommand("resume", "resume", ("resume",), _resume),
    Subcommand("audit", "audit INC-n", ("audit INC-3",), _audit),
)
"""In the order in which help lists them."""
