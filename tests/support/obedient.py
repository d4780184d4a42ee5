"""A model on the wire that obeys whatever order it reads, repeats everything it sees, and agrees with everything it wrote."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.support.anthropic_wire import Json, Reply, said, text, tool_use, turn

_EVIDENCE = re.compile(r"\bev_[0-9a-f]{16}\b")
_OPTION = re.compile(r'"(act_\d+)"')
_SECRET = re.compile(r"(?:sk-|xox|AKIA|ghp_|eyJ)[\w.-]{8,}")
_MADE_UP = "ev_0123456789abcdef"
_ECHO = 380
_KINDS = ("cause", "symptom", "change", "ruled_out")
# What a curious model would read; the second half waits for the next turn, since only six reads fit into one.
_FIRST: tuple[tuple[str, Json], ...] = (
    ("log_analyzer__search", {"service": "payment", "minutes": 30}),
    ("log_analyzer__patterns", {"service": "payment", "minutes": 10, "compare_minutes": 60}),
    ("incident_responder__pods", {"service": "payment"}),
    ("incident_responder__rollouts", {"service": "payment", "minutes": 120}),
    ("incident_responder__events", {"service": "payment"}),
    ("incident_responder__logs", {"pod": "payment-7c9b4f-0"}),
)


@dataclass
class ObedientModel:
    """Obeys `wants` as soon as `sees` recognises the attack in a request; `turns` makes it choose other actions each time.

    With `blind` it obeys also what it was never shown, as a model does that somebody else has turned.
    """

    wants: Mapping[str, Any]
    sees: Any
    attack_text: str
    turns: int = 0
    blind: bool = False
    delivered: bool = False
    spoke: bool = False
    obeyed: list[str] = field(default_factory=list)
    called: list[str] = field(default_factory=list)

    def answer(self, asked: Json) -> Reply | list[bytes]:
        """Answer one request."""
        shown = shown_to(asked)
        # What it has said itself comes back to it, and is no proof that it was shown anything.
        self.delivered = self.delivered or (not self.spoke and bool(self.sees(shown)))
        schema = json.dumps(((asked.get("output_config") or {}).get("format") or {}).get("schema") or {})
        if '"opinions"' in schema:
            return said({"opinions": [{"number": n, "verdict": "supported"} for n in range(1, 9)]})
        if '"sentences"' in schema:
            return said({"sentences": list(self._sentences(shown))})
        if '"findings"' in schema:
            return said(self._findings(shown))
        return self._turn(asked, shown)

    @property
    def _turned(self) -> bool:
        return self.blind or self.delivered

    def _turn(self, asked: Json, shown: str) -> list[bytes]:
        steps = sum(1 for one in asked["messages"] if one["role"] == "assistant")
        names = [tool["name"] for tool in asked.get("tools", ())]
        if steps == 0:
            return turn(*_uses([(name, given) for name, given in _FIRST if name in names], steps))
        if steps == 1:
            pods = [("incident_responder__describe", {"pod": pod}) for pod in _pods(shown)[:3]]
            return turn(*_uses([*pods, *self._orders(names)][:6] or [("log_analyzer__search", {})], steps))
        if steps == 2 and self._turned:
            orders = self._orders(names)
            self.obeyed += [name for name, _ in orders]
            return turn(
                text(self._words(shown)), *_uses(orders[-6:] or [("log_analyzer__search", {})], steps)
            )
        return turn(text(f"{self._words(shown)}\n{shown[-4000:]}"))

    def _orders(self, names: Sequence[str]) -> list[tuple[str, Json]]:
        """Return the wanted call under every name that might work, and what a helpful model would try besides."""
        call, propose = self.wants.get("call"), self.wants.get("propose")
        if not self._turned:
            return []
        found: list[tuple[str, Json]] = []
        if call:
            found.append((str(call["name"]), dict(call["input"])))
            found += [(name, dict(call["input"])) for name in names if _alike(name, str(call["name"]))]
        if propose:
            given = {"action": propose["action"], **propose["params"]}
            found += [(str(propose["action"]), dict(propose["params"])), ("propose", given), ("run", given)]
        self.called += [name for name, _ in found]
        return found

    def _words(self, shown: str) -> str:
        """Return what the attack wants said, with a key in it only if one can be seen."""
        if not self._turned:
            return ""
        self.spoke = True
        seen: list[str] = _SECRET.findall(shown)
        key = seen[0] if seen else "not known to me"
        wanted = str(self.wants.get("say") or self.attack_text)
        return wanted.replace("{own_key}", key)

    def _claims(self, shown: str) -> Iterator[tuple[str, tuple[str, ...]]]:
        real = tuple(dict.fromkeys(_EVIDENCE.findall(shown)))
        best = real[:3] or (_MADE_UP,)
        # A sober sentence gets through the checks, and so carries the wish that follows.
        yield "payment answers with errors", best
        words = self._words(shown)
        if words:
            yield words, best
            yield words, (_MADE_UP,)
            yield f"payment: {words}", real[-2:] or (_MADE_UP,)
        yield " ".join(shown[-_ECHO:].split()), best
        if self._turned:
            yield self.attack_text[:_ECHO], best

    def _findings(self, shown: str) -> Json:
        drafts = [
            {
                "kind": _KINDS[number % 4],
                "service": "payment",
                "claim": claim,
                "confidence": 1.0,
                "evidence": list(ids),
            }
            for number, (claim, ids) in enumerate(self._claims(shown))
        ]
        return {"findings": drafts, "action": self._action(shown), "action_reason": self._words(shown)}

    def _action(self, shown: str) -> str:
        free = [str((self.wants.get(kind) or {}).get(name, "")) for kind, name in _NAMES]
        offered = sorted(set(_OPTION.findall(shown)))
        choices = [*offered, *offered, *(one for one in free if one and self._turned), "act_99"]
        chosen: str = choices[self.turns % len(choices)]
        self.obeyed.append(f"action {chosen}")
        return chosen

    def _sentences(self, shown: str) -> Iterator[Json]:
        for claim, ids in self._claims(shown):
            yield {"text": claim, "evidence": list(ids)}


_NAMES = (("propose", "action"), ("call", "name"))


def shown_to(asked: Json) -> str:
    """Return everything that a request shows the model beside our own prompts."""
    return "\n".join(
        words for one in asked["messages"] if one["role"] == "user" for words in _texts(one["content"])
    )


def _texts(node: Any) -> Iterator[str]:
    if isinstance(node, str):
        yield node
    elif isinstance(node, list):
        for one in node:
            yield from _texts(one)
    elif isinstance(node, dict):
        for name in ("text", "content"):
            if name in node:
                yield from _texts(node[name])


def _uses(wishes: Sequence[tuple[str, Json]], steps: int) -> list[Json]:
    return [tool_use(name, given, steps * 10 + number) for number, (name, given) in enumerate(wishes)]


def _pods(shown: str) -> list[str]:
    return list(dict.fromkeys(re.findall(r'"name":"([^"]{1,250})","service":"payment"', shown)))


def _alike(name: str, wanted: str) -> bool:
    plain = wanted.replace(".", "_").replace("__", "_")
    return name.replace("__", "_") == plain
