"""One of each block, as an incident bot would use it."""

from typing import Any

Json = dict[str, Any]


def plain(text: str) -> Json:
    """Return a plain text object."""
    return {"type": "plain_text", "text": text, "emoji": True}


def mrkdwn(text: str) -> Json:
    """Return a mrkdwn text object."""
    return {"type": "mrkdwn", "text": text}


def option(text: str, value: str) -> Json:
    """Return an option."""
    return {"text": plain(text), "value": value}


def rich(text: str) -> Json:
    """Return a rich text block of one line."""
    section = {"type": "rich_text_section", "elements": [{"type": "text", "text": text}]}
    return {"type": "rich_text", "elements": [section]}


def button(text: str, action_id: str, **more: Any) -> Json:
    """Return a button."""
    return {"type": "button", "text": plain(text), "action_id": action_id, **more}


def card() -> list[Json]:
    """Return an incident card."""
    overflow = {
        "type": "overflow",
        "action_id": "more",
        "options": [
            option("Mute for an hour", "mute"),
            option("Split off", "split"),
            option("Merge", "merge"),
        ],
    }
    confirm = {
        "title": plain("Roll back?"),
        "text": mrkdwn("This puts *checkout* back to `v41`."),
        "confirm": plain("Roll back"),
        "deny": plain("Not now"),
        "style": "danger",
    }
    return [
        {"type": "header", "text": plain("🔴 P0 · checkout: error rate 12.4 %")},
        {
            "type": "section",
            "text": mrkdwn(
                "*Most likely cause* (82 %): deploy `v42` at <!date^1763800000^{time}|08:26>\n"
                ">`HTTP 500` since the rollout; ~payments~ healthy. <https://example.com/|dashboard>"
            ),
            "accessory": overflow,
        },
        {
            "type": "section",
            "fields": [
                mrkdwn("*Affected*\n3 services, 41 % of users"),
                mrkdwn("*Since*\n4 minutes"),
                mrkdwn("*Paged*\n<@U0MINA0001>"),
                mrkdwn("*Rule*\n`slo.checkout.fast-burn`"),
            ],
        },
        {"type": "divider"},
        {
            "type": "actions",
            "elements": [
                button("Acknowledge", "ack", style="primary", value="inc-1"),
                button("Details …", "open_modal", value="inc-1"),
                button("Roll back", "rollback", style="danger", value="inc-1", confirm=confirm),
                button("Dashboard", "link", url="https://example.com/"),
                {
                    "type": "static_select",
                    "action_id": "assign",
                    "placeholder": plain("Assign …"),
                    "options": [option("Mina", "mina"), option("Dana", "dana")],
                },
            ],
        },
        {"type": "context", "elements": [mrkdwn("evidence: 5 queries · policy `v3` · no model needed")]},
    ]


def home() -> Json:
    """Return a Home tab."""
    return {
        "type": "home",
        "blocks": [
            {"type": "header", "text": plain("Where we stand")},
            {
                "type": "section",
                "text": mrkdwn("*1* open incident · error budget *62 %* left"),
                "accessory": button("Refresh", "refresh_home", value="now"),
            },
            {"type": "actions", "elements": [button("Open an incident", "open_modal", value="home")]},
        ],
    }
