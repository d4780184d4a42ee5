"""What `ops-monitor slo` does: checks the objectives' files, writes their rules, and shows where services stand."""

from collections.abc import Sequence
from pathlib import Path

import click

from agent.app.terminal import opened
from agent.domain.evidence import EvidenceStatus
from agent.domain.slo import Slo, SloState
from agent.errors import BadInput, Misconfigured
from agent.policy.documents import read_document
from agent.policy.model import SeverityPolicy
from agent.policy.slo import SloPolicy, load_slos
from agent.settings import Settings
from tools.metrics_collector.promql import check
from tools.sla_tracker.rule_tests import written_tests
from tools.sla_tracker.rules import alerting, possible, written

RULES, TESTS = "slo.yaml", "slo.test.yaml"


def slo_check(folder: Path) -> int:
    """Say whether the objectives of a policy folder can be used, with what is odd; raises Misconfigured."""
    policy = _loaded(folder)
    for line in _odd(policy, folder):
        click.echo(f"note: {line}")
    services = len(policy.services)
    click.echo(
        f"{len(policy.objectives)} objectives of {services} services, {len(alerting(policy.objectives))} with "
        f"burn-rate alerts, {len(policy.planned.windows)} maintenance windows: nothing is wrong."
    )
    return 0


def slo_rules(folder: Path, out: Path | None, *, tests: bool) -> int:
    """Print or write the Prometheus rules of the objectives and, when asked to, the promtool cases for them."""
    objectives = _loaded(folder).objectives
    texts = {RULES: written(objectives)} | ({TESTS: written_tests(objectives, RULES)} if tests else {})
    if out is None:
        click.echo("---\n".join(texts.values()), nl=False)
        return 0
    out.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        (out / name).write_text(text, encoding="utf-8")
        click.echo(out / name)
    return 0


async def slo_show(settings: Settings, service: str | None, *, as_json: bool) -> int:
    """Measure the objectives, or those of a service, and print where they stand; 1 when one is not met or not known."""
    async with opened(settings) as core:
        if core.wings.objectives is None:
            raise Misconfigured("The bot measures no objectives: set OPS_PROMETHEUS_URL.")
        titles = {slo.name: slo for slo in core.wings.objectives.all()}
        if service is not None and service not in {slo.service for slo in titles.values()}:
            known = ", ".join(sorted({slo.service for slo in titles.values()}))
            raise BadInput(
                f"No objective is for {service[:60]}; there are some for {known}.", field="service"
            )
        states = await core.wings.objectives.states(service)
    if as_json:
        for one in states:
            click.echo(one.model_dump_json())
    else:
        _print_table(states, titles)
    return 0 if all(one.met for one in states) else 1


def _loaded(folder: Path) -> SloPolicy:
    policy = load_slos(folder, _promql_problem)
    if not policy.objectives:
        raise Misconfigured(
            f"{folder / 'slo'}: there is no objective here: docs/slo.md says how to write one."
        )
    return policy


def _promql_problem(query: str) -> str | None:
    try:
        check(query)
    except BadInput as error:
        return error.user_message
    return None


def _odd(policy: SloPolicy, folder: Path) -> list[str]:
    """Return what is no mistake but hardly meant."""
    levels = read_document(folder / "severity.yaml", SeverityPolicy).levels
    words = {word for known in levels.values() for word in known}
    odd: list[str] = []
    for slo in policy.objectives:
        silent = [alert for alert in slo.alerts if alert not in possible(slo)]
        odd += [
            f"{slo.name}: a burn of {alert.burn:g} cannot be: with a target of {slo.target:g} nothing burns more than "
            f"{1 / (1 - slo.target):.3g} times too fast; the alert is left out"
            for alert in silent
        ]
        odd += [
            f"{slo.name}: the severity {alert.severity} stands in no level of severity.yaml"
            for alert in slo.alerts
            if alert.severity not in words
        ]
    return list(dict.fromkeys(odd))


def _print_table(states: Sequence[SloState], slos: dict[str, Slo]) -> None:
    rows = [("objective", "target", "so far", "budget left", "burn 1 h", "gone at"), *map(_row, states)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
    for one in states:
        if one.error:
            click.echo(f"{one.slo}: {one.error}", err=True)
    click.echo(f"\n{len(states)} of {len(slos)} objectives; how each figure is computed: docs/slo.md")


def _row(one: SloState) -> tuple[str, ...]:
    if one.status is not EvidenceStatus.SUCCESS:
        said = "cannot be asked" if one.status is EvidenceStatus.ERROR else "no data"
        return (one.slo, f"{one.target:.6g}", said, "-", "-", "-")
    hour = next((burn.rate for burn in one.burn if burn.seconds == 3600), None)
    return (
        one.slo,
        f"{one.target:.6g}",
        "-" if one.sli is None else f"{one.sli:.6f}",
        "-" if one.left is None else f"{one.left:.1%}",
        "-" if hour is None else f"{hour:.1f}",
        f"{one.exhausted_at:%Y-%m-%d %H:%M} UTC" if one.exhausted_at else "-",
    )
