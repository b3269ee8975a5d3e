"""The reader's time zone: chosen by the reader, else the organization's, and over when the page is answered."""

from __future__ import annotations

from datetime import UTC, datetime
from unittest.mock import patch

import pytest
from django.test import Client
from django.utils import timezone

from portal.accounts.models import User
from portal.organizations.audit import audit
from portal.organizations.models import Organization
from portal.organizations.scope import scope
from tests.portal.conftest import SignIn

pytestmark = pytest.mark.django_db
PAGE = "/accounts/time-zone/"
AUDIT = "/o/northwind/audit/"
MOMENT = datetime(2026, 7, 1, 22, 30, tzinfo=UTC)


@pytest.fixture
def noted(organization: Organization, alice: User) -> None:
    """Something that was done at half past ten in the evening, in UTC."""
    with scope(organization.id), patch("django.utils.timezone.now", lambda: MOMENT):
        audit(alice, "test.done", "something")


def set_zones(organization: Organization, reader: User, organizations: str, readers: str) -> None:
    with scope(organization.id):
        Organization.objects.update(time_zone=organizations)
    User.objects.filter(pk=reader.pk).update(time_zone=readers)


@pytest.mark.parametrize(
    ("organizations", "readers", "shown"),
    [
        ("UTC", "", "1 Jul 2026, 22:30"),
        ("Europe/Berlin", "", "2 Jul 2026, 00:30"),
        ("Europe/Berlin", "America/New_York", "1 Jul 2026, 18:30"),
        ("Europe/Berlin", "UTC", "1 Jul 2026, 22:30"),
        ("Atlantis/Capital", "", "1 Jul 2026, 22:30"),
        ("Europe/Berlin", "Atlantis/Capital", "2 Jul 2026, 00:30"),
        ("Europe/Berlin", "../../etc/passwd", "2 Jul 2026, 00:30"),
    ],
)
def test_times_are_shown_in_the_readers_zone_or_in_the_organizations(
    noted: None, organization: Organization, alice: User, signed_in: SignIn, organizations: str, readers: str, shown: str
) -> None:
    set_zones(organization, alice, organizations, readers)
    browser = signed_in(alice)
    before = timezone.get_current_timezone_name()
    page = browser.get(AUDIT).content.decode()
    assert f">{shown}</time>" in page
    assert timezone.get_current_timezone_name() == before, "the next request begins anew"


def test_somebody_chooses_a_zone_and_goes_back_to_the_organizations(alice: User, signed_in: SignIn) -> None:
    browser = signed_in(alice)
    for zone in ("Asia/Kathmandu", ""):
        answer = browser.post(PAGE, {"time_zone": zone})
        assert (answer.status_code, answer["Location"]) == (303, PAGE)
        alice.refresh_from_db()
        assert alice.time_zone == zone
        assert "Times are shown in your zone from now on." in browser.get(PAGE).content.decode()


@pytest.mark.parametrize("zone", ["Mars/Olympus", "../../etc/passwd", "x" * 100, "\0"])
def test_what_is_no_zone_is_refused(alice: User, signed_in: SignIn, zone: str) -> None:
    answer = signed_in(alice).post(PAGE, {"time_zone": zone})
    assert answer.status_code == 422
    alice.refresh_from_db()
    assert alice.time_zone == ""


def test_the_page_is_for_those_who_have_signed_in_and_is_found_in_the_menu(
    client: Client, organization: Organization, alice: User, signed_in: SignIn
) -> None:
    assert "/accounts/login/" in client.get(PAGE)["Location"]
    assert f'href="{PAGE}"' in signed_in(alice).get("/o/northwind/settings/").content.decode()
    assert "Europe/Berlin" in signed_in(alice).get(PAGE).content.decode()
