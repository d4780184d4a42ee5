"""What fits into a text message, and numbers that are shown to nobody."""

import re

from agent.errors import Refused

# The default alphabet of GSM 03.38 and what it reaches by an escape, which counts twice.
_GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_ESCAPED = frozenset("^{}\\[~]|€")
_ONE_GSM, _ONE_UCS2 = 160, 70
# Parts of a longer message carry a header each.
_PART_GSM, _PART_UCS2 = 153, 67
MOST_PARTS = 2
_NUMBER = re.compile(r"\+[1-9]\d{6,14}")
_LOOKS_LIKE_A_NUMBER = re.compile(r"\+?\d[\d ().-]{5,}\d")


def units(text: str) -> tuple[int, bool]:
    """Return a text's length in the units that a message is counted in, and whether the short alphabet holds it."""
    if all(letter in _GSM or letter in _ESCAPED for letter in text):
        return sum(2 if letter in _ESCAPED else 1 for letter in text), True
    return len(text.encode("utf-16-be", "replace")) // 2, False


def fitted(text: str, parts: int = MOST_PARTS) -> str:
    """Return a text that fits into so many parts; one that was cut says so by its dots."""
    clean = text.encode("utf-16", "replace").decode("utf-16", "replace").strip()
    if _fits(clean, parts):
        return clean
    short = units(clean)[1]
    dots = "..." if short else "…"
    low, high = 0, len(clean)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if _fits(clean[:middle] + dots, parts) else (low, middle - 1)
    return clean[:low].rstrip() + dots


def _fits(text: str, parts: int) -> bool:
    count, short = units(text)
    one, part = (_ONE_GSM, _PART_GSM) if short else (_ONE_UCS2, _PART_UCS2)
    return count <= (one if parts == 1 or count <= one else part * parts)


def number_of(address: str, backend: str) -> str:
    """Return a number in international form; raises Refused, without the number, for anything else."""
    digits = re.sub(r"[\s().-]", "", address)
    if not _NUMBER.fullmatch(digits):
        raise Refused("The phone number is not in international form, such as +15550100.", backend=backend)
    return digits


def without_numbers(text: str) -> str:
    """Return text in which whatever looks like a phone number is hidden."""
    return _LOOKS_LIKE_A_NUMBER.sub("[number]", text)
