"""What stands below a diagnosis: what people said of it, the buttons to say more, and the one to read again."""

from collections.abc import Sequence

from agent.domain.feedback import Feedback
from agent.domain.view import IncidentView
from agent.lifecycle.memory_votes import judged_run, named_cause
from agent.locale.messages import text
from agent.transport.slack import blocks
from agent.transport.slack.blocks import Block
from agent.transport.slack.markup import foreign, person

RIGHT = "feedback.right"
WRONG = "feedback.wrong"
RERUN = "evidence.rerun"
MOST_EVIDENCE = 8
_MOST_TRUTHS = 2


def rerun_button(incident_id: str, evidence_ids: Sequence[str], lang: str, action: str = RERUN) -> Block:
    """Return the button that repeats these reads; its value names the incident and the evidence."""
    value = " ".join((incident_id, *evidence_ids[:MOST_EVIDENCE]))
    return blocks.button(text(lang, "button-rerun"), action, value)


def feedback_blocks(view: IncidentView, lang: str) -> tuple[Block, ...]:
    """Return what people said of the diagnosis and the buttons to say more; nothing before the first diagnosis."""
    run = judged_run(view.timeline)
    if run == 0:
        return ()
    said = _said(last_words(view), lang)
    value = f"{view.incident.id} {run}"
    if named_cause(view.diagnosis):
        row = blocks.actions(
            blocks.button(text(lang, "button-right-cause"), RIGHT, value),
            blocks.button(text(lang, "button-wrong-cause"), WRONG, value),
        )
    else:
        row = blocks.actions(blocks.button(text(lang, "button-name-cause"), WRONG, value))
    return (*((blocks.context(*said),) if said else ()), row)


def last_words(view: IncidentView) -> tuple[Feedback, ...]:
    """Return each person's last word on this incident's diagnosis, in the order in which they were given."""
    last = {vote.person: vote for vote in sorted(view.feedback, key=lambda vote: (vote.at, vote.run))}
    return tuple(sorted(last.values(), key=lambda vote: vote.at))


def _said(votes: tuple[Feedback, ...], lang: str) -> list[str]:
    if not votes:
        return []
    right = sum(1 for vote in votes if vote.right)
    tally = text(lang, "feedback-tally", right=str(right), wrong=str(len(votes) - right))
    truths = [vote for vote in votes if vote.truth][-_MOST_TRUTHS:]
    named = [
        text(lang, "feedback-truth", who=person(vote.person), truth=foreign(vote.truth, 300))
        for vote in truths
    ]
    return [tally, *named]
