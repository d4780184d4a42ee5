"""How the name of an alert or an incident reads aloud, the same at every door."""

import re
from collections.abc import Sequence

from agent.domain.alert import AlertRecord, Severity
from agent.domain.evidence import Diagnosis
from agent.domain.incident import Incident

_WORD_EDGE = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_CAMEL = re.compile(r"[A-Z][A-Za-z0-9]*[a-z][A-Za-z0-9]*")
_LOUDNESS = tuple(Severity)
_LONGEST = 120


def told_title(incident: Incident, diagnosis: Diagnosis | None, alerts: Sequence[AlertRecord]) -> str:
    """Return the title that names the cause's service, once the cause is known and an alert is about it too."""
    culprit = diagnosis.cause.service if diagnosis is not None and diagnosis.cause is not None else None
    about = [record for record in alerts if culprit is not None and record.about == culprit]
    if culprit == incident.service or not about:
        return spoken_title(incident.title)
    matter = incident.title.partition(": ")[2]
    # The same matter as in the title reads best; else what fires, else the loudest.
    name = min(about, key=lambda r: (r.alert.name != matter, not r.alert.firing, _LOUDNESS.index(r.severity)))
    return f"{culprit} — {spoken(name.alert.name)}"


def spoken_title(title: str) -> str:
    """Return a stored title as people say it: `payment: HighErrorRate` becomes `payment — high error rate`."""
    subject, separator, matter = title.partition(": ")
    return f"{subject} — {spoken(matter)}" if separator else title


def spoken(name: str) -> str:
    """Return a camel-case alert name in words; anything else stays as it is."""
    if len(name) > _LONGEST or not _CAMEL.fullmatch(name):
        return name
    words = _WORD_EDGE.sub(" ", name).split(" ")
    return " ".join(word if word.isupper() and len(word) > 1 else word.lower() for word in words)
