"""A line of a log with each of its words masked; words are remembered, since most of them come again."""

from agent.analysis.logs.masks import DIGITS, VALUE, word_mask

# Of one line no more is looked at; what follows is a value. On the development split two lines of 16,000 are longer
# (2,480 characters), none has more words.
MAX_CHARS = 1000
MAX_WORDS = 200
# A cache of a pure function; it is emptied when full, which costs time and never changes an answer.
MAX_CACHED_WORDS = 20_000


class WordMasks:
    """Mask lines word by word; bounded memory, no other state than what was masked before."""

    def __init__(self) -> None:
        self._words: dict[str, str] = {}
        self._first_words: dict[str, str] = {}

    def masked(self, message: str) -> str:
        """Return the line with its values masked word by word, blanks made single, and cut if it is too long."""
        cut = len(message) > MAX_CHARS
        if cut:
            message = message[:MAX_CHARS]
        if VALUE in message:
            message = message.replace(VALUE, " ")
        words = DIGITS.sub("0", message).split()
        if len(words) > MAX_WORDS:
            cut = True
            del words[MAX_WORDS + 1 :]
        if not words:
            return ""
        known = self._words
        if len(known) > MAX_CACHED_WORDS:
            known.clear()
        masked = [self._first(words[0])]
        for word in words[1:]:
            mask = known.get(word)
            if mask is None:
                mask = known[word] = word_mask(word)
            masked.append(mask)
        if cut:
            # The last word may be half a word.
            masked[-1] = VALUE
        return " ".join(masked)

    def _first(self, word: str) -> str:
        mask = self._first_words.get(word)
        if mask is None:
            if len(self._first_words) > MAX_CACHED_WORDS:
                self._first_words.clear()
            mask = self._first_words[word] = word_mask(word, first=True)
        return mask
