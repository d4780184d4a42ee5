"""The store's tables; nouns are kept as JSON in `body`, and only what is searched for has a column."""

from typing import Any

from sqlalchemy import Boolean, Column, Index, Integer, LargeBinary, MetaData, Table, Text, text

from agent.store.columns import Moment, RowNumber

metadata = MetaData()


def _where(condition: str) -> dict[str, Any]:
    """Return what makes an index cover only some rows, on either engine."""
    return {"sqlite_where": text(condition), "postgresql_where": text(condition)}


inbox = Table(
    "inbox",
    metadata,
    Column("id", RowNumber, primary_key=True),
    Column("received_at", Moment, nullable=False),
    Column("processed_at", Moment),
    Column("body", Text, nullable=False),
    Index("inbox_waiting", "id", **_where("processed_at IS NULL")),
    Index("inbox_processed", "processed_at", "received_at"),
    sqlite_autoincrement=True,
)

alerts = Table(
    "alerts",
    metadata,
    Column("fingerprint", Text, primary_key=True),
    Column("incident_id", Text),
    Column("group_key", Text, nullable=False),
    Column("service", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("severity", Text, nullable=False),
    Column("firing", Boolean, nullable=False),
    Column("first_seen_at", Moment, nullable=False),
    Column("last_seen_at", Moment, nullable=False),
    Column("body", Text, nullable=False),
    Index("alerts_incident", "incident_id", "first_seen_at"),
    Index("alerts_firing", "last_seen_at", **_where("firing")),
    Index("alerts_group_firing", "group_key", **_where("firing")),
)

alert_tallies = Table(
    "alert_tallies",
    metadata,
    Column("incident_id", Text, primary_key=True),
    Column("service", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("severity", Text, primary_key=True),
    Column("firing", Integer, nullable=False),
    Column("total", Integer, nullable=False),
    Column("newest_at", Moment, nullable=False),
)

incidents = Table(
    "incidents",
    metadata,
    Column("id", Text, primary_key=True),
    Column("number", Integer, nullable=False, unique=True),
    Column("status", Text, nullable=False),
    Column("open", Boolean, nullable=False),
    Column("priority", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("ts", Text),
    Column("room", Text),
    Column("opened_at", Moment, nullable=False),
    Column("resolved_at", Moment),
    Column("version", Integer, nullable=False),
    Column("body", Text, nullable=False),
    Index("incidents_open", "priority", "number", **_where("open")),
    Index("incidents_conversation", "channel", "ts"),
    Index("incidents_resolved", "resolved_at"),
    Index("incidents_room", "room"),
)

timeline = Table(
    "timeline",
    metadata,
    Column("incident_id", Text, primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("at", Moment, nullable=False),
    Column("kind", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("data", Text, nullable=False),
    Column("previous", Text, nullable=False),
    Column("digest", Text, nullable=False),
)

evidence = Table(
    "evidence",
    metadata,
    Column("seq", RowNumber, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    Column("incident_id", Text),
    Column("body", Text, nullable=False),
    Index("evidence_incident", "incident_id", "seq"),
)

blobs = Table(
    "blobs",
    metadata,
    Column("digest", Text, primary_key=True),
    Column("media_type", Text, nullable=False),
    Column("data", LargeBinary, nullable=False),
)

diagnoses = Table(
    "diagnoses",
    metadata,
    Column("incident_id", Text, primary_key=True),
    Column("at", Moment, nullable=False),
    Column("body", Text, nullable=False),
)

memory = Table(
    "memory",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("incident_id", Text, nullable=False, unique=True),
    Column("title", Text, nullable=False),
    Column("resolved_at", Moment),
    Column("cause", Text),
    Column("about", Text),
)

feedback = Table(
    "feedback",
    metadata,
    Column("incident_id", Text, primary_key=True),
    Column("run", Integer, primary_key=True, autoincrement=False),
    Column("person", Text, primary_key=True),
    Column("at", Moment, nullable=False),
    Column("body", Text, nullable=False),
    Index("feedback_at", "at"),
)

mutes = Table(
    "mutes",
    metadata,
    Column("id", Text, primary_key=True),
    Column("labels", Text, nullable=False),
    Column("until", Moment, nullable=False),
    Column("by", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Index("mutes_until", "until"),
)

seen = Table(
    "seen",
    metadata,
    Column("key", Text, primary_key=True),
    Column("at", Moment, nullable=False),
    Index("seen_at", "at"),
)

outbox = Table(
    "outbox",
    metadata,
    Column("key", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("incident_id", Text),
    Column("priority", Integer, nullable=False),
    Column("channel", Text, nullable=False),
    Column("thread_of", Text),
    Column("payload", Text, nullable=False),
    Column("wanted", Integer, nullable=False),
    Column("sent", Integer, nullable=False),
    Column("ts", Text),
    Column("attempts", Integer, nullable=False),
    Column("not_before", Moment),
    Column("sending_since", Moment),
    Column("last_error", Text),
    Column("wanted_at", Moment, nullable=False),
    Index("outbox_due", "priority", "wanted_at", **_where("wanted > sent")),
)
