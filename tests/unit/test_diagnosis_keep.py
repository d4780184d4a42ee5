"""A later look replaces a diagnosis only when it knows better."""

from agent.diagnosis.keep import kept
from agent.domain.evidence import Diagnosis, Finding, FindingKind


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
