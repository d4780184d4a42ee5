"""Makes an objective of its OpenSLO document and of what that refers to."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from agent.domain.slo import EVERY_SERVICE, Budgeting, SliKind, Slo
from agent.locale.messages import LANGUAGES
from agent.policy.documents import Loc, Misplaced
from agent.policy.slo_alerts import alerts_of
from agent.policy.slo_documents import SloDocument
from agent.policy.slo_queries import INCIDENTS, PROMETHEUS, Asked, QueryCheck, asked_of
from agent.policy.slo_shelves import Shelves
from agent.policy.slo_terms import credits_of, filled, flag, slice_of, target_of, window_of

PREFIX = "ops-monitor/"
KIND, AGREEMENT, CREDITS = f"{PREFIX}kind", f"{PREFIX}agreement", f"{PREFIX}credits"
MAINTENANCE, LATENCY = f"{PREFIX}excludes-maintenance", f"{PREFIX}threshold-seconds"
TITLES = {f"{PREFIX}title-{language}": language for language in LANGUAGES}
ANNOTATIONS = (KIND, AGREEMENT, CREDITS, MAINTENANCE, LATENCY, *TITLES)
LONGEST_TITLE = 80
_PROMISE: Loc = ("spec", "objectives", 0)
T = TypeVar("T")
Mistake = tuple[Loc, str]


def compiled(document: SloDocument, shelves: Shelves, check: QueryCheck | None = None) -> tuple[Slo, ...]:
    """Return the objective, or one for each service; raises Misplaced with every mistake in the document.

    `check` says what is wrong with a query of a Prometheus, or nothing.
    """
    draft = _Draft(document, shelves)
    slo = draft.objective(check)
    if slo is None:
        raise Misplaced(*draft.wrong)
    if not draft.template:
        return (slo,)
    return tuple(_of(slo, name) for name in shelves.services)


def _of(slo: Slo, service: str) -> Slo:
    queries = {part: filled(getattr(slo, part), service) for part in ("good", "total", "measured")}
    return slo.model_copy(update={"name": f"{service}-{slo.name}", "service": service, **queries})


@dataclass(frozen=True, slots=True)
class _Marks:
    """What the annotations of an objective say."""

    kind: SliKind | None
    agreement: bool
    excludes: bool
    threshold: float | None


class _Draft:
    """One objective in the making; all that is wrong with it is gathered, so that a person sees all of it at once."""

    def __init__(self, document: SloDocument, shelves: Shelves) -> None:
        self.spec, self.metadata, self.shelves = document.spec, document.metadata, shelves
        self.wrong: list[Mistake] = []
        self.marks, self.titles = self._marks(), self._titles()
        # What is resolved in time is a matter of all services together, because one of them has few incidents.
        together = self.marks.kind is SliKind.RECOVERY_TIME
        self.template = self.spec.service == EVERY_SERVICE and not together

    def objective(self, check: QueryCheck | None) -> Slo | None:
        """Return the objective; None when something is wrong with it."""
        promise = self.spec.objectives[0]
        target = self._part(_PROMISE, lambda: target_of(promise))
        window = self._part(("spec", "timeWindow", 0), lambda: window_of(self.spec.timeWindow[0]))
        asked = self._part((), lambda: asked_of(self.spec, self.shelves, template=self.template, check=check))
        size, slice_target = self._part(_PROMISE, lambda: self._slices(asked)) or (None, None)
        source = asked.source if asked else PROMETHEUS
        alerts = self._part((), lambda: alerts_of(self.spec, self.shelves, window, source)) or ()
        credits = self._said(CREDITS, lambda text: credits_of(text, target or 0.999)) or ()
        self._service()
        self._together(asked, has_credits=bool(credits))
        if self.wrong or target is None or window is None or asked is None or self.marks.kind is None:
            return None
        return Slo(
            name=self.metadata.name,
            service=self.spec.service,
            title=self.metadata.displayName or self.metadata.name,
            titles=self.titles,
            kind=self.marks.kind,
            target=target,
            window=window,
            budgeting=self.spec.budgetingMethod,
            slice_seconds=size,
            slice_target=slice_target,
            threshold_seconds=self.marks.threshold,
            good=asked.good,
            total=asked.total,
            measured=asked.measured,
            op=promise.op,
            limit=promise.value,
            source=asked.source,
            alerts=alerts,
            agreement=self.marks.agreement,
            credits=credits,
            excludes_maintenance=self.marks.excludes,
            description=" ".join(self.spec.description.split()),
        )

    def _marks(self) -> _Marks:
        for name in self.metadata.annotations:
            if name.startswith(PREFIX) and name not in ANNOTATIONS:
                self._wrong(name, f"there is no such annotation; there are {', '.join(ANNOTATIONS)}")
        if KIND not in self.metadata.annotations:
            words = ", ".join(SliKind)
            self.wrong.append((("metadata",), f"annotations need {KIND}, one of {words}"))
        return _Marks(
            self._said(KIND, _kind),
            bool(self._said(AGREEMENT, flag)),
            bool(self._said(MAINTENANCE, flag)),
            self._said(LATENCY, _positive),
        )

    def _titles(self) -> dict[str, str]:
        titles = {language: self._said(name, _title) for name, language in TITLES.items()}
        return {language: title for language, title in titles.items() if title}

    def _slices(self, asked: Asked | None) -> tuple[int | None, float | None]:
        promise = self.spec.objectives[0]
        if self.spec.budgetingMethod is not Budgeting.OCCURRENCES:
            by_ratio = asked is not None and not asked.measured
            return slice_of(promise, by_ratio=by_ratio and self.spec.budgetingMethod is Budgeting.TIMESLICES)
        for field in ("timeSliceWindow", "timeSliceTarget"):
            if getattr(promise, field) is not None:
                raise Misplaced(((field,), "this is for budgetingMethod: Timeslices"))
        if asked is not None and asked.measured:
            raise Misplaced(
                ((), "a thresholdMetric is judged slice by slice: write budgetingMethod: Timeslices")
            )
        return None, None

    def _service(self) -> None:
        name = self.spec.service
        if name == EVERY_SERVICE:
            if self.template and not self.shelves.services:
                self.wrong.append(
                    (("spec", "service"), "no document of kind Service says which services there are")
                )
        elif name not in self.shelves.services:
            known = ", ".join(self.shelves.services) or "none yet"
            self.wrong.append(
                (("spec", "service"), f"no document of kind Service is called {name}; known: {known}")
            )

    def _together(self, asked: Asked | None, *, has_credits: bool) -> None:
        if has_credits and not self.marks.agreement:
            self._wrong(CREDITS, f'credits belong to an agreement: add {AGREEMENT}: "true"')
        if asked is None or self.marks.kind is None:
            return
        own = self.marks.kind is SliKind.RECOVERY_TIME
        if own != (asked.source == INCIDENTS):
            self._wrong(KIND, f"recovery_time, and only that, is asked of a DataSource of type {INCIDENTS}")
        if self.marks.kind is SliKind.LATENCY and self.marks.threshold is None and not asked.measured:
            self.wrong.append(
                (("metadata",), f'annotations need {LATENCY}, such as "0.5", to say what is fast')
            )

    def _part(self, place: Loc, make: Callable[[], T]) -> T | None:
        try:
            return make()
        except Misplaced as error:
            self.wrong += [(place + loc, problem) for loc, problem in error.mistakes]
            return None

    def _said(self, name: str, read: Callable[[str], T]) -> T | None:
        text = self.metadata.annotations.get(name)
        if text is None:
            return None
        try:
            return read(text)
        except ValueError as error:
            self._wrong(name, str(error))
            return None

    def _wrong(self, annotation: str, problem: str) -> None:
        self.wrong.append((("metadata", "annotations", annotation), problem))


def _title(text: str) -> str:
    title = " ".join(text.split())
    if not 0 < len(title) <= LONGEST_TITLE:
        raise ValueError(f"a title has 1 to {LONGEST_TITLE} characters")
    return title


def _kind(text: str) -> SliKind:
    try:
        return SliKind(text)
    except ValueError as error:
        raise ValueError(f"write one of {', '.join(SliKind)}") from error


def _positive(text: str) -> float:
    try:
        value = float(text)
    except ValueError as error:
        raise ValueError('write seconds in quotes, such as "0.5"') from error
    if not (math.isfinite(value) and value > 0):
        raise ValueError('write seconds above 0 in quotes, such as "0.5"')
    return value
