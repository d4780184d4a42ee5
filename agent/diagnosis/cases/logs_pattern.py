"""What a log line says without the values in it."""

import re

# Longer lines are cut: what tells one statement from another stands at its beginning.
_LONGEST = 240
_VALUE = re.compile(r"([:=：]\s*)[^,;\[\](){}\s:=]+(?:\s+[^,;\[\](){}:=]+)?")
_ID = re.compile(r"\b(?=\w*\d)[0-9a-fA-F]{6,}(?:-[0-9a-fA-F]+)*\b")
_NUMBER = re.compile(r"(?<![\w#])[A-Za-z]?\d[\w.:%+-]*")
_LIST = re.compile(r"(?:\*[\s,:;=]*){2,}")


def pattern_of(message: str) -> str:
    """Return a line with ids, numbers and the values after ":" and "=" replaced by "*"."""
    text = _ID.sub("*", message[:_LONGEST])
    text = _NUMBER.sub("*", _VALUE.sub(r"\1*", text))
    return _LIST.sub("*", text)
