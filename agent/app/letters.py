"""What the terminal commands about undelivered messages do."""

import json
import sys

from agent.app.terminal import opened
from agent.domain.notification import Notification
from agent.operations.dead_letters import address_shown, dead_letters, redeliver
from agent.settings import Settings
from agent.transport.foreign import clean

ALL = "all"


async def letters_list(settings: Settings, as_json: bool) -> int:
    """Print dead letters, newest first; contents and whole addresses stay in the database."""
    async with opened(settings) as core, core.store.read() as tx:
        letters = await dead_letters(tx)
    left = letters.count - len(letters.newest)
    lines = [json.dumps(_told(one), ensure_ascii=False) if as_json else _line(one) for one in letters.newest]
    if not as_json:
        lines.append(f"{letters.count} could not be delivered" + (f", {left} not shown" if left else ""))
    sys.stdout.writelines(f"{line}\n" for line in lines)
    return 0


async def letters_retry(settings: Settings, key: str) -> int:
    """Put one dead letter, or all that are listed, back on their way; raises NotFound and BadInput."""
    async with opened(settings) as core, core.store.write() as tx:
        keys = [one.key for one in (await dead_letters(tx)).newest] if key == ALL else [key]
        for one in keys:
            await redeliver(tx, one, core.clock.now())
    sys.stdout.write(f"{len(keys)} will be sent again by the running bot\n")
    return 0


def _told(one: Notification) -> dict[str, object]:
    return {
        "key": one.key,
        "channel": one.channel.value,
        "to": address_shown(one),
        "about": one.about,
        "at": one.at.isoformat(),
        "attempts": one.attempts,
        "error": one.last_error,
    }


def _line(one: Notification) -> str:
    when = f"{one.at:%Y-%m-%d %H:%M} UTC"
    return f"{clean(one.key, 120)}  {one.channel.value}  {when}  {one.attempts} tries: {clean(one.last_error, 200)}"
