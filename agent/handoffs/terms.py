"""How long each kind of question may take, and how often it is tried within that time."""

from datetime import timedelta

from agent.domain.handoff import Question

DEADLINES: dict[str, timedelta] = {
    # The first update of a P0 is owed at once: one that comes later than this is better written by a person.
    "inform_audiences": timedelta(minutes=5),
    # People read it before they vote; who has not seen it in a minute votes without it.
    "assess_action": timedelta(minutes=1),
    # Nobody waits for it: the incident is over.
    "review_recurrence": timedelta(hours=1),
    # A person asked and looks at the thread.
    "explain_release": timedelta(minutes=1),
    # It reads the cluster and rehearses the change there.
    "plan_release": timedelta(minutes=2),
}
"""The time from question to answer, by kind of question, when whoever asks names no other."""

MARGIN = timedelta(seconds=1)
"""How long before its deadline a try ends, so that its answer can still be stored in time."""

LONGEST_TRY = timedelta(seconds=45)
"""A try that hangs is given up after this, since a second one may well succeed before the deadline."""

MOST_TRIES = 10_000
"""Effectively none: the deadline ends the tries, not their number."""


def time_for(question: Question) -> timedelta:
    """Return how long a question may take when whoever asks names no deadline."""
    return DEADLINES[question.kind]


def seconds_for_try(left: timedelta) -> float:
    """Return how many seconds a try may take when so much time is left; not above 0 when none should begin."""
    return min(LONGEST_TRY, left - MARGIN).total_seconds()
