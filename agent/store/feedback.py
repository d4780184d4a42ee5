"""What people said of diagnoses, one row per person and diagnosis."""

from sqlalchemy import select

from agent.domain.feedback import Feedback
from agent.store.connection import ThreadConnection
from agent.store.tables import feedback
from agent.store.upsert import insert


class SqlFeedback:
    """Votes on diagnoses; a person's later vote on the same one replaces the earlier."""

    def __init__(self, connection: ThreadConnection) -> None:
        self._connection = connection

    async def vote(self, one: Feedback) -> None:
        """Store a person's vote in place of an earlier one of theirs on the same diagnosis."""
        row = insert(feedback).values(
            incident_id=one.incident_id,
            run=one.run,
            # PostgreSQL keeps no NUL.
            person=one.person.replace("\0", ""),
            at=one.at,
            body=one.model_dump_json(),
        )
        put = row.on_conflict_do_update(
            index_elements=["incident_id", "run", "person"],
            set_={"at": row.excluded.at, "body": row.excluded.body},
        )
        await self._connection.execute(put)

    async def of_incident(self, incident_id: str) -> list[Feedback]:
        """Return an incident's votes in the order in which they were given."""
        mine = select(feedback.c.body).where(feedback.c.incident_id == incident_id)
        bodies = await self._connection.scalars(mine.order_by(feedback.c.at, feedback.c.person))
        return [Feedback.model_validate_json(body) for body in bodies]

    async def newest(self, limit: int) -> list[Feedback]:
        """Return the newest votes of all incidents, newest first."""
        query = select(feedback.c.body).order_by(feedback.c.at.desc(), feedback.c.person).limit(limit)
        return [Feedback.model_validate_json(body) for body in await self._connection.scalars(query)]
