"""People's work in incidents: records, messages to the outside, the clock of each incident, chosen languages."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

_MOVING = sa.text("state IN ('waiting', 'sending')")


def upgrade() -> None:
    """Create the tables, find incidents by the channel of their own, and have every open incident looked at."""
    _records()
    _notifications()
    op.create_table(
        "life_clock",
        sa.Column("incident_id", sa.Text, primary_key=True),
        sa.Column("due_at", sa.BigInteger, nullable=False),
    )
    op.create_index("life_clock_due", "life_clock", ["due_at"])
    op.create_table(
        "obligations",
        sa.Column("incident_id", sa.Text, primary_key=True),
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("at", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "preferences",
        sa.Column("scope", sa.Text, primary_key=True),
        sa.Column("language", sa.Text, nullable=False),
    )
    op.add_column("incidents", sa.Column("room", sa.Text))
    op.create_index("incidents_room", "incidents", ["room"])
    op.execute("INSERT INTO life_clock (incident_id, due_at) SELECT id, 0 FROM incidents WHERE open")


def _records() -> None:
    op.create_table(
        "records",
        sa.Column("kind", sa.Text, primary_key=True),
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("incident_id", sa.Text),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
    )
    op.create_index("records_number", "records", ["kind", "number"], unique=True)
    for name, column in (("incident", "incident_id"), ("subject", "subject"), ("state", "state")):
        op.create_index(f"records_{name}", "records", ["kind", column, "number"])
    op.create_index("records_at", "records", ["kind", "at"])


def _notifications() -> None:
    op.create_table(
        "notifications",
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("incident_id", sa.Text),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("priority", sa.Integer, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("not_before", sa.BigInteger),
        sa.Column("body", sa.Text, nullable=False),
    )
    op.create_index(
        "notifications_due",
        "notifications",
        ["priority", "at"],
        sqlite_where=_MOVING,
        postgresql_where=_MOVING,
    )
    op.create_index("notifications_state", "notifications", ["state", "at"])
    op.create_index("notifications_incident", "notifications", ["incident_id", "at"])


def downgrade() -> None:
    """Drop them."""
    op.drop_index("incidents_room", "incidents")
    op.drop_column("incidents", "room")
    for table in ("preferences", "obligations", "life_clock", "notifications", "records"):
        op.drop_table(table)
