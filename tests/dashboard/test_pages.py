"""The dashboard: is everything well, and what happened."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from integrations.alarms.models import Alarm
from integrations.connections.models import Connection, State
from integrations.linking.models import Integration, PersonLink
from integrations.linking.people import match_people
from integrations.linking.services import connect_all
from integrations.operations.models import Run
from integrations.sync.models import Approval, Obstacle, Pair, Sync
from integrations.triggers.models import Event, Subscription, Trigger
from portal.accounts.models import User
from portal.organizations.models import Membership, Organization, Role
from portal.organizations.scope import scope
from portal.work.heartbeats import PARTS, beat_heart
from portal.work.models import Heartbeat
from tests.conftest import make_organization
from tests.linking.building import bridge, connect

pytestmark = pytest.mark.django_db
HOME = "/o/northwind/"


@pytest.fixture(autouse=True)
def everything_lives(db: None) -> None:
    for part in PARTS:
        beat_heart(part.name)


@pytest.fixture
def client(client: Client, alice: User) -> Client:
    client.force_login(alice)
    return client


@pytest.fixture
def integration(organization: Organization) -> Integration:
    with scope(organization.id):
        joined = bridge()
        connect_all(joined, None)
        match_people(joined)
        PersonLink.objects.update(connected_at=timezone.now())
        settled = {"synced_at": timezone.now(), "due_at": timezone.now() + timedelta(minutes=4), "new_projects": "off"}
        Integration.objects.update(**settled)
        return Integration.objects.get()


def shown(client: Client) -> str:
    response = client.get(HOME)
    assert response.status_code == 200
    return response.content.decode()


def titles(client: Client) -> list[str]:
    return [each.title for each in client.get(HOME).context["attention"]]


def written_time(integration: Integration, days_ago: int, seconds: int, left_id: str) -> Pair:
    """A piece of time that was written back. Needs a scope."""
    day = (timezone.now() - timedelta(days=days_ago)).date().isoformat()
    values = {"start": f"{day}T09:00:00+00:00", "seconds": seconds}
    link = integration.projectlink_set.order_by("pk")[0]
    return Pair.objects.create(
        integration=integration,
        project_link=link,
        part=Pair.Part.TIME,
        left_id=left_id,
        right_id=f"{day}/21/{left_id or seconds}",
        values=values,
    )


def test_where_nothing_is_connected_the_dashboard_leads_into_onboarding(client: Client, organization: Organization) -> None:
    page = shown(client)
    assert "Nothing is connected yet" in page
    assert reverse("onboarding:start", kwargs={"organization": "northwind"}) in page


def test_a_viewer_of_an_empty_organization_is_told_who_begins(client: Client, organization: Organization, charlie: User) -> None:
    with scope(organization.id):
        Membership.objects.create(user=charlie, role=Role.VIEWER)
    client.force_login(charlie)
    assert "As soon as a manager" in shown(client)


def test_connections_that_are_not_joined_lead_on(client: Client, organization: Organization) -> None:
    with scope(organization.id):
        connect("timeghost", "Planning")
    assert "Nothing is joined yet" in shown(client)


def test_all_is_well_where_nothing_needs_attention(client: Client, integration: Integration) -> None:
    page = shown(client)
    assert "All is well." in page
    assert "Planning ⇄ Clock" in page
    assert "Healthy" in page


def test_what_needs_attention_stands_first_and_the_worst_before_the_rest(client: Client, integration: Integration) -> None:
    with scope(integration.organization_id):
        Connection.objects.filter(pk=integration.right_id).update(state=State.ATTENTION, problem="Sign in again.")
        Integration.objects.update(problem="Hubstaff does not answer.")
        integration.projectlink_set.update(problem="Refused.")
        Run.objects.create(connection=integration.right, operation="create_task", state=Run.State.UNKNOWN)
        Trigger.objects.create(connection=integration.left, watch="project_changes", name="New projects", problem="It does not answer.")
        Trigger.objects.create(connection=integration.right, watch="projects_created", name="Signed out", problem="Sign in again.")
        Sync.objects.create(
            integration=integration,
            state=Sync.State.DONE,
            left_out=[{"reason": "people who are not connected", "count": 3, "seconds": 147_600}],
        )
    assert titles(client) == [
        "Clock is not connected",
        "The last sync of Planning ⇄ Clock did not finish",
        "2 linked projects have problems",
        "41 h 00 min not written back",
        "1 write without an answer",
        "New projects: could not look",
    ]


def test_only_the_newest_sync_says_what_is_left_out(client: Client, integration: Integration) -> None:
    with scope(integration.organization_id):
        Sync.objects.create(integration=integration, state=Sync.State.DONE, left_out=[{"reason": "people", "count": 3, "seconds": 60}])
        Sync.objects.create(integration=integration, state=Sync.State.DONE, left_out=[])
    assert titles(client) == []


def test_what_waits_for_a_person_and_what_was_refused_is_told(client: Client, integration: Integration) -> None:
    now = timezone.now()
    with scope(integration.organization_id):
        for key in ("a", "b"):
            Approval.objects.create(integration=integration, key=key, kind="delete_task", title="Delete", why="guard")
        Approval.objects.create(integration=integration, key="c", kind="delete_task", title="Delete", why="guard", answer="decline")
        Obstacle.objects.create(integration=integration, key="d", problem="No.", at_fault="ours", last_at=now, next_try_at=now)
    assert titles(client) == ["2 steps wait for a person", "1 step was refused"]
    assert reverse("sync:approvals", kwargs={"organization": "northwind", "integration": integration.pk}) in shown(client)


def test_people_who_have_not_confirmed_are_told(client: Client, integration: Integration) -> None:
    with scope(integration.organization_id):
        PersonLink.objects.update(connected_at=None)
    assert titles(client) == ["Nobody is connected in Planning ⇄ Clock yet"]


def test_new_projects_that_wait_for_review_are_told_last(client: Client, integration: Integration) -> None:
    with scope(integration.organization_id):
        Integration.objects.update(new_projects="propose", problem="Hubstaff does not answer.")
    assert titles(client) == ["The last sync of Planning ⇄ Clock did not finish", "1 new project waits for review"]
    assert reverse("linking:review", kwargs={"organization": "northwind", "integration": integration.pk}) in shown(client)


def test_written_back_time_is_summed_by_day_and_corrections_count_once(client: Client, integration: Integration) -> None:
    with scope(integration.organization_id):
        written_time(integration, 0, 3600, "t1")
        written_time(integration, 1, 1800, "t2")
        written_time(integration, 1, 1800, "t3")
        written_time(integration, 9, 9999, "t4")
        written_time(integration, 0, 5000, "")
    response = client.get(HOME)
    assert response.context["written_back"].days == [0, 0, 0, 0, 0, 3600, 3600]
    assert "2 h 00 min" in response.content.decode()
    assert 'class="sparkline"' in response.content.decode()


def test_the_newest_events_and_runs_are_shown(client: Client, integration: Integration) -> None:
    with scope(integration.organization_id):
        trigger = Trigger.objects.create(connection=integration.right, watch="projects_created", name="New projects")
        Event.objects.create(
            trigger=trigger, key="1", kind="created", entity="project", remote_id="5", title="Photo archive", happened_at=timezone.now()
        )
        run = Run.objects.create(
            connection=integration.right, operation="create_task", title="Create the task “Sitemap”", state=Run.State.DONE
        )
    page = shown(client)
    assert "Photo archive" in page
    assert reverse("operations:run", kwargs={"organization": "northwind", "run": run.pk}) in page


def test_the_dashboard_costs_few_queries_however_much_there_is(
    client: Client, organization: Organization, django_assert_max_num_queries: Any
) -> None:
    with scope(organization.id):
        for number in range(6):
            joined = bridge()
            connect_all(joined, None)
            Run.objects.bulk_create(Run(connection=joined.right, operation="create_task", title=f"Run {number}") for _ in range(20))
            Sync.objects.create(integration=joined, state=Sync.State.DONE, left_out=[{"reason": "people", "count": 1, "seconds": 60}])
            Approval.objects.create(integration=joined, key="a", kind="delete_task", title="Delete", why="guard")
    with django_assert_max_num_queries(25):  # one for the review list of each integration
        shown(client)


def looking_well(integration: Integration, **fields: Any) -> Trigger:
    """A trigger that looked a moment ago. Needs a scope."""
    now = timezone.now()
    given = {"name": "New projects", "polled_at": now, "watermark_at": now, "due_at": now + timedelta(minutes=5)}
    return Trigger.objects.create(connection=integration.right, watch="projects_created", **given | fields)


def raise_alarm(**fields: Any) -> Alarm:
    """An open alarm. Needs a scope."""
    given = {"key": "deliveries", "kind": "deliveries", "title": "Deliveries pile up", "text": "None is lost.", "url": "/o/northwind/x/"}
    return Alarm.objects.create(raised_at=timezone.now(), **given | fields)


def standing(client: Client) -> dict[str, str]:
    return {each.area: each.word for each in client.get(HOME).context["standing"] if each.state != "ok"}


def test_a_burst_that_waits_for_a_person_is_told_at_once(client: Client, integration: Integration) -> None:
    with scope(integration.organization_id):
        looking_well(integration, held_at=timezone.now(), held_count=240)
    assert titles(client) == ["New projects: holds a burst"]
    assert "240 events came at once" in shown(client)


def test_the_worst_trigger_is_shown_however_many_there_are(client: Client, integration: Integration) -> None:
    with scope(integration.organization_id):
        for number in range(7):
            looking_well(integration, name=f"Trigger {number}", held_at=timezone.now(), held_count=240)
        stuck = looking_well(integration, name="Zebra", failures=9, problem="It does not answer.")
        Subscription.objects.create(trigger=stuck, connection=stuck.connection, topic="project", name="x", address_hash="a")
    with CaptureQueriesContext(connection) as asked:
        found = titles(client)
    assert found[0] == "Zebra: could not look"
    assert len(found) == 6
    assert not [each for each in asked.captured_queries if '"sealed"' in each["sql"]]


def test_triggers_that_watch_rest_or_were_ended_need_no_attention(client: Client, integration: Integration) -> None:
    with scope(integration.organization_id):
        looking_well(integration)
        looking_well(integration, is_paused=True, problem="Down.")
        looking_well(integration, ended_at=timezone.now(), problem="Down.")
    assert titles(client) == []


def test_an_open_alarm_needs_attention_and_one_that_is_over_does_not(client: Client, integration: Integration) -> None:
    with scope(integration.organization_id):
        raise_alarm()
        raise_alarm(key="failing/1", kind="destination", title="Warehouse takes no deliveries", url="/o/northwind/y/")
        raise_alarm(key="held/1", kind="held", title="It held a burst", ended_at=timezone.now())
    assert titles(client) == ["Warehouse takes no deliveries", "Deliveries pile up"]
    assert standing(client) == {"Deliveries": "2 alarms"}
    assert "/o/northwind/alarms/" in shown(client)


def test_what_is_told_already_is_not_told_a_second_time_by_its_alarm(client: Client, integration: Integration) -> None:
    with scope(integration.organization_id):
        trigger = looking_well(integration, held_at=timezone.now(), held_count=240)
        url = reverse("triggers:detail", kwargs={"organization": "northwind", "trigger": trigger.pk})
        raise_alarm(key=f"held/{trigger.pk}", kind="held", title="New projects: holds a burst", url=url)
    assert titles(client) == ["New projects: holds a burst"]
    assert standing(client) == {"Triggers": "1 alarm"}


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.name)
def test_a_process_that_is_dead_shows_in_every_organization_although_nothing_moves(
    part: Any, client: Client, integration: Integration
) -> None:
    Heartbeat.objects.filter(name=part.name).update(seen_at=timezone.now() - timedelta(hours=1))
    assert titles(client) == [part.title]
    assert standing(client) == {"Background work": "Stands still"}


def test_a_dead_process_shows_also_where_nothing_is_connected_yet(client: Client, organization: Organization) -> None:
    Heartbeat.objects.filter(name="worker").delete()
    assert titles(client) == ["The quick worker does not run"]
    assert "The quick worker does not run" in shown(client)


def test_the_dashboard_comes_first_in_the_sidebar_and_is_home(client: Client, integration: Integration) -> None:
    shell = client.get(HOME).context["shell"]
    assert [entry.label for entry in shell.navigation][:2] == ["Dashboard", "Integrations"]
    assert shell.home == HOME


def test_a_stranger_finds_no_dashboard(client: Client, organization: Organization, charlie: User) -> None:
    make_organization("Southwind", owner=charlie)
    client.force_login(charlie)
    assert client.get(HOME).status_code == 404
