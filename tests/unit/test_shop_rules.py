"""The demo's rules are the deployed rules with shorter times, and nothing else."""

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from demo.backends.prometheus import check_rules
from demo.backends.rules import (
    LEFT_OUT,
    LEFT_OUT_FILES,
    RULES,
    demo_routing,
    demo_rules,
    scaled,
    seconds_of,
    shortened,
)

FILES = tuple(sorted({path.stem for path in RULES.glob("*.yaml")} - set(LEFT_OUT_FILES)))


def _alerts(content: dict[str, object]) -> dict[str, dict[str, str]]:
    return {r["alert"]: r for group in content["groups"] for r in group["rules"] if "alert" in r}  # type: ignore[attr-defined]


def test_every_rule_is_kept_but_those_left_out_for_a_reason() -> None:
    deployed = {(f, a) for f in FILES for a in _alerts(yaml.safe_load((RULES / f"{f}.yaml").read_text()))}
    used = {(f, a) for f, content in demo_rules().items() for a in _alerts(content)}
    assert used == deployed - set(LEFT_OUT)
    assert set(LEFT_OUT) <= deployed
    assert all((RULES / f"{name}.yaml").exists() for name in LEFT_OUT_FILES)


def test_thresholds_labels_and_words_are_untouched() -> None:
    deployed = _alerts(yaml.safe_load((RULES / "seed-guide.yaml").read_text()))
    used = _alerts(demo_rules()["seed-guide"])
    for name, rule in used.items():
        assert rule["labels"] == deployed[name]["labels"]
        assert rule["annotations"] == deployed[name]["annotations"]
    assert used["HighErrorRate"]["expr"] == deployed["HighErrorRate"]["expr"].replace("[5m]", "[25s]")
    tokens = _alerts(demo_rules()["business"])["HighAITokenUsage"]["expr"]
    assert tokens == "sum by (service) (increase(ai_tokens_used_total[300s])) > 1000000"
    assert {n: used[n]["for"] for n in ("ServiceDown", "HighErrorRate", "HighResponseTime")} == {
        "ServiceDown": "3s",
        "HighErrorRate": "8s",
        "HighResponseTime": "15s",
    }


def test_scaling_leaves_its_input_alone() -> None:
    content = {
        "groups": [{"name": "g", "interval": "30s", "rules": [{"expr": "rate(x[1h30m])", "for": "5m"}]}]
    }
    scaled(content)
    assert content["groups"][0]["rules"] == [{"expr": "rate(x[1h30m])", "for": "5m"}]


@given(st.integers(1, 10_000), st.sampled_from(["s", "m", "h", "d"]), st.floats(1, 100), st.integers(1, 60))
def test_a_shortened_duration_is_never_longer_than_it_was(
    number: int, unit: str, factor: float, least: int
) -> None:
    given_seconds = seconds_of(f"{number}{unit}")
    short = seconds_of(shortened(f"{number}{unit}", factor, least))
    assert min(least, given_seconds) <= short <= given_seconds


@pytest.mark.backend
async def test_promtool_accepts_deployed_and_scaled_rules(tmp_path: Path) -> None:
    for name, content in demo_rules().items():
        path = tmp_path / f"{name}.yaml"
        path.write_text(yaml.safe_dump(content))
        assert "SUCCESS" in await check_rules(path)
        assert "SUCCESS" in await check_rules(RULES / f"{name}.yaml")


def test_routing_keeps_the_grouping_and_sends_to_the_given_address(tmp_path: Path) -> None:
    routing = demo_routing("http://127.0.0.1:1/hook", tmp_path / "token")
    webhook = routing["receivers"][0]["webhook_configs"][0]
    assert routing["route"]["group_by"] == ["alertname", "cluster", "service"]
    assert routing["route"]["group_wait"] == "1s"
    assert webhook["url"] == "http://127.0.0.1:1/hook"
    assert webhook["send_resolved"] is True
    assert webhook["http_config"]["authorization"]["credentials_file"] == str(tmp_path / "token")
