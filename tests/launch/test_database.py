"""Roles, rights and the queue, on a server that is somebody's and on ours."""

from __future__ import annotations

import os
from pathlib import Path

import psycopg
import pytest

from portal.launch import external, postgres
from portal.launch.database import DatabaseAddresses, prepare_database
from portal.launch.failure import Failure
from portal.launch.keys import Keys, keys_of
from portal.launch.postgres import Cluster, Server
from portal.launch.testing import spawn_detached
from tests.launch.conftest import Database


@pytest.fixture(scope="module")
def keys() -> Keys:
    return Keys()


@pytest.fixture(scope="module")
def addresses(server: Database, keys: Keys) -> DatabaseAddresses:
    prepare_database(server.url, keys)
    return prepare_database(server.url, keys)


def test_the_application_works_with_what_it_is_given_and_makes_nothing_of_its_own(addresses: DatabaseAddresses) -> None:
    with psycopg.connect(addresses.owner) as owner:
        owner.execute("CREATE TABLE given (id int)")
        owner.execute("GRANT SELECT, INSERT ON given TO timebridge_app")
    with psycopg.connect(addresses.app, autocommit=True) as app:
        app.execute("INSERT INTO given VALUES (1)")
        app.execute("CREATE TEMPORARY TABLE staged (LIKE given)")
        app.execute("SELECT similarity('ada', 'adam')")
        for refused in ("CREATE TABLE own (id int)", "DROP TABLE given", "CREATE SCHEMA own", "SELECT * FROM pgmq.meta"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                app.execute(refused.encode())


def test_the_application_is_bound_by_row_level_security_and_becomes_operator_only_when_it_says_so(addresses: DatabaseAddresses) -> None:
    with psycopg.connect(addresses.app) as app:
        found = app.execute("SELECT rolsuper, rolbypassrls, rolinherit, rolcreatedb FROM pg_roles WHERE rolname = current_user")
        assert found.fetchone() == (False, False, False, False)
        assert app.execute("SELECT pg_has_role('timebridge_operator', 'USAGE')").fetchone() == (False,)
        app.execute("SET ROLE timebridge_operator")


def test_the_broker_owns_its_schema_and_sees_nothing_else(addresses: DatabaseAddresses) -> None:
    with psycopg.connect(addresses.broker.replace("pgmq://", "postgresql://"), autocommit=True) as broker:
        broker.execute("SELECT pgmq.create('letters')")
        broker.execute("SELECT pgmq.send('letters', '{}')")
        for refused in ("CREATE SCHEMA own", "SELECT * FROM public.given"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                broker.execute(refused.encode())


def test_an_account_that_is_no_superuser_prepares_a_database_that_is_not_there_yet(server: Database, keys: Keys) -> None:
    server.execute("DROP DATABASE IF EXISTS timebridge WITH (FORCE)")
    server.execute(*(f"DROP ROLE IF EXISTS timebridge_{name}" for name in ("app", "owner", "broker", "operator")))
    server.execute("CREATE ROLE steward LOGIN PASSWORD 'steward' CREATEROLE CREATEDB")
    url = f"postgresql://steward:steward@{server.url.rpartition('@')[2].removesuffix('/postgres')}/house"
    external.check_server(url)
    for _ in range(2):
        addresses = prepare_database(url, keys)
    external.check_server(url)
    with psycopg.connect(addresses.owner) as owner:
        assert owner.info.dbname == "house"
        owner.execute("CREATE TABLE django_migrations (id int)")


def test_a_role_that_bypasses_row_level_security_is_refused(server: Database, keys: Keys) -> None:
    prepare_database(server.url, keys)
    server.execute("ALTER ROLE timebridge_app BYPASSRLS")
    with pytest.raises(Failure, match="timebridge_app is a superuser or bypasses row-level security"):
        prepare_database(server.url, keys)
    server.execute("ALTER ROLE timebridge_app NOBYPASSRLS")


def test_secrets_are_made_once_and_closed_to_others(tmp_path: Path) -> None:
    assert keys_of(tmp_path) == keys_of(tmp_path)
    assert (tmp_path / "secrets.json").stat().st_mode & 0o777 == 0o600


def test_a_pid_file_whose_number_another_process_has_by_now_does_not_keep_it_from_starting(tmp_path: Path) -> None:
    cluster, keys = _cluster(tmp_path), Keys()
    _serve(cluster, keys)
    lines = cluster.pid_lines()
    postgres.stop(cluster)
    cluster.pid_file.write_text("\n".join([str(os.getpid()), *lines[1:]]))
    assert postgres.running(cluster) is None
    again = _serve(cluster, keys)
    assert postgres.running(cluster) == again
    postgres.stop(cluster)
    assert postgres.running(cluster) is None


def test_a_cluster_made_with_other_secrets_is_named(tmp_path: Path) -> None:
    cluster = _cluster(tmp_path)
    _serve(cluster, Keys())
    postgres.stop(cluster)
    with pytest.raises(Failure, match=r"was made with another secrets\.json: put that one back"):
        _serve(cluster, Keys())
    postgres.stop(cluster)


def test_a_server_that_is_not_ours_is_not_trusted(tmp_path: Path, server: Database) -> None:
    port = int(server.url.rpartition(":")[2].removesuffix("/postgres"))
    password = server.url.split(":")[2].partition("@")[0]
    assert not postgres.answers(_cluster(tmp_path), Server(0, port), password)


def test_a_cluster_of_another_version_is_named(tmp_path: Path) -> None:
    cluster = _cluster(tmp_path)
    cluster.directory.mkdir()
    (cluster.directory / "PG_VERSION").write_text("13\n")
    with pytest.raises(Failure, match="was made by PostgreSQL 13, this is 18"):
        postgres.create(cluster, "secret")


def _cluster(directory: Path) -> Cluster:
    return Cluster(directory / "postgres", directory / "postgres.log", durable=False)


def _serve(cluster: Cluster, keys: Keys) -> Server:
    return postgres.start(cluster, keys.postgres, spawn_detached(cluster))
