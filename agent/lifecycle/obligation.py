"""One thing that is owed to people because of an incident, and everything that it is worked out from."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from agent.domain.incident import Incident, Priority
from agent.domain.page import Page, PageState, Way
from agent.domain.route import Route
from agent.domain.task import Task
from agent.domain.update import Update
from agent.lifecycle.oncall import Callee
from agent.policy.communications import Cadence
from agent.policy.escalation import EscalationPolicy, Steps
from agent.policy.load import Policies

ENDED_PAGES = frozenset({PageState.ANSWERED, PageState.FAILED, PageState.WITHDRAWN})
# Clocks of machines differ a little; a mark that lies further ahead was written before the clock was set back.
AHEAD = timedelta(seconds=2)
ANCHOR = "anchor:"
LEFT, ANEW, RAISED = "left:", "anew:", "raised:"
_AGAIN = "+"


class Owed(StrEnum):
    """What is owed; the first ones concern calls and must wait for nothing else."""

    MARK = "mark"
    CALL = "call"
    SEND = "send"
    POSTED = "posted"
    BACK_UP = "back_up"
    ANSWERED = "answered"
    WITHDRAW = "withdraw"
    TELL_PAGER = "tell_pager"
    NEAR = "near"
    MISSED = "missed"
    CALL_AT_TARGET = "call_at_target"
    INFORM = "inform"
    TASK = "task"
    DIGEST = "digest"
    CLOSE = "close"
    COUNT = "count"
    LEARN = "learn"
    FILE = "file"

    @property
    def urgent(self) -> bool:
        """Say whether it is a call, or ends one."""
        return self not in _PATIENT


_PATIENT = frozenset({Owed.INFORM, Owed.TASK, Owed.DIGEST, Owed.CLOSE, Owed.COUNT, Owed.LEARN, Owed.FILE})


@dataclass(frozen=True, slots=True)
class Obligation:
    """What is owed from a time on; `key` is its identity in the incident, empty where doing it twice changes nothing.

    `about` is a page's or task's id, an audience, or what to tell the pager; `mark` is the time that is remembered with
    the key when it is not that of the deed.
    """

    what: Owed
    key: str
    at: datetime
    level: int = 0
    about: str = ""
    mark: datetime | None = None


@dataclass(frozen=True, slots=True)
class Life:
    """An incident with everything that its obligations follow from; nothing here is asked for anywhere else.

    `done` are the keys of what was done and when; `posted` the ids of the Slack calls that are in the thread; `wanted`
    what of the aftermath there is somebody for.
    """

    incident: Incident
    route: Route
    policies: Policies
    now: datetime
    who: Callable[[Sequence[str], datetime], list[Callee]]
    serving: Sequence[str] = ()
    done: Mapping[str, datetime] = field(default_factory=dict)
    pages: Sequence[Page] = ()
    posted: frozenset[str] = frozenset()
    tasks: Sequence[Task] = ()
    updates: Sequence[Update] = ()
    cadence: Mapping[str, Cadence] = field(default_factory=dict)
    wanted: frozenset[Owed] = frozenset()

    @property
    def steps(self) -> Steps:
        """Return what the policy says for the present priority."""
        return self.escalation.priorities[self.incident.priority]

    @property
    def escalation(self) -> EscalationPolicy:
        """Return the rules of calling."""
        return self.policies.escalation

    @property
    def scope(self) -> str:
        """Return what the keys of this opening at this priority begin with, after their own word."""
        return scope_of(self.incident, self.done)

    @property
    def came_back(self) -> bool:
        """Say whether the incident has had this priority before in this opening, and another one since."""
        return _AGAIN in self.scope

    @property
    def scopes_to_leave(self) -> list[str]:
        """Return the scopes of this opening that the incident was in and has not left by what is noted."""
        prefix = f"since:{self.incident.opening}:"
        entered = [key.removeprefix("since:") for key in self.done if key.startswith(prefix)]
        return [one for one in entered if one != self.scope and f"{LEFT}{one}" not in self.done]

    @property
    def began(self) -> datetime:
        """Return when this opening began."""
        times = self.incident.times
        return times.opened_at if self.incident.opening == 1 else times.reopened_at or times.opened_at

    @property
    def since(self) -> datetime:
        """Return when the incident came to its present priority in this opening."""
        return self.base(f"since:{self.scope}")

    @property
    def here(self) -> list[Page]:
        """Return the calls of this opening."""
        return [page for page in self.pages if page.opening == self.incident.opening]

    @property
    def recent(self) -> list[Page]:
        """Return the calls that need not be made again: those of this opening, or since it became loud once more."""
        if f"{ANEW}{self.scope}" not in self.done:
            return self.here
        return [page for page in self.here if _named_in(page) == self.scope.partition(":")[2]]

    @property
    def ways(self) -> tuple[Way, ...]:
        """Return the ways by which people are called for it: those of its route, then those of its priority."""
        named = (*self.route.page, *(way.value for way in self.steps.ways))
        return tuple(Way(name) for name in dict.fromkeys(named))

    def base(self, key: str) -> datetime:
        """Return when something was done, or when its mark was corrected after the clock had been set back."""
        return min([self.done[key], *self._anchors(key)])

    def page_at(self, page: Page) -> datetime:
        """Return when a call was wanted, corrected likewise."""
        return min([page.at, *self._anchors(page.id)])

    def anchors_wanted(self) -> list[str]:
        """Return the keys of the corrections that are needed because a mark lies in the future."""
        opening = f":{self.incident.opening}:"
        marks = [(key, self.base(key)) for key in self.done if key.startswith(_counted(opening))]
        calls = [(page.id, self.page_at(page)) for page in self.here if page.state not in ENDED_PAGES]
        late = [name for name, at in (*marks, *calls) if at > self.now + AHEAD]
        return [f"{ANCHOR}{len(self._anchors(name))}:{name}" for name in late]

    def priorities_with(self, word: str) -> list[Priority]:
        """Return the priorities of this opening for which a key of this word was kept."""
        prefix = f"{word}:{self.incident.opening}:"
        return [priority_of(key.split(":", 1)[1]) for key in self.done if key.startswith(prefix)]

    def _anchors(self, name: str) -> list[datetime]:
        return [
            at for key, at in self.done.items() if key.startswith(ANCHOR) and key.split(":", 2)[2] == name
        ]


def _named_in(page: Page) -> str:
    """Return the part of a call's name that says for which priority it was made."""
    return page.id.split(":")[2].removeprefix("target.").partition(".")[0]


def scope_of(incident: Incident, done: Mapping[str, datetime]) -> str:
    """Return an incident's opening and priority; a priority that it left and came back to counts anew."""
    plain = f"{incident.opening}:{incident.priority.value}"
    scope, times = plain, 0
    while f"{LEFT}{scope}" in done:
        times += 1
        scope = f"{plain}{_AGAIN}{times}"
    return scope


def priority_of(scope: str) -> Priority:
    """Return the priority of a scope, or of whatever begins with one."""
    return Priority(scope.split(":")[1].partition(_AGAIN)[0])


def _counted(opening: str) -> tuple[str, ...]:
    return tuple(f"{word}{opening}" for word in ("since", "call", "inform"))
