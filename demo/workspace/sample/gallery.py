"""The block types that an incident card does not show."""

from typing import Any

from demo.workspace.sample.blocks import button, mrkdwn, plain, rich

Json = dict[str, Any]
_SUMMARY = (
    "## Summary\n1. **checkout** fails\n2. rollback *recommended*\n\n"
    "| service | errors |\n|---|---|\n| checkout | 41 |\n\n```\nE500 x 41\n```"
)


def gallery() -> list[Json]:
    """Return one of each remaining block type."""
    alert = {"type": "alert", "level": "warning", "text": mrkdwn("Prometheus is slow; figures may be old.")}
    card = {
        "type": "card",
        "title": mrkdwn("*deploy v42*"),
        "subtitle": mrkdwn("by <@U0ALEX0003>"),
        "body": mrkdwn("7 commits, 1 migration"),
        "actions": [button("Show", "show_deploy", value="v42")],
    }
    summary = {"type": "markdown", "text": _SUMMARY}
    return [alert, _plan(), summary, _table(), card, _rich_text(), feedback()]


def _plan() -> Json:
    rows = (
        ("Read the error rate", "complete"),
        ("Compare with the deploy", "in_progress"),
        ("Look at the logs", "error"),
        ("Propose an action", "pending"),
    )
    tasks: list[Json] = [
        {"type": "task_card", "task_id": str(number), "title": title, "status": status}
        for number, (title, status) in enumerate(rows)
    ]
    tasks[0]["output"] = rich("12.4 %")
    return {"type": "plan", "title": "How I looked", "tasks": tasks}


def _table() -> Json:
    rows = (("service", "errors"), ("checkout", "12.4 %"), ("cart", "0.1 %"))
    return {
        "type": "table",
        "column_settings": [{"align": "left"}, {"align": "right"}],
        "rows": [[{"type": "raw_text", "text": cell} for cell in row] for row in rows],
    }


def _rich_text() -> Json:
    bold = {"type": "text", "text": "first", "style": {"bold": True}}
    lines = (bold, {"type": "user", "user_id": "U0DANA0004"})
    items = [{"type": "rich_text_section", "elements": [line]} for line in lines]
    return {
        "type": "rich_text",
        "elements": [
            {"type": "rich_text_list", "style": "bullet", "elements": items},
            {"type": "rich_text_preformatted", "elements": [{"type": "text", "text": "SELECT 1;"}]},
            {"type": "rich_text_quote", "elements": [{"type": "text", "text": "it was DNS"}]},
        ],
    }


def feedback() -> Json:
    """Return the "was this good?" row under an answer."""
    buttons = {
        "type": "feedback_buttons",
        "action_id": "feedback",
        "positive_button": {"text": plain("Good"), "value": "up"},
        "negative_button": {"text": plain("Bad"), "value": "down"},
    }
    remove = {"type": "icon_button", "icon": "trash", "text": plain("Remove"), "action_id": "remove"}
    return {"type": "context_actions", "elements": [buttons, remove]}
