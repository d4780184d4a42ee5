"""Objectives and planned maintenance as people write them: what they mean, and what is refused with file, line and fix."""

import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.domain.slo import Budgeting, CalendarWindow, PeriodUnit, RollingWindow, SliKind
from agent.errors import Misconfigured, NotFound
from agent.policy.documents import parse_stream
from agent.policy.load import folder_digest
from agent.policy.slo import SloPolicy, load_slos
from agent.policy.slo_documents import kind_of
from agent.policy.slo_terms import credits_of, seconds_of_shorthand, wrong_query
from tests.support.alerts import SHIPPED
from tests.support.slo_counts import moment

SERVICE = "apiVersion: openslo/v1\nkind: Service\nmetadata: {name: checkout}\n---\n"
WORDS = """\
apiVersion: openslo/v1
kind: SLO
metadata:
  name: availability
  annotations:
    ops-monitor/kind: availability
spec:
  service: checkout
  indicator:
    metadata: {name: answered}
    spec:
      ratioMetric:
        good: {metricSource: {type: prometheus, spec: {query: 'sum(increase(good_total[<window>]))'}}}
        total: {metricSource: {type: prometheus, spec: {query: 'sum(increase(all_total[<window>]))'}}}
  timeWindow:
    - {duration: 30d, isRolling: true}
  budgetingMethod: Occurrences
  objectives:
    - {target: 0.999}
"""


def loaded(folder: Path, text: str = SERVICE + WORDS, maintenance: str = "") -> SloPolicy:
    """Load one file of objectives."""
    (folder / "slo").mkdir(exist_ok=True)
    (folder / "slo" / "mine.yaml").write_text(text)
    if maintenance:
        (folder / "maintenance.yaml").write_text(maintenance)
    return load_slos(folder)


@pytest.fixture(scope="module")
def shipped() -> SloPolicy:
    return load_slos(SHIPPED)


def test_a_folder_without_objectives_has_none(tmp_path: Path) -> None:
    assert SloPolicy() == load_slos(tmp_path)


def test_the_shipped_objectives_are_those_of_the_documents(shipped: SloPolicy) -> None:
    named = {slo.name: slo for slo in shipped.objectives}

    assert ("storefront", "checkout", "payment", "catalog", "textbook", "tutor") == shipped.services
    for service in shipped.services:
        assert 0.999 == named[f"{service}-availability"].target
        assert CalendarWindow(unit=PeriodUnit.MONTH, zone="UTC") == named[f"{service}-availability"].window
        assert (0.95, 0.5) == (
            named[f"{service}-latency"].target,
            named[f"{service}-latency"].threshold_seconds,
        )
        assert 0.99 == named[f"{service}-error-rate"].target
        assert CalendarWindow(unit=PeriodUnit.DAY, zone="UTC") == named[f"{service}-daily-errors"].window
        average = named[f"{service}-average-latency"]
        assert ("lte", 0.2, Budgeting.TIMESLICES) == (average.op, average.limit, average.budgeting)
        assert f'service="{service}"' in average.good
    agreed = [slo for slo in shipped.objectives if slo.agreement]
    assert {"agreement-uptime", "agreement-latency"} == {slo.name for slo in agreed}
    assert all(slo.excludes_maintenance for slo in agreed)
    assert [0.1, 0.25, 0.5] == [tier.credit for tier in named["agreement-uptime"].credits]
    assert ("*", "incidents", 0.99) == tuple(
        getattr(named["recovery-time"], part) for part in ("service", "source", "target")
    )
    assert 5 * 6 + 3 == len(shipped.objectives)


def test_an_objective_is_found_by_name_and_by_service(shipped: SloPolicy) -> None:
    assert "checkout" == shipped.named("checkout-availability").service
    assert {"checkout"} == {slo.service for slo in shipped.of_service("checkout")}
    with pytest.raises(NotFound):
        shipped.named("nothing")


def test_what_is_written_is_what_is_meant(tmp_path: Path) -> None:
    (slo,) = loaded(tmp_path).objectives

    assert ("availability", "checkout", SliKind.AVAILABILITY) == (slo.name, slo.service, slo.kind)
    assert RollingWindow(length=timedelta(days=30)) == slo.window
    assert "sum(increase(good_total[<window>]))" == slo.good


def test_a_title_has_other_languages_and_none_that_is_empty(tmp_path: Path) -> None:
    named = WORDS.replace(
        "annotations:\n", "displayName: Answered\n  annotations:\n    ops-monitor/title-ko: 응답 성공\n"
    )
    [slo] = loaded(tmp_path, SERVICE + named).objectives

    assert ("Answered", "응답 성공", "Answered") == (slo.title, slo.title_in("ko"), slo.title_in("en"))
    with pytest.raises(Misconfigured, match="a title has 1 to 80 characters"):
        loaded(tmp_path, SERVICE + named.replace("응답 성공", '" "'))


def test_bad_events_are_taken_from_all(tmp_path: Path) -> None:
    (slo,) = loaded(
        tmp_path, SERVICE + WORDS.replace("good:", "bad:").replace("good_total", "bad_total")
    ).objectives

    every = "sum(increase(all_total[<window>]))"
    assert f"({every}) - ((sum(increase(bad_total[<window>]))) or 0 * ({every}))" == slo.good


def test_a_percentage_is_the_share_exactly(tmp_path: Path) -> None:
    (slo,) = loaded(tmp_path, SERVICE + WORDS.replace("target: 0.999", "targetPercent: 99.95")).objectives

    assert 0.9995 == slo.target


MONTHLY = "{duration: 1M, isRolling: false, calendar: {startTime: 2026-01-01 00:00:00, timeZone: Asia/Seoul}}"


@pytest.mark.parametrize(
    ("good", "bad", "field", "fix"),
    [
        ("target: 0.999", "target: 1", "spec.objectives.0.target", "leaves no budget"),
        ("target: 0.999", "target: 99.9", "spec.objectives.0.target", "leaves no budget"),
        ("target: 0.999", "target: 0", "spec.objectives.0.target", "promises nothing"),
        ("target: 0.999", "target: -0.5", "spec.objectives.0.target", "promises nothing"),
        ("target: 0.999", "target: .nan", "spec.objectives.0.target", "such as 0.999"),
        ("target: 0.999", "target: .inf", "spec.objectives.0.target", "such as 0.999"),
        ("target: 0.999", "targetPercent: 100", "spec.objectives.0.targetPercent", "such as 99.9"),
        ("target: 0.999", "targetPercent: .nan", "spec.objectives.0.targetPercent", "such as 99.9"),
        ("{target: 0.999}", "{}", "spec.objectives.0", "either target"),
        ("target: 0.999", "target: 0.999, targetPercent: 99.9", "spec.objectives.0", "either target"),
        ("target: 0.999", "target: 0.999, op: lte", "spec.objectives.0.op", "thresholdMetric"),
        (
            "target: 0.999",
            "target: 0.999, timeSliceWindow: 5m",
            "spec.objectives.0.timeSliceWindow",
            "Timeslices",
        ),
        (
            "    - {target: 0.999}",
            "    - {target: 0.999}\n    - {target: 0.9}",
            "spec.objectives",
            "at most 1",
        ),
        ("duration: 30d", "duration: 0d", "spec.timeWindow.0.duration", "above 0"),
        ("duration: 30d", "duration: 30 days", "spec.timeWindow.0.duration", "such as 5m or 30d"),
        ("duration: 30d", "duration: 30s", "spec.timeWindow.0.duration", "m, h, d or w"),
        ("duration: 30d", "duration: 1M", "spec.timeWindow.0.duration", "differ in length"),
        ("duration: 30d", "duration: 5m", "spec.timeWindow.0.duration", "between 1h and 400d"),
        ("duration: 30d", "duration: 9999w", "spec.timeWindow.0.duration", "between 1h and 400d"),
        ("isRolling: true", "isRolling: false", "spec.timeWindow.0.duration", "calendar window is one of"),
        ("{duration: 30d, isRolling: true}", "{duration: 1M}", "spec.timeWindow.0", "needs calendar"),
        ("{duration: 30d, isRolling: true}", MONTHLY.replace("Asia/Seoul", "Seoul"), "timeZone", "IANA zone"),
        (
            "{duration: 30d, isRolling: true}",
            MONTHLY.replace(", timeZone: Asia/Seoul", ""),
            "timeZone",
            "required",
        ),
        ("{duration: 30d, isRolling: true}", MONTHLY.replace("01-01", "01-15"), "startTime", "first day"),
        (
            "{duration: 30d, isRolling: true}",
            MONTHLY.replace("00:00:00", "09:00:00"),
            "startTime",
            "first day",
        ),
        (
            "{duration: 30d, isRolling: true}",
            MONTHLY.replace("2026-01-01 00:00:00", "soon"),
            "startTime",
            "such as",
        ),
        ("{duration: 30d, isRolling: true}", MONTHLY.replace("false", "true"), "calendar", "leave it out"),
        ("Method: Occurrences", "Method: Timeslices", "spec.objectives.0", "needs timeSliceWindow"),
        ("Method: Occurrences", "Method: Sometimes", "spec.budgetingMethod", "Timeslices"),
        ("good_total[<window>]", "good_total[5m]", "ratioMetric.good", "<window>"),
        ("good_total[<window>]", "good_total[<time>]", "ratioMetric.good", "no placeholder"),
        ("(good_total[<window>]))", "(good_total[<window>])", "ratioMetric.good", "missing for the bracket"),
        ("(good_total[<window>]))", "(good_total[<window>])))", "ratioMetric.good", "closes nothing"),
        ("        good:", "        counter: false\n        good:", "ratioMetric.counter", "counter: true"),
        (
            "        good:",
            "        bad: {metricSource: {type: x, spec: {query: x}}}\n        good:",
            "ratioMetric",
            "either `good` or `bad`",
        ),
        ("type: prometheus", "metricSourceRef: nowhere", "ratioMetric.good", "kind DataSource"),
        ("type: prometheus", "type: incidents", "ratioMetric.good", "two counts"),
        ("service: checkout", "service: chekout", "spec.service", "known: checkout"),
        (
            "ops-monitor/kind: availability",
            "ops-monitor/kind: uptime",
            "ops-monitor/kind",
            "one of availability",
        ),
        ("ops-monitor/kind: availability", "ops-monitor/kind: latency", "metadata", "threshold-seconds"),
        (
            "ops-monitor/kind: availability",
            "ops-monitor/kind: recovery_time",
            "ops-monitor/kind",
            "incidents",
        ),
        ("    ops-monitor/kind: availability", "    team: mine", "metadata", "ops-monitor/kind"),
        (
            "availability\nspec",
            'availability\n    ops-monitor/agrement: "true"\nspec',
            "agrement",
            "there are",
        ),
        ("availability\nspec", 'availability\n    ops-monitor/agreement: "yes"\nspec', "agreement", '"true"'),
        ("availability\nspec", "availability\n    ops-monitor/agreement: true\nspec", "agreement", "string"),
        (
            "availability\nspec",
            'availability\n    ops-monitor/credits: "<99.9%: 10%"\nspec',
            "credits",
            "agreement",
        ),
        ("kind: SLO", "kind: Slo", "kind", "one of Service"),
        (
            "apiVersion: openslo/v1\nkind: SLO",
            "apiVersion: openslo/v2\nkind: SLO",
            "apiVersion",
            "openslo/v1",
        ),
        ("  name: availability", "  name: Avail ability", "metadata.name", "pattern"),
        (
            "  budgetingMethod",
            "  alertPolicies: [pager]\n  budgetingMethod",
            "alertPolicies.0",
            "AlertPolicy",
        ),
        ("  budgetingMethod", "  color: red\n  budgetingMethod", "spec.color", "not permitted"),
        ("  budgetingMethod", "  service: twice\n  budgetingMethod", "spec.service", "written twice"),
    ],
)
def test_a_mistake_is_named_with_file_line_field_and_what_to_write(
    tmp_path: Path, good: str, bad: str, field: str, fix: str
) -> None:
    text = SERVICE + WORDS
    assert good in text
    with pytest.raises(Misconfigured) as refused:
        loaded(tmp_path, text.replace(good, bad))
    first = refused.value.user_message.splitlines()[0]
    name, line, rest = first.split(":", 2)

    assert name.endswith("slo/mine.yaml")
    assert int(line) >= text[: text.index(good)].count("\n") or field in ("metadata",)
    assert field in rest
    assert fix in rest


MEASURED = (
    WORDS[: WORDS.index("      ratioMetric")]
    + """\
      thresholdMetric: {metricSource: {type: prometheus, spec: {query: 'a / b[<window>]'}}}
  timeWindow:
    - {duration: 7d, isRolling: true}
  budgetingMethod: Timeslices
  objectives:
    - {target: 0.99, op: lte, value: 0.2, timeSliceWindow: 5m}
"""
)


def test_a_measured_value_makes_slices_good_or_bad(tmp_path: Path) -> None:
    (slo,) = loaded(tmp_path, SERVICE + MEASURED).objectives

    assert ("(a / b[<window>]) <= bool 0.2", "0 * (a / b[<window>]) + 1") == (slo.good, slo.total)
    assert ("a / b[<window>]", "lte", 0.2, 300, None) == (
        slo.measured,
        slo.op,
        slo.limit,
        slo.slice_seconds,
        slo.slice_target,
    )


@pytest.mark.parametrize(
    ("good", "bad", "fix"),
    [
        ("Timeslices", "Occurrences", "for budgetingMethod: Timeslices"),
        (", timeSliceWindow: 5m", "", "needs timeSliceWindow"),
        ("Window: 5m", "Window: 7m", "1m, 3m, 5m or 15m"),
        ("Window: 5m", "Window: 0", "1m, 3m, 5m or 15m"),
        (", value: 0.2", "", "needs op and value"),
        ("value: 0.2", "value: .inf", "needs op and value"),
        ("op: lte, ", "", "needs op and value"),
    ],
)
def test_a_measured_value_needs_slices_and_a_limit(tmp_path: Path, good: str, bad: str, fix: str) -> None:
    with pytest.raises(Misconfigured, match=fix):
        loaded(tmp_path, SERVICE + MEASURED.replace(good, bad))


ALERTS = """\
---
apiVersion: openslo/v1
kind: AlertPolicy
metadata: {name: pager}
spec:
  conditions:
    - kind: AlertCondition
      metadata: {name: one}
      spec: {severity: critical, condition: {kind: burnrate, op: gt, threshold: 14.4, lookbackWindow: 1h}}
"""
ALERTED = SERVICE + WORDS.replace("  budgetingMethod", "  alertPolicies: [pager]\n  budgetingMethod") + ALERTS


def test_the_windows_of_alerts_go_with_the_period(tmp_path: Path) -> None:
    (month,) = loaded(tmp_path, ALERTED).objectives
    (quarter,) = loaded(tmp_path, ALERTED.replace("30d", "90d")).objectives

    assert [(14.4, 3600, 300, "critical")] == [
        (one.burn, one.seconds, one.short_seconds, one.severity) for one in month.alerts
    ]
    assert [10_800] == [one.seconds for one in quarter.alerts]


@pytest.mark.parametrize(
    ("good", "bad", "fix"),
    [
        ("30d", "1d", "too few scrapes"),
        ("lookbackWindow: 1h", "lookbackWindow: 1M", "differ in length"),
        ("threshold: 14.4", "threshold: 0.5", "greater than or equal to 1"),
        ("kind: burnrate", "kind: speed", "burnrate"),
        ("Method: Occurrences", "Method: RatioTimeslices", "need budgetingMethod: Occurrences"),
    ],
)
def test_alerts_that_could_not_work_are_refused(tmp_path: Path, good: str, bad: str, fix: str) -> None:
    with pytest.raises(Misconfigured, match=fix):
        loaded(tmp_path, ALERTED.replace(good, bad))


def test_all_mistakes_of_all_documents_are_told_at_once(tmp_path: Path) -> None:
    second = WORDS.replace("name: availability\n", "name: other\n").replace("target: 0.999", "target: 2")
    text = (
        SERVICE
        + WORDS.replace("duration: 30d", "duration: 0d").replace("checkout", "nobody")
        + "---\n"
        + second
    )
    with pytest.raises(Misconfigured) as refused:
        loaded(tmp_path, text)

    assert 3 == len(refused.value.user_message.splitlines())


def test_a_name_is_given_once(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match=r"mine\.yaml:\d+: metadata\.name: availability is written at"):
        loaded(tmp_path, SERVICE + WORDS + "---\n" + WORDS)


def test_a_name_that_a_service_makes_is_given_once(tmp_path: Path) -> None:
    every = WORDS.replace("service: checkout", 'service: "*"').replace(
        "_total[", '_total{service="<service>"}['
    )
    with pytest.raises(Misconfigured, match="checkout-availability comes of another"):
        loaded(tmp_path, SERVICE + every + "---\n" + WORDS.replace("name: av", "name: checkout-av"))


def test_an_objective_for_each_service_names_the_service_in_its_queries(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="<service> must stand in it"):
        loaded(tmp_path, SERVICE + WORDS.replace("service: checkout", 'service: "*"'))


def test_a_query_can_be_checked_by_whoever_knows_the_language(tmp_path: Path) -> None:
    loaded(tmp_path)
    with pytest.raises(Misconfigured, match=r"mine\.yaml:.*ratioMetric\.total: no such function"):
        load_slos(tmp_path, lambda query: "no such function" if "all_total[5m]" in query else None)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("99.5-99.8%: 10%, <99.5%: 25%", "leave a gap"),
        ("99.4-99.9%: 10%, 99.0-99.5%: 25%, <99.0%: 50%", "overlap"),
        ("99.5-99.95%: 10%, <99.5%: 25%", "overlap"),
        ("99.5-99.9%: 10%", "nothing is said below"),
        ("99.9-99.5%: 10%, <99.5%: 25%", "from a lower to a higher"),
        ("99.5-99.9%: 110%, <99.5%: 25%", "up to 100"),
        ("a tenth", "write tiers such as"),
        ("", "write tiers such as"),
    ],
)
def test_credits_follow_one_another_from_the_target_to_nothing(text: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        credits_of(text, 0.999)


@given(st.text(max_size=60))
def test_no_text_makes_the_notations_stumble(text: str) -> None:
    for read in (lambda: credits_of(text, 0.999), lambda: seconds_of_shorthand(text)):
        assert _refusal(read, ValueError) != " "
    assert isinstance(list(wrong_query(text, template=False)), list)


def _refusal(read: Callable[[], object], kind: type[Exception]) -> str:
    """Return how something was refused, empty where it was taken; any other exception goes on."""
    try:
        read()
    except kind as error:
        return str(error) or " "
    return ""


_SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(-5, 10**6), st.floats(), st.text(max_size=12), st.dates()
)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_whatever_stands_in_a_field_is_read_or_refused_in_words(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    documents = list(yaml.safe_load_all((SHIPPED / "slo" / "agreement.yaml").read_text()))
    document = data.draw(st.sampled_from(documents))
    places = [(holder, key) for holder, key in _places(document)]
    holder, key = data.draw(st.sampled_from(places))
    holder[key] = data.draw(st.one_of(_SCALARS, st.lists(_SCALARS, max_size=2)))
    folder = tmp_path_factory.mktemp("fuzz")
    shutil.copytree(SHIPPED / "slo", folder / "slo")
    (folder / "slo" / "agreement.yaml").write_text(yaml.safe_dump_all(documents))
    said = _refusal(lambda: load_slos(folder), Misconfigured)
    assert not said or ".yaml:" in said


def _places(part: Any) -> list[tuple[Any, Any]]:
    keys: list[Any] = []
    if isinstance(part, dict):
        keys = list(part)
    elif isinstance(part, list):
        keys = list(range(len(part)))
    return [place for key in keys for place in ((part, key), *_places(part[key]))]


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet="ab:-&*?|>[]{}#'\"\n 019!%@,.<\t~", max_size=60))
def test_any_text_is_a_stream_of_documents_or_refused(text: str) -> None:
    said = _refusal(lambda: parse_stream(text, kind_of, name="x.yaml"), Misconfigured)
    assert not said or said.startswith("x.yaml:")


@pytest.mark.parametrize(
    "text", ["a: &x [*x]", "&a {b: *a}", "? [1]\n: 2", "2026-01-01: x\nkind: Service", "[" * 3000]
)
def test_strange_documents_are_refused_in_words(text: str) -> None:
    with pytest.raises(Misconfigured, match=r"x\.yaml:[12]: "):
        parse_stream(text, kind_of, name="x.yaml")


def test_objectives_and_maintenance_are_part_of_the_digest(tmp_path: Path) -> None:
    shutil.copytree(SHIPPED, tmp_path / "policies")
    digests = [folder_digest(tmp_path / "policies")]
    for name in ("slo/latency.yaml", "maintenance.yaml"):
        path = tmp_path / "policies" / name
        path.write_text(path.read_text() + "# a word more\n")
        digests.append(folder_digest(tmp_path / "policies"))

    assert 3 == len(set(digests))


PLANNED = """\
zone: Europe/Zurich
windows:
  - {name: upgrade, reason: a new version, services: [checkout], once: {from: 2026-12-06 02:00, to: 2026-12-06 04:00}}
  - {name: sunday, reason: patches, recurring: {schedule: "0 3 * * SUN", lasts: 2h}}
"""


def test_maintenance_is_a_union_cut_at_both_ends(tmp_path: Path) -> None:
    policy = loaded(tmp_path, maintenance=PLANNED)
    start, end = moment("2026-12-06T01:30"), moment("2026-12-14")

    # 02:00 to 04:00 and 03:00 to 05:00 in Zurich are one stretch, cut where the question begins.
    sundays = (moment("2026-12-13T02:00"), moment("2026-12-13T04:00"))
    assert ((start, moment("2026-12-06T04:00")), sundays) == policy.maintenance("checkout", start, end)
    assert ((moment("2026-12-06T02:00"), moment("2026-12-06T04:00")), sundays) == policy.maintenance(
        "x", start, end
    )
    assert ["upgrade", "sunday", "sunday"] == [one.name for one in policy.windows(start, end)]
    for day in ("2026-12-05", "2026-12-07"):
        assert [] == [one.name for one in policy.windows(moment(day), moment(day) + timedelta(hours=20))]
    assert () == policy.maintenance("checkout", moment("2026-12-07"), moment("2026-12-08"))


@pytest.mark.parametrize(
    ("day", "begins", "ends"),
    [
        # 03:00 in Zurich on the days on which clocks are set: 2 h of real time, whatever they show.
        ("2026-03-29", "2026-03-29T01:00", "2026-03-29T03:00"),
        ("2026-10-25", "2026-10-25T02:00", "2026-10-25T04:00"),
    ],
)
def test_maintenance_lasts_as_long_when_clocks_are_set(
    tmp_path: Path, day: str, begins: str, ends: str
) -> None:
    policy = loaded(tmp_path, maintenance=PLANNED)

    assert ((moment(begins), moment(ends)),) == policy.maintenance(
        "x", moment(day), moment(day) + timedelta(days=1)
    )


@pytest.mark.parametrize(
    ("good", "bad", "field", "fix"),
    [
        ("[checkout]", "[nobody]", "windows.0.services", "known: checkout"),
        ("to: 2026-12-06 04:00", "to: 2026-12-06 01:00", "windows.0.once", "ends before it begins"),
        ("0 3 * * SUN", "0 25 * * SUN", "windows.1.recurring.schedule", "as cron does"),
        ("0 3 * * SUN", "0 0 30 2 *", "windows.1.recurring.schedule", "day-of-month"),
        ("0 3 * * SUN", "0 * * * *", "windows.1.recurring.schedule", "rarer or shorter"),
        ("lasts: 2h", "lasts: 0m", "windows.1.recurring.lasts", "greater than or equal"),
        ("lasts: 2h", "lasts: 4d", "windows.1.recurring.lasts", "less than or equal"),
        ("name: sunday", "name: upgrade", "windows.1.name", "another name"),
        ("zone: Europe/Zurich", "zone: Zurich", "zone", "IANA zone"),
        ("reason: patches, ", "", "windows.1.reason", "required"),
    ],
)
def test_a_mistake_in_maintenance_is_named(tmp_path: Path, good: str, bad: str, field: str, fix: str) -> None:
    with pytest.raises(Misconfigured) as refused:
        loaded(tmp_path, maintenance=PLANNED.replace(good, bad, 1))
    line = PLANNED[: PLANNED.index(good)].count("\n") + 1

    assert f"maintenance.yaml:{line}: {field}" in refused.value.user_message
    assert fix in refused.value.user_message


_INFLUX = {
    "type: prometheus, spec: {query: 'sum(increase(good_total[<window>]))'}": (
        "type: InfluxDB, spec: {query: 'SELECT sum(good) FROM calls WHERE <time> GROUP BY time(<window>)'}"
    ),
    "type: prometheus, spec: {query: 'sum(increase(all_total[<window>]))'}": (
        "type: InfluxDB, spec: {query: 'SELECT sum(calls) FROM calls WHERE <time> GROUP BY time(<window>)'}"
    ),
}
