"""Who may use which command where; what no rule names is shut."""

import pytest

from agent.policy.access import AccessPolicy, AccessRule
from agent.transport.slack.subcommands import SUBCOMMANDS
from tests.support.alerts import shipped_policies

POLICY = AccessPolicy(
    everyone=("status",),
    rules=(
        AccessRule(id="brakes", commands=("stop", "resume"), groups=("sre-oncall", "incident-commander")),
        AccessRule(id="place", commands=("resume",), channels=("#ops", "C0OPS")),
    ),
)


@pytest.mark.parametrize(
    ("command", "channel", "groups", "ok"),
    [
        ("status", "anywhere", (), True),
        ("stop", "anywhere", (), False),
        ("stop", "anywhere", ("dba",), False),
        ("stop", "anywhere", ("dba", "sre-oncall"), True),
        ("resume", "anywhere", ("sre-oncall",), False),
        ("resume", "#ops", (), False),
        ("resume", "#ops", ("sre-oncall",), True),
        ("resume", "ops", ("sre-oncall",), True),
        ("resume", "C0OPS", ("sre-oncall",), True),
        ("resume", ("C0OPS", "other"), ("sre-oncall",), True),
        ("unheard_of", "#ops", ("sre-oncall", "incident-commander"), False),
        ("", "#ops", ("sre-oncall",), False),
    ],
)
def test_every_rule_that_names_a_command_must_be_met(
    command: str, channel: str | tuple[str, ...], groups: tuple[str, ...], ok: bool
) -> None:
    allowed = POLICY.allows(command, channel, frozenset(groups))

    assert ok == allowed.ok
    assert ok == (allowed.sentence == "")


def test_a_refusal_tells_who_may_in_both_languages() -> None:
    english, korean = (POLICY.allows("stop", "#ops", (), language) for language in ("en", "ko"))

    assert ("sre-oncall", "incident-commander") == english.groups_needed
    assert "Only members of @sre-oncall, @incident-commander may use stop (rule brakes)." in english.sentence
    assert "@sre-oncall, @incident-commander 구성원만" in korean.sentence
    assert "#ops, C0OPS" in POLICY.allows("resume", "#else", ("sre-oncall",)).sentence


def test_every_command_of_the_product_is_listed() -> None:
    access = shipped_policies().access
    listed = {*access.everyone, *(command for rule in access.rules for command in rule.commands)}

    assert set() == set(SUBCOMMANDS) - listed
