"""The rules of the lives as plain tables, and what a call is: who is called how and how fast, and when people sleep."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

WAYS = {"P0": ("pagerduty", "slack"), "P1": ("pagerduty", "slack"), "P2": ("slack",), "P3": ()}
RESPOND = {"P0": 300, "P1": 900, "P2": 3600, "P3": 0}
RESOLVE = {"P0": 3600, "P1": 4 * 3600, "P2": 24 * 3600, "P3": 7 * 24 * 3600}
COMES_NEXT = {"P0": ("cleo", "dan"), "P1": ("dan",), "P2": ("bob",), "P3": ()}
ON_CALL = "ada"
JOINS_PAGER = ("ada", "cleo")
SPARE_WAYS = ("sms", "email", "slack")
PATIENCE = timedelta(seconds=60)
MOMENT = timedelta(seconds=30)
CLOSES = timedelta(days=1)
LOUD = ("P0", "P1")
TELLS = {
    "P0": dict.fromkeys(("executives", "product", "support", "customers", "technical"), 1800),
    "P1": {"technical": 3600, "product": 3600},
    "P2": {"development": 4 * 3600},
    "P3": {"internal": 0},
}
SKEW = timedelta(seconds=2)


def rank(priority: str) -> int:
    """Return 0 for the loudest."""
    return int(priority[1])


def may_disturb(at: datetime) -> datetime:
    """Return when somebody who sleeps from 22:00 to 08:00 may be called for something that can wait."""
    if 8 <= at.hour < 22:
        return at
    morning = datetime(at.year, at.month, at.day, 8, tzinfo=UTC)
    return morning if at.hour < 8 else morning + timedelta(days=1)


@dataclass
class Ring:
    """One call that was made: to whom, by what, when, and whether it is taken, refused or over."""

    name: str
    person: str
    way: str
    at: datetime
    opening: int
    level: int
    why: str
    rings_service: bool = False
    taken: bool = False
    refused: bool = False
    over: bool = False
    spared: bool = False
