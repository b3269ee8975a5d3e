"""The wizard: it can be left and found again, and works without a script."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from django.utils.html import strip_tags

from integrations.connections.models import Connection, State
from integrations.linking.models import Integration, PersonalMail, PersonLink, ProjectLink
from integrations.linking.registry import Interval
from integrations.onboarding.linking import Proposals
from integrations.onboarding.sides import sides_of
from integrations.operations.models import Run
from integrations.providers import all_providers
from integrations.records.collecting import list_of
from integrations.records.models import Record, RecordList
from integrations.sync.models import StepRecord, Sync
from portal.accounts.models import User
from portal.organizations.models import AuditEntry, Organization
from portal.organizations.scope import scope
from tests.records.samples import destination, make_connection, mirror, mirror_destination, mirror_source, sign_in, source

pytestmark = pytest.mark.django_db
START = "/o/northwind/start/"
SAVEPOINTS = 2
HTMX = {"HX-Request": "true"}
NAMES = (("p1", "Website relaunch"), ("p2", "Spring campaign"))


@pytest.fixture
def owner(client: Client, alice: User, organization: Organization) -> Client:
    return sign_in(client, alice)


@pytest.fixture
def both(organization: Organization) -> tuple[Connection, Connection]:
    """Both sides, connected and mirrored."""
    with scope(organization.id):
        left, right = make_connection(source()), make_connection(destination())
        mirror_source(left)
        mirror_destination(right)
    return left, right


@pytest.fixture
def joined(organization: Organization, both: tuple[Connection, Connection]) -> Integration:
    with scope(organization.id):
        return Integration.objects.create(left=both[0], right=both[1])


def shown(client: Client, path: str, **headers: Any) -> str:
    answer = client.get(path, **headers)
    assert answer.status_code == 200
    return answer.content.decode()


def seal_of(client: Client) -> str:
    """What stands for the table of projects that is shown now."""
    return str(client.get(f"{START}link/").context["proposals"].seal)


def leads_to(client: Client) -> str:
    answer = client.get(START)
    assert answer.status_code == 303
    return answer["Location"].removeprefix(START)


def test_the_wizard_begins_with_the_name(owner: Client) -> None:
    assert leads_to(owner) == "name/"
    page = shown(owner, f"{START}name/")
    assert 'value="Northwind"' in page
    assert 'aria-current="step"' in page


def test_a_half_connected_organization_goes_on_connecting(owner: Client, organization: Organization) -> None:
    with scope(organization.id):
        make_connection(source())
    assert leads_to(owner) == "connect/"


def test_an_organization_with_both_sides_goes_on_linking(owner: Client, both: tuple[Connection, Connection]) -> None:
    assert leads_to(owner) == "link/"


def test_an_organization_with_links_is_done(owner: Client, joined: Integration, organization: Organization) -> None:
    with scope(organization.id):
        ProjectLink.objects.create(integration=joined, left_id="p1")
    assert leads_to(owner) == "done/"


def test_whoever_may_not_set_up_sees_how_it_stands(client: Client, bob: User, organization: Organization) -> None:
    client.force_login(bob)
    assert leads_to(client) == "done/"
    assert "Nothing is linked yet" in shown(client, f"{START}done/")
    assert [client.get(f"{START}{step}/").status_code for step in ("name", "connect", "link")] == [403, 403, 403]


def test_the_name_is_kept_and_noted(owner: Client, organization: Organization) -> None:
    answer = owner.post(f"{START}name/", {"name": "Northwind Traders", "time_zone": "Europe/Berlin"})
    assert (answer.status_code, answer["Location"]) == (303, f"{START}connect/")
    with scope(organization.id):
        organization.refresh_from_db()
        assert (organization.name, organization.time_zone, organization.slug) == ("Northwind Traders", "Europe/Berlin", "northwind")
        assert AuditEntry.objects.filter(action="organization.changed").exists()


@pytest.mark.parametrize(
    "given", [{}, {"name": "", "time_zone": "UTC"}, {"name": "x" * 121, "time_zone": "UTC"}, {"name": "x", "time_zone": "Mars"}]
)
def test_a_wrong_name_or_time_zone_is_refused(owner: Client, organization: Organization, given: dict[str, str]) -> None:
    answer = owner.post(f"{START}name/", given)
    assert answer.status_code == 422
    assert "errorlist" in answer.content.decode()


def test_every_provider_is_offered_with_the_way_back(owner: Client) -> None:
    page = shown(owner, f"{START}connect/")
    for provider in all_providers().values():
        assert provider.label in page
        assert f"/o/northwind/connections/add/{provider.name}/?next=/o/northwind/start/connect/" in page
    assert "every 4s" in page


@pytest.mark.parametrize("state", State.values)
def test_a_connection_of_any_state_is_shown(owner: Client, organization: Organization, state: str) -> None:
    with scope(organization.id):
        make_connection(source(), state=state, name="Our tracker")
    assert "Our tracker" in shown(owner, f"{START}connect/", headers=HTMX)


def test_nobody_goes_on_with_one_side_missing(owner: Client, organization: Organization) -> None:
    assert owner.post(f"{START}connect/").status_code == 422
    answer = owner.get(f"{START}link/")
    assert (answer.status_code, answer["Location"]) == (303, f"{START}connect/")


def test_two_sides_are_joined_where_there_is_nothing_to_choose(
    owner: Client, both: tuple[Connection, Connection], organization: Organization
) -> None:
    answer = owner.post(f"{START}connect/")
    assert (answer.status_code, answer["Location"]) == (303, f"{START}link/")
    with scope(organization.id):
        integration = Integration.objects.get()
        assert (integration.left, integration.right) == both


def test_the_sides_are_chosen_where_more_are_possible(
    owner: Client, both: tuple[Connection, Connection], organization: Organization
) -> None:
    with scope(organization.id):
        second = make_connection(source(), name="Second")
    assert owner.post(f"{START}connect/").status_code == 303
    with scope(organization.id):
        assert not Integration.objects.exists()
    assert "Which two belong together?" in shown(owner, f"{START}link/")
    answer = owner.post(f"{START}link/", {"left": str(second.pk), "right": str(both[1].pk)})
    with scope(organization.id):
        integration = Integration.objects.get()
        assert integration.left == second
    assert answer["Location"] == f"{START}link/?integration={integration.pk}"
    assert "Join two others" in shown(owner, f"{START}link/")
    assert "Which two belong together?" in shown(owner, f"{START}link/?choose")


@pytest.mark.parametrize("given", [{}, {"left": "x", "right": "y"}, {"left": "\0", "right": "1"}])
def test_sides_that_cannot_be_joined_are_refused(owner: Client, both: tuple[Connection, Connection], given: dict[str, str]) -> None:
    assert owner.post(f"{START}link/", given).status_code == 422


def test_the_same_connection_cannot_stand_on_both_sides(owner: Client, organization: Organization) -> None:
    with scope(organization.id):
        connections = [make_connection(destination(), name=name) for name in ("One", "Two")]
        assert len(list(sides_of(connections).pairs)) == 2
    one = str(connections[0].pk)
    answer = owner.post(f"{START}link/", {"left": one, "right": one})
    assert answer.status_code == 422
    assert "two different connections" in answer.content.decode()


def test_projects_that_are_still_read_are_waited_for(owner: Client, joined: Integration, organization: Organization) -> None:
    with scope(organization.id):
        RecordList.objects.filter(entity="project").update(whole_at=None, due_at=timezone.now())
    page = shown(owner, f"{START}link/", headers=HTMX)
    assert "Reading projects and people" in page
    assert "every 2s" in page


def test_a_side_that_cannot_be_read_is_asked_again(owner: Client, joined: Integration, organization: Organization) -> None:
    with scope(organization.id):
        RecordList.objects.filter(entity="project").update(whole_at=None, problem="It does not answer.")
    page = shown(owner, f"{START}link/")
    assert "It does not answer." in page
    assert "every 2s" not in page
    assert owner.post(f"{START}link/", {"action": "read"}).status_code == 303
    with scope(organization.id):
        assert list_of(joined.left, "project").due_at is not None


def test_what_linking_would_do_is_shown_first(
    owner: Client, joined: Integration, organization: Organization, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(21 + SAVEPOINTS):
        page = shown(owner, f"{START}link/")
    for words in ("Website relaunch", "is there already", "Spring campaign", "A new project is made", "Connect all 2"):
        assert words in page
    with scope(organization.id):
        assert not ProjectLink.objects.exists()


def test_connecting_all_links_projects_and_people(owner: Client, joined: Integration, organization: Organization) -> None:
    answer = owner.post(f"{START}link/", {"action": "all", "seal": seal_of(owner)})
    assert (answer.status_code, answer["Location"]) == (303, f"{START}done/?integration={joined.pk}")
    with scope(organization.id):
        assert dict(ProjectLink.live.values_list("left_id", "right_id")) == {"p1": "1", "p2": ""}
        assert [(link.left_id, link.right_id, link.state) for link in PersonLink.live.all()] == [("u1", "5", "invited")]
        assert Integration.objects.get().due_at is not None
    page = shown(owner, answer["Location"])
    assert "2 projects linked, 1 asked by e-mail." in page
    assert "1 more when they confirm" in page
    assert "Your trackers are linked" in page


def test_people_are_connected_at_once_where_the_organization_decides_for_them(
    owner: Client, joined: Integration, organization: Organization
) -> None:
    answer = owner.post(f"{START}link/", {"action": "all", "people": "connect", "seal": seal_of(owner)})
    with scope(organization.id):
        assert [(link.left_id, link.state) for link in PersonLink.live.all()] == [("u1", "connected")]
        assert not Integration.objects.get().asks_people
        assert not PersonalMail.objects.exists()
    assert "2 projects linked, 1 connected." in shown(owner, answer["Location"])


def test_the_wizard_offers_both_ways_with_people(owner: Client, joined: Integration) -> None:
    page = shown(owner, f"{START}link/")
    for words in ("1 person has the same e-mail address", "Each person confirms by e-mail", "Connect everybody who is matched"):
        assert words in page


def test_only_the_ticked_projects_are_linked(owner: Client, joined: Integration, organization: Organization) -> None:
    answer = owner.post(f"{START}link/", {"action": "chosen", "project": ["p1", "nonsense"], "seal": seal_of(owner)})
    assert answer.status_code == 303
    with scope(organization.id):
        assert list(ProjectLink.live.values_list("left_id", flat=True)) == ["p1"]
    assert "Connect all 1" in shown(owner, f"{START}link/")


def test_ticking_nothing_is_refused_kindly(owner: Client, joined: Integration, organization: Organization) -> None:
    answer = owner.post(f"{START}link/", {"action": "chosen"})
    assert answer.status_code == 422
    assert "Tick at least one project" in answer.content.decode()


def test_what_has_changed_since_it_was_shown_is_not_done_but_shown_anew(
    owner: Client, joined: Integration, organization: Organization
) -> None:
    seal = seal_of(owner)
    with scope(organization.id):
        Record.objects.filter(connection=joined.right, entity="project").update(removed_at=timezone.now())
    answer = owner.post(f"{START}link/", {"action": "chosen", "project": ["p1"], "people": "connect", "seal": seal})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Something has changed since you looked." in page
    assert answer.context["proposals"].seal != seal
    assert [f'value="{key}" data-tick aria-label="Tick {name}" checked' in page for key, name in NAMES] == [True, False]
    assert 'value="connect" checked' in page
    with scope(organization.id):
        assert not ProjectLink.objects.exists() and not PersonLink.objects.exists()


@pytest.mark.parametrize("seal", ["", "guessed"])
def test_without_the_right_seal_nothing_is_linked(owner: Client, joined: Integration, organization: Organization, seal: str) -> None:
    assert owner.post(f"{START}link/", {"action": "all", "seal": seal}).status_code == 422
    with scope(organization.id):
        assert not ProjectLink.objects.exists() and not PersonLink.objects.exists()


def test_nothing_is_linked_before_both_lists_were_read(owner: Client, joined: Integration, organization: Organization) -> None:
    seal = seal_of(owner)
    with scope(organization.id):
        RecordList.objects.filter(connection=joined.right, entity="project").update(whole_at=None)
    for given in (seal, Proposals([]).seal):
        answer = owner.post(f"{START}link/", {"action": "all", "seal": given})
        assert answer.status_code == 422
        assert "have not been read to the end yet" in answer.content.decode()
    with scope(organization.id):
        assert not ProjectLink.objects.exists() and not PersonLink.objects.exists()


def test_more_than_a_thousand_projects_are_linked_together_and_left_out_in_the_paged_preview(
    owner: Client, joined: Integration, organization: Organization
) -> None:
    with scope(organization.id):
        mirror(joined.left, "project", [{"id": f"x{number}", "name": f"Project {number:04}", "completed": False} for number in range(1200)])
    page = shown(owner, f"{START}link/")
    assert "These are the first 100 of 1,202 projects." in page
    assert f"/o/northwind/integrations/{joined.pk}/projects/connect-all/" in page
    assert page.count("<tr>") == 101
    assert 'name="project"' not in page and "Connect the ticked ones" not in page
    assert owner.post(f"{START}link/", {"action": "all", "seal": seal_of(owner)}).status_code == 303
    with scope(organization.id):
        assert ProjectLink.live.count() == 1202


def test_sides_whose_workspaces_are_joined_already_are_not_joined_again_and_that_is_said(
    owner: Client, joined: Integration, organization: Organization
) -> None:
    with scope(organization.id):
        Connection.objects.filter(pk=joined.left_id).update(state=State.DISCONNECTED)
        make_connection(source(), name="Once more")
    answer = owner.post(f"{START}connect/")
    assert answer.status_code == 422
    assert "joins the same two already" in answer.content.decode()
    with scope(organization.id):
        assert Integration.objects.count() == 1


@pytest.mark.parametrize("text", ["nonsense", "00000000-0000-0000-0000-000000000000"])
def test_an_integration_that_is_not_there_falls_back(owner: Client, joined: Integration, text: str) -> None:
    assert owner.get(f"{START}link/?integration={text}").status_code == 200
    assert owner.get(f"{START}done/?integration={text}").status_code == 200


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (Sync.State.COLLECTING, "Looking at both sides"),
        (Sync.State.APPLYING, "Writing tasks and time"),
        (Sync.State.WAITING, "It goes on by itself"),
        (Sync.State.DONE, "The sync is through"),
        (Sync.State.FAILED, "did not finish"),
        (Sync.State.INTERRUPTED, "did not finish"),
    ],
)
def test_the_end_says_what_the_first_sync_does(
    owner: Client, joined: Integration, organization: Organization, django_assert_max_num_queries: Any, state: str, words: str
) -> None:
    with scope(organization.id):
        ProjectLink.objects.create(integration=joined, left_id="p1")
        sync = Sync.objects.create(integration=joined, state=state, planned=4, ended_at=timezone.now())
        for number in range(1, 3):
            StepRecord.objects.create(sync=sync, number=number, kind="create_task", title="Task", outcome=Run.State.DONE, seconds=60)
    with django_assert_max_num_queries(12 + SAVEPOINTS):
        page = shown(owner, f"{START}done/")
    assert words in page
    assert ("every 2s" in page) is (state in {Sync.State.COLLECTING, Sync.State.APPLYING, Sync.State.WAITING})


def test_the_end_says_when_a_sync_that_waits_is_through_and_how_often_the_budget_allows_one(
    owner: Client, joined: Integration, organization: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    slower = Interval(minutes=40, wished=5, why="A look takes 700 calls.")
    monkeypatch.setattr("integrations.linking.registry.intervals", [lambda _: slower])
    with scope(organization.id):
        ProjectLink.objects.create(integration=joined, left_id="p1")
        resumes_at = timezone.now() + timedelta(minutes=30)
        Sync.objects.create(integration=joined, state=Sync.State.WAITING, planned=40, resumes_at=resumes_at)
        monkeypatch.setattr("integrations.linking.registry.ends", [lambda _: resumes_at + timedelta(hours=2)])
    page = " ".join(strip_tags(shown(owner, f"{START}done/")).split())
    assert "did not finish" not in page
    assert "It goes on by itself in 29 min" in page or "It goes on by itself in 30 min" in page
    assert "Likely to be through in 2 h" in page
    assert "come back, every 40 minutes." in page and "Not every 5: A look takes 700 calls." in page


def test_a_sync_that_is_about_to_begin_is_waited_for(owner: Client, joined: Integration, organization: Organization) -> None:
    with scope(organization.id):
        ProjectLink.objects.create(integration=joined, left_id="p1")
        Integration.objects.update(due_at=timezone.now())
    page = shown(owner, f"{START}done/", headers=HTMX)
    assert "The first sync begins in a moment" in page
    assert "every 2s" in page
    assert "<html" not in page
