"""The world outside the shop: doubles of the vendors that carry messages, in this process, and the bot's way to them."""

from collections.abc import Callable
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Self

from demo.vendors.door import VendorServer
from demo.vendors.jira import JiraVendor
from demo.vendors.mail import MailVendor
from demo.vendors.statuspage import StatuspageVendor
from demo.vendors.teams import TeamsVendor

COMPONENTS = ("Online shop", "Checkout", "Payments", "Textbooks", "Tutor")


class OutsideWorld:
    """Every vendor's double on a loopback port of its own; an async context manager."""

    def __init__(self, *, say: Callable[[str], None] = print) -> None:
        self._say = say
        self._stack = AsyncExitStack()
        self.mail = MailVendor()
        self.statuspage = StatuspageVendor(components=COMPONENTS)
        self.jira = JiraVendor()
        self.teams = TeamsVendor()
        self.urls: dict[str, str] = {}

    async def __aenter__(self) -> Self:
        try:
            await self._start()
        except BaseException:
            await self._stack.aclose()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    async def _start(self) -> None:
        await self.mail.start()
        self._stack.push_async_callback(self.mail.stop)
        for vendor in (self.statuspage, self.jira, self.teams):
            server = await self._stack.enter_async_context(VendorServer(vendor))
            self.urls[vendor.name] = server.url

    @property
    def settings(self) -> dict[str, str]:
        """Return the bot's settings for all of them."""
        return {
            "OPS_SMTP_HOST": "127.0.0.1",
            "OPS_SMTP_PORT": str(self.mail.port),
            "OPS_SMTP_SECURITY": "none",
            "OPS_SMTP_FROM": "ops-monitor@demo.example",
            "OPS_STATUSPAGE_API_URL": self.urls["statuspage"],
            "OPS_STATUSPAGE_API_KEY": self.statuspage.api_key,
            "OPS_STATUSPAGE_PAGE_ID": self.statuspage.page_id,
            "OPS_JIRA_URL": self.urls["jira"],
            "OPS_JIRA_USERNAME": self.jira.username,
            "OPS_JIRA_TOKEN": self.jira.token,
            "OPS_JIRA_PROJECT": self.jira.project,
            "OPS_TEAMS_WEBHOOK_URL": self.teams.webhook_url(self.urls["teams"]),
        }
