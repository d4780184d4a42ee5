"""The messages that carry reports: a summary to read at once, and the files below it."""

from agent.domain.report import ReportState, Written
from agent.locale.messages import text
from agent.ports.chat import Attachment, Rendered
from agent.ports.outbox import Slot
from agent.transport.outbox_delivery import Drawn
from agent.transport.slack import blocks
from agent.transport.slack.blocks import Block
from agent.transport.slack.markup import foreign, is_person, person
from agent.transport.slack.services import SlackServices, picture_bytes

_LINE = 300


async def draw_report(services: SlackServices, slot: Slot, record_id: str) -> Drawn | None:
    """Draw a report's message, or one of its files; None while it is not written."""
    async with services.store.read() as tx:
        record = await tx.reports.get(record_id)
    if record is None or record.state is not ReportState.WRITTEN:
        return None
    name = slot.payload.get("file")
    if name is None:
        shown = await picture_bytes(services, record.picture.blob) if record.picture else None
        return Drawn(render_report(record, shown))
    file = next((one for one in record.files if one.name == name), None)
    data = await picture_bytes(services, file.digest) if file is not None else None
    if file is None or data is None:
        return None
    document = Attachment(
        name=file.name, data=data, title=f"{record.title} {record.period}", alt=record.title
    )
    return Drawn(Rendered(text=file.name, document=document))


def render_report(record: Written, picture: bytes | None = None) -> Rendered:
    """Draw the summary in the language of the report; `picture` are the bytes of its charts."""
    lang, title = record.language, f"{record.title} · {record.period}"
    shown: list[Block] = [blocks.header(title), blocks.context(foreign(record.subtitle, _LINE))]
    told = [f"• {foreign(one, _LINE)}" for one in record.headline]
    if told:
        shown.append(blocks.section("\n".join(told)))
    figures = [foreign(one, _LINE) for one in record.figures]
    if figures:
        shown.append(
            blocks.section(f"*{text(lang, 'report-figures')}*\n" + "\n".join(f"• {one}" for one in figures))
        )
    attached = _attached(record, picture)
    shown += [blocks.image(f"attachment:{one.name}", one.alt) for one in attached]
    foot = [text(lang, "report-files-below")] if record.files else []
    foot += [foreign(one, _LINE) for one in record.notices]
    if record.asked_by is not None and is_person(record.asked_by):
        foot.append(text(lang, "report-asked-by", who=person(record.asked_by)))
    if foot:
        shown.append(blocks.context("\n".join(foot)))
    return Rendered(
        text=f"{foreign(title, 150)}: {foreign(' '.join(record.headline), 600)}",
        blocks=tuple(shown),
        attachments=attached,
    )


def _attached(record: Written, picture: bytes | None) -> tuple[Attachment, ...]:
    if record.picture is None or picture is None:
        return ()
    name = f"report-{record.picture.blob[:16]}.png"
    return (Attachment(name=name, data=picture, title=record.picture.title, alt=record.picture.alt),)
