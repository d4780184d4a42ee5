"""Where an incident's card goes and who must answer by when, as the routing policy says."""

from agent.domain.noun import Noun


class Route(Noun):
    """A routing decision: channel name (with `#`), whom to mention and page, and the time limits in seconds.

    With `room` the incident gets a channel of its own, into which the people of the groups in `invite` are asked.
    `call` names who is called first, in place of the schedules that serve the service.
    """

    rule: str
    channel: str
    mentions: tuple[str, ...] = ()
    page: tuple[str, ...] = ()
    respond_within_seconds: int | None = None
    respond_by_next_business_day: bool = False
    resolve_within_seconds: int | None = None
    escalate_to: tuple[str, ...] = ()
    call: tuple[str, ...] = ()
    room: bool = False
    invite: tuple[str, ...] = ()
