"""A dashboard as people meet it in chat: its name, where it is, and a picture where there is no other place."""

from pydantic import Field

from agent.domain.noun import Noun


class DashboardLine(Noun):
    """One dashboard in a list; `link` is None where Grafana is not configured."""

    name: str
    title: str
    purpose: str
    readers: tuple[str, ...]
    link: str | None = None


class DashboardShown(Noun):
    """One dashboard; `picture` is a PNG of its main panels, None where it cannot be drawn and `trouble` says why.

    `silent` are the panels that have no data now.
    """

    line: DashboardLine
    picture: bytes | None = Field(default=None, repr=False)
    alt: str = ""
    silent: tuple[str, ...] = ()
    trouble: str = ""
