"""A database server that the operator named: does it answer, is it new enough, may we, and is it ours?"""

from __future__ import annotations

import socket
from urllib.parse import urlsplit

import psycopg

from portal.launch.database import DATABASE, OWNER, database_name, reach
from portal.launch.failure import Failure, first_line

OLDEST = 14
BROKER_PORTS = {"redis": 6379, "rediss": 6379, "amqp": 5672, "amqps": 5671, "pgmq": 5432}
# Tables that are neither ours, nor the queue's, nor an extension's.
FOREIGN = """
    SELECT count(*) FROM pg_class
    JOIN pg_namespace ON pg_namespace.oid = relnamespace
    LEFT JOIN pg_depend ON pg_depend.objid = pg_class.oid AND pg_depend.deptype = 'e'
    WHERE relkind IN ('r', 'p') AND pg_depend.objid IS NULL
      AND nspname NOT IN ('pg_catalog', 'information_schema', 'pgmq') AND nspname NOT LIKE 'pg\\_%%'
      AND pg_get_userbyid(relowner) <> %s
"""
OURS = "SELECT count(*) FROM pg_class WHERE relname = 'django_migrations' AND pg_get_userbyid(relowner) = %s"
MAY_PREPARE = "SELECT rolsuper OR rolcreaterole AND rolcreatedb FROM pg_roles WHERE rolname = current_user"


def check_server(url: str) -> None:
    """Raise, in one line, when the server behind DATABASE_URL does not serve."""
    with _reach(url) as connection:
        version = connection.info.server_version
        if version < OLDEST * 10_000:
            found = f"{version // 10_000}.{version % 10_000}"
            raise Failure(f"DATABASE_URL leads to PostgreSQL {found}, {OLDEST} or later is needed: upgrade it, or leave it unset.")
        if connection.execute(MAY_PREPARE).fetchone() != (True,):
            user = connection.info.user
            raise Failure(
                f"{user} of DATABASE_URL may not create roles and databases: as a superuser, ALTER ROLE {user} CREATEROLE CREATEDB."
            )
        if connection.info.dbname == database_name(url):
            _check_is_ours(connection)


def check_broker(url: str) -> None:
    """Raise, in one line, when nobody listens behind CELERY_BROKER_URL: Celery itself would wait for ever."""
    parts = urlsplit(url)
    place = (parts.hostname or "localhost", parts.port or BROKER_PORTS[parts.scheme])
    try:
        socket.create_connection(place, timeout=5).close()
    except OSError as error:
        where = f"{place[0]}:{place[1]}"
        raise Failure(f"CELERY_BROKER_URL: nobody answers at {where} ({first_line(error)}): start the broker, or leave it unset.") from None


def _check_is_ours(connection: psycopg.Connection) -> None:
    foreign = connection.execute(FOREIGN, [OWNER]).fetchone()
    ours = connection.execute(OURS, [OWNER]).fetchone()
    if foreign != (0,) and ours == (0,):
        raise Failure(
            f"The database {connection.info.dbname} of DATABASE_URL holds tables of another program: "
            f"name an empty one, or one that does not exist, such as …/{DATABASE}."
        )


def _reach(url: str) -> psycopg.Connection:
    try:
        return reach(url)
    except psycopg.Error as error:
        place = urlsplit(url).netloc.rpartition("@")[2]
        raise Failure(f"DATABASE_URL: no way in at {place} ({first_line(error)}): mend the address, or leave it unset.") from None
