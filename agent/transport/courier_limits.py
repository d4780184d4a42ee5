"""How fast and how patiently messages leave for the world outside chat: hands, rates and pauses, by channel."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from agent.domain.notification import Channel, Notification

PAGE = "page:"


@dataclass(frozen=True, slots=True)
class Rate:
    """Messages a second, and how many at once."""

    per_second: float
    burst: float


@dataclass(frozen=True, slots=True)
class Patience:
    """Pauses double from the first to the longest; after so many attempts a message is dead."""

    first_seconds: float
    longest_seconds: float
    attempts: int

    def pause(self, attempts: int) -> timedelta:
        """Return how long to wait after so many failed attempts."""
        doubled = self.first_seconds * 2 ** min(max(attempts - 1, 0), 12)
        return timedelta(seconds=min(doubled, self.longest_seconds))


def _rates() -> dict[Channel, Rate]:
    return {
        Channel.PAGERDUTY: Rate(5.0, 20.0),
        Channel.SMS: Rate(5.0, 10.0),
        Channel.EMAIL: Rate(10.0, 20.0),
        Channel.STATUSPAGE: Rate(1.0, 5.0),
        Channel.JIRA: Rate(5.0, 10.0),
        Channel.TEAMS: Rate(2.0, 4.0),
    }


@dataclass(frozen=True, slots=True)
class CourierLimits:
    """What one channel may use, so that no other has to wait for it."""

    rates: Mapping[Channel, Rate] = field(default_factory=_rates)
    hands: int = 4
    urgent_hands: int = 4
    """More hands of each channel, for P0 and P1 alone."""
    send_seconds: float = 20.0
    lease_seconds: float = 5.0
    """How long after its deadline a sending that nobody ended counts as cut off."""
    longest_pause: timedelta = timedelta(hours=1, minutes=1)
    """The longest pause that a vendor's word can bring about."""
    page: Patience = field(default_factory=lambda: Patience(1.0, 30.0, 9))
    pager: Patience = field(default_factory=lambda: Patience(1.0, 60.0, 90))
    other: Patience = field(default_factory=lambda: Patience(2.0, 600.0, 30))

    def patience(self, notification: Notification) -> Patience:
        """Return how a message is tried again: a page dies within minutes, so that another way is taken in time."""
        if notification.about.startswith(PAGE):
            return self.page
        return self.pager if notification.channel is Channel.PAGERDUTY else self.other

    def lease(self) -> timedelta:
        """Return how long a sending may take before it counts as cut off."""
        return timedelta(seconds=self.send_seconds + self.lease_seconds)
