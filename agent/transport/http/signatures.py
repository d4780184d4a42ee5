"""Signatures of webhooks: Standard Webhooks (standardwebhooks.com) and GitHub's; both over the body as it came."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime

from agent.errors import BadInput, Misconfigured, NotPermitted

ID, TIMESTAMP, SIGNATURE = "webhook-id", "webhook-timestamp", "webhook-signature"
GITHUB_SIGNATURE, GITHUB_DELIVERY, GITHUB_EVENT = "X-Hub-Signature-256", "X-GitHub-Delivery", "X-GitHub-Event"
# A copy of a delivery may be sent again this long: with its id being remembered nothing comes of it.
TOLERANCE_SECONDS = 300
_PREFIX = "whsec_"
_MOST_SIGNATURES = 10
_LONGEST_ID = 200


def standard_webhook(headers: Mapping[str, str], body: bytes, secret: str, now: datetime) -> str:
    """Return a delivery's id; raises BadInput without the three headers, NotPermitted for a wrong or old signature."""
    given_id, stamp, signed = (headers.get(name, "") for name in (ID, TIMESTAMP, SIGNATURE))
    if not given_id or len(given_id) > _LONGEST_ID or not signed or not _is_number(stamp):
        raise BadInput(
            f"A delivery needs the headers {ID}, {TIMESTAMP} (unix seconds) and {SIGNATURE}.", field=SIGNATURE
        )
    expected = sign_standard(secret, given_id, stamp, body)
    claimed = [one.partition(",") for one in signed.split(" ")[:_MOST_SIGNATURES]]
    if not any(version == "v1" and _same(value, expected) for version, _, value in claimed):
        raise NotPermitted("The signature does not fit the body and the secret.")
    # Only after the signature: who cannot sign learns nothing about clocks.
    if abs(now.timestamp() - int(stamp)) > TOLERANCE_SECONDS:
        raise NotPermitted(
            f"The delivery is older than {TOLERANCE_SECONDS // 60} minutes, or a clock is wrong."
        )
    return given_id


def sign_standard(secret: str, delivery_id: str, stamp: str, body: bytes) -> str:
    """Return the base64 signature of a delivery; a secret of the form `whsec_…` holds its key in base64."""
    content = delivery_id.encode("utf-8", "surrogateescape") + b"." + stamp.encode() + b"." + body
    return base64.b64encode(hmac.new(_key(secret), content, hashlib.sha256).digest()).decode()


def github_webhook(headers: Mapping[str, str], body: bytes, secret: str) -> str:
    """Return a delivery's id; raises NotPermitted for a wrong signature and BadInput without an id."""
    given = headers.get(GITHUB_SIGNATURE, "")
    expected = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    if not _same(given.removeprefix("sha256="), expected) or not given.startswith("sha256="):
        raise NotPermitted("The signature does not fit the body and the secret.")
    delivery = headers.get(GITHUB_DELIVERY, "")
    if not delivery or len(delivery) > _LONGEST_ID:
        raise BadInput(f"A delivery needs the header {GITHUB_DELIVERY}.", field=GITHUB_DELIVERY)
    return delivery


def _key(secret: str) -> bytes:
    if not secret.startswith(_PREFIX):
        return secret.encode()
    try:
        key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except (binascii.Error, ValueError) as error:
        raise Misconfigured("OPS_DEPLOYMENT_WEBHOOK_SECRET: after `whsec_` there must be base64.") from error
    if not key:
        # With an empty key everybody could sign.
        raise Misconfigured("OPS_DEPLOYMENT_WEBHOOK_SECRET: there is no key after `whsec_`.")
    return key


def _same(given: str, expected: str) -> bool:
    return hmac.compare_digest(given.encode("utf-8", "surrogateescape"), expected.encode())


def _is_number(stamp: str) -> bool:
    return stamp.isascii() and stamp.isdigit() and len(stamp) < 15
