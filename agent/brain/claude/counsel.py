"""What Claude says to a sub-agent: it sees material as data, reads at most what the sub-agent may read, and fills a form."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

from pydantic import BaseModel

from agent.brain.claude.conversation import Conversation, Limits
from agent.brain.claude.dossier import listed
from agent.brain.claude.explore import Setting, Talk, explore
from agent.brain.claude.hands import Hands, tools
from agent.brain.claude.material import encoded
from agent.brain.claude.prompts import prompt
from agent.brain.claude.turns import Wire
from agent.brain.claude.world import Character, World
from agent.brain.claude.write_down import write_down
from agent.domain.evidence import Evidence, ReadRequest
from agent.domain.handoff import SubAgent
from agent.domain.noun import Json
from agent.errors import BadInput
from agent.ports.reads import Reads, ReadSpec

M = TypeVar("M", bound=BaseModel)
# A sub-agent has a minute or two for everything; whoever asks sets the time, this bounds the turns.
MOST_ITERATIONS = 2
MOST_TOKENS = 3000


class ClaudeCounsel:
    """Implements ports.handoffs.Counsel; each sub-agent has its own prompt, `prompts/SUB-AGENT.md`."""

    def __init__(self, wire: Wire, world: World, character: Character) -> None:
        self._wire = wire
        self._world = world
        self._character = character

    async def consult(
        self,
        agent: SubAgent,
        task: str,
        material: dict[str, Json],
        form: type[M],
        *,
        evidence: Sequence[Evidence] = (),
        reads: Sequence[str] = (),
        incident_id: str | None = None,
    ) -> M:
        """Return the filled form; raises Unavailable, Refused, BadAnswer or OverBudget.

        What was read on the way is stored as the incident's evidence, so that the form may cite it.
        """
        most = self._character.limits
        limits = replace(
            most,
            iterations=min(MOST_ITERATIONS, most.iterations),
            max_tokens=min(MOST_TOKENS, most.max_tokens),
        )
        purse = self._world.purse(self._character, incident_id or "")
        conversation = Conversation(self._wire, limits, purse)
        told = {"task": task, "material": material, "evidence": listed(evidence)}
        talk, found = Talk(messages=_begun(encoded(told))), list[Evidence]()
        if reads:
            found = await self._explore(agent, conversation, limits, talk, evidence, reads, incident_id)
        seen = {"read_since": listed(found), "notes": talk.notes} if reads else {}
        return await write_down(
            conversation,
            form,
            model=self._character.model,
            system=prompt(agent.value, self._character.language),
            material=encoded({**told, **seen}),
            max_tokens=limits.max_tokens,
            effort=self._character.effort,
        )

    async def _explore(
        self,
        agent: SubAgent,
        conversation: Conversation,
        limits: Limits,
        talk: Talk,
        evidence: Sequence[Evidence],
        reads: Sequence[str],
        incident_id: str | None,
    ) -> list[Evidence]:
        allowed = AllowedReads(self._world.reads, reads)
        hands = Hands(allowed, limits, evidence, incident_id=incident_id)
        setting = Setting(
            model=self._character.model,
            system=prompt(agent.value, self._character.language),
            tools=tools(allowed.catalogue(), self._world.configured),
            effort=self._character.effort,
        )
        await explore(conversation, setting, hands, limits, talk, _forget)
        if incident_id is not None and hands.found:
            async with self._world.store.write() as tx:
                for one in hands.found:
                    await tx.evidence.add(one)
        return hands.found


class AllowedReads:
    """Some of the reads; for whoever holds this, the others do not exist."""

    def __init__(self, reads: Reads, names: Sequence[str]) -> None:
        self._reads = reads
        self._names = frozenset(names)

    def catalogue(self) -> tuple[ReadSpec, ...]:
        """List the reads that are allowed."""
        return tuple(spec for spec in self._reads.catalogue() if spec.name in self._names)

    async def run(self, request: ReadRequest, *, incident_id: str | None = None) -> Evidence:
        """Run a read; raises BadInput for one that is not allowed."""
        if request.tool not in self._names:
            raise BadInput(f"There is no read called {request.tool}.", field="tool")
        return await self._reads.run(request, incident_id=incident_id)

    def configured(self, backend: str) -> bool:
        """Say whether a backend is set up."""
        return self._reads.configured(backend)

    async def blob(self, digest: str) -> bytes | None:
        """Return a picture that a read drew."""
        return await self._reads.blob(digest)


def _begun(words: str) -> list[dict[str, object]]:
    return [{"role": "user", "content": [{"type": "text", "text": words}]}]


async def _forget(_: Talk) -> None:
    """Keep nothing of a talk: a sub-agent that is asked again after a crash begins anew."""
