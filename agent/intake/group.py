"""Stage 3: the news of one delivery, bundled by what it is about."""

from collections.abc import Sequence
from dataclasses import dataclass

from agent.domain.alert import Reason
from agent.intake.sighting import Outcome, Verdict
from agent.policy.subject import Subject


@dataclass(frozen=True, slots=True)
class Bundle:
    """Alerts that belong together on their face; `home` is the incident they were in when they last fired."""

    verdicts: tuple[Verdict, ...]
    subject: Subject
    home: str | None
    reason: Reason

    @property
    def kinds(self) -> frozenset[tuple[str, str]]:
        """Return the (alert name, service) pairs."""
        return frozenset((v.sighting.alert.name, v.sighting.subject.service) for v in self.verdicts)

    @property
    def worst(self) -> Verdict:
        """Return the most severe alert, the earliest of equals."""
        order = ("critical", "high", "medium", "low")
        return min(
            self.verdicts,
            key=lambda v: (
                order.index(v.sighting.severity.value),
                v.sighting.alert.starts_at,
                v.sighting.alert.name,
            ),
        )


def bundle(verdicts: Sequence[Verdict]) -> list[Bundle]:
    """Bundle what fires anew by its former incident, else by service (or machine), environment and place."""
    found: dict[tuple[str | None, ...], list[Verdict]] = {}
    for verdict in verdicts:
        if verdict.outcome in (Outcome.NEW, Outcome.REFIRED):
            known, subject = verdict.sighting.known, verdict.sighting.subject
            home = known.incident_id if known else None
            key = (
                (home,)
                if home
                else (
                    None,
                    subject.service,
                    subject.environment,
                    subject.namespace,
                    subject.cluster,
                    subject.category,
                )
            )
            found.setdefault(key, []).append(verdict)
    return [_bundle(key[0], members) for key, members in found.items()]


def _bundle(home: str | None, members: Sequence[Verdict]) -> Bundle:
    subject = members[0].sighting.subject
    if home:
        sentence = "these alerts were in one incident when they last fired"
        reason = Reason(rule="same-alert", sentence=sentence, message="same-home")
    else:
        sentence = f'they came together and share {subject.rule}="{subject.service}"'
        reason = Reason(rule="same-subject", sentence=sentence, args={"service": subject.service})
    return Bundle(tuple(members), subject, home, reason)
