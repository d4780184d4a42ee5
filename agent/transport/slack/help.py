"""What newcomers see: every subcommand with an example, and buttons for those who would rather click."""

from collections.abc import Iterable
from typing import Protocol

from agent.locale.messages import text
from agent.ports.chat import Rendered
from agent.transport.slack import blocks
from agent.transport.slack.blocks import Block
from agent.transport.slack.limits import SECTION_TEXT
from agent.transport.slack.markup import code, foreign

SHORTCUT = "ops.shortcut"
_SHORTCUTS = (
    ("shortcut-status", "status", "primary"),
    ("shortcut-incidents", "incidents", None),
    ("shortcut-alerts", "alerts", None),
    ("shortcut-declare", "declare", None),
    ("shortcut-help", "help", None),
)


class Documented(Protocol):
    """What help needs to know of a subcommand."""

    @property
    def name(self) -> str:
        """Return the word after `/ops`."""
        ...

    @property
    def usage(self) -> str:
        """Return how it is written."""
        ...

    @property
    def examples(self) -> tuple[str, ...]:
        """Return what people type after `/ops`."""
        ...


def render_welcome(lang: str) -> Rendered:
    """Draw what `/ops` alone answers: what the bot does and buttons."""
    words = text(lang, "welcome")
    return Rendered(text=text(lang, "welcome-short"), blocks=(blocks.section(words), shortcuts(lang)))


def shortcuts(lang: str) -> Block:
    """Return the row of buttons that stand for subcommands."""
    buttons = [
        blocks.button(text(lang, label), f"{SHORTCUT}.{command}", command, style=style)
        for label, command, style in _SHORTCUTS
    ]
    return blocks.actions(*buttons)


def render_help(subcommands: Iterable[Documented], lang: str) -> Rendered:
    """Draw the list of subcommands."""
    lines = [f"{code('/ops ' + one.usage)}  {text(lang, f'usage-{one.name}')}" for one in subcommands]
    shown = (
        blocks.section(text(lang, "help-title")),
        *(blocks.section(part, expand=True) for part in _parts(lines)),
        blocks.context(text(lang, "help-mention")),
        shortcuts(lang),
    )
    return Rendered(text=text(lang, "welcome-short"), blocks=shown)


def _parts(lines: list[str]) -> list[str]:
    """Join lines to texts that a section takes whole."""
    parts = [""]
    for line in lines:
        if len(parts[-1]) + len(line) >= SECTION_TEXT:
            parts.append("")
        parts[-1] += f"{line}\n"
    return [part.rstrip() for part in parts]


def render_usage(one: Documented, lang: str) -> Rendered:
    """Draw the help of one subcommand."""
    examples = "\n".join(f"• {code('/ops ' + example)}" for example in one.examples)
    words = f"{code('/ops ' + one.usage)}\n{text(lang, f'usage-{one.name}')}\n{text(lang, 'help-examples')}\n{examples}"
    return Rendered(text=text(lang, f"usage-{one.name}"), blocks=(blocks.section(words),))


def render_unknown(word: str, guess: str | None, lang: str) -> Rendered:
    """Draw the answer to a subcommand that does not exist."""
    said = text(lang, "problem-unknown-command", word=code(word, 60))
    hint = text(lang, "did-you-mean", guess=code(f"/ops {guess}")) if guess else text(lang, "try-help")
    return Rendered(text=foreign(word, 60), blocks=(blocks.section(f"{said} {hint}"), shortcuts(lang)))
