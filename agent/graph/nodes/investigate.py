"""Runs one iteration of reads, all at once, and stores what they saw in as few transactions as the card allows."""

import asyncio
import hashlib
import json
from collections.abc import Awaitable, Callable, Sequence
from functools import partial

from agent.domain.evidence import Evidence, ReadRequest
from agent.domain.incident import Incident
from agent.domain.results import PictureResult
from agent.errors import BadInput
from agent.graph.kit import Kit
from agent.graph.state import State, Update
from agent.lifecycle.announce import announce
from agent.operations.releases_told import told_releases, told_request

FIRST_CARD_SECONDS = 1.0
# Dozens of reads at the same moment would make a busy backend miss the deadline of every one of them.
AT_ONCE = 10


async def investigate(state: State, kit: Kit) -> Update:
    """Read what the brain plans next; the first iteration's result goes onto the card at once."""
    iteration = state["iteration"] + 1
    async with kit.store.read() as tx:
        view, evidence = await kit.look(tx, state)
    told = await _told(state, view.incident, kit) if iteration == 1 else []
    plan = await kit.brain.plan(view, evidence, iteration)
    show = partial(_show, view.incident, kit) if iteration == 1 else None
    found, unfinished = await _read_all(plan.reads, state, kit, show)
    return {
        "iteration": iteration,
        "evidence_ids": list(dict.fromkeys([*state["evidence_ids"], *told, *found])),
        "unfinished": [*state["unfinished"], *(r.model_dump(mode="json") for r in unfinished)],
        "done": plan.done or bool(unfinished) or iteration >= kit.max_iterations,
    }


async def _told(state: State, incident: Incident, kit: Kit) -> list[str]:
    """Store what pipelines told of releases as evidence, where they told of any."""
    now = kit.clock.now()
    request = told_request(incident, now)
    async with kit.store.read() as tx:
        seen = await told_releases(tx, request, incident.id, evidence_id(state, request), now)
    return await _store([seen], kit)


async def _show(incident: Incident, kit: Kit) -> None:
    async with kit.store.write() as tx:
        await announce(tx, incident, kit.policies, kit.clock.now())


async def _read_all(
    requests: Sequence[ReadRequest], state: State, kit: Kit, show: Callable[[], Awaitable[None]] | None
) -> tuple[list[str], list[ReadRequest]]:
    """Return the ids of what was read, in the plan's order, and the reads that the deadline cut off.

    `show` is called when all is read, and once before when some reads are slow, so that the card need not wait.
    """
    if not requests:
        return [], []
    gate = asyncio.Semaphore(AT_ONCE)
    tasks = {asyncio.create_task(_read(request, state, kit, gate)): request for request in requests}
    kept: list[str] = []
    try:
        if show is not None:
            done, late = await asyncio.wait(tasks, timeout=min(FIRST_CARD_SECONDS, kit.seconds_left))
            if done and late:
                kept += await _store([t.result() for t in tasks if t in done], kit)
                await show()
        done, late = await asyncio.wait(tasks, timeout=kit.seconds_left)
    finally:
        for task in tasks:
            task.cancel()
    if late:
        await asyncio.gather(*late, return_exceptions=True)
    seen = [t.result() for t in tasks if t in done]
    await _store([e for e in seen if e is not None and e.id not in kept], kit)
    if show is not None and done:
        await show()
    return [e.id for e in seen if e is not None], [tasks[task] for task in tasks if task in late]


async def _read(request: ReadRequest, state: State, kit: Kit, gate: asyncio.Semaphore) -> Evidence | None:
    try:
        async with gate:
            seen = await kit.reads.run(request, incident_id=state["incident_id"])
    except BadInput:
        # A plan may name a read that this installation does not have; the others still count.
        return None
    return seen.model_copy(update={"id": evidence_id(state, request)})


async def _store(seen: Sequence[Evidence | None], kit: Kit) -> list[str]:
    """Store evidence with its pictures in one transaction, because each costs a wait for the disk."""
    found = [evidence for evidence in seen if evidence is not None]
    pictures = [(e.reading.result, await _picture(e, kit)) for e in found]
    if found:
        async with kit.store.write() as tx:
            for result, picture in pictures:
                if isinstance(result, PictureResult) and picture is not None:
                    await tx.evidence.put_blob(result.blob, result.media_type, picture)
            for evidence in found:
                await tx.evidence.add(evidence)
    return [evidence.id for evidence in found]


async def _picture(evidence: Evidence, kit: Kit) -> bytes | None:
    result = evidence.reading.result
    return await kit.reads.blob(result.blob) if isinstance(result, PictureResult) else None


def evidence_id(state: State, request: ReadRequest) -> str:
    """Return the id that a read has within its run, so that reading again replaces and never doubles."""
    body = json.dumps(
        [state["incident_id"], state["run"], request.tool, request.params], sort_keys=True, ensure_ascii=False
    )
    return f"ev_{hashlib.sha256(body.encode()).hexdigest()[:16]}"
