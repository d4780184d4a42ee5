"""The latest releases as a table, for whoever asks what was deployed lately."""

from datetime import timedelta

from agent.domain.answer import Answer
from agent.domain.deployment import Contrast, Deployment, DeploymentState
from agent.domain.results import TableResult
from agent.locale.format import duration
from agent.locale.messages import text
from agent.operations.releases_compare import TELLING
from agent.operations.releases_words import contrast_words, reason_words
from agent.operations.tables import cell
from agent.ports.clock import Clock
from agent.ports.store import Store

SPAN = timedelta(days=7)
MOST = 25
_TOLD = 2


async def deploys_answer(store: Store, clock: Clock, lang: str, service: str | None = None) -> Answer:
    """List the releases of the last week, the newest first; of one service when it is named."""
    now = clock.now()
    async with store.read() as tx:
        found = await tx.deployments.since(now - SPAN)
    mine = [one for one in found if service in (None, "", one.service)]
    mine.sort(key=lambda one: one.finished_at or one.at, reverse=True)
    of = {"service": service} if service else {}
    suffix = "-of" if service else ""
    if not mine:
        return Answer(text=text(lang, f"deploys-none{suffix}", **of))
    rows = tuple(_row(one, lang, duration(lang, now - (one.finished_at or one.at))) for one in mine[:MOST])
    names = ("when", "service", "release", "deployer", "outcome", "changes")
    columns = tuple(text(lang, f"column-{name}") for name in names)
    title = text(lang, f"deploys-title{suffix}", count=len(mine), **of)
    return Answer(text=title, table=TableResult(columns=columns, rows=rows))


def _row(one: Deployment, lang: str, age: str) -> tuple[str, ...]:
    outcome = text(lang, f"release-state-{one.state.value}")
    because = reason_words(one.because, lang)
    return (
        text(lang, "answer-ago", span=age),
        cell(one.service),
        cell(one.spoken or "–"),
        cell(one.actor or "–"),
        f"{outcome}: {because}" if because else outcome,
        ", ".join(contrast_words(c, lang) for c in telling(one)[:_TOLD]) or "–",
    )


def telling(one: Deployment) -> list[Contrast]:
    """Return the comparisons that are worth a word: what is worse first, then what users feel."""
    if one.state in (DeploymentState.STARTED, DeploymentState.WATCHING):
        return []
    known = [c for c in one.contrasts if c.after is not None and (c.worse or c.signal in TELLING)]
    return sorted(known, key=lambda c: not c.worse)
