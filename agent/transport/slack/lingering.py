"""What still fires of an incident that is over, because it lingers behind the trouble."""

from agent.domain.lingering import lingers
from agent.domain.view import IncidentView
from agent.locale.format import duration
from agent.locale.messages import text
from agent.transport.slack import blocks
from agent.transport.slack.blocks import Block
from agent.transport.slack.markup import foreign, moment

_MOST = 3


def lingering_lines(view: IncidentView, lang: str) -> tuple[Block, ...]:
    """Say of each alert that nobody waits for what it tells, and until when; nothing when none is left."""
    left = [record for record in view.firing if record.let_go_until is not None]
    lines = []
    for record in left[:_MOST]:
        length = lingers(record.alert)
        if length is None or record.let_go_until is None:
            continue
        until = moment(record.let_go_until)
        if "slo" in record.alert.labels:
            about, span = foreign(record.about, 60), duration(lang, length)
            lines.append(text(lang, "card-lingers-budget", service=about, span=span, until=until))
        else:
            lines.append(text(lang, "card-lingers", alert=foreign(record.alert.name, 80), until=until))
    return (blocks.context("\n".join(lines)),) if lines else ()
