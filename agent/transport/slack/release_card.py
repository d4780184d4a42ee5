"""The one message of a release: out and watched, then the all-clear or the regression, edited in place."""

from agent.domain.deployment import Deployment, DeploymentState
from agent.domain.incident import Incident
from agent.domain.results import PictureResult
from agent.locale.format import percent
from agent.locale.messages import text
from agent.operations.releases_listing import telling
from agent.operations.releases_words import contrast_words, name_of, reason_words
from agent.policy.deployments import gate
from agent.ports.chat import Attachment, Rendered
from agent.ports.outbox import Slot
from agent.transport.outbox_delivery import Drawn
from agent.transport.slack import blocks
from agent.transport.slack.blocks import Block
from agent.transport.slack.markup import foreign, is_person, link, moment, person
from agent.transport.slack.services import SlackServices, picture_bytes

_MOST_LINES = 6
_COLOURS = {DeploymentState.REGRESSION: "red", DeploymentState.FAILED: "red"}


async def draw_release(slot: Slot, services: SlackServices) -> Drawn | None:
    """Draw a release as it stands; None when it is gone or was never out."""
    async with services.store.read() as tx:
        deployment = await tx.deployments.get(str(slot.payload.get("release")))
        about = deployment.incident_id if deployment is not None else None
        incident = await tx.incidents.get(about) if about else None
    if deployment is None:
        return None
    # In the incident's own thread its name would say nothing.
    shown = incident if slot.thread_of is None else None
    data = await picture_bytes(services, deployment.chart.blob) if deployment.chart is not None else None
    short = gate(services.policies.deployments, deployment.budget_left) == "shut"
    message = render_release(deployment, services.language, incident=shown, picture=data, short=short)
    return Drawn(message, colour=_COLOURS.get(deployment.state, deployment.state.value))


def render_release(
    deployment: Deployment,
    lang: str,
    *,
    incident: Incident | None = None,
    picture: bytes | None = None,
    short: bool = False,
) -> Rendered:
    """Draw a release; `short` says that little error budget is left, `picture` are the bytes of its chart."""
    head = _head(deployment, lang)
    lines = [head, *_contrasts(deployment, lang), *_more(deployment, incident, lang)]
    if short and deployment.state in (DeploymentState.WATCHING, DeploymentState.STARTED):
        lines.append(
            text(
                lang,
                "release-budget-low",
                left=percent(max(0.0, deployment.budget_left or 0.0)),
                service=foreign(deployment.service, 80),
            )
        )
    shown: list[Block] = [blocks.section("\n".join(lines))]
    footnote = _footnote(deployment, lang)
    if footnote:
        shown.append(blocks.context(footnote))
    chart, attached = _picture(deployment.chart, picture)
    return Rendered(text=head.replace("*", ""), blocks=(*shown, *chart), attachments=attached)


def _head(deployment: Deployment, lang: str) -> str:
    name = foreign(name_of(deployment), 160)
    who = person(deployment.actor) if is_person(deployment.actor) else foreign(deployment.actor, 60)
    what = text(lang, "release-name-by", name=name, who=who) if who else f"*{name}*"
    until = moment(deployment.watch_until, "{time}") if deployment.watch_until else "–"
    return text(lang, f"release-{deployment.state.value}", what=what, until=until)


def _contrasts(deployment: Deployment, lang: str) -> list[str]:
    return [f"• {foreign(contrast_words(one, lang), 200)}" for one in telling(deployment)[:_MOST_LINES]]


def _more(deployment: Deployment, incident: Incident | None, lang: str) -> list[str]:
    """Return the reason of a verdict that is none, what a sender said of a failure, and where it is cared for."""
    because = reason_words(deployment.because, lang)
    failed = deployment.state is DeploymentState.FAILED
    told = foreign(deployment.title, 200) if failed and deployment.source != "kubernetes" else ""
    reasons = [text(lang, "release-reason", because=one) for one in (because, told) if one]
    bad = deployment.state is DeploymentState.REGRESSION
    return [*reasons, *([text(lang, "release-incident", name=incident.name)] if incident and bad else [])]


def _footnote(deployment: Deployment, lang: str) -> str:
    was = deployment.was_release or deployment.was_image
    seen = deployment.title if deployment.source == "kubernetes" else ""
    parts = [
        foreign(seen, 200) if seen else "",
        text(lang, "release-before", before=foreign(was, 120)) if was and not seen else "",
        foreign(deployment.commit[:12], 20) if deployment.commit != deployment.spoken else "",
        link(deployment.url, text(lang, "release-details")) if deployment.url else "",
    ]
    return " · ".join(one for one in parts if one)


def _picture(
    chart: PictureResult | None, data: bytes | None
) -> tuple[tuple[Block, ...], tuple[Attachment, ...]]:
    if chart is None or data is None:
        return (), ()
    name = f"release-{chart.blob[:16]}.png"
    block = blocks.image(f"attachment:{name}", chart.alt)
    return (block,), (Attachment(name=name, data=data, title=chart.title, alt=chart.alt),)
