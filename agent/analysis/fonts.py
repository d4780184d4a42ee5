"""Which fonts pictures and pages are made with, of those that a machine has."""

from collections.abc import Collection

KOREAN = (
    "Noto Sans CJK KR",
    "Noto Sans KR",
    "NanumGothic",
    "Nanum Gothic",
    "Malgun Gothic",
    "Apple SD Gothic Neo",
)
"""Fonts that know Hangul, best first."""
LATIN = ("Noto Sans", "DejaVu Sans")


def korean_font(there: Collection[str]) -> str | None:
    """Return the best font for Korean; any for Chinese characters is better than none."""
    known = next((name for name in KOREAN if name in there), None)
    return known or min((name for name in there if "CJK" in name), default=None)


def latin_fonts(there: Collection[str], *others: str) -> list[str]:
    """Return the fonts for English, best first; `others` come last."""
    return [name for name in (*LATIN, *others) if name in there]
