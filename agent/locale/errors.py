"""What people are told of an error, in their language; the English sentence stands where there are no other words."""

from agent.errors import OpsError
from agent.locale.messages import FALLBACK, known, text
from agent.locale.retold import retold


def error_words(lang: str, error: OpsError) -> str:
    """Return the sentence for a person."""
    message = f"error-{error.code}"
    if not error.code or not known(message):
        return retold(lang, error.user_message)
    if lang == FALLBACK:
        return error.user_message
    return text(lang, message, **error.facts)
