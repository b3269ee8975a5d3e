"""The secret of a webhook is shown once, to whoever made it, and stands nowhere else."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from integrations.automations.models import Destination
from integrations.triggers.models import Trigger
from portal.accounts.models import User
from portal.organizations.models import AuditEntry, Organization
from portal.organizations.scope import scope
from tests.automations.pages.asking import actions, address, delivered, now, of, shown, the_only_destination, words
from tests.automations.pages.test_destination_forms import NEW_WEBHOOK, WEBHOOK
from tests.factories import make_delivery_attempt

pytestmark = pytest.mark.django_db
SECRET = re.compile(r"whsec_[A-Za-z0-9+/=]+")


def secrets_in(page: str) -> list[str]:
    return SECRET.findall(unescape(page))


def everywhere(destination: Destination) -> list[str]:
    """Every page that knows of a destination."""
    kept = delivered(destination)
    with scope(destination.organization_id):
        make_delivery_attempt(kept)
    return [
        *(of(destination, name) for name in ("destination", "destination_edit", "destination_secret")),
        *(address(name) for name in ("destinations", "deliveries", "deliveries_resend")),
        address("delivery", delivery=kept.pk),
        reverse("organizations:audit", kwargs={"organization": "northwind"}),
    ]


def test_a_new_webhook_shows_its_secret_once_and_never_again(client: Client, trigger: Trigger) -> None:
    answer = client.post(NEW_WEBHOOK, WEBHOOK, follow=True)
    made = the_only_destination(trigger)
    assert secrets_in(answer.content.decode()) == [made.open()["current"]]
    assert "no-store" in answer["Cache-Control"]
    for path in everywhere(made):
        page = shown(client, path)
        assert secrets_in(page) == [], path
        assert made.open()["current"].removeprefix("whsec_") not in unescape(page), path
    assert "It was shown once" in shown(client, of(made, "destination_secret"))
    assert actions(made) == ["destination.created", "destination.secret_shown"]


def test_only_whoever_made_it_sees_a_secret(client: Client, trigger: Trigger, bob: User, organization: Organization) -> None:
    with scope(organization.id):
        bob.memberships.update(role="manager")
    client.post(NEW_WEBHOOK, WEBHOOK)
    made, other = the_only_destination(trigger), Client()
    other.force_login(bob)
    assert secrets_in(shown(other, of(made, "destination_secret"))) == []
    assert secrets_in(shown(client, of(made, "destination_secret"))) == [made.open()["current"]]


def test_a_new_secret_overlaps_with_the_one_before(client: Client, destination: Destination) -> None:
    first = now(destination).open()["current"]
    answer = client.post(of(destination, "destination_rotate"), follow=True)
    after = now(destination)
    assert after.open()["current"] != first and after.open()["previous"] == first
    assert after.overlap_ends_at is not None and after.overlap_ends_at > timezone.now() + timedelta(hours=23)
    assert secrets_in(answer.content.decode()) == [after.open()["current"]]
    assert "The secret before this one signs as well until" in words(answer.content.decode())
    assert actions(destination) == ["destination.secret_rotated", "destination.secret_shown"]
    for path in everywhere(after):
        assert secrets_in(shown(client, path)) == [], path
    page = words(shown(client, of(destination)))
    assert "The secret before this one signs as well until" in page
    assert "which still signs until" in page and "stops at once" in page


def test_a_secret_that_cannot_be_opened_any_more_is_replaced(client: Client, destination: Destination) -> None:
    with scope(destination.organization_id):
        Destination.objects.update(sealed=b"of a key that was taken away")
    for path in (of(destination), of(destination, "destination_secret")):
        assert client.get(path).status_code == 200
    answer = client.post(of(destination, "destination_rotate"), follow=True)
    assert secrets_in(answer.content.decode()) == [now(destination).open()["current"]]
    assert "signs as well until" not in words(answer.content.decode())


def test_an_overlap_that_is_over_is_not_told(client: Client, destination: Destination) -> None:
    with scope(destination.organization_id):
        Destination.objects.update(overlap_ends_at=timezone.now() - timedelta(minutes=1))
    assert "signs as well until" not in words(shown(client, of(destination)))


def test_two_secrets_that_wait_are_shown_each_on_its_own_page(client: Client, destination: Destination, organization: Organization) -> None:
    client.post(of(destination, "destination_rotate"))
    client.post(NEW_WEBHOOK, WEBHOOK)
    with scope(organization.id):
        other = Destination.objects.get(name="Ours")
    assert secrets_in(shown(client, of(destination, "destination_secret"))) == [now(destination).open()["current"]]
    assert secrets_in(shown(client, of(other, "destination_secret"))) == [other.open()["current"]]


def test_neither_the_session_nor_the_trail_holds_a_secret(client: Client, trigger: Trigger) -> None:
    client.post(NEW_WEBHOOK, WEBHOOK)
    made = the_only_destination(trigger)
    kept = [str(each.get_decoded()) for each in Session.objects.all()]
    with scope(made.organization_id):
        kept += [f"{entry.target} {entry.detail}" for entry in AuditEntry.objects.all()]
    assert kept and secrets_in(" ".join(kept)) == []


def test_the_admin_site_shows_no_secret(destination: Destination) -> None:
    operator = Client()
    operator.force_login(User.objects.create_superuser("root@example.com", "correct horse battery staple"))
    kept, secret = delivered(destination), now(destination).open()["current"].removeprefix("whsec_")
    with scope(destination.organization_id):
        attempt = make_delivery_attempt(kept)
    rows = {"destination": destination, "delivery": kept, "deliveryattempt": attempt}
    for model, row in rows.items():
        for path in (
            reverse(f"admin:automations_{model}_changelist"),
            reverse(f"admin:automations_{model}_change", args=[row.pk]),
        ):
            page = unescape(shown(operator, path))
            assert secret not in page and "sealed" not in page.lower(), path
            assert destination.url not in page, path
        assert operator.get(reverse(f"admin:automations_{model}_add")).status_code == 403
        assert operator.post(reverse(f"admin:automations_{model}_delete", args=[row.pk]), {"post": "yes"}).status_code == 403
