"""Narrowing a browse page to days, and how moments are told: in the reader's zone, with the source's on hover."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db.models import Q
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from integrations.catalogue import Column
from integrations.connections.models import Connection
from integrations.records.filters import Filters
from integrations.records.places import Place
from portal.accounts.models import User
from portal.organizations.models import Organization
from portal.organizations.scope import scope
from tests.records.samples import destination, make_connection, make_task, mirror, mirror_destination, sign_in, source

pytestmark = pytest.mark.django_db


@pytest.fixture
def connection(organization: Organization) -> Connection:
    with scope(organization.id):
        made = make_connection(destination())
        mirror_destination(made)
        tasks = {1: "2026-11-01T22:59:59Z", 2: "2026-11-01T23:00:00Z", 3: "2026-11-02T22:59:59Z", 4: "2026-11-02T23:00:00Z"}
        mirror(made, "task", [make_task(100 + number, updated_at=moment) for number, moment in tasks.items()])
        mirror(made, "task", [make_task(105, updated_at="2026-11-03T00:00:00+01:00"), make_task(106, updated_at=None)])
    return made


@pytest.fixture
def reader(client: Client, bob: User) -> Client:
    """He reads in Berlin, an hour ahead of UTC in winter."""
    User.objects.filter(pk=bob.pk).update(time_zone="Europe/Berlin")
    return sign_in(client, bob)


def opened(client: Client, connection: Connection, entity: str = "task", **query: str) -> Any:
    path = reverse("records:list", kwargs={"organization": "northwind", "connection": connection.pk, "entity": entity})
    answer: Any = client.get(path, query)
    assert answer.status_code == 200
    return answer


def ids(answer: Any) -> set[str]:
    return {row.record.remote_id for row in answer.context["rows"]}


# --- days ----------------------------------------------------------------------------------------------------------------


def test_days_are_cut_in_the_readers_zone(reader: Client, connection: Connection) -> None:
    assert ids(opened(reader, connection, **{"from": "2026-11-02", "until": "2026-11-02"})) == {"102", "103", "1", "2", "3"}
    assert ids(opened(reader, connection, **{"from": "2026-11-03"})) == {"104", "105"}
    assert ids(opened(reader, connection, until="2026-11-01")) == {"101"}


def test_whole_days_are_the_same_in_every_zone(reader: Client, connection: Connection) -> None:
    assert ids(opened(reader, connection, "daily_activity", **{"from": "2026-11-02", "until": "2026-11-02"})) == {"1"}
    assert ids(opened(reader, connection, "daily_activity", until="2026-11-01")) == set()


def test_days_that_are_turned_round_are_said_so_and_nothing_is_hidden(reader: Client, connection: Connection) -> None:
    answer = opened(reader, connection, **{"from": "2026-11-03", "until": "2026-11-02"})
    assert "The last day lies before the first one." in answer.content.decode()
    assert "105" in ids(answer)
    assert 'name="from" value="2026-11-03"' in answer.content.decode(), "what was given stays"


@pytest.mark.parametrize("given", ["yesterday", "2026-13-01", "0001-01-01", "9999-12-31", "2026-11-02T09:00", "\0", "2" * 5000])
def test_what_is_no_day_is_said_so(reader: Client, connection: Connection, given: str) -> None:
    for name in ("from", "until"):
        assert "All days are shown." in opened(reader, connection, **{name: given}).content.decode()


def test_a_list_without_moments_takes_no_days(organization: Organization) -> None:
    with scope(organization.id):
        made = make_connection(source())
        place = Place(made, replace(made.declaration.entity("user"), columns=(Column(label="Name", promoted="title"),)))
        assert Filters.read({"from": "2026-11-01", "until": "yesterday"}, place) == Filters()


def test_days_stand_in_the_condition_as_moments(connection: Connection) -> None:
    with scope(connection.organization_id), timezone.override("Asia/Tokyo"):
        place = Place(connection, connection.declaration.entity("task"))
        filters = Filters.read({"from": "2026-11-02", "until": "2026-11-02"}, place)
        tokyo = ZoneInfo("Asia/Tokyo")
        within = Q(moment__gte=datetime(2026, 11, 2, tzinfo=tokyo), moment__lt=datetime(2026, 11, 3, tzinfo=tokyo))
        assert filters.condition(place) == within
    assert filters.as_query() == {"from": "2026-11-02", "until": "2026-11-02"}
    assert (filters.first, filters.last) == (date(2026, 11, 2), date(2026, 11, 2))


# --- how a moment is told ------------------------------------------------------------------------------------------------


def test_a_moment_stands_in_the_readers_zone_with_what_was_sent_on_hover(reader: Client, connection: Connection) -> None:
    page = opened(reader, connection).content.decode()
    assert "3 Nov 2026, 00:00" in page, "midnight is a time of day"
    assert "Sent as 2026-11-02T23:00:00Z" in page
    assert "Sent as 2026-11-03T00:00:00+01:00" in page


def test_a_moment_without_a_zone_is_said_to_be_read_as_utc(reader: Client, connection: Connection) -> None:
    with scope(connection.organization_id):
        mirror(connection, "task", [make_task(200, updated_at="2026-07-02T10:00:00")])
    page = opened(reader, connection).content.decode()
    assert "2 Jul 2026, 12:00" in page
    assert "Sent as 2026-07-02T10:00:00, read as UTC" in page


def test_midnight_in_utc_is_shown_as_a_moment_where_the_column_holds_moments(client: Client, bob: User, connection: Connection) -> None:
    with scope(connection.organization_id):
        [made] = mirror(connection, "task", [make_task(300, updated_at="2026-11-05T00:00:00Z")])
    assert made.moment == datetime(2026, 11, 5, tzinfo=UTC)
    assert "5 Nov 2026, 00:00" in opened(sign_in(client, bob), connection).content.decode()


def test_a_moment_that_is_read_by_a_function_is_shown_without_what_was_sent(reader: Client, connection: Connection) -> None:
    with scope(connection.organization_id):
        schedule = {"id": 1, "start_date": "2026-11-02", "repeat_schedule": "never", "duration": 3600, "user_id": 5}
        mirror(connection, "schedule", [schedule])
    page = opened(reader, connection, "schedule").content.decode()
    assert "2 Nov 2026" in page
    assert "Sent as" not in page
