"""What the terminal commands do: one core per command, opened and closed around it; progress goes to standard error."""

import json
import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from agent.analysis.redaction import Redactor
from agent.app.core import RUNBOOKS, Core, open_core, secrets_of
from agent.app.model import probe_model
from agent.app.staffing import probe_staff
from agent.app.write_probes import probe_writers
from agent.brain.runbooks import load_runbooks
from agent.domain.alert import AlertGroup
from agent.domain.answer import Answer, Question, Step
from agent.domain.incident import Incident
from agent.domain.probe import Probe
from agent.domain.view import IncidentView
from agent.errors import BadInput, NotFound, OpsError
from agent.intake.alertmanager import parse_webhook
from agent.intake.clean import without_secrets
from agent.intake.receive import receive
from agent.locale.messages import language_of
from agent.policy.casebook import run_cases
from agent.policy.load import load_policies
from agent.ports.clock import SystemClock
from agent.settings import Settings
from agent.telemetry.logs import configure_logs
from agent.transport.terminal import Terminal


@asynccontextmanager
async def opened(settings: Settings, **changes: str) -> AsyncIterator[Core]:
    """Open the core for one command; only errors are logged."""
    configure_logs(level="error", form="console", secrets=secrets_of(settings))
    async with open_core(settings.model_copy(update=changes)) as core:
        yield core


async def ask(settings: Settings, words: str, incident_name: str | None) -> int:
    """Answer a question, with its steps on standard error while it works."""
    async with opened(settings) as core:
        incident = await named(core, incident_name) if incident_name else None
        asked = Question(
            text=words,
            asker="terminal",
            language="ko" if language_of(words) == "ko" else "en",
            incident_id=incident.id if incident else None,
        )
        out = Terminal(sys.stdout, language=asked.language)
        progress = Terminal(sys.stderr, language=asked.language)
        async for part in core.desk.ask(asked):
            if isinstance(part, Step):
                progress.step(part)
            else:
                out.answer(part)
    return 0


async def named(core: Core, name: str) -> Incident:
    """Return the incident that a person calls INC-12; raises BadInput or NotFound."""
    digits = name.upper().removeprefix("INC-")
    if not digits.isdigit():
        raise BadInput(f"{name!r} is no incident; write it as INC-12.", field="incident")
    async with core.store.read() as tx:
        incident = await tx.incidents.by_number(int(digits))
    if incident is None:
        raise NotFound(f"There is no incident INC-{digits}.")
    return incident


async def triage(settings: Settings, payload: bytes, as_json: bool) -> int:
    """Run a payload through the pipeline on a database that is thrown away, and print what it would become."""
    progress = Terminal(sys.stderr, language=settings.language)
    progress.step(Step(id="read", title="reading the payload", status="in_progress"))
    group = parse_webhook(payload, SystemClock().now())
    with tempfile.TemporaryDirectory(prefix="ops-monitor-") as folder:
        async with opened(settings, database_url=f"sqlite:///{Path(folder) / 'triage.db'}") as core:
            views = [view async for view in _triaged(core, group, progress)]
    if as_json:
        for view in views:
            print(view.model_dump_json())
        return 0
    out = Terminal(sys.stdout, language=settings.language)
    for view in views:
        out.incident(view)
        print()
    if not views:
        print("No incident: nothing in this payload fires.")
    return 0


async def _triaged(core: Core, group: AlertGroup, progress: Terminal) -> AsyncIterator[IncidentView]:
    await core.topology.refresh()
    redactor = Redactor(secrets_of(core.settings), emails=False)
    item_id = await receive(core.store, core.jobs, without_secrets(group, redactor))
    async with core.store.write() as tx:
        item = await tx.inbox.get(item_id)
        assert item is not None
        result = await core.processor.pipeline.process(tx, item)
    for incident_id in result.opened:
        progress.step(Step(id=incident_id, title="investigating", status="in_progress"))
        await core.investigator.investigate(incident_id)
        view = await core.view(incident_id)
        if view is not None:
            yield view


async def status(settings: Settings, as_json: bool) -> int:
    """Print open incidents, services and backends."""
    async with opened(settings) as core:
        answer: Answer = await core.desk.status()
    if as_json:
        print(answer.model_dump_json())
    else:
        Terminal(sys.stdout, language=settings.language).answer(answer)
    return 0


async def doctor(settings: Settings, as_json: bool) -> int:
    """Check everything the bot rests on; 1 when something required is wrong."""
    runbooks = _runbook_probe(settings)
    # What is wrong with a runbook keeps the rest from being looked at only where the bot really starts.
    rest = settings if runbooks.ok else settings.model_copy(update={"runbooks_dir": None})
    probes = [*_policy_probes(settings), runbooks, *_door_probes(settings), *await _backend_probes(rest)]
    probes += await probe_model(settings)
    if settings.slack_bot_token is not None:
        from agent.transport.slack.probe import probe_slack

        probes += await probe_slack(settings)
    if as_json:
        for probe in probes:
            print(probe.model_dump_json())
    else:
        Terminal(sys.stdout, language=settings.language).probes(probes)
    return 1 if any(not p.ok for p in probes) else 0


async def _backend_probes(settings: Settings) -> Sequence[Probe]:
    try:
        async with opened(settings) as core:
            found = [*await core.probes(), *await probe_writers(core.guarded.writers)]
            found += await _staff_probes(core, settings)
            unmapped = await core.unmapped_severities()
    except OpsError as error:
        return [Probe(name="Database", ok=False, detail=error.user_message, required=True)]
    if unmapped:
        shown = ", ".join(sorted(unmapped)[:10])
        found.append(
            Probe(
                name="Severity labels",
                ok=False,
                detail=f"alerts came with severities that no rule maps, and count as critical: {shown}",
                fix="Add them to levels in policies/severity.yaml.",
            )
        )
    return [Probe(name="Database", ok=True, detail="readable and up to date"), *found]


async def _staff_probes(core: Core, settings: Settings) -> Sequence[Probe]:
    if settings.slack_bot_token is None:
        return ()
    from agent.transport.slack.groups import build_groups

    groups = build_groups(settings, core.clock)
    return await probe_staff(core.guarded, groups) if groups is not None else ()


def _policy_probes(settings: Settings) -> list[Probe]:
    try:
        policies = load_policies(settings.policies_dir)
    except OpsError as error:
        return [Probe(name="Policies", ok=False, detail=error.user_message, required=True)]
    return [Probe(name="Policies", ok=True, detail=f"loaded, digest {policies.digest[:12]}")]


def _runbook_probe(settings: Settings) -> Probe:
    try:
        books = load_runbooks(RUNBOOKS, settings.runbooks_dir)
    except OpsError as error:
        fix = "Mend the file, or unset OPS_RUNBOOKS_DIR; docs/memory.md shows how one is written."
        return Probe(name="Runbooks", ok=False, detail=error.user_message, fix=fix, required=True)
    return Probe(name="Runbooks", ok=True, detail=f"{len(books)} loaded")


def _door_probes(settings: Settings) -> list[Probe]:
    lacks = (
        (settings.webhook_token, "Webhook token", "every webhook is refused", "OPS_WEBHOOK_TOKEN"),
        (settings.slack_bot_token, "Slack", "cards wait in the outbox", "OPS_SLACK_BOT_TOKEN"),
    )
    return [
        Probe(name=name, ok=False, detail=f"not set, so {effect}", fix=f"Set {variable}.", required=True)
        for value, name, effect, variable in lacks
        if value is None
    ]


def policy_test(folder: Path) -> int:
    """Run the cases beside the rules; 1 when one fails."""
    results = run_cases(folder)
    for result in results:
        why = f": {result.file}:{result.line} expected {result.expected}, got {result.actual} ({result.because})"
        print(f"{'ok' if result.passed else 'FAIL':4} {result.name}" + ("" if result.passed else why))
    failed = sum(not r.passed for r in results)
    print(json.dumps({"cases": len(results), "failed": failed}))
    return 1 if failed else 0
