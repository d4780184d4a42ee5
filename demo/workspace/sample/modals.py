"""A modal with every kind of input."""

from typing import Any

from demo.workspace.sample.blocks import button, mrkdwn, option, plain

Json = dict[str, Any]
_REQUIRED = {"summary", "priority"}


def _options(*names: str) -> list[Json]:
    return [option(name, name.lower()) for name in names]


def _inputs() -> list[tuple[str, str, Json]]:
    services = _options("Checkout", "Cart", "Payments")
    flags = _options("Customers see it", "Data loss")
    return [
        ("summary", "Summary", {"type": "plain_text_input", "min_length": 3}),
        ("details", "Details", {"type": "plain_text_input", "multiline": True}),
        ("priority", "Priority", {"type": "static_select", "options": _options("P0", "P1", "P2", "P3")}),
        ("services", "Services", {"type": "multi_static_select", "options": services}),
        ("runbook", "Runbook", {"type": "external_select", "min_query_length": 0}),
        ("commander", "Commander", {"type": "users_select"}),
        ("room", "Channel", {"type": "conversations_select"}),
        ("flags", "Flags", {"type": "checkboxes", "options": flags}),
        ("kind", "Kind", {"type": "radio_buttons", "options": _options("Outage", "Slowness")}),
        ("day", "Day", {"type": "datepicker"}),
        ("time", "Time", {"type": "timepicker"}),
        ("count", "Affected users", {"type": "number_input", "is_decimal_allowed": False}),
    ]


def modal(title: str = "Open an incident") -> Json:
    """Return the modal; two inputs are required."""
    inputs = [
        {
            "type": "input",
            "block_id": name,
            "label": plain(label),
            "optional": name not in _REQUIRED,
            "element": {"action_id": name, **element},
        }
        for name, label, element in _inputs()
    ]
    more = {"type": "actions", "block_id": "more", "elements": [button("Another layer", "push_modal")]}
    hint = {"type": "section", "text": mrkdwn("A summary that contains `fail` is refused.")}
    return {
        "type": "modal",
        "callback_id": "incident",
        "title": plain(title[:24]),
        "submit": plain("Open"),
        "close": plain("Cancel"),
        "notify_on_close": True,
        "blocks": [hint, *inputs, more],
    }
