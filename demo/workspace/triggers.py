"""Short-lived keys that an interaction hands to the app: trigger ids and response urls."""

from collections import OrderedDict
from dataclasses import dataclass

from demo.workspace.clock import Clock
from demo.workspace.errors import SlackRefusal
from demo.workspace.ids import Ids

TRIGGER_SECONDS = 3.0
RESPONSE_SECONDS = 1_800.0
RESPONSE_USES = 5
_KEPT = 5_000


@dataclass(slots=True)
class Trigger:
    """The right to open one modal for one user, once and soon."""

    user: str
    app_id: str
    born: float
    view_id: str = ""
    used: bool = False


@dataclass(slots=True)
class ResponseUrl:
    """The right to answer one interaction, a few times."""

    user: str
    app_id: str
    channel: str
    born: float
    message_ts: str = ""
    ephemeral: bool = False
    thread_ts: str = ""
    uses: int = 0


class Keys:
    """Hand out triggers and response urls and judge whether they still hold."""

    def __init__(self, clock: Clock, ids: Ids, trigger_seconds: float = TRIGGER_SECONDS) -> None:
        self._clock = clock
        self._ids = ids
        self._trigger_seconds = trigger_seconds
        self._triggers: OrderedDict[str, Trigger] = OrderedDict()
        self._urls: OrderedDict[str, ResponseUrl] = OrderedDict()
        self.base_url = ""

    def trigger(self, user: str, app_id: str, view_id: str = "") -> str:
        """Return a fresh trigger id."""
        key = f"{int(self._clock.now() * 1000)}.{self._ids.secret()}"
        self._triggers[key] = Trigger(user, app_id, self._clock.now(), view_id)
        while len(self._triggers) > _KEPT:
            self._triggers.popitem(last=False)
        return key

    def exchange(self, key: str, app_id: str) -> Trigger:
        """Use a trigger up; refuses with `invalid_`, `exchanged_` or `expired_trigger_id`."""
        trigger = self._triggers.get(key)
        if trigger is None or trigger.app_id != app_id:
            raise SlackRefusal("invalid_trigger_id")
        if trigger.used:
            raise SlackRefusal("exchanged_trigger_id")
        if self._clock.now() - trigger.born > self._trigger_seconds:
            raise SlackRefusal("expired_trigger_id")
        trigger.used = True
        return trigger

    def response_url(self, url: ResponseUrl) -> str:
        """Return a fresh response url."""
        key = self._ids.secret()
        self._urls[key] = url
        while len(self._urls) > _KEPT:
            self._urls.popitem(last=False)
        return f"{self.base_url}/response/{key}"

    def answer(self, key: str) -> ResponseUrl:
        """Count one use of a response url; refuses with `used_url` or `expired_url`."""
        url = self._urls.get(key)
        if url is None:
            raise SlackRefusal("invalid_url")
        if self._clock.now() - url.born > RESPONSE_SECONDS:
            raise SlackRefusal("expired_url")
        if url.uses >= RESPONSE_USES:
            raise SlackRefusal("used_url")
        url.uses += 1
        return url
