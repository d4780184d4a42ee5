"""Shows people how a decision came about: a Markdown tree of the rules that were tried and what each rested on."""

from collections.abc import Iterator, Mapping

from agent.domain.decision import Decision, Limit, PredicateOutcome, RuleOutcome
from agent.locale.format import duration
from agent.locale.messages import text
from agent.locale.retold import retold


def explain(decision: Decision, language: str = "en") -> str:
    """Return the decision as Markdown: verdict, reasons, and every rule about the action with its predicates."""
    return "\n".join(_lines(decision, language))


def _lines(decision: Decision, language: str) -> Iterator[str]:
    yield text(
        language,
        "policy-tree-title",
        verdict=text(language, f"policy-verdict-{decision.verdict}"),
        action=_word(decision.facts.get("action")),
        environment=_word(decision.facts.get("environment")),
        autonomy=decision.autonomy.value,
    )
    names = decision.names.get(language, {})
    yield from (f"- {_line(retold(language, reason, names))}" for reason in decision.reasons)
    yield ""
    if decision.rules:
        yield text(language, "policy-tree-rules")
    else:
        yield text(language, "policy-tree-none")
    for outcome in sorted(decision.rules, key=_order):
        yield from _rule(outcome, language, names)
    yield ""
    yield from _terms(decision, language)
    yield text(language, "policy-tree-digest", digest=decision.policy_digest[:12])


def _order(outcome: RuleOutcome) -> int:
    """Put first what decided: errors, then what applies; the sort keeps the order of the file within each."""
    return (
        0
        if outcome.error
        else 1
        if outcome.applies and not outcome.waived_by
        else 2
        if outcome.applies
        else 3
    )


def _rule(outcome: RuleOutcome, language: str, names: Mapping[str, str]) -> Iterator[str]:
    rule = _line(names.get(outcome.rule, outcome.rule))
    if outcome.error:
        yield "- " + text(language, "policy-rule-error", rule=rule)
    elif outcome.waived_by is not None:
        yield "- " + text(
            language,
            "policy-rule-waived",
            by=_line(names.get(outcome.waived_by, outcome.waived_by)),
            rule=rule,
        )
    elif outcome.applies:
        effect = text(language, f"policy-effect-{outcome.effect}")
        yield "- **" + text(language, "policy-rule-applies", effect=effect, rule=rule) + "**"
    else:
        yield "- " + text(language, "policy-rule-idle", rule=rule)
    yield from (f"  - {_predicate(one, language)}" for one in _telling(outcome))


def _telling(outcome: RuleOutcome) -> tuple[PredicateOutcome, ...]:
    """Leave out what tells nothing: of a rule that does not apply only the predicate that settled it, its last."""
    if outcome.error:
        return tuple(one for one in outcome.predicates if one.error)
    shown = outcome.predicates if outcome.applies else outcome.predicates[-1:]
    return tuple(one for one in shown if one.name != "action")


def _predicate(one: PredicateOutcome, language: str) -> str:
    name, expected = _line(one.name), _line(one.expected)
    if one.error:
        return text(
            language,
            "policy-predicate-error",
            name=name,
            expected=expected,
            error=_line(retold(language, one.error)),
        )
    return text(language, "policy-predicate", name=name, expected=expected, actual=_line(one.actual))


def _terms(decision: Decision, language: str) -> Iterator[str]:
    if decision.limits:
        limits = "; ".join(_limit(limit, language) for limit in decision.limits)
        yield text(language, "policy-tree-limits", limits=limits)
    if decision.expires_after_seconds is not None:
        yield text(language, "policy-tree-expires", span=duration(language, decision.expires_after_seconds))
    if decision.undo_after_seconds is not None:
        yield text(language, "policy-tree-undo", span=duration(language, decision.undo_after_seconds))


def _limit(limit: Limit, language: str) -> str:
    return text(language, f"policy-limit-{limit.scope}", most=limit.most)


def _line(words: str) -> str:
    """Return foreign text on one line, so that it cannot begin a list item or a heading of its own."""
    return " ".join(words.split())


def _word(value: object) -> str:
    return _line(str(value)).replace("`", "ˋ")
