"""Insert-or-update and the greater of two values, in words that both engines understand."""

from typing import Any

# PostgreSQL's construct compiles for SQLite as well; SQLite's own does not compile for PostgreSQL.
from sqlalchemy.dialects.postgresql import Insert, insert
from sqlalchemy.sql import ColumnElement, case

__all__ = ["Insert", "greater", "insert"]


def greater(one: ColumnElement[Any], other: ColumnElement[Any]) -> ColumnElement[Any]:
    """Return the greater of two values; the engines have no common function for it."""
    return case((one > other, one), else_=other)
