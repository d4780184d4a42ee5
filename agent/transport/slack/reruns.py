"""The Re-run buttons: each repeats the reads behind a claim and shows old and new in a dialog of the clicker."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from agent.domain.evidence import Finding
from agent.domain.incident import Incident
from agent.errors import BadInput, Misconfigured, OpsError
from agent.locale.errors import error_words
from agent.locale.messages import text
from agent.transport.foreign import clean
from agent.transport.slack import rerun_view
from agent.transport.slack.faults import speaking
from agent.transport.slack.identity import (
    actor_of,
    channel_of,
    click_key,
    first_time,
    places_of,
    principal_of,
    thread_of,
)
from agent.transport.slack.judgement import MOST_EVIDENCE
from agent.transport.slack.kit import Kit, Say, guarded
from agent.transport.slack.modals import View, placed
from agent.transport.slack.services import RepeatedReads

Body = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Reruns:
    """Clicks on Re-run; nothing is posted, because only the clicker asked."""

    kit: Kit

    async def on_rerun(self, body: Body) -> None:
        """Repeat the reads in a new dialog, above the one in which the button stands."""

        async def work() -> None:
            incident, evidence_ids = await self._admitted(body)
            if not await first_time(self.kit.services, [click_key(body)]):
                return
            view_id = await self._above(body, placed(rerun_view.waiting_view(self.kit.lang), places_of(body)))
            view = await self._compared(incident, evidence_ids, actor_of(body))
            await self.kit.update_view(view_id, placed(view, places_of(body)))

        await guarded(work, self._say(body), self.kit.lang, "re-run")

    async def on_again(self, body: Body) -> None:
        """Repeat them once more in the same dialog."""

        async def work() -> None:
            incident, evidence_ids = await self._admitted(body)
            if not await first_time(self.kit.services, [click_key(body)]):
                return
            view = await self._compared(incident, evidence_ids, actor_of(body))
            await self.kit.update_view(str(body["view"]["id"]), placed(view, places_of(body)))

        await guarded(work, self._say(body), self.kit.lang, "re-run")

    async def _admitted(self, body: Body) -> tuple[Incident, tuple[str, ...]]:
        await self.kit.gate.admit("show", principal_of(body), places_of(body))
        # A value may be forged; only evidence of the incident that it names is ever read again.
        words = clean(str(body["actions"][0].get("value") or ""), 600).split()
        if len(words) < 2:
            raise BadInput(text(self.kit.lang, "rerun-gone"), field="evidence")
        return await self.kit.incident(words[0]), tuple(words[1:])

    async def _compared(self, incident: Incident, evidence_ids: Sequence[str], person: str) -> View:
        try:
            runs = await self._reads().again(incident.id, evidence_ids, person)
        except OpsError as error:
            # The dialog is open already; it must not say for ever that it is reading.
            return rerun_view.trouble_view(self.kit.lang, error_words(self.kit.lang, error))
        return rerun_view.rerun_view(incident, await self._claim(incident, evidence_ids), runs, self.kit.lang)

    async def _claim(self, incident: Incident, evidence_ids: Sequence[str]) -> Finding | None:
        """Return the claim that rests on just this evidence, if it still stands."""
        async with self.kit.services.store.read() as tx:
            diagnosis = await tx.evidence.diagnosis(incident.id)
        findings = diagnosis.findings if diagnosis else ()
        return next(
            (one for one in findings if one.evidence_ids[:MOST_EVIDENCE] == tuple(evidence_ids)), None
        )

    def _reads(self) -> RepeatedReads:
        if self.kit.services.rerun is None:
            raise Misconfigured(text(self.kit.lang, "rerun-off"))
        return self.kit.services.rerun

    async def _above(self, body: Body, view: View) -> str:
        """Open a dialog, or stack it upon the one that is open, and return its id."""
        if "view" not in body:
            return await self.kit.open_view(body["trigger_id"], view)
        with speaking("opening a dialog"):
            answer = await self.kit.client.views_push(trigger_id=body["trigger_id"], view=view)
        return str((answer.get("view") or {}).get("id") or "")

    def _say(self, body: Body) -> Say:
        return self.kit.whisper(channel_of(body), actor_of(body), thread_of(body))
