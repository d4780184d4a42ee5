"""What is odd about an alert's times; it is kept all the same, and said."""

from datetime import UTC, datetime, timedelta

_SKEW = timedelta(minutes=1)
_OLD = timedelta(days=30)
_ZERO_YEAR = 1
MOST_NOTES = 10


def to_utc(value: datetime | None) -> datetime | None:
    """Return a time in UTC; None for Go's zero time and for what cannot be said in UTC."""
    if value is None:
        return None
    try:
        plain = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    except OverflowError:
        return None
    return None if plain.year <= _ZERO_YEAR else plain


def start_note(name: str, starts_at: datetime | None, received_at: datetime) -> str | None:
    """Return a sentence when an alert has no start, or one in the future or long ago."""
    if starts_at is None:
        return f"{name} came without a usable start time; its arrival counts"
    if starts_at - received_at > _SKEW:
        return f"{name} says that it starts at {starts_at:%Y-%m-%d %H:%M} UTC, which is in the future; check the clocks"
    if received_at - starts_at > _OLD:
        return f"{name} says that it has been firing since {starts_at:%Y-%m-%d}"
    return None
