"""The admin site: every model of ours is there, every page opens for the operator, and nobody else gets in."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.apps import apps
from django.contrib import admin
from django.contrib.admin import ModelAdmin
from django.contrib.admin.utils import quote
from django.db import models
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from integrations.alarms.models import Alarm
from integrations.automations.models import AutomationRun, Delivery, Destination, Route, SampleMessage, StepRun
from integrations.connections import buckets
from integrations.connections.budget import Urgency
from integrations.connections.models import Authorization, Call, Connection, Credential, Discovery, OwnApplication
from integrations.linking.history import note_link
from integrations.linking.models import DismissedProject, LinkEvent, PersonalMail, PersonLink, ProjectLink
from integrations.operations.models import Attempt, Run
from integrations.records.models import Change
from integrations.sync.models import Obstacle, Pair, StepRecord, Sync
from integrations.triggers.models import ListedWebhooks, Notice, Subscription
from portal.accounts.models import User
from portal.organizations.audit import audit
from portal.organizations.models import AuditEntry, Invitation, Membership, Organization, Role
from portal.organizations.scope import operator_scope, scope
from portal.work.models import Heartbeat, Outage
from tests.factories import make_delivery_attempt, make_objects
from tests.portal.conftest import SignIn


def is_ours(model: type[models.Model]) -> bool:
    return model.__module__.startswith(("portal.", "integrations."))


pytestmark = pytest.mark.django_db
REGISTERED = sorted(admin.site._registry, key=lambda model: model._meta.label)
OURS = [model for model in REGISTERED if is_ours(model)]


def labelled(model: type[models.Model]) -> str:
    return str(model._meta.label)


def page(model: type[models.Model], name: str, *given: object) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{name}", args=[quote(str(each)) for each in given])


@pytest.fixture
def operator(alice: User, signed_in: SignIn) -> Client:
    person = User.objects.create_superuser("operator@example.com", "correct horse battery staple", name="Dana")
    return signed_in(person)  # type: ignore[no-any-return]


@pytest.fixture
def filled(organization: Organization, alice: User) -> None:
    """One of everything that there is."""
    with scope(organization.id):
        make_objects()
        audit(alice, "test.done", "something", note="detail")
        connection, now = Connection.objects.get(provider="hubstaff"), timezone.now()
        link, run, sync = ProjectLink.objects.earliest("created_at"), Run.objects.get(), Sync.objects.earliest("created_at")
        Credential.objects.create(connection=connection, sealed=b"sealed-bytes")
        OwnApplication.objects.create(provider="hubstaff", sign_in="oauth", client_id="northwind", sealed=b"sealed-bytes")
        Authorization.objects.create(connection=connection, user=alice, sign_in="oauth", state_hash="hash-of-state", sealed=b"sealed-bytes")
        Call.objects.create(
            connection=connection, method="GET", path="/v2/projects", status=200, milliseconds=12, attempt=1, asked_by="sync"
        )
        Change.objects.create(connection=connection, entity="project", remote_id="1", kind="created", after={"id": 1}, at=now)
        DismissedProject.objects.create(integration=link.integration, left_id="p9")
        note_link(link, LinkEvent.What.LINKED, alice)
        Obstacle.objects.create(integration=link.integration, key="k", problem="Refused.", at_fault="right", last_at=now, next_try_at=now)
        PersonalMail.objects.create(link=PersonLink.objects.earliest("created_at"), asked_by=alice)
        Attempt.objects.create(run=run, number=1)
        Pair.objects.create(integration=link.integration, project_link=link, part="task", left_id="1", right_id="2")
        delivery, destination, automation_run = Delivery.objects.get(), Destination.objects.get(), AutomationRun.objects.get()
        trigger = delivery.event.trigger
        subscription = Subscription.objects.create(
            trigger=trigger, connection=trigger.connection, topic="project", address_hash="hash-of-address", sealed=b"sealed-bytes"
        )
        Notice.objects.create(subscription=subscription, event="project.create", received_at=now)
        ListedWebhooks.objects.create(connection=connection, listed_at=now)
        Route.objects.create(destination=destination, trigger=delivery.event.trigger)
        make_delivery_attempt(delivery)
        Alarm.objects.create(kind="deliveries", key="deliveries", title="Deliveries pile up", url="/", raised_at=timezone.now())
        SampleMessage.objects.create(destination=destination, asked_at=now, asked_by=alice)
        StepRun.objects.create(automation_run=automation_run, number=1, run=run)
        StepRecord.objects.create(sync=sync, number=1, kind="create_task", title="Create “Sitemap”", outcome="done", run=run)
    for _ in range(2):
        buckets.take("hubstaff/account/1", organization.id, capacity=1, seconds=60, claim=Urgency.POLL.value)
    Discovery.objects.create(address="https://sign-in.example/discovery", document={}, keys={}, read_at=timezone.now())
    Heartbeat.objects.create(name="worker", seen_at=timezone.now())
    Outage.objects.create(key="worker", title="The quick worker does not run", raised_at=timezone.now())


def test_every_model_of_ours_can_be_looked_at() -> None:
    inlines = {inline.model for site in admin.site._registry.values() for inline in site.inlines}
    missing = [model._meta.label for model in apps.get_models() if is_ours(model) and model not in {*admin.site._registry, *inlines}]
    assert missing == []


@pytest.mark.parametrize("model", REGISTERED, ids=labelled)
def test_a_list_opens(model: type[models.Model], operator: Client, filled: None) -> None:
    assert operator.get(page(model, "changelist")).status_code == 200


@pytest.mark.parametrize("model", OURS, ids=labelled)
def test_a_list_can_be_searched(model: type[models.Model], operator: Client, filled: None) -> None:
    assert operator.get(page(model, "changelist"), {"q": "something"}).status_code == 200
    assert operator.get(page(model, "changelist"), {"q": str(uuid.uuid4())}).status_code == 200


@pytest.mark.parametrize("model", REGISTERED, ids=labelled)
def test_the_page_for_a_new_row_opens_where_rows_are_made_by_hand(model: type[models.Model], operator: Client, rf: Any) -> None:
    request = rf.get("/")
    request.user = User.objects.get(is_superuser=True)
    expected = 200 if _site(model).has_add_permission(request) else 403
    assert operator.get(page(model, "add")).status_code == expected


@pytest.mark.filterwarnings("ignore:The default scheme will be changed")  # of every URLField; Django 6 drops the warning
@pytest.mark.parametrize("model", OURS, ids=labelled)
def test_the_page_of_a_row_opens(model: type[models.Model], operator: Client, filled: None) -> None:
    with operator_scope("a test", "to find a row"):
        row = model._base_manager.first()
    assert row is not None, f"Add a {model._meta.label} to `filled`, so that its page can be opened."
    answer = operator.get(page(model, "change", row.pk))
    assert answer.status_code == 200
    assert operator.get(page(model, "history", row.pk)).status_code == 200
    _assert_nothing_secret_in(answer.content.decode())


def _assert_nothing_secret_in(shown: str) -> None:
    for secret in ("sealed-bytes", "hash-of-state", "hash-of-address", "secret_hash", "state_hash", "pbkdf2", "md5$"):
        assert secret not in shown


@pytest.mark.parametrize("model", REGISTERED, ids=labelled)
def test_only_the_operator_comes_in(
    model: type[models.Model], organization: Organization, alice: User, client: Client, signed_in: SignIn
) -> None:
    clerk = User.objects.create_user("clerk@example.com", is_staff=True)
    for browser in (client, signed_in(alice)):
        answer = browser.get(page(model, "changelist"))
        assert (answer.status_code, answer["Location"].split("?")[0]) == (302, "/admin/login/")
    assert signed_in(clerk).get(page(model, "changelist")).status_code == 403


def test_the_way_into_the_admin_site_is_the_sign_in_with_two_factors(alice: User, client: Client, signed_in: SignIn) -> None:
    way = client.get("/admin/login/", {"next": "/admin/"})
    assert (way.status_code, way["Location"]) == (302, "/accounts/login/?next=%2Fadmin%2F")
    assert client.post("/admin/login/", {"username": alice.email, "password": "correct horse battery staple"}).status_code == 302
    assert "_auth_user_id" not in client.session
    assert signed_in(alice).get("/admin/login/").status_code == 403


def test_staff_come_to_the_admin_site_after_signing_in(client: Client) -> None:
    person = User.objects.create_superuser("operator@example.com", "correct horse battery staple", name="Dana")
    EmailAddress.objects.create(user=person, email=person.email, verified=True, primary=True)
    answer = client.post("/accounts/login/?next=/admin/", {"login": person.email, "password": "correct horse battery staple"})
    assert (answer.status_code, answer["Location"]) == (302, "/admin/")
    assert client.get("/admin/").status_code == 200
    assert client.get("/admin/login/")["Location"] == "/admin/"


def test_the_operator_corrects_a_role(organization: Organization, bob: User, operator: Client) -> None:
    with scope(organization.id):
        membership = Membership.objects.get(user=bob)
    answer = operator.post(page(Membership, "change", membership.pk), {"user": bob.pk, "role": Role.MANAGER})
    assert answer.status_code == 302
    with scope(organization.id):
        membership.refresh_from_db()
        assert (membership.role, membership.organization_id) == ("manager", organization.id)


def test_the_operator_renames_an_organization(organization: Organization, operator: Client) -> None:
    given = {"name": "Northwind Ltd", "slug": "northwind", "time_zone": "UTC"}
    assert operator.post(page(Organization, "change", organization.pk), given).status_code == 302
    with scope(organization.id):
        assert Organization.objects.get().name == "Northwind Ltd"


def test_the_trail_is_for_reading_only(filled: None, operator: Client, rf: Any) -> None:
    request = rf.get("/")
    request.user = User.objects.get(is_superuser=True)
    site = _site(AuditEntry)
    assert not (site.has_add_permission(request) or site.has_change_permission(request) or site.has_delete_permission(request))
    with operator_scope("a test", "to find a row"):
        entry = AuditEntry.objects.get()
    assert operator.post(page(AuditEntry, "change", entry.pk), {"target": "nobody"}).status_code == 403
    assert operator.post(page(AuditEntry, "delete", entry.pk), {"post": "yes"}).status_code == 403


def test_an_invitation_shows_no_secret(organization: Organization, operator: Client, filled: None) -> None:
    with scope(organization.id):
        invitation = Invitation.objects.get()
    for url in (page(Invitation, "changelist"), page(Invitation, "change", invitation.pk)):
        assert invitation.secret_hash not in operator.get(url).content.decode()


def _site(model: type[models.Model]) -> ModelAdmin[Any]:
    return admin.site._registry[model]
