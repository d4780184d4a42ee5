"""What people decide about an update that waits: agree to the very words, word it anew, or take it back."""

from agent.domain.update import Update
from agent.errors import NotFound
from agent.lifecycle import updates
from agent.lifecycle.updates_guard import Guard, guard_of
from agent.locale.messages import text
from agent.ports.store import Tx
from agent.transport.slack.gate import groups_of
from agent.transport.slack.kit import Kit
from agent.transport.slack.people.deeds import once


async def approve(kit: Kit, update_id: str, *, digest: str, by: str, key: str) -> None:
    """Have an update sent, if it still reads as the person saw it and one of the needed groups has the person."""
    services, now = kit.services, kit.services.clock.now()
    update = await update_of(kit, update_id)
    audience = services.policies.communications.audience(update.audience)
    needed = {*update.needs, *(audience.needs if audience is not None else ())}
    member = await groups_of(services, by, needed)
    guard = await _guard(kit, update)
    await once(
        kit,
        key,
        lambda tx: updates.approve(
            tx,
            services.policies,
            update_id,
            by=by,
            groups=member,
            digest=digest,
            at=now,
            language=kit.lang,
            redactor=services.redactor,
            guard=guard,
        ),
    )


async def edit(kit: Kit, update_id: str, *, title: str, words: str, by: str, key: str) -> None:
    """Put a person's words in place of an update's; it waits on, for these."""
    services, now = kit.services, kit.services.clock.now()
    guard = await _guard(kit, await update_of(kit, update_id))

    async def work(tx: Tx) -> Update:
        return await updates.edit(
            tx,
            services.policies,
            update_id,
            title=title,
            text=words,
            by=by,
            at=now,
            language=kit.lang,
            redactor=services.redactor,
            guard=guard,
        )

    await once(kit, key, work)


async def withdraw(kit: Kit, update_id: str, *, by: str, key: str) -> None:
    """Take an update back before it is sent."""
    services, now = kit.services, kit.services.clock.now()
    await once(
        kit,
        key,
        lambda tx: updates.withdraw(tx, services.policies, update_id, by=by, at=now, language=kit.lang),
    )


async def _guard(kit: Kit, update: Update) -> Guard | None:
    """Gather what the words are checked against before anything is written: in a storm nobody else may wait for that."""
    services = kit.services
    async with services.store.read() as tx:
        return await guard_of(tx, services.policies, update, services.clock.now())


async def update_of(kit: Kit, update_id: str) -> Update:
    """Return an update; raises NotFound."""
    async with kit.services.store.read() as tx:
        update = await tx.updates.get(update_id)
    if update is None:
        raise NotFound(text(kit.lang, "problem-no-such-update"))
    return update
