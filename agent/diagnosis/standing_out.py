"""A service that is further out of line than its callees explain: it names the place, not yet the mechanism."""

from agent.diagnosis.facts import Facts
from agent.diagnosis.hypothesis import Hypothesis, Words
from agent.diagnosis.opinion import Opinion
from agent.diagnosis.rules import shared_signs as look
from agent.diagnosis.signs import Sign
from agent.locale.format import quantity

RULE = "signals.stands-out"
# A place without a mechanism: surer than new errors alone (0.5), for it was compared with every other service, and
# below what a running recovery would be ended for (`triggers.SURE`).
MOST = 0.55
# A lead, below ENOUGH of signs.py: it may only pass a trouble on, or explain nothing that the alerts are about.
MOST_AS_LEAD = 0.45
_TOLD = ("server_error_ratio", "latency_p95")


def standing_out(facts: Facts, opinion: Opinion, *, most: float = MOST) -> Hypothesis | None:
    """Propose the service that stands out, no surer than the ranking is; None when none does."""
    service = opinion.first
    cited = opinion.evidence_ids.get(service, ()) if service is not None else ()
    if service is None or not cited:
        return None
    # Where not everything it calls was measured, or nothing that alerts shows a symptom, it is only a lead.
    hurt = not facts.affected or any(facts.symptoms(one) for one in facts.affected)
    own = MOST if facts.callees_known(service) and hurt else MOST_AS_LEAD
    return Hypothesis(
        rule=RULE,
        service=service,
        claim=_claim(facts, service),
        signs=(
            Sign("stands-out", cited),
            *look.fails_itself(facts, service),
            *look.new_errors(facts, service),
            *look.deepest_failing(facts, service),
            *look.failed_first(facts, service),
        ),
        next_step=Words("next-look-closer", {"service": service}),
        cap=max(0.0, min(own, most, opinion.sure)),
        context={"reasons": list(opinion.reasons.get(service, ()))},
    )


def _claim(facts: Facts, service: str) -> Words:
    for measure in facts.symptoms(service):
        if measure.signal in _TOLD and measure.normal is not None:
            value, normal = quantity("en", measure.now), quantity("en", measure.normal)
            args = {"service": service, "value": value, "normal": normal}
            return Words(f"diagnosis-stands-out-{measure.signal}", args)
    return Words("diagnosis-stands-out", {"service": service})
