"""The slash command: finds the subcommand, or says which one was probably meant."""

import difflib
from dataclasses import dataclass
from typing import Any

from agent.transport.slack.help import render_unknown, render_usage, render_welcome
from agent.transport.slack.identity import first_time, places_of, principal_of
from agent.transport.slack.kit import Kit, Respond, guarded
from agent.transport.slack.requests import Request, admit
from agent.transport.slack.subcommands import SUBCOMMANDS

_ALIASES = {
    "acknowledge": "ack",
    "incident": "incidents",
    "metric": "metrics",
    "log": "logs",
    "pod": "pods",
    "alert": "alerts",
    "?": "help",
    "도움말": "help",
    "상태": "status",
    "질문": "ask",
}


@dataclass(frozen=True, slots=True)
class Commands:
    """Answers `/ops …`, to its author only."""

    kit: Kit

    async def on_command(self, body: dict[str, Any], respond: Respond) -> None:
        """Run a subcommand."""

        async def work() -> None:
            key = f"slash:{body.get('trigger_id', '')}"
            if await first_time(self.kit.services, [f"{key}:delivered"]):
                await self._run(body, respond, key)

        async def say(sentence: str) -> None:
            await respond(text=sentence, response_type="ephemeral")

        await guarded(work, say, self.kit.lang, "slash command")

    async def _run(self, body: dict[str, Any], respond: Respond, key: str) -> None:
        word, args = parse_command(str(body.get("text") or ""))
        if not word:
            await self.kit.reply(respond, render_welcome(self.kit.lang))
        elif word not in SUBCOMMANDS:
            await self.kit.reply(respond, render_unknown(word, guess_command(word), self.kit.lang))
        elif args == "help":
            await self.kit.reply(respond, render_usage(SUBCOMMANDS[word], self.kit.lang))
        else:
            request = Request(
                args=args,
                who=principal_of(body),
                trigger_id=str(body.get("trigger_id")),
                channel=str(body.get("channel_id") or ""),
                places=places_of(body),
                respond=respond,
                key=key,
            )
            await admit(self.kit, SUBCOMMANDS[word], request)
            await SUBCOMMANDS[word].run(self.kit, request)


def parse_command(words: str) -> tuple[str, str]:
    """Return the subcommand in its full form and what follows it."""
    word, _, args = words.strip().partition(" ")
    lower = word.lower()
    return _ALIASES.get(lower, lower), args.strip()


def guess_command(word: str) -> str | None:
    """Return the subcommand that a misspelt word probably means."""
    known = [*SUBCOMMANDS, *_ALIASES]
    close = difflib.get_close_matches(word.lower(), known, n=1, cutoff=0.6)
    return _ALIASES.get(close[0], close[0]) if close else None
