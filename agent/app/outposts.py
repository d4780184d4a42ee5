"""The part of the house that looks at third parties."""

from contextlib import AsyncExitStack
from functools import partial

from agent.app.ground import Ground, Wing
from agent.domain.outpost import Looked
from agent.intake.receive import receive
from agent.operations.outposts import Outposts
from agent.policy.outposts import Outpost
from tools.connectors.http_probe import probe
from tools.connectors.outside import Outside
from tools.connectors.public_status import public_status


def open_outposts(stack: AsyncExitStack, ground: Ground) -> Wing:
    """Return the wing; one replica at a time looks, and nothing is asked before its loop runs."""
    outside = Outside()
    stack.push_async_callback(outside.close)
    outposts = Outposts(
        ground.store,
        ground.clock,
        lambda: ground.book.current.outposts,
        partial(look_at, outside),
        partial(receive, ground.store, ground.jobs),
        ground.metrics,
    )
    return Wing(loops={"outposts": outposts.run}, in_turn=frozenset({"outposts"}))


async def look_at(outside: Outside, one: Outpost) -> Looked:
    """Look at a third party in the way that its kind asks for."""
    if one.kind == "statuspage":
        return await public_status(
            outside,
            one.url,
            components=one.components,
            down_from=one.down_from,
            timeout_seconds=one.timeout,
            private=one.private,
        )
    return await probe(
        outside,
        one.url,
        statuses=one.expect.status,
        text=one.expect.text,
        timeout_seconds=one.timeout,
        private=one.private,
    )
