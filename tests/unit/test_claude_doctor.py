"""Doctor says whether the model exists, until when, what it can do and whether its price is known."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from agent.app import model as app_model
from agent.app.model import probe_model, troubles_of
from agent.brain.claude.wire import ClaudeWire, ModelFacts
from agent.domain.probe import Probe
from agent.settings import Settings
from tests.support.anthropic_wire import ScriptedWire

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def info(
    name: str, *, lifecycle: str = "active", retires_at: str | None = None, able: bool = True
) -> dict[str, Any]:
    """What the API says of a model."""
    yes: dict[str, Any] = {"supported": True}
    return {
        "id": name,
        "type": "model",
        "display_name": name,
        "created_at": "2026-01-01T00:00:00Z",
        "lifecycle": lifecycle,
        "retires_at": retires_at,
        "capabilities": {"batch": yes, "structured_outputs": {"supported": able}},
    }


@pytest.fixture
def probed(monkeypatch: pytest.MonkeyPatch) -> Any:
    async def probe(models: dict[str, Any], **settings: Any) -> list[Probe]:
        async def wire(_: Settings) -> ClaudeWire:
            scripted = ScriptedWire(models=models)
            return ClaudeWire("a-key", base_url="http://model.test", transport=scripted.transport)

        monkeypatch.setattr(app_model, "open_wire", wire)
        return await probe_model(Settings(anthropic_api_key="a-key", **settings))

    return probe


async def test_without_a_key_there_is_no_model_and_no_trouble() -> None:
    [probe] = await probe_model(Settings())

    assert (probe.ok, probe.configured) == (True, False)
    assert "OPS_ANTHROPIC_API_KEY" in (probe.fix or "")


async def test_a_model_that_is_well(probed: Any) -> None:
    [probe] = await probed({"claude-sonnet-5-5": info("claude-sonnet-5-5")})

    assert probe.ok
    assert probe.name == "Model claude-sonnet-5-5"
    assert probe.detail == "active; 2 and 10 USD per million tokens (October 2026)"


async def test_a_model_that_does_not_exist_names_the_setting(probed: Any) -> None:
    [probe] = await probed({}, model="claude-nonsense")

    assert not probe.ok
    assert "not_found_error" in probe.detail
    assert "OPS_MODEL names" in (probe.fix or "")


async def test_a_model_that_ends_soon_and_one_whose_price_is_unknown(probed: Any) -> None:
    soon = (datetime.now(UTC) + timedelta(days=9)).isoformat()
    models = {
        "claude-old": info("claude-old", lifecycle="deprecated", retires_at=soon),
        "claude-new": info("claude-new", able=False),
    }
    old, new = await probed(models, model="claude-old", model_verifier="claude-new")

    assert (old.ok, new.ok) == (False, False)
    assert "it ends on" in old.detail
    assert "price is unknown" in old.detail
    assert "given shape" in new.detail
    assert "OPS_MODEL_VERIFIER" in (new.fix or "")


@pytest.mark.parametrize(
    ("facts", "count"),
    [
        (ModelFacts("m", "active", None, True), 0),
        (ModelFacts("m", "active", None, None), 0),
        (ModelFacts("m", "deprecated", NOW + timedelta(days=200), True), 0),
        (ModelFacts("m", "deprecated", NOW + timedelta(days=60), True), 1),
        (ModelFacts("m", "retired", NOW - timedelta(days=1), True), 1),
        (ModelFacts("m", "retired", None, False), 2),
    ],
)
def test_what_is_trouble(facts: ModelFacts, count: int) -> None:
    assert len(troubles_of(facts, NOW)) == count
