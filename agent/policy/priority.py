"""How bad an incident is: the strictest rule that matches, with its id and the alerts that matched it."""

from collections.abc import Sequence
from fnmatch import fnmatchcase

from agent.domain.alert import Reason, Severity
from agent.domain.incident import Priority
from agent.domain.noun import Noun
from agent.locale.messages import LANGUAGES, text
from agent.policy.load import Policies
from agent.policy.model import Condition, PriorityRule, Spread


class AlertFact(Noun):
    """One kind of alert of an incident."""

    name: str
    service: str
    severity: Severity


class IncidentFacts(Noun):
    """What a priority is decided by; the measured numbers are None as long as nobody has measured them."""

    alerts: tuple[AlertFact, ...]
    environment: str = ""
    category: str = ""
    error_ratio: float | None = None
    latency_seconds: float | None = None
    up_ratio: float | None = None


class Matched(Noun):
    """One thing that a rule rested on: `args` fill the message `reason-matched-KIND`."""

    kind: str
    args: dict[str, str]

    def words(self, language: str) -> str:
        """Return it in a language."""
        return text(language, f"reason-matched-{self.kind}", **self.args)


class RuleResult(Noun):
    """How one rule fared, and what it rested on."""

    rule: str
    priority: Priority
    applies: bool
    matches: tuple[Matched, ...] = ()

    @property
    def matched(self) -> tuple[str, ...]:
        """Return what it rested on, in English words."""
        return tuple(match.words("en") for match in self.matches)


def decide_priority(policies: Policies, facts: IncidentFacts) -> tuple[Priority, Reason]:
    """Return the priority and the rule that gave it; without any alert the mildest priority."""
    applying = [result for result in explain_priority(policies, facts) if result.applies]
    if not applying:
        return Priority.P3, Reason(rule="no-alert", sentence="no alert says that anything is wrong")
    winner = min(applying, key=lambda result: result.priority.rank)
    rule = next(rule for rule in policies.priority.rules if rule.id == winner.rule)
    said = {lang: words for lang in LANGUAGES if (words := _sentence(rule, winner, lang)) is not None}
    sentence = said.pop("en", rule.id)
    return winner.priority, Reason(rule=winner.rule, sentence=sentence, said=said)


def _sentence(rule: PriorityRule, result: RuleResult, language: str) -> str | None:
    because = rule.because_in(language)
    if because is None or not result.matches:
        return because
    words = [match.words(language) for match in result.matches]
    shown = ", ".join(words[:3]) + (" …" if len(words) > 3 else "")
    return text(language, "reason-matched", because=because, matched=shown)


def explain_priority(policies: Policies, facts: IncidentFacts) -> list[RuleResult]:
    """Return every rule's result, in the order of the file."""
    return [_result(policies, rule, facts) for rule in policies.priority.rules]


def _result(policies: Policies, rule: PriorityRule, facts: IncidentFacts) -> RuleResult:
    matched = _holds(policies, rule.when, facts)
    excepted = rule.unless is not None and _holds(policies, rule.unless, facts) is not None
    applies = matched is not None and not excepted
    return RuleResult(rule=rule.id, priority=rule.priority, applies=applies, matches=tuple(matched or ()))


def _holds(policies: Policies, condition: Condition, facts: IncidentFacts) -> list[Matched] | None:
    """Return what the condition rests on, or None when it does not hold."""
    words: list[Matched] = []
    if condition.environment is not None and facts.environment not in condition.environment:
        return None
    if condition.category is not None and facts.category not in condition.category:
        return None
    if condition.alert or condition.severity or condition.tier:
        named = [fact for fact in facts.alerts if _alert_matches(policies, condition, fact)]
        if not named:
            return None
        words += [Matched(kind="alert", args={"alert": fact.name, "service": fact.service}) for fact in named]
    if condition.services_failing is not None:
        failing = _failing(policies, condition.services_failing, facts.alerts)
        if len(failing) < condition.services_failing.at_least:
            return None
        told = {"count": str(len(failing)), "services": ", ".join(failing[:5])}
        words.append(Matched(kind="services", args=told))
    for kind, value, bound in (
        ("errors", facts.error_ratio, condition.error_ratio_over),
        ("latency", facts.latency_seconds, condition.latency_seconds_over),
        ("up", facts.up_ratio, condition.up_ratio_over),
    ):
        if bound is not None:
            if value is None or value <= bound:
                return None
            words.append(Matched(kind=kind, args={"value": f"{value:.3g}"}))
    return words


def _alert_matches(policies: Policies, condition: Condition, fact: AlertFact) -> bool:
    if condition.alert and not any(fnmatchcase(fact.name.casefold(), p.casefold()) for p in condition.alert):
        return False
    if condition.severity and fact.severity not in condition.severity:
        return False
    return not condition.tier or policies.services.tier_of(fact.service) in condition.tier


def _failing(policies: Policies, spread: Spread, alerts: Sequence[AlertFact]) -> list[str]:
    return sorted(
        {
            fact.service
            for fact in alerts
            if fact.service
            and (spread.severity is None or fact.severity in spread.severity)
            and (spread.tier is None or policies.services.tier_of(fact.service) in spread.tier)
        }
    )
