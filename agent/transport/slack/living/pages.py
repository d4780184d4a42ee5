"""The reply that calls a person, with the reason and the two buttons that answer it."""

from agent.domain.incident import Incident
from agent.domain.page import Page, PageState
from agent.locale.messages import text
from agent.policy.oncall import SERVICE
from agent.ports.chat import Rendered
from agent.transport import facts
from agent.transport.slack import blocks
from agent.transport.slack.directory import Named
from agent.transport.slack.markup import foreign, moment

ANSWER = "incident.acknowledge"
ESCALATE = "incident.escalate"
_OVER = frozenset({PageState.ANSWERED, PageState.WITHDRAWN, PageState.FAILED})


def render_page(incident: Incident, page: Page, lang: str, named: Named, *, quietly: Named) -> Rendered:
    """Draw a call; it mentions the person until it was answered or taken back."""
    anybody = page.person == SERVICE
    target = text(lang, "page-anybody") if page.target == SERVICE else foreign(page.target, 80)
    why = text(lang, f"page-because-{page.reason}", target=target)
    if page.state in _OVER or not incident.status.open:
        said = text(
            lang,
            f"page-over-{_ending(page)}",
            who=text(lang, "page-anybody") if anybody else quietly(page.person),
            why=why,
        )
        if page.answered_at:
            said = f"{said} · {moment(page.answered_at, '{time}')}"
        return Rendered(text=said, blocks=(blocks.context(said),))
    said = text(
        lang,
        "page-call",
        who=text(lang, "page-anybody") if anybody else named(page.person),
        name=incident.name,
        priority=incident.priority.value,
        title=foreign(facts.headline(incident), 150),
        why=why,
    )
    buttons = blocks.actions(
        blocks.button(text(lang, "button-acknowledge"), ANSWER, incident.id, style="primary"),
        blocks.button(text(lang, "button-escalate"), ESCALATE, incident.id),
    )
    return Rendered(text=said, blocks=(blocks.section(said), buttons))


def _ending(page: Page) -> str:
    if page.state in (PageState.ANSWERED, PageState.FAILED):
        return page.state.value
    return "withdrawn"
