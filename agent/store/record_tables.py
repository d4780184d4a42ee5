"""The tables of people's work: records of every kind in one, messages to the outside, and the clock of incidents."""

from sqlalchemy import Column, Index, Integer, Table, Text, text

from agent.store.columns import Moment
from agent.store.tables import metadata

records = Table(
    "records",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("number", Integer, nullable=False),
    Column("incident_id", Text),
    Column("subject", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("version", Integer, nullable=False),
    Column("body", Text, nullable=False),
    Index("records_number", "kind", "number", unique=True),
    Index("records_incident", "kind", "incident_id", "number"),
    Index("records_subject", "kind", "subject", "number"),
    Index("records_state", "kind", "state", "number"),
    Index("records_at", "kind", "at"),
)

notifications = Table(
    "notifications",
    metadata,
    Column("key", Text, primary_key=True),
    Column("incident_id", Text),
    Column("state", Text, nullable=False),
    Column("priority", Integer, nullable=False),
    Column("at", Moment, nullable=False),
    Column("not_before", Moment),
    Column("body", Text, nullable=False),
    Index(
        "notifications_due",
        "priority",
        "at",
        sqlite_where=text("state IN ('waiting', 'sending')"),
        postgresql_where=text("state IN ('waiting', 'sending')"),
    ),
    Index("notifications_state", "state", "at"),
    Index("notifications_incident", "incident_id", "at"),
)

life_clock = Table(
    "life_clock",
    metadata,
    Column("incident_id", Text, primary_key=True),
    Column("due_at", Moment, nullable=False),
    Index("life_clock_due", "due_at"),
)

obligations = Table(
    "obligations",
    metadata,
    Column("incident_id", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("at", Moment, nullable=False),
)

preferences = Table(
    "preferences",
    metadata,
    Column("scope", Text, primary_key=True),
    Column("language", Text, nullable=False),
)
