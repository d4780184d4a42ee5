"""The recoveries as data: what is shipped fits what exists, and a mistake is refused with file, line and field."""

import shutil
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.brain.toolbelt import READS
from agent.errors import Misconfigured
from agent.execution.catalogue import WRITES
from agent.policy.documents import parse_document
from agent.policy.recoveries import RecoveryPolicy, load_recoveries, references
from agent.policy.recovery_check import check_recoveries
from agent.policy.references import REFERENCES, Amount
from tests.support.alerts import SHIPPED

ACTIONS = {write.name: write for write in WRITES}
SCHEMAS = {name: write.params.model_json_schema() for name, write in ACTIONS.items()}
LOOKS = {read.name: read.params.model_json_schema() for read in READS}
SEEN: dict[type, Any] = {str: "payment-7c9b4f6d8-x2x4z", int: 4}
GOOD = """
id: trouble
title: {en: Ending a trouble, ko: 문제 해결}
trigger:
- cause: [change.bad-deployment]
  confidence: 0.7
- alerts: [HighErrorRate]
  signal: {name: server_error_ratio, over: 0.1, for: 5m}
steps:
- id: look
  read: incident_responder.pods
  params: {service: $service.name}
- id: grow
  action: scale_workload
  params: {namespace: $service.namespace, name: $service.workload, replicas: {of: $service.replicas, times: 2, at_most: 10}}
- id: shift
  action: shift_traffic
  params: {namespace: $service.namespace, route: $service.name, weights: {$service.name: 0, $service.standby: 100}}
  when: {done: [look]}
- id: tell
  notify: page
  to: [sre-oncall]
  at_once: true
roll_back: {after: 30m, if: normal, gradually: {shift: [25, 50, 100]}}
"""


def parsed(text: str) -> RecoveryPolicy:
    return parse_document(text, RecoveryPolicy, name="trouble.yaml")


def shipped() -> dict[str, RecoveryPolicy]:
    return {one.id: one for one in load_recoveries(SHIPPED)}


def observed(given_: Any) -> Any:
    """Return a parameter with something in the place of each reference."""
    if isinstance(given_, Amount):
        return "20" if given_.written == "text" else 8
    if isinstance(given_, str) and given_.startswith("$"):
        if given_.endswith(".kind"):
            return "Deployment"
        return SEEN[REFERENCES[given_[1:]]]
    if isinstance(given_, dict):
        return {observed(name): observed(value) for name, value in given_.items()}
    return given_


def test_every_shipped_step_names_what_exists_and_gives_it_what_it_takes() -> None:
    assert [] == check_recoveries(list(shipped().values()), SCHEMAS, LOOKS)


@pytest.mark.parametrize("name", sorted(shipped()))
def test_every_shipped_step_passes_its_own_validation_once_its_references_are_observed(name: str) -> None:
    known = {**ACTIONS, **{read.name: read for read in READS}}
    for step in shipped()[name].steps:
        tool = step.action or step.read
        if tool is not None:
            known[tool].params.model_validate(observed(step.params))


@pytest.mark.parametrize(
    ("name", "steps"),
    [
        ("high-memory", ["scale_workload", "restart_workload", "flush_cache_keys", "channel"]),
        (
            "connection-pool-exhaustion",
            ["set_config_key", "end_queries", "restart_database_connections", "channel"],
        ),
        (
            "high-error-rate",
            [
                "enable_circuit_breaker",
                "take_out_of_service",
                "shift_traffic",
                "log_analyzer.patterns",
                "page",
            ],
        ),
        (
            "certificate-expiry",
            [
                "renew_certificate",
                "update_gateway_certificate",
                "incident_responder.certificate",
                "metrics_collector.signal",
                "schedule_verification",
            ],
        ),
    ],
)
def test_the_four_automatic_scenarios_have_their_steps_in_order(name: str, steps: list[str]) -> None:
    assert steps == [step.action or step.read or step.notify for step in shipped()[name].steps]


def test_the_four_scenarios_begin_at_their_limits() -> None:
    found = {name: [c.signal for c in one.trigger if c.signal] for name, one in shipped().items()}
    limits = {name: signals[0] for name, signals in found.items() if signals}

    assert ("container_memory_ratio", 0.85) == (limits["high-memory"].name, limits["high-memory"].over)
    assert 0.9 == limits["connection-pool-exhaustion"].over
    assert (0.10, 300) == (limits["high-error-rate"].over, limits["high-error-rate"].held)
    assert ("certificate_days_left", 7) == (
        limits["certificate-expiry"].name,
        limits["certificate-expiry"].under,
    )


def test_what_was_done_for_a_time_is_taken_back() -> None:
    back = {name: one.roll_back for name, one in shipped().items() if one.roll_back}

    memory, errors, pool = back["high-memory"], back["high-error-rate"], back["connection-pool-exhaustion"]
    assert (1800, "normal", ("scale-out",)) == (memory.after, memory.condition, memory.steps)
    assert {"standby": (25, 50, 100)} == errors.gradually
    assert ("resolved", ("raise-pool",)) == (pool.once, pool.steps)


def test_people_are_called_before_anything_that_waits_for_votes() -> None:
    assert ["error-samples", "page-on-call"] == [s.id for s in shipped()["high-error-rate"].order[:2]]


def test_a_known_cause_is_more_specific_than_a_measured_signal_and_that_than_a_name() -> None:
    cause, both = parsed(GOOD).trigger
    signal = parsed(GOOD.replace("- alerts: [HighErrorRate]\n  signal", "- signal")).trigger[1]
    name = parsed(GOOD.replace("\n  signal: {name: server_error_ratio, over: 0.1, for: 5m}", "")).trigger[1]
    pattern = parsed(GOOD.replace("[HighErrorRate]", '["*ErrorRate"]')).trigger[1]

    assert cause.weight > both.weight > pattern.weight > signal.weight > name.weight


def test_references_are_found_wherever_they_stand() -> None:
    assert {
        "look": ("service.name",),
        "grow": ("service.namespace", "service.workload", "service.replicas"),
        "shift": ("service.namespace", "service.name", "service.standby"),
        "tell": (),
    } == references(parsed(GOOD))


@pytest.mark.parametrize(
    ("good", "bad", "words"),
    [
        ("id: look", "id: look\n  reads: x", "Extra inputs"),
        ("- id: grow", "- id: look", "step ids must differ"),
        ("$service.workload", "$service.workloads", "did you mean $service.workload"),
        ("{of: $service.replicas, times: 2", "{of: $service.name, times: 2", "is no number"),
        ("times: 2", "times: 200", "less than or equal to 10"),
        ("times: 2", "tims: 2", "tims"),
        ("after: 30m", "after: soon", "write a duration"),
        ("gradually: {shift: [25, 50, 100]}", "gradually: {shift: [50, 25, 100]}", "must rise"),
        ("gradually: {shift: [25, 50, 100]}", "gradually: {grow: [100]}", "only a shift_traffic"),
        ("gradually: {shift: [25, 50, 100]}", "steps: [nothing]", "no action of this recovery"),
        ("when: {done: [look]}", "when: {done: [tell]}", "does not come before it"),
        ("when: {done: [look]}", "when: {observed: [service]}", "is no reference"),
        ("read: incident_responder.pods", "read: rm -rf", "write a read such as"),
        ("read: incident_responder.pods", "read: a.b\n  action: restart_workload", "exactly one of"),
        ("to: [sre-oncall]", "to: ['!channel']", "pattern"),
        ("notify: page", "notify: page\n  decision: ask", "for actions"),
        ("over: 0.1", "over: 0.1, under: 1", "either `over` or `under`"),
        (
            "- cause: [change.bad-deployment]\n  confidence",
            "- severity: [critical]\n  confidence",
            "a trigger needs",
        ),
        ("title: {en: Ending a trouble, ko: 문제 해결}", "title: {en: Ending}", "ko"),
    ],
)
def test_a_mistake_is_named_with_line_and_field(good: str, bad: str, words: str) -> None:
    place = GOOD[: GOOD.index(good)].count("\n") + 1
    with pytest.raises(Misconfigured) as caught:
        parsed(GOOD.replace(good, bad, 1))

    first = next(one for one in caught.value.user_message.splitlines() if words in one)
    # A whole step or clause is named by its first line, a field that was added by the line after.
    assert int(first.removeprefix("trouble.yaml:").partition(":")[0]) in (place - 1, place, place + 1)


@pytest.mark.parametrize(
    ("good", "bad", "words"),
    [
        ("action: scale_workload", "action: scale_workloads", "did you mean scale_workload"),
        (
            "read: incident_responder.pods",
            "read: incident_responder.pod",
            "did you mean incident_responder.pods",
        ),
        ("name: $service.workload, ", "", "needs the parameter name"),
        ("name: $service.workload", "nam: $service.workload", "takes no parameter nam"),
        ("at_most: 10}", "at_most: 10, as: text}", "replicas is a text, but a whole number is wanted"),
        ("route: $service.name", "route: 7", "route is a whole number, but a text is wanted"),
        ("name: $service.workload", "name: $service.workload, kind: Job", "kind must be one of"),
    ],
)
def test_a_step_that_could_never_be_done_is_told_at_start(good: str, bad: str, words: str) -> None:
    said = check_recoveries([parsed(GOOD.replace(good, bad, 1))], SCHEMAS, LOOKS)

    assert any(words in one for one in said), said
    assert all(one.startswith("trouble.yaml: step ") for one in said)


def test_the_good_one_has_nothing_wrong() -> None:
    assert [] == check_recoveries([parsed(GOOD)], SCHEMAS, LOOKS)


def test_a_recovery_is_named_after_its_file(tmp_path: Path) -> None:
    shutil.copytree(SHIPPED / "recovery", tmp_path / "recovery")
    (tmp_path / "recovery" / "high-memory.yaml").rename(tmp_path / "recovery" / "memory.yaml")

    with pytest.raises(Misconfigured, match="write `id: memory`"):
        load_recoveries(tmp_path)


def test_a_folder_without_recoveries_has_none(tmp_path: Path) -> None:
    assert () == load_recoveries(tmp_path)


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_a_mangled_file_is_either_read_or_refused_with_its_name(data: st.DataObject) -> None:
    lines = GOOD.splitlines()
    place = data.draw(st.integers(0, len(lines) - 1))
    lines[place] = data.draw(
        st.one_of(st.text(max_size=40), st.just(lines[place] * 2), st.just(lines[place].replace(": ", ":")))
    )
    text = "\n".join(lines)
    refused = ""
    try:
        check_recoveries([parsed(text)], SCHEMAS, LOOKS)
    except Misconfigured as error:
        refused = error.user_message

    assert refused == "" or refused.startswith("trouble.yaml:")
