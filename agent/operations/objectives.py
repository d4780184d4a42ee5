"""Answers where services stand against their objectives, for `/ops slo`, the terminal and the Home tab."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from agent.analysis.similarity import closest
from agent.domain.answer import Answer
from agent.domain.evidence import Evidence, ReadRequest
from agent.domain.noun import Json
from agent.domain.results import PictureResult
from agent.domain.slo import EVERY_SERVICE, Slo, SloState
from agent.errors import NotFound, OpsError
from agent.locale.messages import text
from agent.locale.slo_windows import window_words
from agent.operations.objectives_spent import Spending, marks, spending
from agent.operations.objectives_words import brief, how_words, left_words, line, spent_words, table, title_of
from agent.ports.objectives import Objectives
from agent.ports.reads import Reads
from agent.ports.store import Store

CHART = "sla_tracker.chart"
_TOLD = 2
_LEAST_SPENT = 0.02
_DAY = timedelta(days=1, hours=1)
Found = tuple[Slo, SloState]


@dataclass(frozen=True, slots=True)
class ObjectiveDesk:
    """Puts measured objectives into words; raises NotFound for a service that has none."""

    objectives: Objectives
    reads: Reads
    store: Store

    async def answer(self, words: str, language: str) -> Answer:
        """Answer `/ops slo [SERVICE]`: all objectives, worst first, or one service in detail with a picture."""
        wanted = self._service(words, language)
        if wanted is None:
            return await self._all(language)
        return await self._one(wanted, language)

    async def worst(self, language: str, most: int = 5) -> Sequence[str]:
        """Return one plain line for each service, its objective with the least budget left, worst first.

        Where nothing could be measured at all, one line says why.
        """
        found = await self._measured(None)
        chosen: dict[str, Found] = {}
        for slo, state in found:
            # A day's budget is spent by any trouble and whole again tomorrow: it is worth a line when it is gone.
            if state.left is not None and (state.left <= 0 or _period(state) > _DAY):
                chosen.setdefault(slo.service, (slo, state))
        shown = list(chosen.values()) or found[:1]
        return tuple(brief(slo, state, language) for slo, state in shown[:most])

    def _service(self, words: str, language: str) -> str | None:
        """Return the service that was asked for, None for all; a small mistake is forgiven."""
        asked = words.strip().strip("`*\"'")
        if not asked:
            return None
        slos = self.objectives.all()
        known = list(dict.fromkeys(slo.service for slo in slos if slo.service != EVERY_SERVICE))
        named = next((slo.service for slo in slos if slo.name == asked.casefold()), None)
        if named is not None:
            return named
        near = closest(asked, known)
        if near is None:
            rough = closest(asked, known, least=0.4)
            hint = rough or ", ".join(known[:8]) or "–"
            raise NotFound(text(language, "slo-unknown", name=asked[:40], near=hint))
        return near

    async def _measured(self, service: str | None) -> list[Found]:
        slos = {slo.name: slo for slo in self.objectives.all()}
        states = await self.objectives.states(service)
        found = [(slos[state.slo], state) for state in states if state.slo in slos]
        return sorted(found, key=_least_left)

    async def _all(self, lang: str) -> Answer:
        found = await self._measured(None)
        if not found:
            return Answer(text=text(lang, "slo-none"))
        spent = sum(state.left is not None and state.left <= 0 for _, state in found)
        unknown = sum(state.left is None for _, state in found)
        lines = [text(lang, "slo-title", count=len(found), spent=str(spent), unknown=str(unknown))]
        lines += [text(lang, "slo-how-all"), text(lang, "slo-ask-one")]
        return Answer(text="\n".join(lines), table=table(found, lang))

    async def _one(self, service: str, lang: str) -> Answer:
        found = await self._measured(service)
        chief = _chief(found)
        # What the picture shows is explained first, then what is worst.
        ranked = sorted(found, key=lambda one: one is not chief)
        told = [one for one in ranked if (one[1].spent or 0.0) >= _LEAST_SPENT and one[1].bad][:_TOLD]
        spendings = await asyncio.gather(
            *(spending(self.objectives, self.store, slo, state) for slo, state in told)
        )
        seen = await self._picture(chief, spendings, lang) if chief is not None else None
        lines = [text(lang, "slo-title-of", service=service), ""]
        lines += [line(slo, state, lang) for slo, state in found]
        for one in spendings:
            said = spent_words(one, lang)
            lines += ["", *said] if said else []
        if chief is not None:
            lines += ["", text(lang, "slo-how", title=chief[0].title_in(lang), how=how_words(*chief, lang))]
        picture = seen.reading.result if seen is not None else None
        return Answer(
            text="\n".join(lines),
            picture=picture if isinstance(picture, PictureResult) else None,
            evidence=(seen,) if seen is not None and seen.ok else (),
        )

    async def _picture(self, chief: Found, spendings: Sequence[Spending], lang: str) -> Evidence | None:
        slo, state = chief
        if state.left is None:
            return None
        own = next((one for one in spendings if one.slo.name == slo.name), None)
        moments = marks(own.incidents, state.window) if own is not None else []
        params: dict[str, Json] = {
            "objective": slo.name,
            "title": text(
                lang, "slo-picture", title=title_of(slo, lang), window=window_words(lang, slo.window)
            )[:80],
            "markers": [{"at": at.isoformat(), "label": label} for at, label in moments],
        }
        try:
            seen = await self.reads.run(ReadRequest(tool=CHART, params=params))
        except OpsError:
            # An objective that the metrics do not hold, such as that of recovery, has no picture.
            return None
        if isinstance(seen.reading.result, PictureResult):
            alt = f"{title_of(slo, lang)}: {left_words(state.left, lang)}"
            result = seen.reading.result.model_copy(update={"alt": alt})
            reading = seen.reading.model_copy(update={"result": result, "summary": alt})
            return seen.model_copy(update={"reading": reading})
        return None


def _period(state: SloState) -> timedelta:
    return (state.period_ends_at or state.window.end) - state.window.start


def _least_left(one: Found) -> tuple[bool, float, str]:
    slo, state = one
    return (state.left is None, state.left if state.left is not None else 0.0, slo.name)


def _chief(found: Sequence[Found]) -> Found | None:
    """Return the objective that speaks for a service: availability first, the team's own before the customers'."""
    ranked = sorted(
        found, key=lambda one: (one[1].left is None, one[0].kind.value != "availability", one[0].agreement)
    )
    return ranked[0] if ranked else None
