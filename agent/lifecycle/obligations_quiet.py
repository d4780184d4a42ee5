"""What can wait for the morning: quiet hours of the people who would be called, and mutes of an incident's alerts."""

from datetime import datetime

from agent.lifecycle.obligation import Life


def morning(life: Life, names: tuple[str, ...], at: datetime) -> datetime:
    """Return when these people may be called who are wanted at a time: P2 and P3 wait for quiet hours and mutes to end."""
    if life.steps.in_quiet_hours == "call":
        return at
    at = max([at, *(until for until in muted_until(life) if until > life.now)])
    when = max(at, life.now)
    people = [one.person for one in life.who(names, when) if one.person is not None]
    quiet = [life.policies.oncall.quiet_until(person, when) for person in people]
    ends = [one for one in quiet if one is not None]
    return min(ends) if people and len(ends) == len(quiet) else at


def muted_until(life: Life) -> list[datetime]:
    """Return the ends of the mutes of its alerts."""
    return [datetime.fromisoformat(key.partition(":")[2]) for key in life.done if key.startswith("muted:")]
