"""Brings a database to the present schema when it is opened."""

from pathlib import Path

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from agent.errors import Misconfigured
from agent.store.tables import metadata

HEAD = "0006"
_HERE = Path(__file__).resolve().parent / "migrations"


def migrate(connection: Connection) -> None:
    """Run the missing steps in the caller's transaction; raises Misconfigured for a newer schema than ours."""
    current = MigrationContext.configure(connection).get_current_revision()
    if current == HEAD:
        return
    config = Config()
    config.set_main_option("script_location", str(_HERE))
    script = ScriptDirectory.from_config(config)
    if current is not None and current not in {step.revision for step in script.walk_revisions()}:
        raise Misconfigured(
            f"The database has schema {current}, which this version does not know. Run the newer version again."
        )
    with EnvironmentContext(
        config, script, fn=lambda revision, _: script._upgrade_revs("head", revision)
    ) as environment:
        environment.configure(connection=connection, target_metadata=metadata)
        environment.run_migrations()
