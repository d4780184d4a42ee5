"""What in a log line is a value: numbers, ids, addresses, paths, names of hosts, quoted values, dates and sizes.

Two steps, so that the common line costs little: `word_mask` looks at one blank-separated word by itself (its answers
are cached by the miner), `phrase_mask` at what spans words, once for each distinct shape of a line.
"""

import re

# One character stands for "any text here" inside the miner; it cannot occur in a cleaned line.
VALUE = "\x00"
SHOWN = "<*>"

# A word longer than this is a blob (base64, a token, a dump). The longest meaningful word on the development split,
# key=value pairs without blanks, has 288 characters; at half of this FGA is .004 lower, at twice it equal.
MAX_WORD = 512

# A digit run that does not end a word of letters: `blk_123`, `5ms`, but not `jk2`. All of them are values, so their
# length need not be told apart, and the same few words come again and again.
DIGITS = re.compile(r"(?<![A-Za-z0-9])\d\w*")

# In prose a name follows these, not an enumeration. Development split: without "user", mean grouping accuracy .981.
NAME_FOLLOWS = frozenset({"user", "for", "from", "host", "node", "server", "client", "account", "domain"})

_SEPARATORS = re.compile(r"""([=,;()\[\]{}"'<>|#]+|\.{2,}|:(?=[^\w/\\:-]|$))""")
_HAS_DIGIT = re.compile(r"\d")
_HEX_WORD = re.compile(r"[0-9a-fA-F]{8,}")
_HEX_PAIRS = re.compile(r"(?:[0-9a-fA-F]{1,4}[:-]){4,}[0-9a-fA-F]{1,4}")
_IPV6 = re.compile(r"[0-9a-fA-F:.%]*::[0-9a-fA-F:.%]*")
_LABEL = re.compile(r"[A-Za-z_]*")
_FUNCTION = re.compile(r"[A-Za-z_][\w:]*")
_DOTTED = re.compile(r"\w[\w$-]*(?:\.[\w$*-]+){2,}(?:/[\w.$*-]+)?")
# What went wrong is never a value, however it is spelt.
_FAILURE = re.compile(r"(?:Exception|Error|Failure|Fault|Throwable|Timeout)$|\.[A-Z]+(?:_[A-Z]+)+$")
_PATH = re.compile(r"/.*/|\\.*\\")
_ADDRESS = re.compile(
    r"""(?:(?<![\w.\-~])|^)(?:[A-Za-z][\w+.-]{0,20}://|\.{0,2}/|~/|[A-Za-z]:\\)[^\s"'<>()\[\]{},;|]*"""
)

_MONTH = "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_DAY = "(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)"
_UNIT = "(?:[KMGTkmgt]?i?[Bb]|[KMG]Hz|[num\u00b5]?s|secs?|mins?|hrs?|%)"
_PHRASES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), new)
    for pattern, new in (
        (rf"(?:\b{_DAY},? )?\b{_MONTH} {VALUE}(?:,? (?:{VALUE}|[A-Z]{{3,4}}\b))*", VALUE),
        (r'="[^"]{0,80}"', f'="{VALUE}"'),
        # A quoted word is a value, unless a colon makes it a key or (JSON) a key's value, which may be a state.
        (r'(?<![\w":])"[^"\s:,][^"\s]{0,200}"(?! ?:)', f'"{VALUE}"'),
        (r"(?<![\w'])'[^'\s:,][^'\s]{0,200}'(?! ?:)", f"'{VALUE}'"),
        (r"=(?:null|nil|None|none|\(null\)|N/A)(?!\w)", f"={VALUE}"),
        (rf"=\w+\{{{VALUE}\}}", f"={VALUE}"),
        (rf"[-+<]?{VALUE}(?:[-+:./_@*|x\\]*{VALUE})+", VALUE),
        (rf"(?<![\w)])[-+<]{VALUE}", VALUE),
        (rf"(?<=[ =:(]){VALUE} ?{_UNIT}(?!\w)", VALUE),
        # Lists: of values, of switches, with gaps drawn as stars.
        (r"\b(?:on|off)(?: (?:on|off))+\b", VALUE),
        (rf"{VALUE} \*+(?= |$)|(?<= )\*+ {VALUE}", VALUE),
        (rf"{VALUE}(?:[,;|] ?{VALUE})+", VALUE),
        (rf"{VALUE}(?: {VALUE})+", VALUE),
    )
)


def word_mask(word: str, *, first: bool = False) -> str:
    """Return the word with its values masked; `first` says that it opens the line, where a dotted name is the subject.

    Digit runs may be collapsed by `DIGITS` already.
    """
    if len(word) > MAX_WORD:
        return VALUE
    if "/" in word or "\\" in word:
        word = _ADDRESS.sub(_masked_address, word)
    parts = _SEPARATORS.split(word)
    for i in range(0, len(parts), 2):
        follows = parts[i + 1] if i + 1 < len(parts) else ""
        parts[i] = _piece(parts[i], follows, keep_dotted=first and i == 0)
    return "".join(parts)


def phrase_mask(line: str) -> str:
    """Return a line of masked words with what spans words masked too: dates, quoted text, sizes, lists."""
    for pattern, new in _PHRASES:
        line = pattern.sub(new, line)
    return line


def _masked_address(found: re.Match[str]) -> str:
    text = found.group()
    if len(text) == 1:
        return text
    return VALUE + (text[-1] if text[-1] in ":.=" else "")


def _piece(piece: str, follows: str, *, keep_dotted: bool) -> str:
    done = ""
    while ":" in piece and not _is_value(piece):
        if "::" in piece:
            return done + "::".join(
                _piece(part, follows, keep_dotted=keep_dotted) for part in piece.split("::")
            )
        label, _, rest = piece.partition(":")
        if _HAS_DIGIT.search(piece) and not _LABEL.fullmatch(label):
            break
        done += _plain(label, keep_dotted=keep_dotted) + ":"
        piece, keep_dotted = rest, False
    if not piece or piece == VALUE:
        return done + piece
    if VALUE in piece:
        return done + VALUE + (piece[-1] if piece[-1] in ":." else "")
    if _is_value(piece) or (_HAS_DIGIT.search(piece) and not _is_name(piece, follows, keep_dotted)):
        return done + VALUE
    return done + _plain(piece, keep_dotted=keep_dotted)


def _is_value(piece: str) -> bool:
    return bool(_HEX_PAIRS.fullmatch(piece) or _IPV6.fullmatch(piece) or _PATH.search(piece))


def _is_name(piece: str, follows: str, keep_dotted: bool) -> bool:
    """Say whether the digits are a part of a name: of a function, or of the class that opens the line."""
    named = (follows.startswith("(") and _FUNCTION.fullmatch(piece)) or (
        keep_dotted and _DOTTED.fullmatch(piece)
    )
    return bool(named) and not DIGITS.search(piece)


def _plain(piece: str, *, keep_dotted: bool) -> str:
    if "@" in piece[1:] or _HEX_WORD.fullmatch(piece):
        return VALUE
    if not keep_dotted and _DOTTED.fullmatch(piece) and not _FAILURE.search(piece):
        return VALUE
    return piece
