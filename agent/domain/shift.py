"""Somebody's turn of being on call, as a schedule of another program tells it."""

from agent.domain.noun import Noun, Utc


class Shift(Noun):
    """Who is on call, by that program's id and mail address, and until when."""

    person: str
    email: str = ""
    name: str = ""
    until: Utc | None = None
