"""First schema: inbox, alerts, incidents, their timeline, evidence and memory, the outbox and the jobs."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_TABLES = (
    "inbox",
    "alerts",
    "alert_tallies",
    "mutes",
    "seen",
    "incidents",
    "timeline",
    "memory",
    "evidence",
    "blobs",
    "diagnoses",
    "outbox",
    "jobs",
)

_ROW_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _where(condition: str) -> dict[str, Any]:
    return {"sqlite_where": sa.text(condition), "postgresql_where": sa.text(condition)}


def upgrade() -> None:
    """Create everything."""
    _intake()
    _incidents()
    _evidence()
    _delivery()
    _jobs()


def downgrade() -> None:
    """Drop everything."""
    op.execute("DROP TABLE memory_words")
    for table in _TABLES:
        op.drop_table(table)


def _intake() -> None:
    op.create_table(
        "inbox",
        sa.Column("id", _ROW_NUMBER, primary_key=True),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("processed_at", sa.BigInteger()),
        sa.Column("body", sa.Text(), nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("inbox_processed", "inbox", ["processed_at", "received_at"])
    op.create_index("inbox_waiting", "inbox", ["id"], **_where("processed_at IS NULL"))
    op.create_table(
        "alerts",
        sa.Column("fingerprint", sa.Text(), primary_key=True),
        sa.Column("incident_id", sa.Text()),
        sa.Column("group_key", sa.Text(), nullable=False),
        sa.Column("service", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("firing", sa.Boolean(), nullable=False),
        sa.Column("first_seen_at", sa.BigInteger(), nullable=False),
        sa.Column("last_seen_at", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
    )
    op.create_index("alerts_firing", "alerts", ["last_seen_at"], **_where("firing"))
    op.create_index("alerts_group_firing", "alerts", ["group_key"], **_where("firing"))
    op.create_index("alerts_incident", "alerts", ["incident_id", "first_seen_at"])
    op.create_table(
        "alert_tallies",
        sa.Column("incident_id", sa.Text(), primary_key=True),
        sa.Column("service", sa.Text(), primary_key=True),
        sa.Column("name", sa.Text(), primary_key=True),
        sa.Column("severity", sa.Text(), primary_key=True),
        sa.Column("firing", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("newest_at", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "mutes",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("labels", sa.Text(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
    )
    op.create_index("mutes_until", "mutes", ["until"])
    op.create_table(
        "seen",
        sa.Column("key", sa.Text(), primary_key=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
    )
    op.create_index("seen_at", "seen", ["at"])


def _incidents() -> None:
    op.create_table(
        "incidents",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("number", sa.Integer(), nullable=False, unique=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("open", sa.Boolean(), nullable=False),
        sa.Column("priority", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("ts", sa.Text()),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("resolved_at", sa.BigInteger()),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
    )
    op.create_index("incidents_conversation", "incidents", ["channel", "ts"])
    op.create_index("incidents_open", "incidents", ["priority", "number"], **_where("open"))
    op.create_index("incidents_resolved", "incidents", ["resolved_at"])
    op.create_table(
        "timeline",
        sa.Column("incident_id", sa.Text(), primary_key=True),
        sa.Column("seq", sa.Integer(), primary_key=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.Column("previous", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
    )
    op.create_table(
        "memory",
        sa.Column("number", sa.Integer(), primary_key=True),
        sa.Column("incident_id", sa.Text(), nullable=False, unique=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("resolved_at", sa.BigInteger()),
        sa.Column("cause", sa.Text()),
    )
    if op.get_bind().dialect.name == "sqlite":
        op.execute("CREATE VIRTUAL TABLE memory_words USING fts5(words, tokenize = 'unicode61')")
        return
    op.create_table(
        "memory_words",
        sa.Column("word", sa.Text(), primary_key=True),
        sa.Column("number", sa.Integer(), primary_key=True),
        sa.Column("uses", sa.Integer(), nullable=False),
        sa.Column("length", sa.Integer(), nullable=False),
    )
    op.create_index("memory_words_number", "memory_words", ["number"])


def _evidence() -> None:
    op.create_table(
        "evidence",
        sa.Column("seq", _ROW_NUMBER, primary_key=True),
        sa.Column("id", sa.Text(), nullable=False, unique=True),
        sa.Column("incident_id", sa.Text()),
        sa.Column("body", sa.Text(), nullable=False),
    )
    op.create_index("evidence_incident", "evidence", ["incident_id", "seq"])
    op.create_table(
        "blobs",
        sa.Column("digest", sa.Text(), primary_key=True),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
    )
    op.create_table(
        "diagnoses",
        sa.Column("incident_id", sa.Text(), primary_key=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
    )


def _delivery() -> None:
    op.create_table(
        "outbox",
        sa.Column("key", sa.Text(), primary_key=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("incident_id", sa.Text()),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("thread_of", sa.Text()),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("wanted", sa.Integer(), nullable=False),
        sa.Column("sent", sa.Integer(), nullable=False),
        sa.Column("ts", sa.Text()),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("not_before", sa.BigInteger()),
        sa.Column("sending_since", sa.BigInteger()),
        sa.Column("last_error", sa.Text()),
        sa.Column("wanted_at", sa.BigInteger(), nullable=False),
    )
    op.create_index("outbox_due", "outbox", ["priority", "wanted_at"], **_where("wanted > sent"))


def _jobs() -> None:
    op.create_table(
        "jobs",
        sa.Column("id", _ROW_NUMBER, primary_key=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("group_key", sa.Text()),
        sa.Column("dedupe_key", sa.Text()),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("run_at", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("max_attempts", sa.Integer(), nullable=False),
        sa.Column("owner", sa.Text()),
        sa.Column("lease_until", sa.BigInteger()),
        sa.Column("error", sa.Text()),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("jobs_due", "jobs", ["priority", "run_at", "id"], **_where("state = 'waiting'"))
    op.create_index("jobs_timer", "jobs", ["run_at"], **_where("state = 'waiting'"))
    op.create_index("jobs_group", "jobs", ["group_key", "id"], **_where("state = 'waiting'"))
    op.create_index("jobs_running", "jobs", ["group_key"], **_where("state = 'running'"))
    op.create_index(
        "jobs_dedupe",
        "jobs",
        ["dedupe_key"],
        unique=True,
        **_where("state = 'waiting' AND dedupe_key IS NOT NULL"),
    )
