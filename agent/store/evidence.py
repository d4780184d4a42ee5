"""Evidence, diagnoses and pictures."""

from datetime import datetime

from sqlalchemy import select

from agent.domain.evidence import Diagnosis, Evidence
from agent.store.connection import ThreadConnection
from agent.store.tables import blobs, diagnoses, evidence
from agent.store.upsert import insert


class SqlEvidence:
    """What reads saw, and what was concluded from it."""

    def __init__(self, connection: ThreadConnection) -> None:
        self._connection = connection

    async def add(self, item: Evidence) -> None:
        """Store one piece of evidence (replaces the same id)."""
        row = insert(evidence).values(id=item.id, incident_id=item.incident_id, body=item.model_dump_json())
        put = row.on_conflict_do_update(
            index_elements=["id"],
            set_={"incident_id": row.excluded.incident_id, "body": row.excluded.body},
        )
        await self._connection.execute(put)

    async def of_incident(self, incident_id: str, *, newest: int | None = None) -> list[Evidence]:
        """Return an incident's evidence, or its newest pieces, oldest first."""
        mine = select(evidence.c.body).where(evidence.c.incident_id == incident_id)
        bodies = list(await self._connection.scalars(mine.order_by(evidence.c.seq.desc()).limit(newest)))
        return [Evidence.model_validate_json(body) for body in reversed(bodies)]

    async def get(self, evidence_id: str) -> Evidence | None:
        """Return one piece of evidence."""
        body = await self._connection.scalar(select(evidence.c.body).where(evidence.c.id == evidence_id))
        return None if body is None else Evidence.model_validate_json(body)

    async def put_blob(self, digest: str, media_type: str, data: bytes) -> None:
        """Store a picture under its SHA-256."""
        row = insert(blobs).values(digest=digest, media_type=media_type, data=data)
        await self._connection.execute(row.on_conflict_do_nothing())

    async def blob(self, digest: str) -> bytes | None:
        """Return a picture."""
        data = await self._connection.scalar(select(blobs.c.data).where(blobs.c.digest == digest))
        return None if data is None else bytes(data)

    async def put_diagnosis(self, incident_id: str, diagnosis: Diagnosis, at: datetime) -> None:
        """Store the incident's current diagnosis."""
        row = insert(diagnoses).values(incident_id=incident_id, at=at, body=diagnosis.model_dump_json())
        put = row.on_conflict_do_update(
            index_elements=["incident_id"], set_={"at": row.excluded.at, "body": row.excluded.body}
        )
        await self._connection.execute(put)

    async def diagnosis(self, incident_id: str) -> Diagnosis | None:
        """Return the incident's current diagnosis."""
        query = select(diagnoses.c.body).where(diagnoses.c.incident_id == incident_id)
        body = await self._connection.scalar(query)
        return None if body is None else Diagnosis.model_validate_json(body)
