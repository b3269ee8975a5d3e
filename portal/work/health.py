"""What `/healthz` answers."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from portal.work.heartbeats import is_alive

Check = Callable[[], str]
WELL = "ok"


def health() -> dict[str, str]:
    """Each part with `ok` or what is not well. The first part that other parts need and that fails ends the list."""
    checks: dict[str, Check] = {"database": _database, "migrations": _migrations, "worker": _worker, "beat": _beat}
    found = {"web": WELL}
    for part, check in checks.items():
        found[part] = _safely(check)
        if part == "database" and found[part] != WELL:
            break
    return found


def _safely(check: Check) -> str:
    try:
        return check()
    except DatabaseError as error:
        return str(error).strip().splitlines()[0]


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


def _worker() -> str:
    return WELL if is_alive("worker") else f"no sweep ran in the last 30 s (one is due every {settings.SWEEP_SECONDS:g} s)"


def _beat() -> str:
    return WELL if is_alive("beat") else "beat sent nothing in the last 30 s"
