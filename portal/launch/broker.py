"""The embedded broker: PGMQ's SQL in a schema of its own (why: `docs/decisions/broker.md`)."""

from __future__ import annotations

import psycopg
from pgmq.install import get_embedded_install_sql
from psycopg.sql import SQL, Identifier

SCHEMA = "pgmq"


def install(connection: psycopg.Connection, database: str, role: str) -> None:
    """Install the queue's schema as `role`, which then owns it; an installed one is left alone."""
    if connection.execute("SELECT to_regclass('pgmq.topic_bindings')").fetchone() != (None,):
        return
    names = {"database": Identifier(database), "role": Identifier(role)}
    with connection.transaction():
        # The script begins with CREATE SCHEMA, so its owner-to-be may create one for the length of this transaction.
        connection.execute(SQL("GRANT CREATE ON DATABASE {database} TO {role}").format(**names))
        connection.execute(SQL("SET LOCAL ROLE {role}").format(**names))
        connection.execute(get_embedded_install_sql().encode())
        connection.execute("RESET ROLE")
        connection.execute(SQL("REVOKE CREATE ON DATABASE {database} FROM {role}").format(**names))
