"""The model's hands: the reads it may wish for, checked before they run, and what it is told of their results."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from agent.brain.claude.conversation import Limits
from agent.brain.claude.material import encoded, folded, whole
from agent.brain.claude.schema import narrow
from agent.brain.claude.turns import Block, ToolUse
from agent.brain.handles import Handles
from agent.domain.evidence import Evidence, ReadRequest
from agent.errors import OpsError
from agent.ports.reads import Reads, ReadSpec

# Reads that a model gets: named signals and inventories. It writes no query of its own, and a picture tells it nothing.
OFFERED = (
    "metrics_collector.signal",
    "metrics_collector.topology",
    "log_analyzer.search",
    "log_analyzer.patterns",
    "incident_responder.rollouts",
    "incident_responder.pods",
    "incident_responder.describe",
    "incident_responder.events",
    "incident_responder.logs",
)
_SEPARATOR = "__"
# Windows end now and namespaces are the configured ones: what a model need not say costs no tokens.
_UNSAID = ("end", "namespace", "compare_minutes")


class SearchHandle(BaseModel):
    """Find words in a result that was cut."""

    model_config = ConfigDict(extra="forbid", strict=True)
    handle: str = Field(max_length=80)
    text: str = Field(min_length=1, max_length=200)


class PageHandle(BaseModel):
    """Read a page of a result that was cut."""

    model_config = ConfigDict(extra="forbid", strict=True)
    handle: str = Field(max_length=80)
    page: int = Field(ge=1)


HANDLE_TOOLS: dict[str, type[SearchHandle] | type[PageHandle]] = {
    "search_handle": SearchHandle,
    "page_handle": PageHandle,
}
Watch = Callable[[ReadRequest, Literal["in_progress", "complete", "error"]], Awaitable[None]]


def tool_name(read: str) -> str:
    """Return a read's name as the API allows it."""
    return read.replace(".", _SEPARATOR)


def tools(catalogue: Sequence[ReadSpec], backends: Callable[[str], bool]) -> tuple[Block, ...]:
    """Return the tools of the reads that this installation can answer, always in the same order, for the cache."""
    specs = {spec.name: spec for spec in catalogue}
    reads = [specs[name] for name in OFFERED if name in specs and backends(specs[name].backend)]
    return (
        *(_tool(tool_name(one.name), one.description, narrow(one.params_schema)) for one in reads),
        *(
            _tool(name, model.__doc__ or "", narrow(model.model_json_schema()))
            for name, model in HANDLE_TOOLS.items()
        ),
    )


def _tool(name: str, description: str, schema: Block) -> Block:
    fields = {k: v for k, v in dict(schema.get("properties") or {}).items() if k not in _UNSAID}
    body = {**schema, "type": "object", "properties": fields, "additionalProperties": False}
    return {"name": name, "description": description, "input_schema": body, "strict": True}


class Hands:
    """Runs wishes for one conversation; `found` grows by what was read."""

    def __init__(
        self,
        reads: Reads,
        limits: Limits,
        seen: Sequence[Evidence],
        *,
        incident_id: str | None,
        named: Callable[[ReadRequest, Evidence], Evidence] | None = None,
        watch: Watch | None = None,
    ) -> None:
        self._reads = reads
        self._limits = limits
        self._incident_id = incident_id
        self._named = named or (lambda _, evidence: evidence)
        self._watch = watch
        self._seen = {one.id: one for one in seen}
        self._handles = Handles(self._text_of, limits.result_bytes)
        self._specs = {tool_name(spec.name): spec.name for spec in reads.catalogue() if spec.name in OFFERED}
        self.found: list[Evidence] = []

    async def run(self, wishes: Sequence[ToolUse]) -> list[Block]:
        """Return one result per wish, in their order; a wish that cannot run is an error that says why."""
        able = wishes[: self._limits.reads_per_turn]
        results = list(await asyncio.gather(*(self._one(wish) for wish in able)))
        results += [(False, "Too many at once: ask for it again.")] * (len(wishes) - len(able))
        left = self._limits.turn_bytes
        blocks = []
        for wish, (good, words) in zip(wishes, results, strict=True):
            shown = words.encode()[: max(left, 0)].decode(errors="ignore")
            left -= len(shown.encode())
            cut = " …[this turn's results are too large: ask again for this one]" if shown != words else ""
            blocks.append(_result(wish, good, shown + cut))
        return blocks

    async def _one(self, wish: ToolUse) -> tuple[bool, str]:
        if wish.name in HANDLE_TOOLS:
            return self._look_up(wish)
        if wish.name not in self._specs or not isinstance(wish.input, dict):
            return False, f"There is no tool for that. Tools: {', '.join([*self._specs, *HANDLE_TOOLS])}."
        params = {str(name): value for name, value in wish.input.items() if value is not None}
        request = ReadRequest(tool=self._specs[wish.name], params=params)
        earlier = next((e for e in self._seen.values() if e.request == request and e.ok), None)
        if earlier is not None:
            return True, self._told(earlier)
        return await self._read(request)

    async def _read(self, request: ReadRequest) -> tuple[bool, str]:
        await self._tell(request, "in_progress")
        try:
            evidence = self._named(request, await self._reads.run(request, incident_id=self._incident_id))
        except OpsError as error:
            await self._tell(request, "error")
            return False, encoded(error.user_message)
        self._seen[evidence.id] = evidence
        self.found.append(evidence)
        await self._tell(request, "complete" if evidence.error is None else "error")
        return evidence.error is None, self._told(evidence)

    def _told(self, evidence: Evidence) -> str:
        return self._handles.fit(evidence.id, folded(evidence), whole(evidence))

    def _look_up(self, wish: ToolUse) -> tuple[bool, str]:
        try:
            asked = HANDLE_TOOLS[wish.name].model_validate(wish.input)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            return False, f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
        found = (
            self._handles.search(asked.handle, asked.text)
            if isinstance(asked, SearchHandle)
            else self._handles.page(asked.handle, asked.page)
        )
        return (True, found) if found is not None else (False, "There is no such handle.")

    def _text_of(self, key: str) -> str | None:
        evidence = self._seen.get(key)
        return whole(evidence) if evidence is not None else None

    async def _tell(self, request: ReadRequest, status: Literal["in_progress", "complete", "error"]) -> None:
        if self._watch is not None:
            await self._watch(request, status)


def _result(wish: ToolUse, good: bool, words: str) -> Block:
    block: Block = {
        "type": "tool_result",
        "tool_use_id": wish.id,
        "content": [{"type": "text", "text": words}],
    }
    return block if good else {**block, "is_error": True}
