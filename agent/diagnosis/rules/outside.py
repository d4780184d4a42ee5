"""A third party that is down while those who need it fail."""

from collections.abc import Iterator

from agent.diagnosis.facts import Facts
from agent.diagnosis.hypothesis import Hypothesis, Words
from agent.diagnosis.rules import shared_signs as look
from agent.diagnosis.signs import Sign
from agent.domain.outpost import THIRD_PARTY_DOWN

_MOST_NAMED = 3


def third_party(facts: Facts) -> Iterator[Hypothesis]:
    """Propose a third party whose alert is part of the incident, if the deepest services of ours that fail are hurt by it.

    Who depends on it was known when its alert and theirs came together.
    """
    hurt = [name for name in facts.deepest if name in facts.affected]
    for name, place in sorted(facts.alerts):
        if name != THIRD_PARTY_DOWN or not hurt:
            continue
        seen = tuple(facts.symptoms(service)[0].evidence_id for service in hurt[:_MOST_NAMED])
        yield Hypothesis(
            rule="dependency.third-party",
            service=place,
            claim=Words(
                "diagnosis-third-party", {"service": place, "callers": ", ".join(hurt[:_MOST_NAMED])}
            ),
            signs=(Sign("third-party-down", seen), *look.new_errors(facts, hurt[0])),
            next_step=Words("next-ask-third-party", {"service": place}),
            cap=0.8,
        )
