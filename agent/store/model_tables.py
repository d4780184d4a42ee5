"""The tables of a model's work."""

from sqlalchemy import BigInteger, Column, Index, Table, Text

from agent.store.columns import Moment
from agent.store.tables import metadata

model_spend = Table(
    "model_spend",
    metadata,
    Column("day", Text, primary_key=True),
    Column("incident_id", Text, primary_key=True),
    Column("model", Text, primary_key=True),
    Column("calls", BigInteger, nullable=False),
    Column("input_tokens", BigInteger, nullable=False),
    Column("output_tokens", BigInteger, nullable=False),
    Column("micro_usd", BigInteger, nullable=False),
    Column("unpriced", BigInteger, nullable=False),
    Index("model_spend_incident", "incident_id"),
)

model_talks = Table(
    "model_talks",
    metadata,
    Column("key", Text, primary_key=True),
    Column("at", Moment, nullable=False),
    Column("body", Text, nullable=False),
    Index("model_talks_at", "at"),
)
