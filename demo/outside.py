"""The world outside the shop: doubles of vendors in this process, and the bot's way to them."""

import secrets
from typing import Any

import yaml

from demo.overlay import OVERLAY
from demo.staged import Staged
from demo.vendors.door import Vendor, VendorServer
from demo.vendors.grafana import GrafanaVendor
from demo.vendors.jira import JiraVendor
from demo.vendors.mail import MailVendor
from demo.vendors.outside import OutsideServer
from demo.vendors.pagerduty import PagerDutyDouble
from demo.vendors.pagerduty_hooks import Hooks
from demo.vendors.pagerduty_records import PagerBooks, Turn, User
from demo.vendors.statuspage import StatuspageVendor
from demo.vendors.teams import TeamsVendor
from demo.vendors.twilio import TwilioDouble

COMPONENTS = ("Online shop", "Checkout", "Payments", "Textbooks", "Tutor")
READERS = (
    "Executive team",
    "Product owners",
    "DevOps team",
    "SRE",
    "On-call engineers",
    "Development team",
    "Technical leads",
    "Infrastructure team",
    "Security team",
)
"""The teams of Grafana: those that may read the dashboards' folders."""
BOT_MAIL = "ops-monitor@demo.example"
SCHEDULE = "PSCHED1"


def rota() -> dict[str, Any]:
    """Return the demo's people and whose turn it is, as the bot's policies have them."""
    read: dict[str, Any] = yaml.safe_load((OVERLAY / "oncall.yaml").read_text("utf-8"))
    return read


def pager_books(rota: dict[str, Any]) -> PagerBooks:
    """Return PagerDuty's users and schedule: the same people as in the demo's rota, the first of them on call."""
    users = {one["id"]: User(one["pagerduty"], one["name"], one["email"]) for one in rota["people"]}
    on_call = users[rota["schedules"][0]["rotation"][0]]
    bot = User("POPSMON", "ops-monitor", BOT_MAIL)
    return PagerBooks(users=[*users.values(), bot], turns=[Turn(SCHEDULE, on_call)])


class OutsideWorld(Staged):
    """Every vendor's double on a loopback port of its own; an async context manager."""

    def __init__(self, bot_url: str, *, port: int = 0) -> None:
        super().__init__()
        self._port = port
        self._people = rota()
        hooks = Hooks(url=f"{bot_url}/webhooks/pagerduty", secret=secrets.token_urlsafe(24))
        self.pagerduty = PagerDutyDouble(
            secrets.token_hex(16), secrets.token_urlsafe(16), books=pager_books(self._people), hooks=hooks
        )
        self.twilio = TwilioDouble(f"AC{secrets.token_hex(16)}", secrets.token_hex(16))
        self.mail = MailVendor()
        self.statuspage = StatuspageVendor(components=COMPONENTS)
        self.jira = JiraVendor()
        self.teams = TeamsVendor()
        self.grafana = GrafanaVendor(READERS)
        self.urls: dict[str, str] = {}

    async def _start(self) -> None:
        await self.mail.start()
        self._stack.push_async_callback(self.mail.stop)
        for vendor in (*self.vendors, self.grafana):
            server = await self._stack.enter_async_context(VendorServer(vendor))
            self.urls[vendor.name] = server.url
        self.page = await self._stack.enter_async_context(
            OutsideServer(
                (*self.vendors, self.mail),
                pager_url=self.urls["pagerduty"],
                names={one["phone"]: one["name"] for one in self._people["people"]},
                port=self._port,
            )
        )

    @property
    def vendors(self) -> tuple[Vendor, ...]:
        """Return those that speak HTTP and carry messages."""
        return (self.pagerduty, self.twilio, self.statuspage, self.jira, self.teams)

    @property
    def settings(self) -> dict[str, str]:
        """Return the bot's settings for all of them."""
        pagerduty, twilio = self.urls["pagerduty"], self.urls["twilio"]
        return {
            "OPS_PAGERDUTY_EVENTS_URL": pagerduty,
            "OPS_PAGERDUTY_API_URL": pagerduty,
            "OPS_PAGERDUTY_ROUTING_KEY": self.pagerduty.routing_key,
            "OPS_PAGERDUTY_API_KEY": self.pagerduty.api_key,
            "OPS_PAGERDUTY_FROM": BOT_MAIL,
            "OPS_PAGERDUTY_WEBHOOK_SECRET": self.pagerduty.hooks.secret,
            "OPS_TWILIO_API_URL": twilio,
            "OPS_TWILIO_ACCOUNT_SID": self.twilio.account,
            "OPS_TWILIO_AUTH_TOKEN": self.twilio.token,
            "OPS_TWILIO_FROM": "+15550109999",
            "OPS_SMTP_HOST": "127.0.0.1",
            "OPS_SMTP_PORT": str(self.mail.port),
            "OPS_SMTP_SECURITY": "none",
            "OPS_SMTP_FROM": BOT_MAIL,
            "OPS_STATUSPAGE_API_URL": self.urls["statuspage"],
            "OPS_STATUSPAGE_API_KEY": self.statuspage.api_key,
            "OPS_STATUSPAGE_PAGE_ID": self.statuspage.page_id,
            "OPS_JIRA_URL": self.urls["jira"],
            "OPS_JIRA_USERNAME": self.jira.username,
            "OPS_JIRA_TOKEN": self.jira.token,
            "OPS_JIRA_PROJECT": self.jira.project,
            "OPS_GRAFANA_URL": self.urls["grafana"],
            "OPS_GRAFANA_TOKEN": self.grafana.token,
            "OPS_TEAMS_WEBHOOK_URL": self.teams.webhook_url(self.urls["teams"]),
        }
