"""The parameters of incident_responder's reads."""

from pydantic import Field

from tools.base import WEEK_MINUTES, Name, Params, WindowParams


class PodsParams(Params):
    """Which pods; all of the configured namespaces when left out."""

    service: Name | None = None
    namespace: Name | None = None


class PodParams(Params):
    """Which pod, by its full name."""

    pod: Name


class EventsParams(WindowParams):
    """Whose events."""

    service: Name | None = None
    namespace: Name | None = None
    minutes: int = Field(default=60, ge=1, le=WEEK_MINUTES)


class LogsParams(Params):
    """Which pod's log, how many lines, and whether that of the container before its last restart."""

    pod: Name
    tail: int = Field(default=50, ge=1, le=500)
    previous: bool = False


class RolloutsParams(WindowParams):
    """Whose changes."""

    service: Name | None = None
    namespace: Name | None = None
    minutes: int = Field(default=120, ge=1, le=WEEK_MINUTES)


class TopParams(Params):
    """Which namespace; the configured ones when left out."""

    namespace: Name | None = None
