"""What outsiders could learn from generated updates, with an honest writer and with a model that tries to tell.

Method: random incidents are full of planted internals (service, host, pod, namespace, image, commit, alert, metric, address,
link, mailbox, person, project, secrets, handles; a quarter of the services bear Korean names) in titles, labels,
annotations, log lines, evidence, causes, notes and actions; half of the services have a public name. For each, updates for
the public in English and Korean are written at four moments (opened, due, mitigated, resolved) through the whole path:
the sub-agent, what it stores, and the messages for Slack, mail and status page that come of it, whose whole content is
read. Half of the incidents are written by rules alone, half with a model that puts planted strings in 22 disguises
into its sentences (look-alikes, hidden characters, spacing, reversal, encodings), and that knows them although it is shown
nothing but public sentences. Beside that a person tries to put each kind of planted string into an update by hand.

`updates`: public updates written; `messages`: what left for them; `leaks`: planted strings and forms of internals that an
independent reader makes out in them. `shown_to_model`: planted strings in what the model was given. `refused` of
`by_hand`: people's words with a planted string that were not taken (a code name that stands in nothing but sentences is
listed under `never_say`, for nothing else tells it from a word). `rewritten`: updates in which a sentence of the model
stands. `leaks_unguarded`: the same count with the guard switched off, which shows that the reader can see.
"""

import asyncio
import json
import random
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import patch

from agent.analysis.redaction import Redactor
from agent.domain.handoff import Handoff, InformAudiences, SubAgent
from agent.domain.incident import IncidentStatus
from agent.domain.timeline import TimelineKind
from agent.domain.update import Moment, Update, UpdateState
from agent.errors import BadInput
from agent.handoffs.stakeholder_communicator.agent import StakeholderCommunicator
from agent.lifecycle.updates import accept, edit
from agent.lifecycle.view import load_view
from agent.policy.load import Policies, load_policies
from agent.ports.store import Store, Tx
from agent.store.engine import open_store
from bench.figures import options, report
from bench.leaks_double import TurnedModel
from bench.leaks_judge import leaked
from bench.leaks_world import BEGIN, World, world

POLICIES = Path(__file__).resolve().parents[1] / "policies"
MOMENTS = (Moment.OPENED, Moment.DUE, Moment.MITIGATED, Moment.RESOLVED)


@dataclass(slots=True)
class Tally:
    """What was counted."""

    updates: int = 0
    messages: int = 0
    leaks: int = 0
    rewritten: int = 0
    shown_to_model: int = 0
    by_hand: int = 0
    refused: int = 0


async def _begin(tx: Tx, made: World) -> None:
    """Store an incident with everything that is known of it."""
    incident = made.incident
    await tx.incidents.create(incident)
    await tx.timeline.append(incident.id, TimelineKind.OPENED, "ops-monitor", BEGIN, {"text": incident.title})
    await tx.alerts.upsert(made.alerts)
    await tx.evidence.add(made.evidence)
    await tx.evidence.put_diagnosis(incident.id, made.diagnosis, BEGIN)
    await tx.timeline.append(incident.id, TimelineKind.DIAGNOSED, "playbook", BEGIN, {"run": 1})
    for who, words in made.notes:
        await tx.timeline.append(incident.id, TimelineKind.NOTE, who, BEGIN, {"text": words})
    if made.action is not None:
        await tx.actions.create(made.action)


async def _move(store: Store, made: World, moment: Moment, at: datetime) -> None:
    states = {Moment.MITIGATED: IncidentStatus.MITIGATED, Moment.RESOLVED: IncidentStatus.RESOLVED}
    if moment not in states:
        return
    async with store.write() as tx:
        incident = await tx.incidents.get(made.incident.id)
        if incident is None:
            return
        times = incident.times.model_copy(update={f"{moment.value}_at": at})
        await tx.incidents.save(incident.model_copy(update={"status": states[moment], "times": times}))
        await tx.timeline.append(
            incident.id, TimelineKind(moment.value), made.notes[0][0], at, {"text": made.notes[0][1]}
        )


async def _live(
    store: Store, made: World, policies: Policies, model: TurnedModel | None, tally: Tally
) -> None:
    """Write every update of one incident's life."""
    async with store.write() as tx:
        await _begin(tx, made)
    book = SimpleNamespace(current=policies)
    agent = StakeholderCommunicator(store, book, accept, redactor=Redactor(), counsel=model)
    for step, moment in enumerate(MOMENTS):
        at = BEGIN + timedelta(minutes=30 * step)
        await _move(store, made, moment, at)
        async with store.read() as tx:
            view = await load_view(tx, made.incident.id, policies, at)
        handoff = Handoff(
            id=f"{made.incident.id}{step}",
            number=made.incident.number * 10 + step,
            at=at,
            to=SubAgent.STAKEHOLDER_COMMUNICATOR,
            question=InformAudiences(moment=moment, audiences=("customers",)),
            asked_by="ops-monitor",
            deadline=at + timedelta(minutes=5),
        )
        reply = await agent.reply(handoff, view)
        async with store.write() as tx:
            if reply.keep is not None:
                await reply.keep(tx)
    await _read(store, made, tally)
    if model is not None:
        tally.shown_to_model += sum(len(leaked(text, made.planted)) for text in model.shown)


async def _read(store: Store, made: World, tally: Tally) -> None:
    async with store.read() as tx:
        updates = [one for one in await tx.updates.of_incident(made.incident.id) if one.public]
        notes = await tx.notifications.of_incident(made.incident.id)
        slots = await tx.outbox.due(BEGIN + timedelta(days=1), 100_000)
    sent = [json.dumps(one.content.model_dump(mode="json"), ensure_ascii=False) for one in notes]
    mine = [slot for slot in slots if slot.incident_id == made.incident.id and "blocks" in slot.payload]
    sent += [json.dumps(slot.payload, ensure_ascii=False) for slot in mine]
    texts = [f"{one.title}\n{one.body}" for one in updates]
    tally.updates += len(updates)
    tally.messages += len(sent)
    tally.rewritten += sum(one.form == "claude" for one in updates)
    tally.leaks += sum(
        bool(leaked(text, made.planted)) for text in (*texts, *(_unwrapped(one) for one in sent))
    )


def _unwrapped(message: str) -> str:
    """Return a message's words without the names of its fields and the opaque thread that joins it to others."""
    return " ".join(_words(json.loads(message)))


def _words(node: object) -> Iterator[str]:
    if isinstance(node, dict):
        yield from (word for name, value in node.items() if name != "thread" for word in _words(value))
    elif isinstance(node, list):
        yield from (word for value in node for word in _words(value))
    elif isinstance(node, str):
        yield node


async def _by_hand(store: Store, made: World, policies: Policies, tally: Tally) -> None:
    """Have a person put planted strings into an update that waits; the code name is one that the rules know."""
    rules = replace(
        policies, communications=policies.communications.model_copy(update={"never_say": (made.project,)})
    )
    async with store.read() as tx:
        found = [one for one in await tx.updates.of_incident(made.incident.id) if one.public]
    waiting: Update = found[-1].model_copy(
        update={"id": f"{found[-1].id}:hand", "state": UpdateState.WAITING}
    )
    async with store.write() as tx:
        await tx.updates.add_once(waiting)
    for one in made.planted:
        tally.by_hand += 1
        try:
            async with store.write() as tx:
                words = f"We are working on {one} now."
                await edit(tx, rules, waiting.id, title="News", text=words, by="U0HUMAN00", at=BEGIN)
        except BadInput:
            tally.refused += 1


@contextmanager
def _unguarded() -> Iterator[None]:
    """Switch the guard off where the texts are written."""
    home = "agent.handoffs.stakeholder_communicator"
    with (
        patch(f"{home}.compose.leaks", lambda *_, **__: []),
        patch(f"{home}.rewriting._no_new_words", lambda *_: True),
    ):
        yield


async def _run(incidents: int, *, hands: bool = True) -> Tally:
    shipped, tally = load_policies(POLICIES), Tally()
    with tempfile.TemporaryDirectory() as folder:
        store = await open_store(f"sqlite:///{Path(folder) / 'leaks.db'}")
        try:
            for number in range(1, incidents + 1):
                rng = random.Random(number)
                made, policies = world(rng, number, shipped)
                model = TurnedModel(rng, made.planted) if number % 2 else None
                await _live(store, made, policies, model, tally)
                if hands and number % 8 == 0:
                    await _by_hand(store, made, policies, tally)
        finally:
            await store.close()
    return tally


def main() -> None:
    """Run the benchmark."""
    chosen = options(__doc__ or "")
    figures = asdict(asyncio.run(_run(16 if chosen.quick else 80)))
    with _unguarded():
        figures["leaks_unguarded"] = asyncio.run(_run(6 if chosen.quick else 20, hands=False)).leaks
    report(figures, only_json=chosen.json)


if __name__ == "__main__":
    main()
