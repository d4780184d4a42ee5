"""The tables of guarded recovery; nouns are kept as JSON in `body`, and only what is searched for has a column."""

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, Table, Text

from agent.store.columns import Moment
from agent.store.tables import metadata

actions = Table(
    "actions",
    metadata,
    Column("id", Text, primary_key=True),
    Column("number", Integer, nullable=False, unique=True),
    Column("incident_id", Text),
    Column("name", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("requested_at", Moment, nullable=False),
    Column("version", Integer, nullable=False),
    Column("body", Text, nullable=False),
    Index("actions_incident", "incident_id", "number"),
    Index("actions_state", "state", "number"),
)

approvals = Table(
    "approvals",
    metadata,
    Column("id", Text, primary_key=True),
    Column("action_id", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("version", Integer, nullable=False),
    Column("body", Text, nullable=False),
    Index("approvals_state", "state", "expires_at"),
)

ledger = Table(
    "ledger",
    metadata,
    Column("key", Text, primary_key=True),
    Column("action_id", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("incident_id", Text),
    Column("target", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("owner", Text, nullable=False),
    Column("lease_until", Moment, nullable=False),
    Column("reserved_at", Moment, nullable=False),
    Column("ended_at", Moment),
    Column("attempt", Integer, nullable=False),
    Column("result", Text, nullable=False),
    Index("ledger_action", "action", "reserved_at"),
    Index("ledger_target", "target", "state"),
)

recoveries = Table(
    "recoveries",
    metadata,
    Column("id", Text, primary_key=True),
    Column("incident_id", Text, nullable=False),
    Column("recovery", Text, nullable=False),
    Column("ended", Boolean, nullable=False),
    Column("started_at", Moment, nullable=False),
    Column("version", Integer, nullable=False),
    Column("body", Text, nullable=False),
    Index("recoveries_once", "incident_id", "recovery", unique=True),
    Index("recoveries_running", "ended", "started_at"),
)

freezes = Table(
    "freezes",
    metadata,
    Column("id", Text, primary_key=True),
    Column("until", Moment, nullable=False),
    Column("lifted", Boolean, nullable=False),
    Column("body", Text, nullable=False),
    Index("freezes_until", "until"),
)

switches = Table(
    "switches",
    metadata,
    Column("name", Text, primary_key=True),
    Column("body", Text, nullable=False),
)

audit = Table(
    "audit",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("at", Moment, nullable=False),
    Column("kind", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("incident_id", Text),
    Column("action_id", Text),
    Column("data", Text, nullable=False),
    Column("previous", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Index("audit_incident", "incident_id", "seq"),
)
