"""Messages to the world outside that were given up, with a button that sends each of them again."""

from agent.domain.notification import Notification
from agent.locale.messages import text
from agent.operations.dead_letters import DeadLetters, address_shown, redeliver
from agent.ports.chat import Rendered
from agent.transport.slack import blocks, limits
from agent.transport.slack.kit import Kit
from agent.transport.slack.limits import Part
from agent.transport.slack.markup import foreign, moment
from agent.transport.slack.people.deeds import once

BUTTON = "letter.again"
MOST = 15


def render_letters(letters: DeadLetters, lang: str) -> Rendered:
    """Draw what could not be delivered, the newest first."""
    title = text(lang, "letters-title", count=letters.count)
    parts = [Part(0, (blocks.section(title),))]
    for place, one in enumerate(letters.newest[:MOST]):
        again = blocks.button(text(lang, "button-again"), BUTTON, one.key)
        parts.append(Part(1 + place, (blocks.section_with(_line(one, lang), again),)))
    left = letters.count - len(letters.newest[:MOST])
    if left > 0:
        parts.append(Part(1, (blocks.context(text(lang, "details-more", count=str(left))),)))
    return Rendered(text=title, blocks=limits.fit(parts))


def _line(one: Notification, lang: str) -> str:
    return text(
        lang,
        "letter-line",
        channel=foreign(one.channel.value, 20),
        address=foreign(address_shown(one), 80) or "–",
        time=moment(one.at),
        why=foreign(one.last_error, 240) or "–",
    )


async def send_again(kit: Kit, letter: str, *, key: str) -> None:
    """Have one of them tried again; raises NotFound, and BadInput for one that is not dead."""
    now = kit.services.clock.now()
    await once(kit, key, lambda tx: redeliver(tx, letter, now))
