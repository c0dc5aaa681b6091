"""Brings a catalog to this version's schema, with the migrations beside it."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

_SCRIPTS = Path(__file__).parent / "migrations"


def apply_upgrade(connection: Connection, found: str | None) -> bool:
    """Run what is missing; False if the found revision is not one of ours. Blocking."""
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    config.attributes["connection"] = connection
    known = {script.revision for script in read_scripts().walk_revisions()}
    if found is not None and found not in known:
        return False
    command.upgrade(config, "head")
    return True


def read_scripts() -> ScriptDirectory:
    """Read the migrations that ship with the package. Blocking."""
    return ScriptDirectory(str(_SCRIPTS))
