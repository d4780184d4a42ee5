"""Recordings become the deliveries that they were; what cannot be read is named with its place."""

import json
import lzma
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.errors import BadInput
from agent.intake.alertmanager import parse_webhook
from agent.operations.replay_sources import GROUP_SECONDS, RESOLVE_SECONDS, Recorded, recorded
from tests.support.store import NOON


def webhook(name: str = "HighErrorRate", starts: str = "2026-11-22T11:00:00Z") -> dict[str, Any]:
    """Return a webhook's body with one firing alert."""
    alert = {"status": "firing", "labels": {"alertname": name, "service": "cart"}, "startsAt": starts}
    return {"version": "4", "status": "firing", "alerts": [alert]}


def statuses(deliveries: list[Recorded]) -> list[str]:
    """Return what each delivery says of its alerts."""
    return [json.loads(one.body)["status"] for one in deliveries]


def test_a_body_in_a_file_comes_when_its_newest_alert_began(tmp_path: Path) -> None:
    file = tmp_path / "one.json"
    file.write_text(json.dumps(webhook()))
    (one,) = recorded(file)
    assert 1795345200.0 == one.at
    assert "HighErrorRate" == parse_webhook(one.body, NOON).alerts[0].name


def test_the_time_of_receipt_wins_in_either_form(tmp_path: Path) -> None:
    file = tmp_path / "two.jsonl"
    rows = [
        {"received_at": "2026-11-22T11:00:30Z", "payload": webhook()},
        {"received_at": 1795345260, **webhook()},
    ]
    file.write_text("\n".join(map(json.dumps, rows)))
    first, second = recorded(file)
    assert (1795345230.0, 1795345260.0) == (first.at, second.at)
    assert "two.jsonl:2" == second.place
    assert "received_at" not in json.loads(second.body)


def test_a_folder_is_read_in_the_order_of_time_whatever_its_files_are_called(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps(webhook("Later", "2026-11-22T12:00:00Z")))
    (tmp_path / "b.json").write_text(json.dumps([webhook("Sooner", "2026-11-22T11:00:00Z")]))
    (tmp_path / "truth.json").write_text("{}")
    names = [json.loads(one.body)["alerts"][0]["labels"]["alertname"] for one in recorded(tmp_path)]
    assert ["Sooner", "Later"] == names


def test_a_stream_is_delivered_in_groups_and_ends_when_nobody_sends_it_again(tmp_path: Path) -> None:
    rows: list[dict[str, Any]] = [
        {"t": 1000.0, "id": "a0", "entity": "cart", "name": "slow", "labels": {}},
        {"t": 1005.0, "id": "a1", "entity": "shop", "name": "slow", "labels": {}},
        {"t": 1200.0, "id": "a2", "entity": "cart", "name": "slow", "labels": {}},
    ]
    with lzma.open(tmp_path / "stream.jsonl.xz", "wt") as out:
        out.writelines(json.dumps(row) + "\n" for row in rows)
    found = list(recorded(tmp_path))
    assert ["firing", "firing", "resolved", "resolved"] == statuses(found)
    assert ["a0", "a1"] == [name for name, _ in found[0].alerts]
    # Both sightings of the first alert are one alert, which began with the first of them.
    assert found[0].alerts[0][1] == found[1].alerts[0][1]
    again = json.loads(found[1].body)["alerts"][0]
    assert parse_webhook(found[0].body, NOON).alerts[0].starts_at.isoformat() == again["startsAt"]
    assert [1000 + GROUP_SECONDS + RESOLVE_SECONDS, 1200 + GROUP_SECONDS + RESOLVE_SECONDS] == [
        one.at for one in found[2:]
    ]


def test_a_recorded_incident_without_times_keeps_its_order(tmp_path: Path) -> None:
    (tmp_path / "case.json").write_text(json.dumps({"windows": {"incident": [500, 900]}}))
    rows: list[dict[str, Any]] = [
        {"t": None, "id": f"e{n}", "entity": "cart", "name": f"n{n}", "labels": {}} for n in range(15)
    ]
    (tmp_path / "alerts.jsonl").write_text("\n".join(map(json.dumps, rows)))
    found = list(recorded(tmp_path))
    assert [f"e{n}" for n in range(15)] == [name for one in found for name, _ in one.alerts]
    times = [one.at for one in found if one.at is not None]
    assert sorted(times) == times


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("one.json", "{", "one.json is not JSON"),
        ("one.json", '{"a": 1}', "no Alertmanager webhook"),
        ("one.json", "[1]", "item 1 is not a JSON object"),
        ("one.jsonl", '{"alerts": []}\n{"payload": 3}', "one.jsonl:2"),
        ("one.jsonl", '{"received_at": "soon", "alerts": []}', "received_at"),
        ("stream.jsonl", '{"t": null, "id": "a", "entity": "b", "name": "c"}', "no time"),
        ("stream.jsonl", '{"id": "a", "entity": "b"}', "lacks"),
    ],
)
def test_what_cannot_be_read_is_named(tmp_path: Path, name: str, content: str, words: str) -> None:
    (tmp_path / name).write_text(content)
    with pytest.raises(BadInput) as caught:
        list(recorded(tmp_path / name))
    assert words in caught.value.user_message


def test_a_long_file_is_read_line_by_line(tmp_path: Path) -> None:
    file = tmp_path / "long.jsonl"
    file.write_text(json.dumps(webhook()) + "\n{ this line breaks only when it is reached")
    deliveries = recorded(file)
    assert "long.jsonl:1" == next(deliveries).place
    with pytest.raises(BadInput):
        next(deliveries)


def test_an_empty_folder_and_a_missing_file_say_so(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "gone.json"):
        with pytest.raises(BadInput):
            list(recorded(path))


# Each example writes a file; a few dozen meet every order of starts and ends of six alerts.
@settings(max_examples=40)
@given(
    st.lists(
        st.tuples(st.floats(0, 5000), st.sampled_from("abc"), st.sampled_from("xy")), min_size=1, max_size=40
    )
)
def test_every_alert_of_a_stream_is_delivered_once_in_time_and_ends(
    tmp_path_factory: pytest.TempPathFactory, events: list[tuple[float, str, str]]
) -> None:
    file = tmp_path_factory.mktemp("stream") / "stream.jsonl"
    rows = [
        {"t": t, "id": f"i{n}", "entity": entity, "name": name, "labels": {}}
        for n, (t, entity, name) in enumerate(sorted(events))
    ]
    file.write_text("\n".join(map(json.dumps, rows)))
    found = list(recorded(file))
    assert [f"i{n}" for n in range(len(events))] == [name for one in found for name, _ in one.alerts]
    times = [one.at for one in found if one.at is not None]
    assert sorted(times) == times
    firing: set[str] = set()
    for one in found:
        for alert in json.loads(one.body)["alerts"]:
            (firing.add if alert["status"] == "firing" else firing.remove)(alert["fingerprint"])
    assert set() == firing
