"""An organization's settings and its audit trail."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
from django.utils import timezone

from portal.accounts.models import User
from portal.organizations.audit import audit
from portal.organizations.forms import time_zone_choices
from portal.organizations.models import AuditEntry, Organization
from portal.organizations.scope import scope
from portal.organizations.trail import PAGE_LENGTH, Page, read_trail
from tests.portal.conftest import SignIn

pytestmark = pytest.mark.django_db
SETTINGS, AUDIT = "/o/northwind/settings/", "/o/northwind/audit/"


def read(organization: Organization) -> Organization:
    with scope(organization.id):
        return Organization.objects.get()


def test_settings_are_saved_and_noted(organization: Organization, alice: User, signed_in: SignIn) -> None:
    answer = signed_in(alice).post(SETTINGS, {"name": "Northwind Ltd", "time_zone": "Europe/Berlin"})
    assert (answer.status_code, answer["Location"]) == (303, SETTINGS)
    now = read(organization)
    assert (now.name, now.slug, now.time_zone, now.add_members_to_projects) == ("Northwind Ltd", "northwind", "Europe/Berlin", False)
    with scope(organization.id):
        [entry] = AuditEntry.objects.all()
    assert (entry.actor, entry.action) == (alice, "organization.changed")
    assert entry.detail == {"name": "Northwind Ltd", "time_zone": "Europe/Berlin", "add_members_to_projects": False}


def test_saving_what_stands_there_already_is_not_noted(organization: Organization, alice: User, signed_in: SignIn) -> None:
    same = {"name": "Northwind", "time_zone": "UTC", "add_members_to_projects": "on"}
    assert signed_in(alice).post(SETTINGS, same).status_code == 303
    with scope(organization.id):
        assert AuditEntry.objects.count() == 0


def test_refused_settings_change_nothing_and_the_page_keeps_its_name(organization: Organization, alice: User, signed_in: SignIn) -> None:
    answer = signed_in(alice).post(SETTINGS, {"name": "", "time_zone": "Moon"})
    assert answer.status_code == 422
    assert set(answer.context["form"].errors) == {"name", "time_zone"}
    assert "Northwind" in answer.content.decode()
    assert read(organization).name == "Northwind"


def test_every_time_zone_is_offered_by_its_place() -> None:
    choices = dict(time_zone_choices())
    assert choices["UTC"] == "UTC"
    assert ("Europe/Berlin", "Berlin") in choices["Europe"]
    assert ("America/Argentina/Buenos_Aires", "Buenos Aires, Argentina") in choices["America"]


# --- the audit trail ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def long_trail(organization: Organization, alice: User) -> list[str]:
    """120 entries, their targets newest first."""
    with scope(organization.id):
        for number in range(120):
            audit(alice if number % 2 else None, "project.linked", f"Project {number}", left="1", pair=["a", "b"], new=True)
    return [f"Project {number}" for number in reversed(range(120))]


def targets(page: Page) -> list[str]:
    return [line.entry.target for line in page.lines]


def test_the_trail_is_read_page_by_page_in_both_directions(long_trail: list[str], organization: Organization) -> None:
    with scope(organization.id):
        first = read_trail()
        second = read_trail(after=first.older or "")
        third = read_trail(after=second.older or "")
        back = read_trail(before=third.newer or "")
    assert targets(first) + targets(second) + targets(third) == long_trail
    assert len(first.lines) == len(second.lines) == PAGE_LENGTH
    assert (first.newer, third.older) == (None, None)
    assert targets(back) == targets(second)
    assert back.newer and back.older


def test_entries_of_the_same_moment_are_neither_lost_nor_doubled(organization: Organization, monkeypatch: pytest.MonkeyPatch) -> None:
    """Many entries may be written in one microsecond; the id tells them apart."""
    moment = timezone.now()
    monkeypatch.setattr("django.utils.timezone.now", lambda: moment)
    monkeypatch.setattr("portal.organizations.trail.PAGE_LENGTH", 2)
    with scope(organization.id):
        for number in range(5):
            audit(None, "test.done", str(number))
        pages = [read_trail()]
        while following := pages[-1].older:
            pages.append(read_trail(after=following))
        back = read_trail(before=pages[-1].newer or "")
    assert sorted(target for page in pages for target in targets(page)) == ["0", "1", "2", "3", "4"]
    assert targets(back) == targets(pages[-2])


@pytest.mark.parametrize("cursor", ["", "nonsense", "2026-11-21~", "~", "2026-11-21T10:00:00~" + "0" * 32, "2026-11-21T10:00:00+00:00~zzz"])
def test_a_place_that_nobody_gave_out_shows_the_first_page(cursor: str, long_trail: list[str], organization: Organization) -> None:
    with scope(organization.id):
        assert targets(read_trail(after=cursor)) == long_trail[:PAGE_LENGTH]


def test_the_page_shows_who_did_what(long_trail: list[str], alice: User, signed_in: SignIn) -> None:
    shown = signed_in(alice).get(AUDIT).content.decode()
    for words in ("Project linked", "Project 119", "Alice", "Timebridge", "left: 1", "pair: a, b", "new: yes"):
        assert words in shown


def test_the_pages_of_the_trail_lead_to_each_other(long_trail: list[str], alice: User, signed_in: SignIn) -> None:
    browser = signed_in(alice)
    older = browser.get(AUDIT).context["trail"].older
    page = browser.get(f"{AUDIT}?{urlencode({'after': older})}", headers={"HX-Request": "true"})
    shown = page.content.decode()
    assert "<html" not in shown
    assert all(target in shown for target in long_trail[PAGE_LENGTH : 2 * PAGE_LENGTH])
    assert "before=" in shown and "after=" in shown
    assert browser.get(f"{AUDIT}?before=%00").status_code == 200


def test_the_trail_of_another_organization_is_not_in_it(
    other: Organization, long_trail: list[str], charlie: User, signed_in: SignIn
) -> None:
    shown = signed_in(charlie).get("/o/southwind/audit/").content.decode()
    assert "Project 1" not in shown
