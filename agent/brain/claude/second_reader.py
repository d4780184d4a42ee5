"""A second, cheaper reader of the claims that passed: it may make them less sure, never surer."""

from collections.abc import Sequence

from agent.brain.claude.conversation import Conversation
from agent.brain.claude.drafts import Opinions
from agent.brain.claude.material import encoded, line
from agent.brain.claude.prompts import prompt
from agent.brain.claude.write_down import write_down
from agent.domain.evidence import Evidence, Finding
from agent.errors import BackendError, OverBudget

# What remains of a claim's confidence; a claim that its evidence does not show falls below every lead.
KEEPS = {"supported": 1.0, "partly": 0.7, "unsupported": 0.25}


async def weakened(
    conversation: Conversation, model: str, findings: Sequence[Finding], evidence: Sequence[Evidence]
) -> tuple[Finding, ...]:
    """Return the findings, less sure where the second reader doubts them; without an opinion they stay as they are."""
    if not findings:
        return ()
    known = {e.id: e for e in evidence}
    claims = [
        {"number": number, "claim": f.claim, "evidence": [line(known[i], 400) for i in f.evidence_ids]}
        for number, f in enumerate(findings, start=1)
    ]
    try:
        said = await write_down(
            conversation,
            Opinions,
            model=model,
            system=prompt("second-reader"),
            material=encoded(claims),
            max_tokens=2048,
        )
    except (BackendError, OverBudget):
        # The rules of evidence have passed already; a second opinion that cannot be had is no reason to say nothing.
        return tuple(findings)
    verdicts = {one.number: KEEPS[one.verdict] for one in said.opinions}
    return tuple(
        f.model_copy(update={"confidence": round(f.confidence * verdicts.get(number, 1.0), 4)})
        for number, f in enumerate(findings, start=1)
    )
