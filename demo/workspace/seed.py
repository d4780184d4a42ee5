"""The people, channels and app that a workspace starts with."""

import secrets
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Json = dict[str, Any]


class _Seed(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class TeamSeed(_Seed):
    """The workspace itself."""

    id: str = "T0DEMO0001"
    name: str = "Demo workspace"
    domain: str = "demo-workspace"


class UserSeed(_Seed):
    """One person, or the user behind a bot."""

    id: str
    name: str
    real_name: str
    title: str = ""
    tz: str = "Etc/UTC"
    tz_offset: int = 0
    locale: str = "en-US"
    color: str = "4a154b"
    avatar_emoji: str = "🙂"
    email: str = ""
    phone: str = ""
    is_bot: bool = False
    is_admin: bool = False


class ChannelSeed(_Seed):
    """One channel; without `members` everyone is in it."""

    id: str
    name: str
    topic: str = ""
    purpose: str = ""
    is_private: bool = False
    members: tuple[str, ...] | None = None


class UsergroupSeed(_Seed):
    """One user group, mentioned as `<!subteam^ID>`."""

    id: str
    handle: str
    name: str
    users: tuple[str, ...] = ()


class AppSeed(_Seed):
    """One installed app: its secrets, its manifest, and how it wants its events."""

    id: str = "A0OPSMON01"
    name: str = "ops-monitor"
    bot_user_id: str = "U0OPSBOT01"
    bot_id: str = "B0OPSMON01"
    bot_token: str = Field(repr=False)
    app_token: str = Field(repr=False)
    signing_secret: str = Field(repr=False)
    verification_token: str = Field(repr=False)
    client_id: str = "1000000001.2000000002"
    client_secret: str = Field(repr=False)
    manifest: Json
    delivery: Literal["socket", "http"] = "socket"
    request_url: str = ""
    icon_emoji: str = "🛰️"
    extra_scopes: tuple[str, ...] = ()


class WorkspaceSeed(_Seed):
    """All that exists before anybody says a word."""

    team: TeamSeed = TeamSeed()
    users: tuple[UserSeed, ...]
    channels: tuple[ChannelSeed, ...]
    apps: tuple[AppSeed, ...]
    usergroups: tuple[UsergroupSeed, ...] = ()
    bot_channels: tuple[str, ...] = ()


_SEOUL = {"tz": "Asia/Seoul", "tz_offset": 32_400, "locale": "ko-KR"}


def _people() -> tuple[UserSeed, ...]:
    rows: tuple[tuple[str, str, str, str, str, bool], ...] = (
        ("U0MINA0001", "Mina", "On-call SRE", "e01e5a", "🦊", True),
        ("U0JUN00002", "Jun", "Engineering manager", "36c5f0", "🐻", True),
        ("U0ALEX0003", "Alex", "Developer", "2eb67d", "🐧", False),
        ("U0DANA0004", "Dana", "Database administrator", "ecb22e", "🐙", False),
        ("U0SAM00005", "Sam", "Product", "9b59b6", "🦉", False),
        ("U0RILEY006", "Riley", "Customer support", "e67e22", "🐝", False),
        ("U0NOA00007", "Noa", "CTO", "1d7a8c", "🦅", False),
        ("U0KAI00008", "Kai", "VP Engineering", "8c5a1d", "🐺", False),
    )
    return tuple(
        UserSeed(
            id=id_,
            name=name.lower(),
            real_name=name,
            title=title,
            color=color,
            avatar_emoji=emoji,
            email=f"{name.lower()}@demo.example",
            phone=f"+155501{number:05d}",
            is_admin=name == "Jun",
            **(_SEOUL if korean else {}),
        )
        for number, (id_, name, title, color, emoji, korean) in enumerate(rows, 1)
    )


def _channels() -> tuple[ChannelSeed, ...]:
    rows = (
        ("C0GENERAL1", "general", "Everyone", "Company-wide talk"),
        ("C0ALERTSCR", "alerts-critical", "P0 and P1: wake somebody", "Incidents that page"),
        ("C0ALERTSWA", "alerts-warning", "P2: working hours", "Incidents for working hours"),
        ("C0ALERTS01", "alerts", "P3 and daily checks", "Quiet alerts and daily checks"),
        (
            "C0SECURITY",
            "security-alerts",
            "For the security team",
            "Security incidents, whatever their priority",
        ),
        ("C0INCIDENT", "incidents", "Coordination", "Where people work on incidents"),
        ("C0RELEASES", "releases", "What went out", "Each release, and what came of it"),
        ("C0EXECUPDA", "exec-updates", "For executives", "What executives are told of incidents"),
        ("C0PRODUCT1", "product", "For product", "What product is told of incidents"),
        ("C0SUPPORT1", "support", "For customer support", "What support is told of incidents"),
    )
    return tuple(ChannelSeed(id=i, name=n, topic=t, purpose=p) for i, n, t, p in rows)


def _usergroups() -> tuple[UsergroupSeed, ...]:
    """Return who may approve what; Sam and Riley are in no group, so that a refusal can be seen."""
    mina, jun, alex, dana = "U0MINA0001", "U0JUN00002", "U0ALEX0003", "U0DANA0004"
    rows: tuple[tuple[str, str, str, tuple[str, ...]], ...] = (
        ("S0SREONC01", "sre-oncall", "SRE on call", (mina, jun, alex)),
        ("S0DBA00002", "dba", "Database team", (dana, mina)),
        ("S0COMMAND3", "incident-commander", "Incident commanders", (jun, mina)),
        ("S0PLATFRM4", "platform-admins", "Platform administrators", (jun, alex)),
        ("S0SECURIT6", "security-team", "Security team", (dana, jun)),
        ("S0COMMUNI5", "communications", "Who lets updates to customers go", (mina, jun)),
    )
    return tuple(UsergroupSeed(id=i, handle=h, name=n, users=u) for i, h, n, u in rows)


def new_app(manifest: Json, **changes: Any) -> AppSeed:
    """Return an app with fresh random secrets for a manifest."""
    secret = secrets.token_hex
    app: Json = {
        "bot_token": f"xoxb-{secret(12)}",
        "app_token": f"xapp-1-{secret(12)}",
        "signing_secret": secret(16),
        "verification_token": secret(12),
        "client_secret": secret(16),
        "manifest": manifest,
    }
    name = manifest.get("display_information", {}).get("name")
    if name:
        app["name"] = name
    return AppSeed(**{**app, **changes})


def demo_seed(manifest: Json) -> WorkspaceSeed:
    """Return the demo's people, channels and user groups with one app made from the manifest."""
    channels = _channels()
    return WorkspaceSeed(
        users=_people(),
        channels=channels,
        apps=(new_app(manifest),),
        usergroups=_usergroups(),
        bot_channels=tuple(channel.id for channel in channels),
    )
