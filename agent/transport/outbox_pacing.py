"""How fast messages may leave: token buckets per channel and method that give way when Slack says so."""

from dataclasses import dataclass, field

# The named pause is the answer to a single refusal; only a row of them says that the published rate is not ours.
_SLOWER = 0.7
_FASTER = 1.2


@dataclass(frozen=True, slots=True)
class OutboxLimits:
    """Rates in calls per second; Slack publishes about one post a second per channel and 50 edits a minute."""

    posts_per_second: float = 1.0
    post_burst: float = 3.0
    edits_per_second: float = 50 / 60
    edit_burst: float = 20.0
    urgent_reserve: float = 5.0
    """Edits kept back for P0 and P1, so that a storm of minor incidents cannot use up the bucket."""
    edit_gap_seconds: float = 2.0
    """The least time between two edits of one message, unless its colour changed."""
    backoff_seconds: float = 1.0
    longest_backoff_seconds: float = 60.0
    most_in_flight: int = 8


@dataclass(slots=True)
class Bucket:
    """Tokens that refill with time; a pause empties nothing but closes the tap for a while."""

    capacity: float
    base_rate: float
    tokens: float
    at: float
    rate: float = 0.0
    closed_until: float = 0.0

    def wait(self, now: float, reserve: float = 0.0) -> float:
        """Return the seconds until a token may be taken, 0 when it may be taken now."""
        self._refill(now)
        # A reserve as large as the bucket would keep everybody else out for ever.
        needed = min(1.0 + reserve, self.capacity)
        lacking = max(0.0, needed - self.tokens) / self.rate
        return max(lacking, self.closed_until - now, 0.0)

    def take(self, now: float) -> None:
        """Take a token."""
        self._refill(now)
        self.tokens -= 1.0

    def give_back(self) -> None:
        """Return a token that was not used after all."""
        self.tokens = min(self.capacity, self.tokens + 1.0)

    def refused(self, now: float, retry_after: float) -> None:
        """Close for the time the server named, and go on slower; refused again and again, ever slower."""
        self._refill(now)
        self.closed_until = max(self.closed_until, now + retry_after)
        self.rate = max(self.base_rate / 10, self.rate * _SLOWER)
        self.tokens = min(self.tokens, 1.0)

    def accepted(self) -> None:
        """Speed up again."""
        self.rate = min(self.base_rate, (self.rate or self.base_rate) * _FASTER)

    def _refill(self, now: float) -> None:
        self.rate = self.rate or self.base_rate
        if now < self.at:
            # The clock was set back; waiting until it is as late again could silence the bot for hours.
            self.closed_until -= self.at - now
        self.tokens = min(self.capacity, self.tokens + max(0.0, now - self.at) * self.rate)
        self.at = now


@dataclass(slots=True)
class Pacing:
    """One bucket for all edits, one per channel for posts; times are unix seconds."""

    limits: OutboxLimits
    _posts: dict[str, Bucket] = field(default_factory=dict)
    _edits: Bucket | None = None

    def wait(self, channel: str, *, edit: bool, urgent: bool, now: float) -> float:
        """Return the seconds until this message may leave."""
        reserve = self.limits.urgent_reserve if edit and not urgent else 0.0
        return self._bucket(channel, edit, now).wait(now, reserve)

    def take(self, channel: str, *, edit: bool, now: float) -> None:
        """Count a message that leaves now."""
        self._bucket(channel, edit, now).take(now)

    def give_back(self, channel: str, *, edit: bool, now: float) -> None:
        """Uncount a message that did not leave after all."""
        self._bucket(channel, edit, now).give_back()

    def refused(self, channel: str, *, edit: bool, now: float, retry_after: float) -> None:
        """Heed a 429: only this channel's posts, or all edits, wait."""
        self._bucket(channel, edit, now).refused(now, retry_after)

    def accepted(self, channel: str, *, edit: bool, now: float) -> None:
        """Note that a message was taken."""
        self._bucket(channel, edit, now).accepted()

    def _bucket(self, channel: str, edit: bool, now: float) -> Bucket:
        limits = self.limits
        if edit:
            if self._edits is None:
                self._edits = Bucket(limits.edit_burst, limits.edits_per_second, limits.edit_burst, now)
            return self._edits
        if channel not in self._posts:
            self._posts[channel] = Bucket(limits.post_burst, limits.posts_per_second, limits.post_burst, now)
        return self._posts[channel]
