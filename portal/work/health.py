"""What `/healthz` answers."""

from __future__ import annotations

from collections.abc import Callable

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from portal.work.heartbeats import PARTS, silent_parts

Check = Callable[[], str]
WELL = "ok"


def health() -> dict[str, str]:
    """Each part with `ok` or what is not well. The first part that other parts need and that fails ends the list."""
    found = {"web": WELL, "database": _safely(_database)}
    if found["database"] != WELL:
        return found
    return {**found, "migrations": _safely(_migrations), **_processes()}


def _safely(check: Check) -> str:
    try:
        return check()
    except DatabaseError as error:
        return _first_line(error)


def _database() -> str:
    """The web's role must not be able to look past the walls, as a superuser or the owner of a table could."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT rolsuper OR rolbypassrls OR EXISTS (SELECT FROM pg_tables WHERE schemaname = 'public' AND tableowner = current_user)"
            " FROM pg_roles WHERE rolname = current_user"
        )
        bypasses = cursor.fetchone()[0]
    return f"the role {connection.settings_dict['USER']} bypasses row-level security" if bypasses else WELL


def _migrations() -> str:
    executor = MigrationExecutor(connection)
    waiting = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    return f"{waiting} migrations are not applied" if waiting else WELL


def _processes() -> dict[str, str]:
    """Every process that must show that it lives."""
    try:
        silent = {part.name: part.silence_words for part in silent_parts()}
    except DatabaseError as error:
        return {part.name: _first_line(error) for part in PARTS}
    return {part.name: silent.get(part.name, WELL) for part in PARTS}


def _first_line(error: DatabaseError) -> str:
    return str(error).strip().splitlines()[0]
