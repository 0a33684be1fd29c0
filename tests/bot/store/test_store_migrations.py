"""What the migrations build is what the tables say."""

from __future__ import annotations

from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import CheckConstraint, create_engine, text

import bot.store.migrations
import bot.store.pilot_tables
import bot.store.poll_tables
import bot.store.workspace_tables
from bot.store import migrate
from bot.store.migrations import HEAD
from bot.store.tables import metadata


def _statements(engine):
    """A column that was added later stands behind the last one, on its line."""
    with engine.connect() as conn:
        found = conn.execute(text("SELECT name, sql FROM sqlite_master WHERE name NOT LIKE '%alembic%'"))
        return {name: _lines(sql.replace(" NOT NULL, ", " NOT NULL,\n")) for name, sql in found if sql}


def _lines(sql):
    return sorted(filter(None, (line.strip().strip(",") for line in sql.splitlines())))


def test_migrated_and_created_sqlite_stores_say_the_same_line_by_line(migrated_file):
    created, migrated = create_engine("sqlite://"), create_engine(f"sqlite:///{migrated_file}")
    try:
        metadata.create_all(created)
        assert _statements(migrated) == _statements(created)
    finally:
        created.dispose()
        migrated.dispose()


async def test_a_migrated_store_has_the_tables_and_checks_we_declare(store):
    def differences(conn):
        context = MigrationContext.configure(conn, opts={"compare_type": False})
        return compare_metadata(context, metadata)

    def checks(conn):
        return set(conn.execute(text("SELECT conname FROM pg_constraint WHERE contype = 'c'")).scalars())

    assert await store.read(differences) == []
    if store.is_postgres:
        declared = {
            str(one.name)
            for table in metadata.tables.values()
            for one in table.constraints
            if isinstance(one, CheckConstraint)
        }
        assert declared <= await store.read(checks)


def test_the_newest_revision_is_the_one_the_program_expects():
    config = Config()
    config.set_main_option("script_location", str(Path(bot.store.migrations.__file__).parent))
    assert ScriptDirectory.from_config(config).get_heads() == [HEAD]


def test_migrating_again_changes_nothing(migrated_file):
    before = migrated_file.read_bytes()
    migrate.upgrade_sqlite(migrated_file)
    assert migrated_file.read_bytes() == before
