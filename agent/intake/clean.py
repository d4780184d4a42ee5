"""Makes text from outside safe to keep: bounded, without control characters, its meaning never touched."""

import hashlib
import json
import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from agent.analysis.redaction import Redactor
from agent.domain.alert import Alert, AlertGroup

LONGEST_VALUE = 8 * 1024
LONGEST_NAME = 256
MOST_LABELS = 64
_LONGEST_FINGERPRINT = 128
LONGEST_IDENTITY = 253
_LONGEST_URL = 2048
_CUT = "… [cut]"
_REDACTOR = Redactor()
# C0 and C1 controls, lone surrogates, zero-width and bidirectional marks: none of them belongs to what people read.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]"
)
_FIRST = (
    "alertname",
    "severity",
    "service",
    "job",
    "instance",
    "namespace",
    "pod",
    "cluster",
    "summary",
    "description",
)


# These stand in titles and sentences; nothing that is really called so is longer.
_IDENTITY = frozenset({*_FIRST[:8], "environment", "env", "app", "deployment", "node", "host"})


def clean_text(value: str, *, limit: int = LONGEST_VALUE, lines: bool = False) -> str:
    """Return text without control characters, cut with a mark at `limit`; `lines` keeps line breaks."""
    plain = _INVISIBLE.sub("", value)
    if not lines:
        plain = plain.replace("\n", " ").replace("\t", " ")
    return plain if len(plain) <= limit else plain[: limit - len(_CUT)] + _CUT


def clean_pairs(raw: Mapping[str, str], *, lines: bool = False) -> tuple[dict[str, str], bool]:
    """Return clean labels or annotations, the telling ones first when there are too many, and whether any were cut."""
    names = list(raw)
    if len(names) > MOST_LABELS:
        names = [n for n in _FIRST if n in raw] + sorted(n for n in raw if n not in _FIRST)
        names = names[:MOST_LABELS]
    pairs = {
        clean_text(n, limit=LONGEST_NAME): clean_text(raw[n], limit=_limit(n), lines=lines) for n in names
    }
    cut = len(raw) > MOST_LABELS or any(len(raw[n]) > _limit(n) or len(n) > LONGEST_NAME for n in names)
    return {name: value for name, value in pairs.items() if name}, cut


def clean_annotations(raw: Mapping[str, str]) -> tuple[dict[str, str], bool]:
    """Return clean annotations, in which rules may quote what they saw, without secrets, and whether any were cut."""
    pairs, cut = clean_pairs(raw, lines=True)
    return {name: _REDACTOR.text(value) for name, value in pairs.items()}, cut


def without_secrets(group: AlertGroup, redactor: Redactor) -> AlertGroup:
    """Return a delivery as it may be kept: no secret in a label, an annotation, an address or its key.

    Fingerprints stay those of the labels as they came.
    """
    return group.model_copy(
        update={
            "group_key": redactor.text(group.group_key),
            "group_labels": _safe(group.group_labels, redactor),
            "common_labels": _safe(group.common_labels, redactor),
            "common_annotations": _safe(group.common_annotations, redactor),
            "external_url": redactor.text(group.external_url),
            "notes": tuple(map(redactor.text, group.notes)),
            "alerts": tuple(_safe_alert(alert, redactor) for alert in group.alerts),
        }
    )


def _safe_alert(alert: Alert, redactor: Redactor) -> Alert:
    return alert.model_copy(
        update={
            "labels": _safe(alert.labels, redactor),
            "annotations": _safe(alert.annotations, redactor),
            "generator_url": redactor.text(alert.generator_url),
        }
    )


def _safe(pairs: Mapping[str, str], redactor: Redactor) -> dict[str, str]:
    return {redactor.text(name): redactor.text(value) for name, value in pairs.items()}


def _limit(name: str) -> int:
    return LONGEST_IDENTITY if name in _IDENTITY else LONGEST_VALUE


def clean_url(value: str) -> str:
    """Return a web address, or an empty text when it is none."""
    plain = clean_text(value, limit=_LONGEST_URL)
    try:
        parts = urlsplit(plain)
    except ValueError:
        return ""
    return plain if parts.scheme in ("http", "https") and parts.netloc and not plain.endswith(_CUT) else ""


def fingerprint_of(labels: Mapping[str, str], *, given: str = "", source: str = "") -> str:
    """Return the sender's fingerprint, or one made of all labels when it sent none that can be kept."""
    plain = clean_text(given, limit=_LONGEST_FINGERPRINT + 1).strip()
    if plain and len(plain) <= _LONGEST_FINGERPRINT:
        return plain
    body = json.dumps([source, given, sorted(labels.items())], ensure_ascii=True)
    return hashlib.sha256(body.encode()).hexdigest()[:32]
