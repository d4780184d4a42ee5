"""Memory: what people say of a diagnosis, and what a past incident was about beside its title."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Create the votes, and room for the rest of a memory."""
    op.create_table(
        "feedback",
        sa.Column("incident_id", sa.Text, primary_key=True),
        sa.Column("run", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("person", sa.Text, primary_key=True),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
    )
    op.create_index("feedback_at", "feedback", ["at"])
    op.add_column("memory", sa.Column("about", sa.Text))


def downgrade() -> None:
    """Drop both."""
    op.drop_table("feedback")
    op.drop_column("memory", "about")
