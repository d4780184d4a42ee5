"""The bot's own keys, and whatever looks like a secret, stay outside: of the record, of the team's words, of the model."""

import json
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from agent.analysis.redaction import MARK, Redactor
from agent.brain.claude.turns import Call, Usage
from agent.brain.claude.wire import ClaudeWire
from agent.brain.runbooks import load_runbooks
from agent.domain.answer import Answer, Question
from agent.domain.timeline import TimelineKind
from agent.intake.alertmanager import parse_webhook
from agent.intake.clean import without_secrets
from agent.operations.inquiry import Desk
from agent.settings import ROOT
from tests.support.anthropic_wire import ScriptedWire, text, tool_use, turn
from tests.support.claude import POLICIES, Case
from tests.support.store import NOON, store_at

KEY = "harbour-lantern-4471"
TOKEN = "AKIAQ7W3EXAMPLE4KEY9"
SAFE = Redactor([KEY], emails=False)


def delivery(**labels: str) -> bytes:
    alert = {
        "status": "firing",
        "labels": {"alertname": "Down", "service": "payment", **labels},
        "annotations": {"summary": f"called with {KEY}"},
        "generatorURL": f"http://shop:{TOKEN}@prometheus.example/graph",
    }
    body = {"version": "4", "groupKey": f'{{}}:{{team="{KEY}"}}', "status": "firing", "alerts": [alert]}
    return json.dumps(body | {"commonLabels": {"team": KEY}, "groupLabels": {"team": KEY}}).encode()


def test_a_delivery_is_kept_without_secrets() -> None:
    group = without_secrets(parse_webhook(delivery(team=KEY, note=f"id {TOKEN}"), NOON), SAFE)
    kept = group.model_dump_json()

    assert KEY not in kept
    assert TOKEN not in kept
    assert ("payment", MARK, f"id {MARK}") == tuple(
        group.alerts[0].labels[name] for name in ("service", "team", "note")
    )


def test_what_is_no_secret_stays_as_it_is() -> None:
    plain = {
        "owner": "oncall@shop.example",
        "instance": "10.0.0.7:9090",
        "secret": "tls-shop",
        "pod": "payment-0",
    }
    group = parse_webhook(delivery(**plain), NOON)
    kept = without_secrets(group, SAFE)

    assert plain == {name: kept.alerts[0].labels[name] for name in plain}
    assert group.alerts[0].fingerprint == kept.alerts[0].fingerprint


@settings(max_examples=100)
@given(st.dictionaries(st.text(max_size=20), st.text(max_size=60), max_size=5))
def test_any_label_can_be_looked_at(labels: dict[str, str]) -> None:
    body = delivery(**{name: value for name, value in labels.items() if name not in ("alertname", "service")})
    assert KEY not in without_secrets(parse_webhook(body, NOON), SAFE).model_dump_json()


def test_a_runbook_is_shown_without_the_password_that_somebody_noted(tmp_path: Path) -> None:
    own = (
        '---\nname: payment-down\ntitle: Payment\nmatchers:\n  - secret="tls-shop"\n---\n'
        f"1. Log in with password: {KEY}\n2. Write to oncall@shop.example\n"
    )
    (tmp_path / "payment.md").write_text(own, "utf-8")
    (tmp_path / "payment.ko.md").write_text(own.replace('matchers:\n  - secret="tls-shop"\n', ""), "utf-8")
    book = load_runbooks(ROOT / "prompts" / "runbooks", tmp_path, SAFE)[0]

    assert KEY not in book.model_dump_json()
    assert book.applies({"secret": "tls-shop"})
    assert "Write to oncall@shop.example" == book.steps[1] == book.words("ko").steps[1]


async def test_a_question_is_kept_and_thought_about_without_secrets(tmp_path: Path) -> None:
    heard: list[Question] = []

    class Hearing:
        name = "hearing"

        async def answer(self, question: Question, view: Any) -> Any:
            heard.append(question)
            yield Answer(text="heard")

    async with store_at(tmp_path) as store:
        case = Case(store)
        await case.open()
        brain: Any = Hearing()

        async def view_of(_: str) -> Any:
            return await case.seen()

        desk = Desk(store, case.reads, brain, POLICIES, case.clock, view_of=view_of, redactor=SAFE)
        words = f"is it because of {KEY} or password=hunter2hunter2?"
        parts = [part async for part in desk.ask(Question(text=words, asker="mina", incident_id="inc_1"))]
        noted = [e for e in (await case.seen()).timeline if e.kind is TimelineKind.ASKED]
        await case.close()

    assert [Answer(text="heard")] == parts
    for shown in (heard[0].text, str(noted[0].data)):
        assert f"is it because of {MARK} or password={MARK}" in shown


async def test_the_last_look_before_the_wire(tmp_path: Path) -> None:
    scripted = ScriptedWire(turn(text("ok")))
    wire = ClaudeWire("a-key", base_url="http://model.test", transport=scripted.transport, redactor=SAFE)
    use = tool_use("log_analyzer__search", {"text": KEY}, 7)
    result = {"type": "tool_result", "tool_use_id": f"toolu_{KEY}", "content": [text(f"line {TOKEN}")]}
    messages = [
        {"role": "user", "content": [text(f"key {KEY}")]},
        {"role": "assistant", "content": [use]},
        {"role": "user", "content": [result]},
    ]
    used: list[Usage] = []
    await wire.send(Call(model="m", system="s", messages=messages, max_tokens=10), 5.0, used.append)
    await wire.close()
    first, second, third = scripted.asked[0]["messages"]

    assert f"key {MARK}" == first["content"][0]["text"]
    assert f"line {MARK}" == third["content"][0]["content"][0]["text"]
    # The model's own words and the ids go back exactly as they came.
    assert use == second["content"][0]
    assert f"toolu_{KEY}" == third["content"][0]["tool_use_id"]
    assert KEY in str(messages[0])
