"""A mirrored tracker with a trigger on it, and the people who look at its pages."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from integrations.connections.models import Connection
from integrations.triggers.models import Trigger
from portal.accounts.models import User
from portal.organizations.models import Organization
from portal.organizations.scope import scope
from tests.records.samples import destination, make_connection, make_trigger, mirror_destination, mirror_source, sign_in, source

HTMX = {"HX-Request": "true"}
TRIGGERS, EVENTS = "/o/northwind/triggers/", "/o/northwind/events/"
SAVEPOINTS = 2


@pytest.fixture
def connection(organization: Organization) -> Connection:
    with scope(organization.id):
        made = make_connection(destination())
        mirror_destination(made)
    return made


@pytest.fixture
def left(organization: Organization) -> Connection:
    """The other side, whose watches ask more."""
    with scope(organization.id):
        made = make_connection(source(), workspace_id="w1")
        mirror_source(made)
    return made


@pytest.fixture
def trigger(organization: Organization, connection: Connection) -> Trigger:
    with scope(organization.id):
        return make_trigger(connection)


@pytest.fixture
def owner(client: Client, alice: User) -> Client:
    return sign_in(client, alice)


@pytest.fixture
def member(client: Client, bob: User) -> Client:
    return sign_in(client, bob)


def address(trigger: Trigger, name: str = "detail") -> str:
    return reverse(f"triggers:{name}", kwargs={"organization": "northwind", "trigger": trigger.pk})


def setup_address(connection: Connection, watch: str) -> str:
    return reverse("triggers:set_up", kwargs={"organization": "northwind", "connection": connection.pk, "watch": watch})


def shown(client: Client, path: str, query: dict[str, str] | None = None, **headers: Any) -> str:
    answer = client.get(path, query or {}, **headers)
    assert answer.status_code == 200
    return answer.content.decode()
