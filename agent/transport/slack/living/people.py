"""How people are shown, whichever id they are known by: a Slack user is mentioned, anybody else is named."""

from collections.abc import Callable

from agent.transport.slack.doors import Directory
from agent.transport.slack.markup import foreign, is_person, person

Named = Callable[[str], str]


def naming(directory: Directory | None, *, quietly: bool = False) -> Named:
    """Return how to show somebody in mrkdwn; `quietly` names without a mention, which would notify."""

    def named(who: str) -> str:
        if directory is None or is_person(who):
            return person(who)
        user = directory.slack_of(who)
        if user is not None and is_person(user) and not quietly:
            return person(user)
        return foreign(directory.name_of(who), 80)

    return named
