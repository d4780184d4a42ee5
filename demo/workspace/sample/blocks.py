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


def gallery() -> list[Json]:
    """Return the remaining block types."""
    cell = {"type": "raw_text"}
    tasks = [
        {
            "type": "task_card",
            "task_id": "1",
            "title": "Read the error rate",
            "status": "complete",
            "output": rich("12.4 %"),
        },
        {"type": "task_card", "task_id": "2", "title": "Compare with the deploy", "status": "in_progress"},
        {"type": "task_card", "task_id": "3", "title": "Look at the logs", "status": "error"},
        {"type": "task_card", "task_id": "4", "title": "Propose an action", "status": "pending"},
    ]
    return [
        {"type": "alert", "level": "warning", "text": mrkdwn("Prometheus is slow; figures may be old.")},
        {"type": "plan", "title": "How I looked", "tasks": tasks},
        {
            "type": "markdown",
            "text": "## Summary\n1. **checkout** fails\n2. rollback *recommended*\n\n"
            "| a | b |\n|---|---|\n| 1 | 2 |\n\n```\nE500 x 41\n```",
        },
        {
            "type": "table",
            "column_settings": [{"align": "left"}, {"align": "right"}],
            "rows": [
                [cell | {"text": "service"}, cell | {"text": "errors"}],
                [cell | {"text": "checkout"}, cell | {"text": "12.4 %"}],
                [cell | {"text": "cart"}, cell | {"text": "0.1 %"}],
            ],
        },
        {
            "type": "card",
            "title": mrkdwn("*deploy v42*"),
            "subtitle": mrkdwn("by <@U0ALEX0003>"),
            "body": mrkdwn("7 commits, 1 migration"),
            "actions": [button("Show", "show_deploy", value="v42")],
        },
        {
            "type": "rich_text",
            "elements": [
                {
                    "type": "rich_text_list",
                    "style": "bullet",
                    "elements": [
                        {
                            "type": "rich_text_section",
                            "elements": [{"type": "text", "text": "first", "style": {"bold": True}}],
                        },
                        {
                            "type": "rich_text_section",
                            "elements": [{"type": "user", "user_id": "U0DANA0004"}],
                        },
                    ],
                },
                {
                    "type": "rich_text_preformatted",
                    "elements": [{"type": "text", "text": "SELECT 1;"}],
                },
                {"type": "rich_text_quote", "elements": [{"type": "text", "text": "it was DNS"}]},
            ],
        },
        {
            "type": "context_actions",
            "elements": [
                {
                    "type": "feedback_buttons",
                    "action_id": "feedback",
                    "positive_button": {"text": plain("Good"), "value": "up"},
                    "negative_button": {"text": plain("Bad"), "value": "down"},
                },
                {"type": "icon_button", "icon": "trash", "text": plain("Remove"), "action_id": "remove"},
            ],
        },
    ]


def modal(title: str = "Open an incident") -> Json:
    """Return a modal with every kind of input."""
    inputs: list[tuple[str, str, Json]] = [
        ("summary", "Summary", {"type": "plain_text_input", "min_length": 3}),
        ("details", "Details", {"type": "plain_text_input", "multiline": True}),
        (
            "priority",
            "Priority",
            {"type": "static_select", "options": [option(f"P{n}", f"p{n}") for n in range(4)]},
        ),
        (
            "services",
            "Services",
            {
                "type": "multi_static_select",
                "options": [option(name, name) for name in ("checkout", "cart", "payments")],
            },
        ),
        ("runbook", "Runbook", {"type": "external_select", "min_query_length": 0}),
        ("commander", "Commander", {"type": "users_select"}),
        ("room", "Channel", {"type": "conversations_select"}),
        (
            "flags",
            "Flags",
            {
                "type": "checkboxes",
                "options": [option("Customers see it", "seen"), option("Data loss", "loss")],
            },
        ),
        (
            "kind",
            "Kind",
            {"type": "radio_buttons", "options": [option("Outage", "outage"), option("Slowness", "slow")]},
        ),
        ("day", "Day", {"type": "datepicker"}),
        ("time", "Time", {"type": "timepicker"}),
        ("count", "Affected users", {"type": "number_input", "is_decimal_allowed": False}),
    ]
    required = {"summary", "priority"}
    return {
        "type": "modal",
        "callback_id": "incident",
        "title": plain(title[:24]),
        "submit": plain("Open"),
        "close": plain("Cancel"),
        "notify_on_close": True,
        "blocks": [
            {"type": "section", "text": mrkdwn("A summary that contains `fail` is refused.")},
            *(
                {
                    "type": "input",
                    "block_id": name,
                    "label": plain(label),
                    "optional": name not in required,
                    "element": {"action_id": name, **element},
                }
                for name, label, element in inputs
            ),
            {"type": "actions", "block_id": "more", "elements": [button("Another layer", "push_modal")]},
        ],
    }


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
