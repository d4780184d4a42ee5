"""What an incident is called once its cause is known: after the service where the trouble sits."""

from agent.domain.alert import Severity
from agent.domain.evidence import Diagnosis
from agent.domain.view import IncidentView

_LOUDNESS = tuple(Severity)


def better_title(view: IncidentView, diagnosis: Diagnosis) -> str | None:
    """Return a title that names the cause's service and an alert about it; None where the title is right.

    An alert that has ended gives way to one that fires. A title that a person chose stays as it is.
    """
    culprit = diagnosis.cause.service if diagnosis.cause else None
    subject, separator, matter = view.incident.title.partition(": ")
    known = {name for record in view.alerts for name in (record.about, view.incident.service)}
    if culprit is None or not separator or subject not in known:
        return None
    about = [record for record in view.alerts if record.about == culprit]
    if culprit == subject:
        about = [record for record in about if record.alert.firing]
    if not about:
        return None
    # The matter of the old title reads best; else what fires, else the loudest.
    best = min(about, key=lambda r: (r.alert.name != matter, not r.alert.firing, _LOUDNESS.index(r.severity)))
    title = f"{culprit}: {best.alert.name}"[:200]
    return title if title != view.incident.title else None
