"""Setting a destination up, and changing it."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from integrations.automations.delivery_forms import MOST_ADDRESSES
from integrations.automations.models import Destination, Route
from integrations.triggers.models import Trigger
from portal.organizations.models import Organization
from portal.organizations.scope import scope
from tests.automations.pages.asking import SAVEPOINTS, actions, address, now, of, routes, shown, the_only_destination, words
from tests.conftest import make_organization
from tests.factories import make_destination, make_trigger
from tests.operations.filling import Page

pytestmark = pytest.mark.django_db
WEBHOOK = {"name": "Ours", "url": "https://receiver.example.com/hook?key=5", "takes": "everything"}
EMAIL = {"name": "The team", "members": ["bob@example.com"], "others": "", "rhythm": "daily", "hour": "7", "takes": "everything"}
NEW_WEBHOOK, NEW_EMAIL = "/o/northwind/deliveries/destinations/new/webhook/", "/o/northwind/deliveries/destinations/new/email/"


def test_a_webhook_is_made_for_every_trigger(client: Client, trigger: Trigger) -> None:
    answer = client.post(NEW_WEBHOOK, WEBHOOK)
    made = the_only_destination(trigger)
    assert (answer.status_code, answer["Location"]) == (303, of(made, "destination_secret"))
    assert (made.name, made.kind, made.url, made.takes_everything) == ("Ours", "webhook", WEBHOOK["url"], True)
    assert made.made_by is not None and made.made_by.email == "alice@example.com"
    assert actions(made) == ["destination.created"]


def test_a_browser_without_a_script_sends_what_stands_on_the_page(client: Client, trigger: Trigger, destination: Destination) -> None:
    begun = Page(shown(client, NEW_WEBHOOK), form="form").filled()
    assert client.post(NEW_WEBHOOK, {**begun, "name": "Ours", "url": WEBHOOK["url"]}).status_code == 303
    edited = Page(shown(client, of(destination, "destination_edit")), form="form").filled()
    assert client.post(of(destination, "destination_edit"), edited).status_code == 303
    assert (now(destination).name, now(destination).url) == (destination.name, destination.url)


def test_a_webhook_takes_chosen_triggers_only(client: Client, trigger: Trigger, organization: Organization) -> None:
    with scope(organization.id):
        make_trigger(trigger.connection, name="Tasks completed")
    assert client.post(NEW_WEBHOOK, {**WEBHOOK, "takes": "chosen", "triggers": [str(trigger.pk)]}).status_code == 303
    made = the_only_destination(trigger)
    assert (made.takes_everything, routes(made)) == (False, ["Projects created"])


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("", "required"),
        ("receiver", "has to begin with https://"),
        ("ftp://receiver.example.com/", "has to begin with https://"),
        ("https://receiver.example.com:8443/", "Only the ports 80 and 443"),
        ("https://me:secret@receiver.example.com/", "must not hold a name or a password"),
        ("http://127.0.0.1/", "not a public one"),
        ("http://10.1.2.3/", "not a public one"),
        ("http://169.254.169.254/latest", "not a public one"),
        ("http://[::1]/", "not a public one"),
        ("http://[::ffff:10.0.0.1]/", "not a public one"),
        ("http://2130706433/", "plain form"),
        ("http://localhost/", "leads to this machine"),
        ("https://receiver.example.com/" + "x" * 500, "at most 500"),
    ],
)
def test_an_address_that_cannot_be_meant_is_refused_at_its_field(client: Client, trigger: Trigger, url: str, said: str) -> None:
    answer = client.post(NEW_WEBHOOK, {**WEBHOOK, "url": url})
    assert answer.status_code == 422
    form = answer.context["form"]
    assert list(form.errors) == ["url"] and said in " ".join(form.errors["url"])
    assert 'value="Ours"' in answer.content.decode() and form["url"].value() == url
    with scope(trigger.organization_id):
        assert not Destination.objects.exists()


def test_a_host_that_the_operator_names_is_taken(client: Client, trigger: Trigger, settings: Any) -> None:
    settings.OUTGOING_HOSTS = ["127.0.0.1:9000"]
    assert client.post(NEW_WEBHOOK, {**WEBHOOK, "url": "http://127.0.0.1:9000/hook"}).status_code == 303


def test_a_destination_that_takes_nothing_is_refused(client: Client, trigger: Trigger) -> None:
    answer = client.post(NEW_WEBHOOK, {**WEBHOOK, "takes": "chosen"})
    assert answer.status_code == 422
    assert answer.context["form"].errors == {"triggers": ["Choose at least one trigger, or let it take the events of every one."]}
    assert WEBHOOK["url"] in answer.content.decode()


@pytest.mark.parametrize("odd", ["x", "\0", "00000000-0000-0000-0000-000000000000"])
def test_a_trigger_that_is_not_there_is_refused(client: Client, trigger: Trigger, odd: str) -> None:
    assert client.post(NEW_WEBHOOK, {**WEBHOOK, "takes": "chosen", "triggers": [odd]}).status_code == 422


def test_triggers_of_others_and_ended_ones_cannot_be_chosen(client: Client, trigger: Trigger, organization: Organization) -> None:
    elsewhere = make_organization("Southwind")
    with scope(elsewhere.id):
        theirs = make_trigger(name="Of Southwind")
    with scope(organization.id):
        ended = make_trigger(trigger.connection, name="An old one", ended_at=trigger.created_at)
    page = shown(client, NEW_WEBHOOK)
    assert "Projects created" in page and "Of Southwind" not in page and "An old one" not in page
    for refused in (theirs, ended):
        assert client.post(NEW_WEBHOOK, {**WEBHOOK, "takes": "chosen", "triggers": [str(refused.pk)]}).status_code == 422


def test_without_a_trigger_the_page_says_so(client: Client, organization: Organization) -> None:
    assert "There is no trigger yet" in shown(client, NEW_WEBHOOK)


def test_mails_go_to_members_and_to_typed_addresses(client: Client, trigger: Trigger) -> None:
    given = {**EMAIL, "others": "Ops@example.org, ada@example.org\nops@EXAMPLE.org; BOB@example.com"}
    answer = client.post(NEW_EMAIL, given)
    made = the_only_destination(trigger)
    assert (answer.status_code, answer["Location"]) == (303, of(made))
    assert made.addresses == ["bob@example.com", "Ops@example.org", "ada@example.org"]
    assert (made.kind, made.rhythm, made.hour) == ("email", "daily", 7)
    assert made.due_at is not None


@pytest.mark.parametrize(
    ("given", "field", "said"),
    [
        ({"members": []}, "others", "Choose a member"),
        ({"others": "ada@example.org, nobody"}, "others", "Not an e-mail address: nobody"),
        ({"others": " ".join(f"a{number}@example.org" for number in range(MOST_ADDRESSES))}, "others", "are the most"),
        ({"members": ["charlie@example.com"]}, "members", "charlie@example.com"),
        ({"hour": "24"}, "hour", "24"),
        ({"hour": "noon"}, "hour", "noon"),
        ({"rhythm": "yearly"}, "rhythm", "yearly"),
        ({"takes": "nothing"}, "takes", "nothing"),
        ({"name": ""}, "name", "required"),
        ({"name": "x" * 121}, "name", "at most 120"),
    ],
)
def test_what_cannot_be_mailed_is_refused_at_its_field(
    client: Client, trigger: Trigger, given: dict[str, Any], field: str, said: str
) -> None:
    answer = client.post(NEW_EMAIL, {**EMAIL, **given})
    assert answer.status_code == 422
    errors = answer.context["form"].errors
    assert field in errors and said in " ".join(errors[field])
    for name, value in given.items():
        assert answer.context["form"][name].value() == value
    with scope(trigger.organization_id):
        assert not Destination.objects.exists()


def test_the_form_of_a_destination_begins_with_what_it_is(client: Client, trigger: Trigger, organization: Organization) -> None:
    with scope(organization.id):
        made = make_destination(
            kind="email", url="", addresses=["bob@example.com", "ada@example.org"], rhythm="daily", hour=17, takes_everything=False
        )
        Route.objects.create(destination=made, trigger=trigger)
    form = client.get(of(made, "destination_edit")).context["form"]
    assert {name: form[name].value() for name in ("name", "members", "others", "rhythm", "hour", "takes", "triggers")} == {
        "name": "Our receiver",
        "members": ["bob@example.com"],
        "others": "ada@example.org",
        "rhythm": "daily",
        "hour": 17,
        "takes": "chosen",
        "triggers": [trigger.pk],
    }


def test_a_destination_is_changed(client: Client, trigger: Trigger, destination: Destination) -> None:
    before = now(destination).open()
    given = {**WEBHOOK, "name": "Renamed", "takes": "chosen", "triggers": [str(trigger.pk)]}
    answer = client.post(of(destination, "destination_edit"), given)
    after = now(destination)
    assert (answer.status_code, answer["Location"]) == (303, of(destination))
    assert (after.name, after.url, after.takes_everything, routes(after)) == ("Renamed", WEBHOOK["url"], False, ["Projects created"])
    assert after.open() == before
    assert actions(destination) == ["destination.edited"]


def test_a_change_that_is_refused_changes_nothing(client: Client, trigger: Trigger, destination: Destination) -> None:
    answer = client.post(of(destination, "destination_edit"), {**WEBHOOK, "name": "Renamed", "url": "http://10.0.0.1/"})
    assert answer.status_code == 422
    assert "Edit Our receiver" in words(answer.content.decode())
    assert (now(destination).name, now(destination).url) == ("Our receiver", "https://receiver.example/hook")


def test_an_ended_destination_is_not_changed(client: Client, destination: Destination) -> None:
    with scope(destination.organization_id):
        Destination.objects.update(ended_at=destination.created_at)
    for name in ("destination_edit", "destination_rotate", "destination_enable", "destination_test", "destination_secret"):
        assert client.post(of(destination, name), WEBHOOK).status_code in {404, 405}, name


def test_a_member_may_not_make_one(member: Client, trigger: Trigger) -> None:
    assert member.get(NEW_WEBHOOK).status_code == member.post(NEW_EMAIL, EMAIL).status_code == 403


def test_the_form_takes_a_bounded_number_of_queries(
    client: Client, trigger: Trigger, organization: Organization, django_assert_max_num_queries: Any
) -> None:
    with scope(organization.id):
        for number in range(20):
            make_trigger(trigger.connection, name=f"Trigger {number}")
    for path in (NEW_WEBHOOK, NEW_EMAIL):
        with django_assert_max_num_queries(9 + SAVEPOINTS):
            shown(client, path)


def test_the_ways_to_a_new_destination_stand_where_there_is_none(client: Client, member: Client, organization: Organization) -> None:
    assert NEW_EMAIL in shown(client, address("destinations")) and NEW_WEBHOOK in shown(client, address("destinations"))
    assert NEW_WEBHOOK not in shown(member, address("destinations"))
