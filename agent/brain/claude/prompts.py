"""The words that agents begin with, read from prompts/."""

from functools import lru_cache
from pathlib import Path

from agent.errors import Misconfigured

HOME = Path(__file__).resolve().parents[3] / "prompts"
LANGUAGES = {"en": "English", "ko": "Korean"}


@lru_cache(maxsize=16)
def _words(name: str) -> str:
    try:
        return (HOME / f"{name}.md").read_text("utf-8").strip()
    except OSError as error:
        raise Misconfigured(f"The prompt {name}.md cannot be read.") from error


def prompt(name: str, language: str = "en") -> str:
    """Return a prompt with the output's language filled in; raises Misconfigured."""
    return _words(name).replace("{language}", LANGUAGES.get(language, "English"))
