"""The fault panel beside the workspace's page: what the demo hands in, and what the page shows."""

from typing import Protocol

from pydantic import BaseModel, ConfigDict


class PanelItem(BaseModel):
    """One switch on the panel."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    title: str
    description: str = ""
    active: bool = False
    busy: bool = False


class PanelState(BaseModel):
    """The whole panel at one moment."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: str
    items: tuple[PanelItem, ...] = ()


class Panel(Protocol):
    """Show switches and act when one is pressed."""

    async def describe(self) -> PanelState:
        """Return what the page should draw."""
        ...

    async def press(self, item_id: str, user: str) -> None:
        """Act on one switch for a user; an unknown id raises KeyError."""
        ...
