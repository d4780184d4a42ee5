"""A database of an earlier version is brought up to date with everything that is in it."""

from pathlib import Path

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, text

import agent.store.migrate as migrating
from agent.domain.memory import Recollection
from tests.contract.test_store_feedback import vote
from tests.support.store import store_at


def written_by_version(folder: Path, revision: str) -> None:
    """Write a database of an earlier version that remembers one incident."""
    config = Config()
    config.set_main_option("script_location", str(Path(migrating.__file__).parent / "migrations"))
    script = ScriptDirectory.from_config(config)
    engine = create_engine(f"sqlite:///{folder / 'ops.db'}")
    with engine.begin() as connection:
        with EnvironmentContext(
            config, script, fn=lambda current, _: script._upgrade_revs(revision, current)
        ) as environment:
            environment.configure(connection=connection)
            environment.run_migrations()
        assert revision == MigrationContext.configure(connection).get_current_revision()
        row = {"number": 1, "id": "i1", "title": "payment: HighErrorRate", "cause": "a bad deployment"}
        connection.execute(
            text(
                "INSERT INTO memory (number, incident_id, title, cause) VALUES (:number, :id, :title, :cause)"
            ),
            row,
        )
        connection.execute(text("INSERT INTO memory_words(rowid, words) VALUES (1, 'payment HighErrorRate')"))
    engine.dispose()


async def test_what_was_remembered_before_is_found_after(tmp_path: Path) -> None:
    written_by_version(tmp_path, "0002")
    async with store_at(tmp_path) as store:
        async with store.write() as tx:
            await tx.feedback.vote(vote())
            [past] = await tx.memory.similar("payment", exclude=None, limit=3)
        async with store.read() as tx:
            version = await tx.connection.exec_driver_sql("SELECT version_num FROM alembic_version")

    assert ("a bad deployment", Recollection(), None) == (past.cause, past.about, past.took_seconds)
    assert [(migrating.HEAD,)] == [tuple(row) for row in version]
