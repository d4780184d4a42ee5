"""Takes secrets and invisible characters out of text and JSON that came from outside."""

import base64
import json
import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

MARK = "[redacted]"
_MAX_DEPTH = 40
_MAX_PASSES = 5
_MAX_JSON_LINE = 256 * 1024

_ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])")
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)

_SECRET_ENDINGS = (
    "password",
    "passwd",
    "pwd",
    "passphrase",
    "secret",
    "token",
    "apikey",
    "accesskey",
    "secretkey",
    "privatekey",
    "signingkey",
    "encryptionkey",
    "authorization",
    "cookie",
    "credential",
    "credentials",
    "sessionid",
    "비밀번호",
    "패스워드",
    "암호",
    "토큰",
    "비밀키",
    "인증키",
    "시크릿",
)
_KEY_NOISE = re.compile(r"[\s_\-.]+")

_KEYS = (
    r"(?:password|passwd|pwd|passphrase|secret|token|api[_-]?key|access[_-]?key|secret[_-]?key|private[_-]?key"
    r"|signing[_-]?key|credentials?|session[_-]?id|비밀번호|패스워드|암호|토큰|비밀키|인증키|시크릿)"
)
_HARMLESS = r"(?:null|none|nil|true|false|undefined|empty|missing|required|expired|invalid|revoked|unknown)\b"
_KEY_VALUE = re.compile(
    rf"({_KEYS}[\"']?\s{{0,3}}+(?:=>|[:=]|는|은)\s{{0,3}}+)(?![\"']?\[redacted\])(?!{_HARMLESS})"
    r"(\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'|[^\s,;&\"'()\[\]{}<>]+)",
    re.IGNORECASE,
)
_HEADER = re.compile(
    r"((?:proxy-)?authorization|(?:set-)?cookie)([\"']?\s{0,3}+[:=]\s{0,3}+[\"']?+)(?!\[redacted\])[^\r\n\"']+",
    re.IGNORECASE,
)
_SCHEME = re.compile(r"\b(bearer|basic)(\s+)([A-Za-z0-9._~+/=-]{8,})", re.IGNORECASE)
_URL_USER = re.compile(r"(://)(?!\[redacted\]@)[^\s/?#\"'<>]+@")
_PEM = re.compile(r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z0-9 ]*PRIVATE KEY-----|\Z)")
_EMAIL = re.compile(r"(?<![A-Za-z0-9_.+-])[A-Za-z0-9_.+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})+")
_CARD = re.compile(r"(?<![\w.-])(?:[3-6]|2[2-7])(?:[ -]?\d){12,15}(?![\w-])")
_RESIDENT = re.compile(r"(?<!\d)\d{6}-[1-8]\d{6}(?!\d)")

# Each token pattern runs only when its hint occurs: most lines hold none of them.
_TOKENS: tuple[tuple[tuple[str, ...], re.Pattern[str]], ...] = (
    (("eyJ",), re.compile(r"\beyJ[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]{5,}(?:\.[A-Za-z0-9_-]*)*")),
    (("AKIA", "ASIA", "AROA", "AIDA"), re.compile(r"\b(?:AKIA|ASIA|AROA|AIDA)[A-Z0-9]{12,}\b")),
    (("xox", "xapp-"), re.compile(r"\b(?:xox[a-z]|xapp|xoxe\.xox[a-z])-[A-Za-z0-9-]{8,}")),
    (("hooks.slack.com",), re.compile(r"(?<=hooks\.slack\.com/)(?!\[redacted\])[^\s\"'<>]+")),
    (("gh", "glpat-"), re.compile(r"\b(?:gh[a-z]_[A-Za-z0-9]{16,}|github_pat_\w{16,}|glpat-[\w-]{16,})")),
    (("sk-", "sk_", "rk_"), re.compile(r"\b(?:sk-[A-Za-z0-9_-]{16,}|[rs]k_(?:live|test)_[A-Za-z0-9]{10,})")),
    (("AIza",), re.compile(r"\bAIza[\w-]{30,}")),
    (("npm_", "pypi-"), re.compile(r"\b(?:npm_[A-Za-z0-9]{30,}|pypi-[\w-]{30,})")),
)
# Nothing below can match a text that, in lower case, holds none of these.
_HINTS = (
    *(
        "eyj",
        "akia",
        "asia",
        "aroa",
        "aida",
        "xox",
        "xapp-",
        "hooks.slack.com",
        "gh",
        "glpat-",
        "sk-",
        "sk_",
        "rk_",
    ),
    *("aiza", "npm_", "pypi-", "private key", "@", "authorization", "cookie", "bearer", "basic"),
    *("pass", "pwd", "secret", "token", "key", "credential", "session"),
    *("비밀", "패스워드", "암호", "토큰", "인증키", "시크릿"),
)


def clean_text(text: str) -> str:
    """Return text without control, zero-width, direction and unpaired surrogate characters; keeps tab and newline."""
    if text.isascii() and text.isprintable():
        return text
    return _INVISIBLE.sub("", _ANSI.sub("", text))


def secret_key(key: str) -> bool:
    """Say whether a field of this name holds a secret."""
    return _KEY_NOISE.sub("", key).lower().endswith(_SECRET_ENDINGS)


def _luhn(digits: str) -> bool:
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def _card(match: re.Match[str]) -> str:
    digits = re.sub(r"\D", "", match.group())
    return MARK if digits.isascii() and 14 <= len(digits) <= 16 and _luhn(digits) else match.group()


def _scheme(match: re.Match[str]) -> str:
    name, space, value = match.groups()
    user_and_password = name.lower() == "basic" and b":" in _decoded(value)
    looks_secret = user_and_password or (name.lower() == "bearer" and not value.isalpha())
    return f"{name}{space}{MARK}" if looks_secret else match.group()


def _decoded(value: str) -> bytes:
    try:
        return base64.b64decode(value + "=" * (-len(value) % 4))
    except ValueError:
        return b""


def _key_value(match: re.Match[str]) -> str:
    value = match.group(2)
    mark = f"{value[0]}{MARK}{value[-1]}" if value[0] in "\"'" else MARK
    return match.group(1) + mark


class Redactor:
    """Redacts text and JSON; `known_secrets` are taken out wherever they occur, even inside other text."""

    def __init__(self, known_secrets: Iterable[str] = (), *, emails: bool = True) -> None:
        forms = {form for secret in known_secrets for form in _forms(secret)}
        longest_first = sorted(forms, key=len, reverse=True)
        self._known = re.compile("|".join(map(re.escape, longest_first))) if longest_first else None
        self._emails = emails

    def text(self, text: str) -> str:
        """Return the text clean and without secrets; a JSON line stays valid JSON."""
        cleaned = clean_text(text)
        if self._known:
            cleaned = self._known.sub(MARK, cleaned)
        stripped = cleaned.strip()
        if stripped[:1] + stripped[-1:] in ("{}", "[]") and len(stripped) <= _MAX_JSON_LINE:
            return self._json_line(cleaned, stripped)
        return self._patterns(cleaned)

    def value(self, value: Any) -> Any:
        """Return a JSON value with every secret field and every secret in its texts taken out."""
        return self._walk(value, 0)

    def _json_line(self, cleaned: str, stripped: str) -> str:
        lower = stripped.lower()
        # An escape may hide a hint or an invisible character, so only plain lines take the short way.
        hidden = "\\" in stripped or _CARD.search(stripped) or _RESIDENT.search(stripped)
        if not hidden and not any(hint in lower for hint in _HINTS):
            return cleaned
        return self._parsed(cleaned, stripped)

    def _parsed(self, cleaned: str, stripped: str) -> str:
        try:
            parsed = json.loads(stripped)
        except (ValueError, RecursionError):
            return self._patterns(cleaned)
        redacted = self._walk(parsed, 0)
        return cleaned if redacted == parsed else json.dumps(redacted, ensure_ascii=False)

    def _walk(self, value: Any, depth: int) -> Any:
        if isinstance(value, str):
            return self.text(value) if depth < _MAX_DEPTH else self._patterns(clean_text(value))
        if not isinstance(value, dict | list | tuple):
            return value
        if depth >= _MAX_DEPTH:
            return MARK
        if isinstance(value, dict):
            return {self._name(key): self._field(key, item, depth) for key, item in value.items()}
        return [self._walk(item, depth + 1) for item in value]

    def _name(self, key: Any) -> str:
        return self._patterns(clean_text(str(key)))

    def _field(self, key: Any, item: Any, depth: int) -> Any:
        if secret_key(clean_text(str(key))) and item not in (None, "", True, False):
            return MARK
        return self._walk(item, depth + 1)

    def _patterns(self, text: str) -> str:
        for _ in range(_MAX_PASSES):
            lower = text.lower()
            before = text
            if any(hint in lower for hint in _HINTS):
                text = self._secrets(text, lower)
            text = _RESIDENT.sub(MARK, _CARD.sub(_card, text))
            # What was taken out may have been what kept the next secret from being seen.
            if text == before:
                break
        return text

    def _secrets(self, text: str, lower: str) -> str:
        for hints, pattern in _TOKENS:
            if any(hint in text for hint in hints):
                text = pattern.sub(MARK, text)
        if "private key" in lower:
            text = _PEM.sub(MARK, text)
        if "@" in text:
            text = _URL_USER.sub(rf"\1{MARK}@", text) if "://" in text else text
            text = _EMAIL.sub("[e-mail]", text) if self._emails else text
        if "authorization" in lower or "cookie" in lower:
            text = _HEADER.sub(rf"\1\2{MARK}", text)
        if "bearer" in lower or "basic" in lower:
            text = _SCHEME.sub(_scheme, text)
        return _KEY_VALUE.sub(_key_value, text)


def _forms(secret: str) -> Iterable[str]:
    # Shorter ones would blank out ordinary words.
    if len(secret) >= 6:
        yield secret
        yield quote(secret, safe="")
        yield json.dumps(secret)[1:-1]
