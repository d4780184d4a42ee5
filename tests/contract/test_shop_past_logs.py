"""The invented past of the logs uses the very words of the services, at a healthy rate."""

import random
import re
from datetime import UTC, datetime

import pytest

from demo.shop import service as service_frame
from demo.shop.past_logs import MINUTES, habits, past_documents
from demo.shop.services import payment as payment_module
from demo.shop.services import storefront as storefront_module
from tests.support.shop_launcher import ShopLauncher, call, shop

SAMPLED = f"00-{'ab' * 16}-{'cd' * 8}-01"
CART = {"user": "u-1234", "cart": "c-0a1b2c3d", "item": "item-3", "count": 2, "currency": "KRW"}
ALL = ("ledger-db", "catalog", "payment", "checkout", "textbook", "tutor", "storefront")
MASKS = (
    (r"\b(bad_password|unknown_user|locked)\b", "<reason>"),
    (r"\b(ord|pay|tb|c|u|item)-[0-9a-f]+\b", r"<\1>"),
    (r"\d+(\.\d+){3}", "<address>"),
    (r"\b\d+ms\b", "<ms>"),
    (r"\b\d+ (pages|tokens|KRW)", r"<n> \1"),
)


def masked(message: str) -> str:
    for pattern, name in MASKS:
        message = re.sub(pattern, name, message)
    return message


async def _visit(launcher: ShopLauncher, **client: str) -> None:
    front = next(iter(launcher.runtime.pods_of("shop", "storefront").values()))
    who = {"user": "u-1234", "question": "exercise 1", "grade_level": 7, "subject": "math"}
    await call(front, "GET", "/", None, traceparent=SAMPLED, **client)
    await call(front, "GET", "/products/item-7", None, traceparent=SAMPLED)
    for path, body in (("/checkout", CART), ("/textbooks", who), ("/tutor/questions", who), ("/login", who)):
        await call(front, "POST", path, body, traceparent=SAMPLED)


async def _fail_in(launcher: ShopLauncher, service: str, monkeypatch: pytest.MonkeyPatch) -> None:
    class Unlucky(random.Random):
        def random(self) -> float:
            return 0.0

    for pod in launcher.runtime.pods_of("shop", service).values():
        monkeypatch.setattr(pod.pod, "chance", Unlucky(1))
    await _visit(launcher)
    for pod in launcher.runtime.pods_of("shop", service).values():
        monkeypatch.setattr(pod.pod, "chance", random.Random(1))


async def test_every_line_of_the_past_can_be_heard_from_the_live_services(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(service_frame, "HICCUP", 1e-12)
    async with shop() as launcher:
        for name in ALL:
            await launcher.start(f"{name}:v1")
        for declined, refused in ((0.0, 0.0), (1.0, 1.0)):
            monkeypatch.setattr(payment_module, "DECLINED", declined)
            monkeypatch.setattr(storefront_module, "FAILED_LOGINS", refused)
            await _visit(
                launcher, **{"X-Client": storefront_module.GREEDY_CLIENT if refused else "198.51.100.9"}
            )
        monkeypatch.setattr(payment_module, "DECLINED", 0.0)
        for name in ALL:
            await _fail_in(launcher, name, monkeypatch)

    heard = {
        (line["service"], line["level"], line["context"], masked(line["message"])) for line in launcher.lines
    }
    told = {(h.service, h.level, h.context, masked(h.words(random.Random(5)))) for h in habits()}
    assert told - heard == set()


def test_the_past_is_long_mostly_calm_and_newest_first() -> None:
    now = datetime(2026, 5, 1, 12, tzinfo=UTC)
    documents = past_documents(now, rate=12.0)
    times = [datetime.fromisoformat(str(entry["@timestamp"])) for entry in documents]
    failing = [entry for entry in documents if entry["level"] == "error"]
    assert times == sorted(times, reverse=True)
    assert MINUTES - 2 < (now - times[-1]).total_seconds() / 60 <= MINUTES
    assert 0 < len(failing) < 0.05 * len(documents)
    assert {"kubernetes", "trace_id", "log_type", "version"} <= documents[0].keys()
