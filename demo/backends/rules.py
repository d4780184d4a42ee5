"""Makes the demo's fast rules and routing out of the untouched files in deploy/, by two factors of time."""

import copy
import math
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
RULES = DEPLOY / "prometheus" / "rules"
ALERTMANAGER = DEPLOY / "alertmanager" / "alertmanager.yaml"
# One minute of a rule's window is five seconds in the demo; never below twenty seconds, which is ten scrapes.
WINDOW_FACTOR = 12
SHORTEST_WINDOW = 20
# One minute of a rule's `for` is one and a half seconds in the demo.
HOLD_FACTOR = 40
SHORTEST_HOLD = 2

# Rules that the demo leaves out, each with its reason; users get the files as they are.
LEFT_OUT: Mapping[tuple[str, str], str] = {
    ("seed-role", "HighErrorRate"): (
        "divides each series by itself, so one failed request is an error rate of 100 %; seed-guide has it by service"
    ),
    ("seed-role", "HighCPUUsage"): (
        "carries the same labels as the rule of seed-guide, so that two rules would open and close one alert"
    ),
    (
        "seed-guide",
        "NoTextbooksCreated",
    ): "looks at each subject by itself and at any hour; business has it right",
    ("seed-guide", "HighAITokenUsage"): "looks at each Pod and model by itself; business has it by service",
}

# Rule files that the demo leaves out as a whole, each with its reason.
LEFT_OUT_FILES: Mapping[str, str] = {
    "slo": (
        "its windows reach over three days, and shortened to the demo's minutes they would be other alerts than those "
        "that docs/slo.md tells; the budgets themselves are measured in the demo as everywhere"
    ),
}

_UNITS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_DURATION = re.compile(r"(\d+)(ms|[smhdw])")
_OFFSET = re.compile(r"\boffset ((?:\d+(?:ms|[smhdw]))+)")
_WINDOW = re.compile(r"\[((?:\d+(?:ms|[smhdw]))+)\]")


def seconds_of(duration: str) -> float:
    """Return the seconds of a Prometheus duration such as `1h30m`."""
    return sum(int(number) * _UNITS[unit] for number, unit in _DURATION.findall(duration))


def shortened(duration: str, factor: float, least: int) -> str:
    """Return the duration divided by the factor in whole seconds, never below the least nor above itself."""
    given = seconds_of(duration)
    return f"{math.ceil(min(max(given / factor, least), max(given, 1)))}s"


def scaled(
    content: Mapping[str, Any], *, window: float = WINDOW_FACTOR, hold: float = HOLD_FACTOR
) -> dict[str, Any]:
    """Return a copy of a rule file with shorter windows and holds; thresholds and labels stay as they are."""
    result: dict[str, Any] = copy.deepcopy(dict(content))
    for group in result["groups"]:
        # The demo evaluates all groups at its own pace.
        group.pop("interval", None)
        for rule in group["rules"]:
            rule["expr"] = _WINDOW.sub(
                lambda found: f"[{shortened(found.group(1), window, SHORTEST_WINDOW)}]", rule["expr"]
            )
            rule["expr"] = _OFFSET.sub(
                lambda found: f"offset {shortened(found.group(1), window, SHORTEST_WINDOW)}", rule["expr"]
            )
            if "for" in rule:
                rule["for"] = shortened(rule["for"], hold, SHORTEST_HOLD)
    return result


def demo_rules(directory: Path = RULES) -> dict[str, dict[str, Any]]:
    """Return the demo's rule files by name, made from the files in the directory."""
    files: dict[str, dict[str, Any]] = {}
    for path in sorted(directory.glob("*.yaml")):
        if path.stem in LEFT_OUT_FILES:
            continue
        content = scaled(yaml.safe_load(path.read_text()))
        for group in content["groups"]:
            group["rules"] = [r for r in group["rules"] if (path.stem, r.get("alert")) not in LEFT_OUT]
        files[path.stem] = content
    return files


def demo_routing(webhook_url: str, token_file: Path, config: Path = ALERTMANAGER) -> dict[str, Any]:
    """Return deploy's Alertmanager configuration with the demo's address and token and shortened waits."""
    content: dict[str, Any] = yaml.safe_load(config.read_text())
    for name in ("group_wait", "group_interval", "repeat_interval"):
        content["route"][name] = shortened(content["route"][name], HOLD_FACTOR, 1)
    webhook = content["receivers"][0]["webhook_configs"][0]
    webhook["url"] = webhook_url
    webhook["http_config"]["authorization"]["credentials_file"] = str(token_file)
    return content
