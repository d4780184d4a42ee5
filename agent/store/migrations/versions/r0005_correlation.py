"""What people decided about which alerts belong together."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "correlation_rules",
        sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("standing", sa.Boolean, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_table("correlation_rules")
