"""What one audience is told of an incident: sentences with their sources, where they go, and who agreed."""

import hashlib
import json
from enum import StrEnum
from typing import Literal

from pydantic import Field

from agent.domain.noun import Noun, Utc
from agent.domain.record import Record, Statement


class Moment(StrEnum):
    """Why an update is written."""

    OPENED = "opened"
    CHANGED = "changed"
    DUE = "due"
    MITIGATED = "mitigated"
    RESOLVED = "resolved"
    BY_HAND = "by_hand"


class UpdateState(StrEnum):
    """`waiting` for a person's word, `sending` once agreed (or when none is needed), then one of the ends.

    `written` is the end of one without any destination: it stands in the incident's thread and went nowhere.
    """

    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    WRITTEN = "written"
    WITHDRAWN = "withdrawn"
    FAILED = "failed"


class Destination(Noun):
    """Where an update goes: a Slack channel name with #, a mail address, a status page id, a Teams webhook's name."""

    way: Literal["slack", "email", "statuspage", "teams"]
    address: str


class Reading(StrEnum):
    """How a message reads at its destination, compared with what was agreed: `due` until somebody has looked.

    `unreadable` could not be looked at, `never` is a way that keeps nothing which could be asked, and of a message that
    is `overtaken` only a later one's words are left. `unknown` was sent before anything was read back.
    """

    UNKNOWN = ""
    DUE = "due"
    SAME = "same"
    DIFFERS = "differs"
    GONE = "gone"
    UNREADABLE = "unreadable"
    OVERTAKEN = "overtaken"
    NEVER = "never"


class Delivered(Noun):
    """One destination that has an update; `reference` is the message's id over there, `read_back` what stands there."""

    destination: Destination
    reference: str
    at: Utc
    read_back: str = ""
    reading: Reading = Reading.UNKNOWN
    read_at: Utc | None = None
    unread_because: str = ""


ComponentStatus = Literal["operational", "degraded_performance", "partial_outage", "major_outage"]
Impact = Literal["none", "minor", "major", "critical"]


class Update(Record):
    """One text for one audience in one language; an approval is bound to its digest.

    `components` and `impact` are what a status page shows beside the words; `basis` is a digest of what was known when
    it was written, by which the next one sees that there is nothing new.
    """

    audience: str
    language: Literal["en", "ko"]
    moment: Moment
    title: str
    sentences: tuple[Statement, ...]
    destinations: tuple[Destination, ...]
    public: bool = False
    stage: Literal["investigating", "identified", "monitoring", "resolved"] = "investigating"
    components: dict[str, ComponentStatus] = Field(default_factory=dict)
    impact: Impact = "minor"
    basis: str = ""
    form: Literal["deterministic", "claude", "person"] = "deterministic"
    state: UpdateState = UpdateState.SENDING
    needs: tuple[str, ...] = ()
    approved_by: str | None = None
    approved_digest: str | None = None
    approved_at: Utc | None = None
    ended_at: Utc | None = None
    ended_by: str | None = None
    delivered: tuple[Delivered, ...] = ()
    error: str = ""

    @property
    def subject(self) -> str:
        """Return the audience."""
        return self.audience

    @property
    def body(self) -> str:
        """Return the sentences as one text, a line each."""
        return "\n".join(one.text for one in self.sentences)

    @property
    def digest(self) -> str:
        """Return the SHA-256 (hex) of what people agree to: the words, and where they go."""
        told = [self.title, self.body, self.stage, sorted(self.components.items()), self.impact]
        places = sorted(f"{one.way}:{one.address}" for one in self.destinations)
        return hashlib.sha256(json.dumps([told, places], ensure_ascii=False).encode()).hexdigest()
