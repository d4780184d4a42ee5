"""A later look replaces a diagnosis only when it knows better."""

from datetime import datetime, timedelta

import pytest

from agent.diagnosis.keep import another_began, easing, kept
from agent.domain.action import ActionState
from agent.domain.evidence import Diagnosis, Finding, FindingKind
from agent.domain.incident import IncidentStatus
from agent.domain.timeline import TimelineEvent, TimelineKind
from tests.support import troubles as t
from tests.support.deeds import sample_action


def finding(rule: str, service: str, sure: float = 0.8, kind: FindingKind = FindingKind.CAUSE) -> Finding:
    return Finding(
        kind=kind,
        claim=f"{rule} {service}",
        confidence=sure,
        evidence_ids=("ev_1",),
        rule=rule,
        service=service,
    )


def told(*causes: Finding, chosen: bool = True, step: str = "do it") -> Diagnosis:
    return Diagnosis(findings=causes, cause=causes[0] if causes and chosen else None, next_step=step)


POOL = finding("pool.exhausted", "payment")
CHANGE = finding("change.deployment", "payment", kind=FindingKind.CHANGE)


def test_without_an_earlier_cause_the_new_diagnosis_counts() -> None:
    new = told(POOL)

    assert [new, new] == [kept(None, new), kept(told(), new)]


def test_a_new_mechanism_replaces_the_old_one() -> None:
    new = told(finding("certificate.expired", "tutor", 0.6))

    assert new == kept(told(POOL), new)


def test_a_place_without_a_mechanism_does_not_replace_one() -> None:
    new = told(finding("logs.new-errors", "payment"), step="read")
    result = kept(told(POOL, CHANGE, step="enlarge"), new)

    assert (POOL, "enlarge") == (result.cause, result.next_step)
    assert (POOL, CHANGE, *new.findings) == result.findings


def test_an_inconclusive_look_keeps_what_was_found() -> None:
    assert POOL == kept(told(POOL), told()).cause


def test_a_place_gives_way_to_another_place() -> None:
    new = told(finding("dependency.slow", "ledger-db"))

    assert new == kept(told(finding("logs.new-errors", "payment")), new)


def test_a_mechanism_that_was_weighed_again_and_found_too_weak_is_given_up() -> None:
    weaker = finding("pool.exhausted", "payment", 0.4)
    new = told(finding("dependency.slow", "ledger-db"), weaker)
    open_question = told(weaker, chosen=False)

    assert [new, open_question] == [kept(told(POOL), new), kept(told(POOL), open_question)]


@pytest.mark.parametrize(
    "seen",
    [
        told(finding("logs.new-errors", "payment", 0.5)),
        told(finding("logs.new-errors", "payment", 0.9)),
        told(finding("certificate.expired", "tutor", 0.6)),
        told(finding("pool.exhausted", "payment", 0.55)),
        told(finding("change.bad-deployment", "payment", 0.804)),
        told(finding("pool.exhausted", "payment", 0.4), chosen=False),
        told(),
    ],
)
def test_while_a_trouble_eases_its_strongest_cause_stays(seen: Diagnosis) -> None:
    result = kept(told(POOL, CHANGE, step="enlarge"), seen, easing=True)

    assert (POOL, "enlarge") == (result.cause, result.next_step)
    assert 1 == sum(f.rule == "pool.exhausted" for f in result.findings), (
        "told once, with what it once weighed"
    )


def test_a_surer_look_counts_while_a_trouble_eases_too() -> None:
    place = told(finding("logs.new-errors", "payment", 0.5))
    surer = [told(finding("pool.exhausted", "payment", 0.9)), told(finding("memory.oom", "catalog", 0.9))]
    weaker = told(finding("dependency.slow", "ledger-db", 0.5))

    assert surer == [kept(told(POOL), new, easing=True) for new in surer]
    assert surer[0] == kept(place, surer[0], easing=True)
    assert place.cause == kept(place, weaker, easing=True).cause


def test_a_trouble_eases_when_nothing_fires_or_an_action_is_being_proved() -> None:
    _, burning = t.bad_deployment()
    mitigated = burning.incident.model_copy(update={"status": IncidentStatus.MITIGATED})
    resolved = burning.incident.model_copy(update={"status": IncidentStatus.RESOLVED})
    proving = burning.model_copy(update={"actions": (sample_action(ActionState.VERIFYING),)})
    failed = burning.model_copy(update={"actions": (sample_action(ActionState.FAILED),)})
    ended = [burning.model_copy(update={"incident": one}) for one in (mitigated, resolved)]

    assert [False, False] == [easing(burning), easing(failed)]
    assert [True, True, True] == [easing(view) for view in (*ended, proving)]


def test_what_begins_after_the_harm_was_held_off_is_another_trouble() -> None:
    _, burning = t.bad_deployment()
    newest = max(record.alert.starts_at for record in burning.alerts)

    def held_off(at: datetime) -> bool:
        times = burning.incident.times.model_copy(update={"mitigated_at": at})
        change = {"status": IncidentStatus.MITIGATED, "times": times}
        return easing(burning.model_copy(update={"incident": burning.incident.model_copy(update=change)}))

    assert [False, True] == [held_off(newest - timedelta(seconds=1)), held_off(newest)]


def test_what_begins_after_a_cure_was_proved_has_a_cause_of_its_own() -> None:
    _, burning = t.bad_deployment()
    newest = max(record.alert.starts_at for record in burning.alerts)

    def anew(cured: timedelta, looked: timedelta, outcome: str = "recovered") -> bool:
        deed = sample_action(ActionState.SUCCEEDED)
        times = deed.times.model_copy(update={"ended_at": newest + cured})
        actions = (deed.model_copy(update={"outcome": outcome, "times": times}),)
        look = TimelineEvent(
            incident_id=burning.incident.id,
            seq=99,
            kind=TimelineKind.DIAGNOSED,
            actor="rules",
            at=newest + looked,
            data={},
            previous="",
            digest="",
        )
        return another_began(burning.model_copy(update={"actions": actions, "timeline": (look,)}))

    before, after = timedelta(seconds=-1), timedelta(seconds=1)
    assert anew(before, before)
    assert not anew(after, before), "it fired before the action was proved"
    assert not anew(before, after), "it has been looked at since"
    assert not anew(before, before, "done"), "nothing proved that the action helped"
    assert not another_began(burning)
