"""Falco's events: each documented form is understood, everything else is refused with its field, hostile text is tamed."""

import json
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.domain.alert import Severity
from agent.errors import BadInput
from agent.intake.clean import LONGEST_VALUE
from agent.intake.falco import parse_falco, read_falco, workload_of
from agent.policy.severity import UNMAPPED, severity_of
from tests.support.alerts import shipped_policies
from tests.support.falco import event, parse, sample
from tests.support.hostile import HOSTILE
from tests.support.store import NOON

_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)
_KEYS = st.sampled_from(
    ["rule", "priority", "source", "hostname", "time", "output", "tags", "uuid", "message"]
)
_FIELDS = st.dictionaries(
    st.sampled_from(
        ["evt.time", "evt.time.iso8601", "k8s.pod.name", "container.id", "proc.cmdline", "fd.name"]
    ),
    _JSON,
    max_size=4,
)
_QUICK = settings(max_examples=80, deadline=None)


def test_an_unauthorized_api_access_as_falco_sends_it() -> None:
    (alert,) = parse(sample("unauthorized-api-access.json")).alerts

    assert alert.labels == {
        "alertname": "Unauthorized API Access",
        "severity": "warning",
        "category": "security",
        "falco_source": "syscall",
        "namespace": "shop",
        "pod": "textbook-5c9b7f6d4d-x7k2p",
        "service": "textbook",
        "container_id": "3ad7b26ded6d",
        "container": "textbook",
        "host": "node-1",
    }
    assert alert.annotations["summary"].startswith("Unauthorized API access attempt (user=root ")
    assert alert.annotations["proc.cmdline"] == "curl -s http://127.0.0.1/api/grades"
    assert alert.annotations["tags"] == "container, network"
    assert alert.starts_at == datetime(2026, 1, 2, 8, 15, 30, 123456, UTC)
    assert alert.firing


def test_a_suspicious_query_is_critical_and_belongs_to_the_stateful_set() -> None:
    (alert,) = parse(sample("suspicious-database-query.json")).alerts

    assert (alert.labels["service"], alert.labels["severity"]) == ("ledger-db", "critical")
    assert severity_of(shipped_policies(), alert.labels)[0] is Severity.CRITICAL
    assert "user.name" not in alert.annotations


def test_one_event_per_line_and_events_without_properties() -> None:
    audit, sidekick = parse(sample("k8s-audit.ndjson")), parse(sample("sidekick.json"))

    assert [a.name for a in audit.alerts] == ["K8s Secret Read", "Anonymous Request Allowed"]
    assert audit.alerts[0].labels["namespace"] == "shop"
    assert "service" not in audit.alerts[0].labels
    assert sidekick.alerts[0].annotations["uuid"] == "6f9619ff-8b86-d011-b42d-00c04fc964ff"
    assert sidekick.alerts[0].annotations["summary"] == "Terminal Shell In Container"


@pytest.mark.parametrize(
    ("words", "severity"),
    [
        (("Emergency", "ALERT", "critical"), Severity.CRITICAL),
        (("Error",), Severity.HIGH),
        (("Warning", "warning"), Severity.MEDIUM),
        (("Notice", "Informational", "Info", "Debug"), Severity.LOW),
    ],
)
def test_every_priority_has_its_severity(words: tuple[str, ...], severity: Severity) -> None:
    for word in words:
        (alert,) = parse(event(priority=word)).alerts
        assert severity_of(shipped_policies(), alert.labels)[0] is severity


@pytest.mark.parametrize("priority", [None, "", "Terrible"])
def test_an_unknown_priority_counts_as_the_worst(priority: str | None) -> None:
    (alert,) = parse(event(priority=priority)).alerts
    severity, reason = severity_of(shipped_policies(), alert.labels)

    assert (severity, reason.rule) == (Severity.CRITICAL, UNMAPPED)


@pytest.mark.parametrize(
    ("changes", "at"),
    [
        ({"time": "2026-03-02T11:59:58.999999999Z"}, datetime(2026, 3, 2, 11, 59, 58, 999999, UTC)),
        (
            {"time": None, "output_fields": {"evt.time": 1772452798000000001}},
            datetime(2026, 3, 2, 11, 59, 58, 0, UTC),
        ),
        (
            {"time": None, "output_fields": {"evt.time.iso8601": "2026-03-02T11:59:58.5+0000"}},
            datetime(2026, 3, 2, 11, 59, 58, 500000, UTC),
        ),
        ({"time": "soon", "output_fields": {"evt.time": 10**30}}, NOON),
        ({"time": None, "output_fields": {"evt.time": True}}, NOON),
        ({"time": "", "output_fields": None}, NOON),
    ],
)
def test_the_time_in_each_of_its_forms(changes: dict[str, Any], at: datetime) -> None:
    (alert,) = parse(event(**changes)).alerts
    assert alert.starts_at == at


@pytest.mark.parametrize(
    ("changes", "same"),
    [
        ({"time": "2026-03-02T12:30:00Z", "output": "something else", "hostname": "node-9"}, True),
        ({"priority": "Critical"}, True),
        ({"rule": "Another Rule"}, False),
        ({"source": "k8s_audit"}, False),
        ({"output_fields": {"k8s.ns.name": "shop", "k8s.pod.name": "payment-6d5f8b7c9d-q2q4q"}}, False),
        ({"output_fields": {"container.id": "ffffffffffff"}}, False),
        ({"output_fields": {"container.id": "host"}}, False),
    ],
)
def test_what_makes_two_events_one_alert(changes: dict[str, Any], same: bool) -> None:
    one, other = parse(event()).alerts[0], parse(event(**changes)).alerts[0]
    assert (one.fingerprint == other.fingerprint) is same


@pytest.mark.parametrize(
    ("pod", "workload"),
    [
        ("checkout-7d9f8c6b5d-x2x4z", "checkout"),
        ("ai-textbook-core-5bdc9f7d4-8kzqv", "ai-textbook-core"),
        ("ledger-db-0", "ledger-db"),
        ("node-agent-x2x4z", "node-agent"),
        ("report-29012345-abc12", "report"),
        ("solitary", "solitary"),
    ],
)
def test_a_pod_is_named_after_its_workload(pod: str, workload: str) -> None:
    assert workload_of(pod) == workload


def test_a_label_of_the_workload_comes_before_the_name_of_the_pod() -> None:
    fields = {"k8s.pod.name": "abc-0", "k8smeta.deployment.name": "tutor"}
    assert parse(event(output_fields=fields)).alerts[0].labels["service"] == "tutor"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b"", ""),
        (b"\xff\xfe", "line 1"),
        (b"[]", ""),
        (b"null", "0"),
        (b"[" * 100_000, ""),
        (b'{"rule": 1}\n{"rule": ', "line 1.rule"),
        (b'\n{"rule": ', "line 2"),
        (b'{"priority": "Warning"}', "0.rule"),
        (b'{"rule": ""}', "0.rule"),
        (b'[{"rule": 6}, {"rule": 7}]', "0.rule"),
        (b'{"rule": "a", "output_fields": []}', "0.output_fields"),
        (b'{"rule": "a", "tags": "x"}', "0.tags"),
        (b'{"rule": "a", "time": 17}', "0.time"),
    ],
)
def test_anything_else_is_refused_with_its_field(body: bytes, field: str) -> None:
    with pytest.raises(BadInput) as caught:
        parse_falco(body, NOON)
    assert caught.value.field == field


@pytest.mark.parametrize(
    ("body", "rules", "fields"),
    [
        (b'{"rule": "a"}\n\n{"rule": \n{"rule": "b"}', ["a", "b"], ["line 3"]),
        (b'{"rule": "a"}\n{"rule": 7}\nnull\n', ["a"], ["line 2.rule", "line 3"]),
        (b'[{"rule": ""}, {"rule": "b"}, 4]', ["b"], ["0.rule", "2"]),
        (b'{"rule": "a"}\n' + b"[" * 100_000, ["a"], ["line 2"]),
    ],
)
def test_one_bad_event_keeps_no_other_from_being_told(
    body: bytes, rules: list[str], fields: list[str]
) -> None:
    found = read_falco(body, NOON)

    assert rules == [alert.name for alert in found.group.alerts]
    assert fields == [one.field for one in found.refused]
    assert f"{len(fields)} of {len(fields) + len(rules)} events could not be read" in found.group.notes[0]
    assert fields[0] in found.group.notes[0]


@_QUICK
@given(good=st.lists(st.booleans(), min_size=1, max_size=12))
def test_every_event_is_either_told_or_refused(good: list[bool]) -> None:
    lines = [json.dumps({"rule": f"r{n}"}) if well else "{" for n, well in enumerate(good)]
    body = "\n".join(lines).encode()
    if not any(good):
        with pytest.raises(BadInput):
            read_falco(body, NOON)
        return
    found = read_falco(body, NOON)

    assert [f"r{n}" for n, well in enumerate(good) if well] == [one.name for one in found.group.alerts]
    assert [f"line {n}" for n, well in enumerate(good, 1) if not well] == [one.field for one in found.refused]


@pytest.mark.parametrize("text", HOSTILE)
def test_what_an_attacker_writes_stays_text_of_bounded_size(text: str) -> None:
    fields = {"proc.cmdline": text, "k8s.pod.name": text, "container.id": text, "fd.name": text}
    body = event(rule=text or "x", output=text, source=text, hostname=text, tags=[text], output_fields=fields)
    (alert,) = parse(body).alerts

    assert alert.labels["category"] == "security"
    assert alert.name.strip()
    told = "".join((*alert.labels.values(), *alert.annotations.values()))
    assert not any(ord(letter) < 32 and letter != "\n" for letter in told)
    assert not set(told) & set("\u202e\u2066\u200b\ufeff\ud800")
    assert all(len(value) <= LONGEST_VALUE for value in (*alert.labels.values(), *alert.annotations.values()))


def test_an_odd_byte_on_a_command_line_does_not_hide_the_event() -> None:
    odd = json.dumps(event()).encode().replace(b"bash -i", b"bash \xff\xfe -i")
    (alert,) = parse_falco(odd, NOON).alerts
    assert alert.annotations["proc.cmdline"].startswith("bash ")


def test_a_secret_on_a_command_line_is_not_kept() -> None:
    fields = {"proc.cmdline": "curl -H 'Authorization: Bearer abcdef0123456789abcdef0123456789'"}
    (alert,) = parse(event(output_fields=fields)).alerts
    assert "abcdef0123456789abcdef0123456789" not in alert.model_dump_json()


@_QUICK
@given(body=st.binary(max_size=200) | _JSON.map(lambda value: json.dumps(value).encode()))
def test_any_bytes_are_refused_or_understood(body: bytes) -> None:
    with suppress(BadInput):
        assert parse_falco(body, NOON).alerts


@_QUICK
@given(changes=st.dictionaries(_KEYS, _JSON, max_size=4), fields=_FIELDS)
def test_odd_values_of_known_keys_are_refused_or_understood(
    changes: dict[str, Any], fields: dict[str, Any]
) -> None:
    with suppress(BadInput):
        (alert,) = parse(event(output_fields=fields) | changes).alerts
        assert alert.fingerprint == parse(event(output_fields=fields) | changes).alerts[0].fingerprint
        assert alert.labels["alertname"]
