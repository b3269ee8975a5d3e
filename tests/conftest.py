"""What every test stands on: the real PostgreSQL, with the restricted role of web and workers.

Alice owns the organization, Bob is a member of it, Charlie is a stranger.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.core.management import call_command
from django.db import ProgrammingError, connections, transaction

from portal.accounts.models import User
from portal.organizations.models import Membership, Organization, Role
from portal.organizations.scope import scope

TOGETHER = ("actions", "live", "launch")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The tests of some folders share processes of their own, so one worker of xdist runs them all."""
    for item in items:
        folder = item.path.relative_to(Path(__file__).parent).parts[0]
        if folder in TOGETHER:
            item.add_marker(pytest.mark.xdist_group(folder))


@pytest.fixture(scope="session", autouse=True)
def quick_passwords() -> None:
    """Hashing a password is slow on purpose; with one round the hashes stay readable by a web server in another process."""
    PBKDF2PasswordHasher.iterations = 1


@pytest.fixture(scope="session")
def django_db_setup(django_db_blocker: Any) -> Iterator[None]:
    """Makes a database of this process as the owner, migrates it, and leaves the tests with the restricted role."""
    name = f"test_timebridge_{os.getpid()}"
    with django_db_blocker.unblock():
        _on_the_side(f'CREATE DATABASE "{name}"')
        for alias in ("default", "owner"):
            connections[alias].close()
            connections[alias].settings_dict["NAME"] = name
        os.environ["TEST_DATABASE_NAME"] = name
        call_command("migrate", verbosity=0)
    yield
    with django_db_blocker.unblock():
        connections.close_all()
        _drop(name)


def _drop(name: str) -> None:
    """Drops a database and throws out whoever is still in it. An autovacuum worker may not be thrown out: it leaves by itself."""
    try:
        _on_the_side(f'DROP DATABASE "{name}" WITH (FORCE)')
    except ProgrammingError:
        _on_the_side(f'DROP DATABASE IF EXISTS "{name}"')


def _on_the_side(statement: str) -> None:
    """Runs a statement on the server's `postgres` database, as the owner of the test's one."""
    with connections["owner"]._nodb_cursor() as cursor:
        cursor.execute(statement)


@pytest.fixture
def committed(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    with committing(django_db_blocker):
        yield


@contextmanager
def committing(django_db_blocker: Any) -> Iterator[None]:
    """Real commits, for tests in which several processes or connections take part. Afterwards all tables are emptied."""
    with django_db_blocker.unblock():
        yield
        connections["default"].close()
        _empty_all_tables()


def _empty_all_tables() -> None:
    tables = set(connections["owner"].introspection.django_table_names(only_existing=True))
    emptied = ", ".join(f'"{table}"' for table in tables - {"django_migrations", "django_content_type", "auth_permission"})
    with transaction.atomic(using="owner"), connections["owner"].cursor() as cursor:
        cursor.execute(f"TRUNCATE {emptied} CASCADE")
    connections["owner"].close()


def make_person(name: str) -> User:
    return User.objects.create_user(f"{name.lower()}@example.com", "correct horse battery staple", name=name)


def make_organization(name: str, **members: Any) -> Organization:
    """An organization with members by role: `make_organization("Northwind", owner=alice, member=bob)`."""
    organization = Organization(name=name, slug=name.lower().replace(" ", "-"))
    with scope(organization.id):
        organization.save()
        for role, user in members.items():
            Membership.objects.create(user=user, role=Role(role))
    return organization


@pytest.fixture
def alice() -> User:
    return make_person("Alice")


@pytest.fixture
def bob() -> User:
    return make_person("Bob")


@pytest.fixture
def charlie() -> User:
    return make_person("Charlie")


@pytest.fixture
def organization(alice: User, bob: User) -> Organization:
    return make_organization("Northwind", owner=alice, member=bob)
