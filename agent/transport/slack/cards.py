"""The root message of an incident: verdict first, then what carries it, then what to do."""

from collections.abc import Sequence

from agent.domain.incident import IncidentStatus, Priority
from agent.domain.runbook import Runbook
from agent.domain.view import IncidentView
from agent.locale.messages import text
from agent.locale.reasons import reason_words
from agent.locale.retold import retold
from agent.ports.chat import Attachment, Rendered
from agent.transport import facts
from agent.transport.foreign import clean
from agent.transport.numbers import telling
from agent.transport.slack import blocks, limits, verdict
from agent.transport.slack.action_card import action_parts
from agent.transport.slack.blocks import Block
from agent.transport.slack.judgement import feedback_blocks
from agent.transport.slack.limits import Part
from agent.transport.slack.lingering import lingering_lines
from agent.transport.slack.markup import code, foreign, moment
from agent.transport.slack.runbook_lines import runbook_line
from agent.transport.slack.sightings import sightings

_OPEN_COLOURS = {Priority.P0: "🚨", Priority.P1: "🔴", Priority.P2: "🟠", Priority.P3: "🔵"}
_MOST_FIELDS = 4


def render_card(
    view: IncidentView,
    chart: bytes | None,
    lang: str,
    *,
    mentions: Sequence[str] = (),
    most: int | None = None,
    acting: bool = False,
    runbooks: Sequence[Runbook] = (),
    live: str = "",
) -> Rendered:
    """Draw the card; `chart` is the newest picture's bytes, `mentions` are ready mention codes for a first post,
    with `acting` people may propose actions themselves, `runbooks` are the team's, `live` says who does what."""
    resolved = not view.incident.status.open
    attachments = _attachments(view, chart, lang)
    chart_part = Part(6, tuple(_picture(attachment) for attachment in attachments))
    live_part = Part(2, (blocks.context(live),) if live else ())
    parts = (
        _resolved(view, lang, chart_part, live_part)
        if resolved
        else _open(
            view, lang, mentions, chart_part, acting, Part(3, runbook_line(view, runbooks, lang)), live_part
        )
    )
    shown = limits.fit(parts, characters=most or limits.MESSAGE_SIZE)
    return Rendered(
        text=_notification(view, lang), blocks=shown, attachments=attachments if _shows(shown) else ()
    )


def render_raise(view: IncidentView, mentions: Sequence[str], lang: str) -> Rendered:
    """Draw the one reply that tells people of a priority that was raised after the card was posted."""
    incident = view.incident
    said = text(
        lang,
        "card-raised",
        emoji=colour(view),
        name=incident.name,
        priority=incident.priority.value,
        reason=foreign(reason_words(lang, incident.priority_reason), 300),
    )
    words = f"{' '.join(mentions)} {said}".strip()
    return Rendered(text=words, blocks=(blocks.section(words),), broadcast=True)


def colour(view: IncidentView) -> str:
    """Return the sign of the incident's state; a card whose colour changed may not wait."""
    match view.incident.status:
        case IncidentStatus.RESOLVED:
            return "🟢"
        case IncidentStatus.CLOSED:
            return "⚪"
        case IncidentStatus.MITIGATED:
            return "🟡"
        case _:
            return _OPEN_COLOURS[view.incident.priority]


def _open(
    view: IncidentView,
    lang: str,
    mentions: Sequence[str],
    chart: Part,
    acting: bool,
    runbook: Part,
    live: Part,
) -> list[Part]:
    return [
        Part(0, (_title(view, lang),)),
        Part(1, (blocks.section(verdict.status_line(view, lang)),)),
        live,
        Part(1, (blocks.section(verdict.open_verdict(view, lang)),)),
        Part(2, sightings(view, lang)),
        runbook,
        *action_parts(view, lang),
        Part(3, _numbers(view, lang)),
        chart,
        Part(7, _pattern(view, lang)),
        Part(2, (blocks.section(verdict.who_line(view, lang, mentions)),)),
        Part(2, (blocks.context(_reason(view, lang)),)),
        Part(4, _missing(view, lang)),
        Part(0, (_buttons(view, lang, acting),)),
    ]


def _resolved(view: IncidentView, lang: str, chart: Part, live: Part) -> list[Part]:
    incident = view.incident
    was = text(
        lang,
        "card-was-down",
        priority=incident.priority.value,
        services=verdict.services(view, lang),
        since=moment(incident.times.started_at),
    )
    return [
        Part(0, (_title(view, lang),)),
        Part(1, (blocks.section(verdict.times_line(view, lang)),)),
        live,
        Part(1, (blocks.section(verdict.resolved_verdict(view, lang)),)),
        Part(2, lingering_lines(view, lang)),
        Part(3, feedback_blocks(view, lang)),
        *action_parts(view, lang),
        Part(2, (blocks.context(was),)),
        chart,
        Part(0, (_reopened(view, lang),)),
    ]


def _title(view: IncidentView, lang: str) -> Block:
    state = view.incident.priority.value if view.incident.status.open else text(lang, "card-title-resolved")
    return blocks.header(f"{colour(view)} {state} · {facts.headline(view.incident)}")


def _numbers(view: IncidentView, lang: str) -> tuple[Block, ...]:
    shown: list[str] = []
    for one in telling(view, lang, _MOST_FIELDS):
        name = foreign(facts.signal_title(lang, one.signal), 60)
        if one.service and one.service != facts.subject(view):
            name = text(lang, "card-signal-of", signal=name, service=foreign(one.service, 60))
        if one.beyond:
            name = f"{name} ⚠️"
        args = {"signal": name, "now": foreign(one.now, 60)}
        if one.normal:
            shown.append(text(lang, "card-now", normal=foreign(one.normal, 60), **args))
        else:
            shown.append(text(lang, "card-now-only", **args))
    return (blocks.fields(shown),) if shown else ()


def _pattern(view: IncidentView, lang: str) -> tuple[Block, ...]:
    pattern = facts.top_pattern(view)
    if pattern is None:
        return ()
    message = "card-pattern-new" if pattern.new else "card-pattern-more"
    numbers = {"count": str(pattern.count)} | ({} if pattern.new else {"before": str(pattern.count_before)})
    words = text(lang, message, service=foreign(pattern.service, 60), **numbers)
    # One line tells enough; the whole text is among the evidence.
    line = next((one for one in pattern.sample.splitlines() if one.strip()), "")
    return (blocks.context(f"{words} {code(line, 300)}"),)


def _reason(view: IncidentView, lang: str) -> str:
    incident = view.incident
    return text(
        lang,
        "card-why",
        priority=incident.priority.value,
        reason=foreign(reason_words(lang, incident.priority_reason), 300),
        rule=code(incident.priority_reason.rule, 80),
    )


def _missing(view: IncidentView, lang: str) -> tuple[Block, ...]:
    gaps = [foreign(retold(lang, gap), 160) for gap in facts.missing(view)[:4]]
    return (blocks.context(text(lang, "card-missing", what=" · ".join(gaps))),) if gaps else ()


def _buttons(view: IncidentView, lang: str, acting: bool) -> Block:
    incident = view.incident
    resolve = blocks.confirm(
        text(lang, "confirm-resolve-title", name=incident.name),
        text(lang, "confirm-resolve-text"),
        text(lang, "button-resolve"),
        text(lang, "button-cancel"),
    )
    acknowledge = [] if incident.acknowledged_by else [_button(view, lang, "acknowledge", style="primary")]
    return blocks.actions(
        *acknowledge,
        _button(view, lang, "resolve", confirm=resolve),
        _button(view, lang, "evidence"),
        _button(view, lang, "ask"),
        *([_button(view, lang, "act")] if acting else []),
        _button(view, lang, "more"),
    )


def _reopened(view: IncidentView, lang: str) -> Block:
    sure = blocks.confirm(
        text(lang, "confirm-reopen-title", name=view.incident.name),
        text(lang, "confirm-reopen-text"),
        text(lang, "button-reopen"),
        text(lang, "button-cancel"),
    )
    return blocks.actions(
        _button(view, lang, "reopen", confirm=sure),
        _button(view, lang, "evidence"),
        _button(view, lang, "ask"),
        _button(view, lang, "more"),
    )


def _button(
    view: IncidentView, lang: str, verb: str, *, style: str | None = None, confirm: Block | None = None
) -> Block:
    label = text(lang, f"button-{verb}")
    return blocks.button(label, f"incident.{verb}", view.incident.id, style=style, confirm=confirm)


def _attachments(view: IncidentView, chart: bytes | None, lang: str) -> tuple[Attachment, ...]:
    picture = facts.picture(view)
    if chart is None or picture is None:
        return ()
    title, alt = retold(lang, picture.title), retold(lang, picture.alt)
    return (Attachment(name=f"{picture.blob[:16]}.png", data=chart, title=title, alt=alt),)


def _picture(attachment: Attachment) -> Block:
    return blocks.image(f"attachment:{attachment.name}", attachment.alt)


def _shows(shown: Sequence[Block]) -> bool:
    return any(block["type"] == "image" for block in shown)


def _notification(view: IncidentView, lang: str) -> str:
    title = f"{view.incident.priority.value} · {facts.headline(view.incident)}"
    words = text(
        lang,
        "card-fallback",
        emoji=colour(view),
        headline=foreign(title, 200),
        verdict=foreign(clean(verdict.summary(view, lang), 400), 500),
    )
    return limits.cut_markup(words, limits.MESSAGE_TEXT)
