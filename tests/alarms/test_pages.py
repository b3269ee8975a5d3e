"""The page of alarms."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib import admin
from django.test import Client, RequestFactory

from integrations.alarms.models import Alarm
from portal.accounts.models import User
from portal.organizations.models import Membership, Role
from portal.work.models import Heartbeat
from tests.alarms.conftest import Office

pytestmark = pytest.mark.django_db
ALARMS = "/o/northwind/alarms/"


@pytest.fixture
def viewer(client: Client, office: Office, charlie: User) -> Client:
    with office.change():
        Membership.objects.create(user=charlie, role=Role.VIEWER)
    client.force_login(charlie)
    return client


def raise_alarms(office: Office, count: int) -> None:
    with office.change():
        Alarm.objects.bulk_create(
            Alarm(key=f"held/{n}", kind="held", title=f"Alarm {n:03}", url="/", raised_at=office.now - timedelta(minutes=n))
            for n in range(count)
        )


def shown(client: Client, address: str = ALARMS) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def test_without_alarms_the_page_says_what_would_stand_there(viewer: Client) -> None:
    assert "No alarm so far" in shown(viewer)


def test_what_is_wrong_and_what_was_stands_there_the_newest_first(viewer: Client, office: Office) -> None:
    raise_alarms(office, 2)
    with office.change():
        Alarm.objects.filter(key="held/1").update(ended_at=office.now, mailed_at=office.now, recovery_mailed_at=office.now)
    page = shown(viewer)
    assert page.index("Alarm 000") < page.index("Alarm 001")
    assert "Burst held" in page and "still" in page and "Both sent" in page


def test_many_alarms_are_paged(viewer: Client, office: Office) -> None:
    raise_alarms(office, 60)
    answer = viewer.get(ALARMS)
    assert "Alarm 049" in answer.content.decode() and "Alarm 050" not in answer.content.decode()
    further = shown(viewer, f"{ALARMS}?after={answer.context['page'].after}")
    assert "Alarm 050" in further and "Alarm 049" not in further


def test_what_is_no_cursor_opens_the_first_page(viewer: Client, office: Office) -> None:
    raise_alarms(office, 1)
    assert "Alarm 000" in shown(viewer, f"{ALARMS}?after=%00nonsense")


def test_the_admin_site_only_looks_at_alarms(db: None) -> None:
    request = RequestFactory().get("/")
    request.user = User(is_superuser=True, is_staff=True, is_active=True)
    site = admin.site.get_model_admin(Alarm)
    assert site.has_view_permission(request)
    assert not (site.has_add_permission(request) or site.has_change_permission(request) or site.has_delete_permission(request))


def test_a_dead_process_stands_above_the_alarms(viewer: Client, office: Office) -> None:
    Heartbeat.objects.filter(name="beat").delete()
    assert "The clock of the portal stands still" in shown(viewer)
