"""Log lines: what a pod keeps, what the store receives, and what happens while the store is away."""

import json
from datetime import UTC, datetime, timedelta

from aiohttp import web
from aiohttp.test_utils import TestServer
from hypothesis import given
from hypothesis import strategies as st

from demo.shop.logbook import RING, LogBook
from demo.shop.shipper import LogShipper, document
from tests.support.backends import eventually

IDENTITY = {
    "namespace": "shop",
    "pod": "payment-1",
    "uid": "u",
    "node": "node-1",
    "image": "registry.example/payment:v2",
    "service": "payment",
    "version": "v2",
}


@given(st.text(), st.text())
def test_each_kept_line_is_one_json_object(message: str, extra: str) -> None:
    book = LogBook(IDENTITY)
    book.write("info", message, context="Test", extra=extra)
    [line] = book.lines()
    assert "\n" not in line
    assert json.loads(line)["message"] == message


def test_the_ring_keeps_the_newest_lines_and_honours_tail_and_since() -> None:
    book = LogBook(IDENTITY)
    for number in range(RING + 5):
        book.write("info", f"line {number}", context="Test")
    assert json.loads(book.lines()[0])["message"] == "line 5"
    assert [json.loads(text)["message"] for text in book.lines(tail=1)] == [f"line {RING + 4}"]
    assert book.lines(tail=0) == []
    assert book.lines(since=datetime.now(UTC) + timedelta(minutes=1)) == []


def test_a_stored_document_has_the_fields_of_both_the_logger_and_fluent_bit() -> None:
    lines: list[dict[str, object]] = []
    book = LogBook(IDENTITY, lambda identity, line: lines.append(document(identity, line)))
    book.write("error", "boom", context="ChargeService", orderId="o-1")
    stored = lines[0]
    assert stored["@timestamp"] == stored["timestamp"]
    assert (stored["level"], stored["log_type"], stored["stream"]) == ("error", "error", "stderr")
    assert stored["kubernetes"]["pod_name"] == "payment-1"  # type: ignore[index]
    assert stored["kubernetes"]["labels"] == {"app": "payment", "version": "v2"}  # type: ignore[index]
    assert stored["orderId"] == "o-1"


async def test_nothing_is_lost_while_the_store_is_away() -> None:
    bodies: list[str] = []
    answers = [500]

    async def bulk(request: web.Request) -> web.Response:
        bodies.append(await request.text())
        return web.json_response({"errors": False}, status=answers[0])

    app = web.Application()
    app.router.add_post("/_bulk", bulk)
    async with TestServer(app) as server:
        shipper = LogShipper(str(server.make_url("")).rstrip("/"))
        book = LogBook(IDENTITY, shipper.add)
        await shipper.start()
        book.write("info", "first", context="Test")
        await eventually(lambda: bodies)
        answers[0] = 200
        book.write("info", "second", context="Test")
        await eventually(lambda: shipper.shipped == 2)
        await shipper.stop()

    rows = [json.loads(row) for row in bodies[-1].splitlines()]
    assert [row["message"] for row in rows[1::2]] == ["first", "second"]
    day = rows[1]["timestamp"][:10].replace("-", ".")
    assert rows[0] == {"create": {"_index": f"ai-textbook-{day}"}}
