"""Which stretches of a recorded incident are compared with which."""

from dataclasses import dataclass

from agent.diagnosis.cases.model import Case, Span


@dataclass(frozen=True, slots=True)
class Stretches:
    """The fault-free stretch of logs and traces, that of metrics, and the incident; each (start, end)."""

    normal: Span
    metrics: Span
    incident: Span

    def side(self, at: float) -> bool | None:
        """Return False for the fault-free stretch, True for the incident, None for neither."""
        if self.incident[0] <= at <= self.incident[1]:
            return True
        return False if self.normal[0] <= at <= self.normal[1] else None


def stretches_of(case: Case) -> Stretches | None:
    """Return what is compared with what, or None when there is nothing to compare.

    Without windows the target's time divides what was recorded; without that, its last quarter is the incident.
    """
    incident = case.incident or _assumed_incident(case)
    if incident is None:
        return None
    before = (-float("inf"), incident[0] - 1e-3)
    normal = case.normal or before
    return Stretches(normal, case.metrics_normal or case.normal or before, incident)


def _assumed_incident(case: Case) -> Span | None:
    first, last = float("inf"), -float("inf")
    for series in case.metrics:
        if len(series.at):
            first, last = min(first, float(series.at[0])), max(last, float(series.at[-1]))
    times = [line.at for line in case.logs] + [span.start for span in case.spans]
    if times:
        first, last = min(first, *times), max(last, *times)
    if last <= first:
        return None
    if case.target and case.target.at is not None and first < case.target.at <= last:
        return case.target.at, last
    return last - (last - first) / 4, last
