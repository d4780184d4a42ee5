"""The double of PagerDuty with two people, and connectors to it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from demo.vendors.door import VendorServer
from demo.vendors.pagerduty import PagerDutyDouble
from demo.vendors.pagerduty_records import PagerIncident, Turn, User
from tools.connectors.pagerduty import PagerDutyEvents
from tools.connectors.pagerduty_rest import PagerDutyRest

ROUTING_KEY, API_KEY = "r" * 32, "u+rest-key-of-tests"
MINA = User("PMINA01", "Mina", "mina@example.test")
JUN = User("PJUN001", "Jun", "jun@example.test")
SCHEDULE = "PSCHED1"


@dataclass
class Pager:
    """The double, the address that it is served at, and what talks to it."""

    double: PagerDutyDouble
    url: str
    events: PagerDutyEvents
    rest: PagerDutyRest

    @property
    def incidents(self) -> list[PagerIncident]:
        return self.double.books.incidents


def pager_double() -> PagerDutyDouble:
    """Return a double in which Mina is on call and Jun comes after her."""
    double = PagerDutyDouble(ROUTING_KEY, API_KEY)
    double.books.users = [MINA, JUN]
    double.books.turns = [Turn(SCHEDULE, MINA), Turn("PSCHED2", JUN, level=2)]
    return double


@asynccontextmanager
async def serving_pager(timeout_seconds: float = 30.0) -> AsyncIterator[Pager]:
    """Serve the double and connect to it."""
    double = pager_double()
    async with VendorServer(double) as server:
        rest = PagerDutyRest(API_KEY, server.url, timeout_seconds=timeout_seconds, sender=MINA.email)
        events = PagerDutyEvents(
            ROUTING_KEY, server.url, timeout_seconds=timeout_seconds, rest=rest, client_url="https://ops.test"
        )
        try:
            yield Pager(double, server.url, events, rest)
        finally:
            await events.close()
            await rest.close()
            await double.hooks.settled()
