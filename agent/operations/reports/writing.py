"""The job that writes a report and hands it to the post: files as blobs, a message a channel, a mail an address."""

import base64
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from agent.domain.notification import Channel, Mail, MailFile, Notification
from agent.domain.noun import Json
from agent.domain.report import ReportFile as StoredFile
from agent.domain.report import ReportState, Written
from agent.domain.results import PictureResult
from agent.errors import OpsError, Unavailable
from agent.operations.reports.agreements import AGREEMENT
from agent.operations.reports.desk import Edition, ReportFile, Reports
from agent.operations.reports.facts import Facts
from agent.operations.reports.layout import judgement, shown, target_words
from agent.operations.reports.model import FigureBlock, FigureLine, Report
from agent.operations.reports.periods import read_period
from agent.operations.reports.plain import plain_text
from agent.ports.outbox import SlotKind
from agent.ports.store import Store, Tx
from agent.telemetry.metrics import Metrics

PRIORITY = 3
FILE_MARK = ":file:"
"""Stands in a slot's key before a file's name, by which a chat finds it again after a crash."""
PATIENCE = timedelta(minutes=30)
"""How long a scheduled report waits for a metrics store that does not answer, before it says so in its figures."""
_AGAIN_SECONDS = 600.0
_MOST_FIGURES = 10
_LARGEST_MAIL = 8_000_000


@dataclass(frozen=True, slots=True)
class ReportWriter:
    """Goes on from what the record says, so that a kill at any moment repeats no effect; `wake` has the post look."""

    store: Store
    desk: Reports
    metrics: Metrics
    wake: Callable[[], None]

    async def write(self, payload: dict[str, Json]) -> None:
        """Write and send one report; what fails is kept in its record, and the job is tried again."""
        async with self.store.read() as tx:
            record = await tx.reports.get(str(payload["report"]))
        if record is None or record.state is ReportState.WRITTEN:
            return
        try:
            edition = await self._edition(record)
        except OpsError as error:
            await self._failed(record, error.user_message)
            raise
        except (
            Exception
        ) as error:  # a job's edge: the record says that the report is missing, the queue logs the rest
            await self._failed(record, type(error).__name__)
            raise
        async with self.store.write() as tx:
            await self._send(tx, record, edition)
        self.metrics.reports.labels(kind=record.kind.value, outcome="written").inc()
        self.wake()

    async def _edition(self, record: Written) -> Edition:
        period = read_period(record.kind, record.period, record.zone, self.desk.clock.now())
        facts, before = await self.desk.facts(period)
        waits = record.asked_by is None and self.desk.clock.now() - record.at < PATIENCE
        if waits and (said := unanswered(facts)):
            raise Unavailable(said, backend="metrics", retry_after_seconds=_AGAIN_SECONDS)
        report = self.desk.build(facts, before, record.language)
        edition = await self.desk.edition(report, record.forms)
        return await self.desk.drawn(edition) if record.channels else edition

    async def _failed(self, record: Written, why: str) -> None:
        self.metrics.reports.labels(kind=record.kind.value, outcome="failed").inc()
        change = {"state": ReportState.FAILED, "why": why[:500], "tries": record.tries + 1}
        async with self.store.write() as tx:
            await tx.reports.save(record.model_copy(update=change))

    async def _send(self, tx: Tx, record: Written, edition: Edition) -> None:
        now, report, picture = self.desk.clock.now(), edition.report, None
        if edition.picture is not None:
            picture = PictureResult(blob=_sha256(edition.picture), alt=edition.alt[:1000], title=report.title)
            await tx.evidence.put_blob(picture.blob, picture.media_type, edition.picture)
        for file in edition.files:
            await tx.evidence.put_blob(_digest(file), file.media_type, file.data)
        change = {
            "state": ReportState.WRITTEN,
            "why": "",
            "title": report.title,
            "subtitle": report.subtitle,
            "headline": report.headline,
            "figures": figure_lines(report),
            "notices": edition.notices,
            "picture": picture,
            "files": tuple(_stored(file) for file in edition.files),
            "written_at": now,
        }
        saved = await tx.reports.save(record.model_copy(update=change))
        for channel in saved.channels:
            await _post(tx, saved, channel)
        for address in saved.emails:
            await tx.notifications.add(_mail(saved, edition, address))


def unanswered(facts: Facts) -> str:
    """Return what the metrics store said when it could not be asked for anything at all; else empty."""
    errors = [one.state.error or "" for one in facts.standings] + [
        one.error for one in facts.signals.values()
    ]
    return errors[0] if errors and all(errors) else ""


def figure_lines(report: Report) -> tuple[str, ...]:
    """Return the figures that have a target, then others, as one plain line each."""
    seen: dict[tuple[str, str], FigureLine] = {}
    for section in report.sections:
        # Each agreement has figures of the same names.
        whose = f"{section.title} · " if section.name.startswith(AGREEMENT) else ""
        for block in section.blocks:
            for line in block.lines if isinstance(block, FigureBlock) else ():
                named = line.model_copy(update={"label": f"{whose}{line.label}"})
                seen.setdefault((whose, line.figure.name), named)
    ranked = sorted(seen.values(), key=lambda line: line.figure.target is None)[:_MOST_FIGURES]
    return tuple(figure_words(report.language, line) for line in ranked)


def figure_words(language: str, line: FigureLine) -> str:
    """Return a figure as one plain line."""
    figure = line.figure
    parts = (
        f"{line.label}: {shown(language, figure)}",
        target_words(language, figure),
        judgement(language, figure),
    )
    return " · ".join(part for part in parts if part)


def slot_of(record_id: str, channel: str) -> str:
    """Return the key of a report's message in a channel."""
    return f"report:{record_id}:{channel}"


async def _post(tx: Tx, record: Written, channel: str) -> None:
    """Want the message, and below it each file: a name that is in the thread already is not sent again."""
    at, root = record.written_at or record.at, slot_of(record.id, channel)
    await tx.outbox.request(
        root, SlotKind.REPLY, channel=channel, priority=PRIORITY, payload={"report": record.id}, at=at
    )
    for file in record.files:
        await tx.outbox.request(
            f"{root}{FILE_MARK}{file.name}",
            SlotKind.REPLY,
            channel=channel,
            priority=PRIORITY,
            thread_of=root,
            payload={"report": record.id, "file": file.name},
            at=at,
        )


def _mail(record: Written, edition: Edition, address: str) -> Notification:
    words = f"{record.title} {record.period}"
    whole = sum(len(file.data) for file in edition.files)
    attached = edition.files if whole <= _LARGEST_MAIL else ()
    return Notification(
        key=f"report:{record.id}:{address}",
        channel=Channel.EMAIL,
        address=address,
        content=Mail(
            subject=words,
            text=plain_text(edition.report, edition.notices),
            files=tuple(
                MailFile(
                    name=file.name, media_type=file.media_type, data=base64.b64encode(file.data).decode()
                )
                for file in attached
            ),
        ),
        priority=PRIORITY,
        at=record.written_at or record.at,
    )


def _stored(file: ReportFile) -> StoredFile:
    return StoredFile(name=file.name, media_type=file.media_type, digest=_digest(file), size=len(file.data))


def _digest(file: ReportFile) -> str:
    return _sha256(file.data)


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
