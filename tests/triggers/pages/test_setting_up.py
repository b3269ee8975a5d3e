"""A new trigger: what can be watched, its form, what stands beside it, and what is refused."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from integrations.catalogue import Watch
from integrations.connections.models import Connection, State
from integrations.connections.tokens import keep_credential
from integrations.providers import all_providers
from integrations.records.models import Record
from integrations.triggers.models import Trigger
from integrations.triggers.watch_form import OURS
from portal.accounts.models import User
from portal.organizations.models import Organization
from portal.organizations.scope import scope
from tests.conftest import make_organization
from tests.records.samples import destination, make_change, make_connection
from tests.triggers.pages.conftest import HTMX, SAVEPOINTS, TRIGGERS, address, setup_address, shown

pytestmark = pytest.mark.django_db
EVERY_WATCH = [(provider, watch) for provider in all_providers().values() for watch in provider.watches]
TYPED: dict[str, str] = {"minutes": "7", "limit": "50", "start": "now", "holds_bursts": "true", "title": "Ours"}


def named(value: Any) -> str:
    return str(getattr(value, "name", value))


def only_trigger(organization: Organization) -> Trigger:
    with scope(organization.id):
        return Trigger.objects.select_related("connection").get()


# --- choosing ------------------------------------------------------------------------------------------------------------


def test_everything_that_can_be_watched_is_offered_by_its_kind_with_a_description(
    owner: Client, connection: Connection, left: Connection
) -> None:
    page = shown(owner, f"{TRIGGERS}new/")
    for offered in (connection, left):
        for watch in offered.declaration.watches:
            assert watch.label in page and watch.description in page and setup_address(offered, watch.name) in page


def test_nothing_can_be_watched_without_a_connection(owner: Client, organization: Organization) -> None:
    assert "Nothing can be watched" in shown(owner, f"{TRIGGERS}new/")


@pytest.mark.parametrize("watch", ["gone", "projects-created"])
def test_what_a_connection_does_not_offer_is_not_found(owner: Client, connection: Connection, watch: str) -> None:
    assert owner.get(setup_address(connection, watch)).status_code == 404


def test_another_organizations_connection_cannot_be_watched(owner: Client, organization: Organization, charlie: User) -> None:
    other = make_organization("Contoso", owner=charlie)
    with scope(other.id):
        theirs = make_connection(destination())
    for asked in (owner.get, owner.post):
        assert asked(setup_address(theirs, "projects_created")).status_code == 404


# --- the form ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("provider", "watch"), EVERY_WATCH, ids=named)
def test_every_watch_of_every_provider_has_a_form_that_is_saved_as_it_opens(
    owner: Client, organization: Organization, provider: Any, watch: Watch
) -> None:
    with scope(organization.id):
        connection = make_connection(provider)
    page = owner.get(setup_address(connection, watch.name))
    assert page.status_code == 200
    given = {name: value for name, value in page.context["form"].given.items() if value != ""}
    answer = owner.post(setup_address(connection, watch.name), given)
    made = only_trigger(organization)
    assert (answer.status_code, answer["Location"]) == (303, address(made))
    assert (made.watch, made.connection_id, made.minutes, made.limit) == (watch.name, connection.pk, 5, 100)
    assert made.holds_bursts and made.start == Trigger.Start.NOW and made.due_at is not None
    assert shown(owner, address(made))


@pytest.mark.parametrize(("provider", "watch"), EVERY_WATCH, ids=named)
def test_no_input_of_a_watch_is_called_as_one_of_ours(provider: Any, watch: Watch) -> None:
    assert not {each.name for each in watch.asked} & {each.name for each in OURS}


def test_what_is_filled_in_is_what_the_trigger_does(owner: Client, left: Connection, organization: Organization) -> None:
    given = {**TYPED, "name": "Website hook", "run_on": ["", "created", "removed"], "holds_bursts": "false", "limit": "1000"}
    assert owner.post(setup_address(left, "project_changes"), given).status_code == 303
    made = only_trigger(organization)
    assert (made.name, made.minutes, made.limit, made.holds_bursts) == ("Ours", 7, 1000, False)
    assert (made.inputs["name"], made.inputs["run_on"]) == ("Website hook", ["created", "removed"])


def test_a_form_that_is_sent_twice_makes_one_trigger(owner: Client, connection: Connection, organization: Organization) -> None:
    path = setup_address(connection, "projects_created")
    first, second = (owner.post(path, TYPED) for _ in range(2))
    assert (second.status_code, second["Location"]) == (303, first["Location"])
    other = owner.post(path, {**TYPED, "minutes": "8"})
    assert other["Location"] != first["Location"]
    with scope(organization.id):
        Trigger.objects.update(created_at=timezone.now() - timedelta(minutes=1))
    assert owner.post(path, TYPED)["Location"] not in (first["Location"], other["Location"])


def test_a_form_says_all_for_no_project_and_calls_neither_limit_nor_start_optional(owner: Client, connection: Connection) -> None:
    page = shown(owner, setup_address(connection, "tasks_created"))
    assert ">All<" in page and ">Nothing<" not in page
    assert re.findall(r">([^<>]+) <span class=\"field__optional\"", page) == ["Organization", "Project"]


def test_a_project_is_picked_or_typed_as_an_id(owner: Client, connection: Connection, organization: Organization) -> None:
    path = setup_address(connection, "tasks_created")
    assert "Website relaunch" in shown(owner, path)
    assert owner.post(path, {**TYPED, "project_id": "987"}).status_code == 303
    assert str(only_trigger(organization).inputs["project_id"]) == "987"
    assert "987" in shown(owner, address(only_trigger(organization)))


def test_a_start_since_a_moment_is_of_the_readers_zone(
    owner: Client, connection: Connection, organization: Organization, alice: User
) -> None:
    alice.time_zone = "America/New_York"
    alice.save()
    assert (
        owner.post(setup_address(connection, "projects_created"), {**TYPED, "start": "since", "since": "2026-11-02T09:00"}).status_code
        == 303
    )
    made = only_trigger(organization)
    assert made.since and made.since.isoformat() == "2026-11-02T14:00:00+00:00"
    assert "2 Nov 2026, 09:00" in shown(owner, address(made))


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"minutes": "0"}, "Enter at least 1."),
        ({"minutes": "1441"}, "Enter at most 1440."),
        ({"minutes": "x"}, "Enter a whole number."),
        ({"minutes": ""}, "This is needed."),
        ({"limit": "0"}, "Enter at least 1."),
        ({"limit": ""}, "This is needed."),
        ({"limit": "1001"}, "Enter at most 1000."),
        ({"title": "x" * 121}, "Use at most 120 characters"),
        ({"title": "a\0b"}, "A character in this text cannot be sent."),
        ({"title": ""}, "This is needed."),
        ({"start": "yesterday"}, "Choose one of:"),
        ({"start": "since"}, "This is needed."),
        ({"start": "since", "since": "soon"}, "Enter a date and time"),
        ({"start": "since", "since": "2999-01-01T00:00"}, "Choose a moment that has passed."),
        ({"start": "since", "since": "1970-01-01T00:00"}, "Choose a moment after the year 2000."),
        ({"holds_bursts": "perhaps"}, "Answer yes or no."),
        ({"organization_id": "999"}, "Only the organization of this connection is watched."),
        ({"project_id": "seven"}, "An id here is a whole number."),
        ({"project_id": "1" * 200}, "An id is at most"),
    ],
)
def test_what_cannot_be_is_refused_at_its_field_and_nothing_typed_is_lost(
    owner: Client, connection: Connection, organization: Organization, given: dict[str, str], words: str
) -> None:
    answer = owner.post(setup_address(connection, "tasks_created"), {**TYPED, "title": "Kept as typed", **given})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "errorlist" in page and words in page
    assert "title" in given or "Kept as typed" in page
    with scope(organization.id):
        assert not Trigger.objects.exists()


def test_none_of_the_changes_chosen_is_refused(owner: Client, left: Connection) -> None:
    answer = owner.post(setup_address(left, "project_changes"), {**TYPED, "name": "Hook", "run_on": ""})
    assert answer.status_code == 422
    assert "This is needed." in answer.content.decode()


def test_a_form_that_is_redrawn_asks_what_is_decided_and_complains_of_nothing(owner: Client, connection: Connection) -> None:
    path = setup_address(connection, "projects_created")
    assert 'name="since"' not in shown(owner, path)
    answer = owner.post(path, {**TYPED, "title": "", "start": "since", "change": "update"}, headers=HTMX)
    page = answer.content.decode()
    assert answer.status_code == 200
    assert 'name="since"' in page and "errorlist" not in page and "<html" not in page


def test_without_a_script_a_search_is_answered_by_the_whole_page(owner: Client, connection: Connection) -> None:
    given = {**TYPED, "find_project_id": "relaunch", "change": "update", "title": "Kept as typed"}
    page = owner.post(setup_address(connection, "tasks_created"), given).content.decode()
    assert "Website relaunch" in page and "Kept as typed" in page and "<html" in page


def test_a_connection_that_signed_out_meanwhile_loses_nothing(owner: Client, connection: Connection, organization: Organization) -> None:
    with scope(organization.id):
        Connection.objects.update(state=State.ATTENTION)
    assert owner.post(setup_address(connection, "projects_created"), TYPED).status_code == 303
    assert "Not connected" in shown(owner, address(only_trigger(organization)))


# --- beside the form -----------------------------------------------------------------------------------------------------


def look(client: Client, connection: Connection, watch: str = "projects_created", **given: str) -> str:
    answer = client.post(setup_address(connection, watch), {**TYPED, **given, "change": "look"}, headers=HTMX)
    assert answer.status_code == 200
    return answer.content.decode()


def test_beside_the_form_stands_what_it_would_have_told_lately(owner: Client, connection: Connection, organization: Organization) -> None:
    with scope(organization.id):
        make_change(connection, "project", "5", None, {"id": 5, "name": "Photo archive", "status": "active"})
    page = look(owner, connection)
    assert "Photo archive" in page and 'id="outlook"' in page and "<html" not in page
    assert "Photo archive" in shown(owner, setup_address(connection, "projects_created"))


def test_beside_the_form_stands_how_many_are_told_at_the_start(owner: Client, connection: Connection) -> None:
    assert "At the start it tells nothing." in look(owner, connection)
    assert "1 event<" in look(owner, connection, start="everything")
    assert "At the start it tells nothing." in look(owner, connection, start="since", since=f"{timezone.now():%Y-%m-%dT%H:%M:%S}")


def test_beside_a_form_that_cannot_be_saved_stands_that_something_is_missing(owner: Client, connection: Connection) -> None:
    assert "As soon as the form is complete" in look(owner, connection, minutes="x")


def test_whether_a_webhook_makes_it_quick_is_said_before(owner: Client, connection: Connection, left: Connection, settings: Any) -> None:
    settings.WEBHOOKS_REACH_US = True
    assert "within a minute or two" in shown(owner, setup_address(left, "project_changes"))
    assert "tells us by a webhook, within seconds" in look(owner, connection)
    assert "has no webhook for this" in look(owner, connection, "tasks_completed")
    settings.WEBHOOKS_REACH_US = False
    assert "cannot be reached from outside" in look(owner, connection)


@pytest.fixture
def scarce(connection: Connection, organization: Organization, settings: Any) -> Connection:
    """A signed-in connection whose provider allows so few calls that not every interval fits."""
    with scope(organization.id):
        keep_credential(connection, {"refresh_token": "r"})
    settings.RATE_LIMITS = [f"{connection.provider}=20/3600"]
    return connection


def test_a_trigger_that_the_budget_cannot_carry_is_refused_with_the_least_interval(
    owner: Client, scarce: Connection, organization: Organization
) -> None:
    assert "would fit" in look(owner, scarce, minutes="1")
    answer = owner.post(setup_address(scarce, "projects_created"), {**TYPED, "minutes": "1", "title": "Kept as typed"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "would fit" in page and "Kept as typed" in page
    with scope(organization.id):
        assert not Trigger.objects.exists()
    assert owner.post(setup_address(scarce, "projects_created"), {**TYPED, "minutes": "60"}).status_code == 303


# --- queries -------------------------------------------------------------------------------------------------------------


def test_the_form_takes_a_bounded_number_of_queries(
    owner: Client, connection: Connection, organization: Organization, django_assert_max_num_queries: Any
) -> None:
    with scope(organization.id):
        for number in range(40):
            make_change(connection, "task", str(number), None, {"id": number, "summary": f"T{number}", "project_id": 1})
        assert Record.objects.exists()
    with django_assert_max_num_queries(18 + SAVEPOINTS):
        shown(owner, setup_address(connection, "tasks_created"))
    with django_assert_max_num_queries(8 + SAVEPOINTS):
        shown(owner, reverse("triggers:create", kwargs={"organization": "northwind"}))
