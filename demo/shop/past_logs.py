"""A healthy hour of log lines, and the errors of two days, in the words of the services, so that "new" means new."""

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from demo.shop.baseline import PROFILES, identity
from demo.shop.load import MIX
from demo.shop.logbook import structured
from demo.shop.service import HICCUP
from demo.shop.services.payment import DECLINED
from demo.shop.services.storefront import FAILED_LOGINS, GREEDY_CLIENT
from demo.shop.shipper import document
from demo.shop.trace import SAMPLED_ONE_IN

MINUTES = 75
# Of the two days before, only errors are kept, and few: enough that yesterday's are known today.
EARLIER_MINUTES = 49 * 60
_KEPT_ONE_IN = 40
_SHARE = {kind.__name__: share for kind, share in MIX}
_SAMPLED = 1 / SAMPLED_ONE_IN
Words = Callable[[random.Random], str]


@dataclass(frozen=True, slots=True)
class Habit:
    """A line that a service writes on good days; `share` is lines per request of the whole shop."""

    service: str
    share: float
    level: str
    context: str
    words: Words
    log_type: str = "application"


def _user(chance: random.Random) -> str:
    return f"u-{chance.randint(1000, 9999)}"


def _id(prefix: str, chance: random.Random) -> str:
    return f"{prefix}-{chance.getrandbits(32):08x}"


def _address(chance: random.Random) -> str:
    return f"198.51.100.{chance.randint(1, 254)}"


def _declined(chance: random.Random) -> str:
    return f"Card declined for order {_id('ord', chance)}"


def _login_failed(chance: random.Random) -> str:
    reason = chance.choice(["bad_password", "unknown_user", "locked"])
    return f"Login failed for user {_user(chance)} from {_address(chance)}: {reason}"


_BUY = _SHARE["checkout"]
_LINES: tuple[Habit, ...] = (
    Habit(
        "storefront",
        _BUY * DECLINED,
        "warn",
        "CheckoutController",
        lambda c: f"Checkout failed for user {_user(c)} with cart {_id('c', c)}: checkout: answered 402",
    ),
    Habit(
        "storefront",
        _BUY * DECLINED,
        "warn",
        "Storefront",
        lambda c: "Upstream call failed: checkout: answered 402",
    ),
    Habit(
        "storefront",
        _SHARE["home"] * 0.004,
        "warn",
        "Storefront",
        lambda c: f"Rate limit exceeded for client {GREEDY_CLIENT}",
    ),
    Habit("storefront", _SHARE["login"] * FAILED_LOGINS, "warn", "AuthService", _login_failed, "security"),
    Habit("storefront", _SHARE["login"] * FAILED_LOGINS, "warn", "Storefront", lambda c: "login failed"),
    Habit(
        "storefront",
        _SHARE["login"],
        "info",
        "AuthService",
        lambda c: f"User {_user(c)} logged in from {_address(c)}",
        "audit",
    ),
    Habit(
        "checkout",
        _BUY * DECLINED,
        "warn",
        "OrderService",
        lambda c: f"Payment for order {_id('ord', c)} was not taken: payment: answered 402",
    ),
    Habit(
        "checkout",
        _BUY * DECLINED,
        "warn",
        "Checkout",
        lambda c: "Upstream call failed: payment: answered 402",
    ),
    Habit(
        "checkout",
        _BUY * _SAMPLED,
        "info",
        "OrderService",
        lambda c: f"Order {_id('ord', c)} completed for user {_user(c)}",
    ),
    Habit("payment", _BUY * DECLINED, "warn", "Payment", _declined),
    Habit(
        "payment",
        _BUY * _SAMPLED,
        "info",
        "ChargeService",
        lambda c: f"Charge {_id('pay', c)} of {c.randint(9, 140)} KRW captured",
    ),
    Habit(
        "textbook",
        _SHARE["textbook"] * _SAMPLED,
        "info",
        "TextbookService",
        lambda c: f"Textbook {_id('tb', c)} created with {c.randint(12, 80)} pages",
    ),
    Habit(
        "tutor",
        _SHARE["question"] * _SAMPLED,
        "info",
        "TutorService",
        lambda c: f"Question of user {_user(c)} answered with {c.randint(120, 700)} tokens",
    ),
)


def _hiccups() -> Iterator[Habit]:
    """Yield the failures without a reason: one line where it happened, and one in each caller's log."""
    text = "connection reset by peer while reading the session store"
    for profile in PROFILES:
        context = profile.service.title().replace("-", "")
        yield Habit(profile.service, profile.share * HICCUP, "error", context, lambda c: text)
    callers = (
        ("storefront", "catalog", _SHARE["product"]),
        ("storefront", "checkout", _BUY),
        ("storefront", "textbook", _SHARE["textbook"]),
        ("storefront", "tutor", _SHARE["question"]),
        ("checkout", "payment", _BUY),
        ("checkout", "catalog", _BUY),
    )
    for caller, callee, share in callers:
        yield Habit(
            caller,
            share * HICCUP,
            "error",
            caller.title(),
            _always(f"Upstream call failed: {callee}: answered 503"),
        )


def _always(words: str) -> Words:
    return lambda chance: words


def _accesses() -> Iterator[Habit]:
    for profile in PROFILES:

        def words(chance: random.Random, p: Any = profile) -> str:
            path = p.route.replace("{item}", f"item-{chance.randint(0, 199)}")
            return f"{p.method} {path} 200 {chance.lognormvariate(0, p.spread) * p.median * 1000:.0f}ms"

        yield Habit(profile.service, profile.share * _SAMPLED, "info", "AccessLog", words, "access")


def habits() -> list[Habit]:
    """Return every line that a healthy shop writes."""
    return [*_LINES, *_hiccups(), *_accesses()]


def past_documents(now: datetime, *, rate: float, namespace: str = "shop") -> list[dict[str, Any]]:
    """Return the stored documents of the last minutes for a load of `rate` requests a second, newest first."""
    return _documents(habits(), now, rate, (0.0, MINUTES * 60.0), namespace)


def earlier_errors(now: datetime, *, rate: float, namespace: str = "shop") -> list[dict[str, Any]]:
    """Return the few errors that are kept of the two days before those minutes, newest first."""
    errors = [habit for habit in habits() if habit.level == "error"]
    span = (MINUTES * 60.0, EARLIER_MINUTES * 60.0)
    return _documents(errors, now, rate / _KEPT_ONE_IN, span, namespace)


def _documents(
    written: Sequence[Habit], now: datetime, rate: float, span: tuple[float, float], namespace: str
) -> list[dict[str, Any]]:
    chance = random.Random(43)
    identities: Mapping[str, dict[str, str]] = {
        profile.service: {
            **identity(profile.service, namespace),
            "uid": f"prior-{profile.service}",
            "image": f"registry.example/{profile.service}:v1",
        }
        for profile in PROFILES
    }
    found: list[dict[str, Any]] = []
    for habit in written:
        before = span[0]
        while True:
            before += chance.expovariate(habit.share * rate)
            if before > span[1]:
                break
            line = structured(
                identities[habit.service],
                habit.level,
                habit.words(chance),
                context=habit.context,
                log_type=habit.log_type,
                at=now - timedelta(seconds=before),
            )
            line["trace_id"] = f"{chance.getrandbits(128):032x}"
            found.append(document(identities[habit.service], line))
    return sorted(found, key=lambda entry: str(entry["@timestamp"]), reverse=True)
