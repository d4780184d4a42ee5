"""Why something was decided, in the reader's language; the English sentence stands where there are no other words."""

from agent.domain.alert import Reason
from agent.locale.messages import FALLBACK, known, text
from agent.locale.retold import retold

_BARE = frozenset({"declared", "no-alert", "same-home"})


def reason_words(lang: str, reason: Reason) -> str:
    """Return a reason as a clause; a policy's own words come before the catalogue's."""
    if lang == FALLBACK:
        return reason.sentence
    own = reason.said.get(lang)
    if own:
        return own
    name = reason.message or reason.rule
    # One that was stored before it had arguments would leave gaps in the catalogue's words.
    filled = bool(reason.args) or name in _BARE
    message = f"reason-{name}"
    return text(lang, message, **reason.args) if filled and known(message) else retold(lang, reason.sentence)
