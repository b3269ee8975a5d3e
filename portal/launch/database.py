"""Roles and rights: one role owns the tables, one works with them, one owns the queue. Nothing here needs Django."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote, urlsplit, urlunsplit

import psycopg
from psycopg.sql import SQL, Composed, Identifier, Literal

from portal.launch import broker
from portal.launch.failure import Failure, first_line
from portal.launch.keys import Keys

DATABASE = "timebridge"
OWNER, APP, BROKER, OPERATOR = "timebridge_owner", "timebridge_app", "timebridge_broker", "timebridge_operator"
LOCK = 0x7469_6D65_6272  # any number that is ours: two launchers on one server prepare it one after the other


@dataclass(frozen=True)
class DatabaseAddresses:
    """Where each of the three kinds of client connects."""

    app: str
    owner: str
    broker: str


def prepare_database(admin_url: str, keys: Keys, *, with_broker: bool = True) -> DatabaseAddresses:
    """Make the roles, the database and the queue, or bring them to what they should be."""
    name = database_name(admin_url)
    try:
        with reach(admin_url) as connection:
            connection.execute("SELECT pg_advisory_lock(%s)", [LOCK])
            _make_roles(connection, keys)
            _make_database(connection, name)
            with connect(admin_url, name) as inside:
                _grant(inside, name)
                if with_broker:
                    broker.install(inside, name, BROKER)
    except psycopg.Error as error:
        reason = first_line(error)
        raise Failure(f"The database {name} could not be prepared ({reason}): put a superuser into DATABASE_URL.") from None
    return DatabaseAddresses(
        app=_address(admin_url, APP, keys.app, name),
        owner=_address(admin_url, OWNER, keys.owner, name),
        broker=_address(admin_url, BROKER, keys.broker, name, scheme="pgmq"),
    )


def database_name(url: str) -> str:
    """Return the database that an administrator's address means; `postgres` is where one asks, not where one lives."""
    name = urlsplit(url).path.lstrip("/")
    return DATABASE if name in ("", "postgres", "template1") else name


def _make_roles(connection: psycopg.Connection, keys: Keys) -> None:
    _make_role(connection, OWNER, "LOGIN CREATEDB", keys.owner)  # it makes the databases of tests
    _make_role(connection, APP, "LOGIN NOINHERIT", keys.app)
    _make_role(connection, BROKER, "LOGIN", keys.broker)
    _make_role(connection, OPERATOR, "NOLOGIN", None)
    connection.execute(SQL("GRANT {} TO {}").format(Identifier(OPERATOR), Identifier(APP)))
    if not _is_superuser(connection):
        connection.execute(SQL("GRANT {}, {} TO CURRENT_USER").format(Identifier(OWNER), Identifier(BROKER)))


def _make_role(connection: psycopg.Connection, name: str, attributes: str, password: str | None) -> None:
    found = connection.execute("SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = %s", [name]).fetchone()
    if found and found[0]:
        raise Failure(f"The role {name} is a superuser or bypasses row-level security: ALTER ROLE {name} NOSUPERUSER NOBYPASSRLS.")
    if not found:
        connection.execute(SQL("CREATE ROLE {} NOSUPERUSER NOBYPASSRLS NOCREATEROLE").format(Identifier(name)))
    connection.execute(SQL("ALTER ROLE {} " + attributes).format(Identifier(name)))
    if password:
        connection.execute(SQL("ALTER ROLE {} PASSWORD {}").format(Identifier(name), Literal(password)))


def _make_database(connection: psycopg.Connection, name: str) -> None:
    names = Identifier(name), Identifier(OWNER)
    found = connection.execute("SELECT pg_get_userbyid(datdba) = %s FROM pg_database WHERE datname = %s", [OWNER, name]).fetchone()
    if found is None:
        connection.execute(SQL("CREATE DATABASE {} OWNER {} TEMPLATE template0 ENCODING 'UTF8'").format(*names))
    elif not found[0]:
        connection.execute(SQL("ALTER DATABASE {} OWNER TO {}").format(*names))


def _grant(connection: psycopg.Connection, name: str) -> None:
    for statement in _grants(name):
        connection.execute(statement)


def _grants(name: str) -> list[Composed]:
    words = {
        "database": Identifier(name),
        "app": Identifier(APP),
        "owner": Identifier(OWNER),
        "broker": Identifier(BROKER),
        "operator": Identifier(OPERATOR),
    }
    return [
        SQL(text).format(**words)
        for text in (
            "REVOKE ALL ON DATABASE {database} FROM PUBLIC",
            # Pages of records are copied into a temporary table before they are merged.
            "GRANT CONNECT, TEMPORARY ON DATABASE {database} TO {app}",
            "GRANT CONNECT ON DATABASE {database} TO {broker}",
            "GRANT ALL ON SCHEMA public TO {owner}",
            "REVOKE ALL ON SCHEMA public FROM PUBLIC",
            "GRANT USAGE ON SCHEMA public TO {app}, {operator}",
            "CREATE EXTENSION IF NOT EXISTS pg_trgm WITH SCHEMA public",
            "CREATE EXTENSION IF NOT EXISTS btree_gin WITH SCHEMA public",
        )
    ]


def _is_superuser(connection: psycopg.Connection) -> bool:
    return connection.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user").fetchone() == (True,)


def reach(url: str) -> psycopg.Connection:
    """Connect to the database itself, or while it does not exist to the one that every server has."""
    try:
        return connect(url, database_name(url))
    except psycopg.OperationalError as error:
        if "does not exist" not in str(error):
            raise
        return connect(url, "postgres")


def connect(url: str, database: str) -> psycopg.Connection:
    """Connect to one database of the server behind `url`."""
    return psycopg.connect(urlunsplit(urlsplit(url)._replace(path=f"/{database}")), autocommit=True, connect_timeout=5)


def _address(url: str, user: str, password: str, database: str, scheme: str = "postgresql") -> str:
    parts = urlsplit(url)
    place = parts.netloc.rpartition("@")[2]
    query = parts.query if scheme == "postgresql" else ""  # sslmode and its like; the broker's driver takes none
    return urlunsplit((scheme, f"{user}:{quote(password, safe='')}@{place}", f"/{database}", query, ""))
