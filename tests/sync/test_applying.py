"""Carrying out a plan while the world changes: what must not be done any more, what is remembered before a call, and what is put down."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import DatabaseError

from integrations.catalogue import Kind
from integrations.linking.disconnecting import disconnect
from integrations.linking.models import Integration, PersonLink, ProjectLink
from integrations.linking.services import link_project
from integrations.operations import running
from integrations.operations.models import Attempt, Run
from integrations.sync.applying import apply
from integrations.sync.drafts import Mirrors
from integrations.sync.models import Pair
from integrations.sync.steps import Plan
from integrations.transport.errors import Refused
from portal.organizations.models import Organization
from portal.organizations.scope import scope
from portal.organizations.services import change_settings
from tests.live.world import seconds_of
from tests.sync.syncing import ZONE, Office

UPDATE_TIME = "* /timeghost/api/update/times/*"
DELETE_TIME = "* /timeghost/api/delete/*"
LIST_MEMBERS = "GET /hubstaff/v2/projects/*/members*"
CREATE_PROJECT = "POST /hubstaff/v2/organizations/*/projects"
NOT_DONE = ["500", "lb_404", "drop_after_commit"]
Ticket = dict[str, Any]


def today(hour: int) -> datetime:
    return datetime.now(ZONE).replace(hour=hour, minute=0, second=0, microsecond=0)


def outcomes(office: Office) -> dict[str, str]:
    return {step.kind: step.outcome for step in office.steps(office.newest())}


# --- Time that moved ------------------------------------------------------------------------------------------------------


@pytest.fixture
def project(office: Office) -> str:
    return office.linked(tasks=2)


@pytest.fixture
def tasks(office: Office, project: str) -> list[Ticket]:
    return [office.partner(pair.left_id) for pair in office.pairs()]


def total(office: Office, project: str) -> int:
    return sum(seconds_of(each) for each in office.world.timeghost_times(project))


@pytest.mark.parametrize("fault", NOT_DONE)
def test_time_that_moved_is_not_added_where_it_could_not_be_removed(office: Office, project: str, tasks: list[Ticket], fault: str) -> None:
    tracked = office.track(tasks[0], 3600, today(1))
    office.sync()
    office.world.do(f"/hubstaff/times/{tracked}/change", task=tasks[1]["id"])
    office.fault(DELETE_TIME, fault, times=5)
    office.sync()
    assert outcomes(office)["add_time"] == "skipped"
    assert total(office, project) <= 3600
    office.world.calm()
    office.let_time_pass(timedelta(hours=1))
    for _ in range(2):
        office.sync()
    assert total(office, project) == 3600
    office.settled()


@pytest.mark.parametrize("fault", NOT_DONE)
def test_nothing_grows_on_a_day_on_which_a_piece_did_not_shrink(office: Office, project: str, tasks: list[Ticket], fault: str) -> None:
    office.track(tasks[0], 2400, today(1))
    moved = office.track(tasks[0], 1200, today(2))
    office.sync()
    office.world.do(f"/hubstaff/times/{moved}/change", task=tasks[1]["id"])
    office.fault(UPDATE_TIME, fault, times=5)
    office.sync()
    assert outcomes(office) == {"update_time": "unknown", "add_time": "skipped"}
    assert total(office, project) <= 3600
    office.world.calm()
    office.let_time_pass(timedelta(hours=1))
    for _ in range(2):
        office.sync()
    assert total(office, project) == 3600
    office.settled()


def test_nothing_grows_on_a_day_on_which_a_removal_was_refused(
    office: Office, project: str, tasks: list[Ticket], monkeypatch: pytest.MonkeyPatch
) -> None:
    tracked = office.track(tasks[0], 3600, today(1))
    office.sync()
    office.world.do(f"/hubstaff/times/{tracked}/change", task=tasks[1]["id"])
    answer = running._answer

    def refused(run: Run, opened: Any) -> Any:
        if run.declaration.kind is Kind.DELETE:
            raise Refused("This time is locked.")
        return answer(run, opened)

    with monkeypatch.context() as locked:
        locked.setattr(running, "_answer", refused)
        office.sync()
    assert outcomes(office) == {"delete_time": "refused", "add_time": "skipped"}
    assert total(office, project) == 3600
    for _ in range(2):
        office.sync()
    assert list(office.written(project)) == [(office.pairs()[1].left_id, today(1).date())]
    assert total(office, project) == 3600


def test_the_time_of_another_person_goes_on_meanwhile(office: Office, project: str, tasks: list[Ticket]) -> None:
    (_, one), (_, other) = office.person(0), office.person(1)
    tracked = office.track(tasks[0], 3600, today(1), person=one)
    office.sync()
    office.world.do(f"/hubstaff/times/{tracked}/delete")
    office.track(tasks[0], 600, today(1), person=other)
    office.fault(DELETE_TIME, "500", times=5)
    office.sync()
    assert outcomes(office) == {"delete_time": "unknown", "add_time": "done"}


def test_a_correction_whose_answer_was_lost_is_unsure_until_somebody_looked(office: Office, project: str, tasks: list[Ticket]) -> None:
    tracked = office.track(tasks[0], 3600, today(1))
    office.sync()
    office.world.do(f"/hubstaff/times/{tracked}/change", seconds=1800)
    office.fault(UPDATE_TIME, "drop_after_commit")
    office.sync()
    assert [pair.values["is_unsure"] for pair in office.pairs(Pair.Part.TIME)] == [True]
    office.world.do(f"/hubstaff/times/{tracked}/change", seconds=3600)
    for _ in range(2):
        office.sync()
    assert total(office, project) == 3600
    assert [pair.values["is_unsure"] for pair in office.pairs(Pair.Part.TIME)] == [False]
    office.settled()


def test_a_correction_that_was_answered_is_sure(office: Office, project: str, tasks: list[Ticket]) -> None:
    tracked = office.track(tasks[0], 3600, today(1))
    office.sync()
    office.world.do(f"/hubstaff/times/{tracked}/change", seconds=1800)
    office.sync()
    assert outcomes(office) == {"update_time": "done"}
    assert [pair.values["is_unsure"] for pair in office.pairs(Pair.Part.TIME)] == [False]


def test_days_are_cut_anew_when_the_organization_moves_to_another_time_zone(office: Office, project: str, tasks: list[Ticket]) -> None:
    long_ago, auckland = today(23) - timedelta(days=12), ZoneInfo("Pacific/Auckland")
    with scope():
        Integration.objects.update(time_since=long_ago.date() - timedelta(days=1), whole_look_at=None)
    office.track(tasks[0], 1200, long_ago)
    office.sync()
    office.sync()
    assert [day for _, day in office.written(project)] == [long_ago.date()]
    with scope():
        organization = Organization.objects.get(pk=office.organization.pk)
        organization.time_zone = auckland.key
        change_settings(organization, {"time_zone": auckland.key}, office.owner)
    office.sync()
    office.sync()
    assert {day: seconds for (_, day), seconds in office.written(project, auckland).items()} == {long_ago.date() + timedelta(days=1): 1200}
    office.settled()


# --- Who is in a project already ------------------------------------------------------------------------------------------


def roles(office: Office, project_id: str) -> dict[int, str]:
    found = office.world.told(office.world.hubstaff.get(f"/projects/{project_id}/members", params={"page_limit": 500}))["members"]
    return {member["user_id"]: member["membership_role"] for member in found}


def put_in(office: Office, project_id: str, **by_role: int) -> None:
    members = [{"user_id": person, "role": role} for role, person in by_role.items()]
    office.world.told(office.world.hubstaff.put(f"/projects/{project_id}/update_members", json={"members": members}))


@pytest.fixture
def standing(office: Office) -> str:
    """A project that stands in Hubstaff, with a manager and a viewer whom somebody else put there."""
    made = str(office.world.do("/hubstaff/projects", organization=1, name="Standing")["id"])
    put_in(office, made, manager=office.person(0)[1], viewer=office.person(1)[1])
    return made


def test_whoever_is_in_a_project_already_keeps_their_role(office: Office, standing: str) -> None:
    manager, viewer = office.person(0)[1], office.person(1)[1]
    project = office.project(tasks=1)
    office.link(project, right=standing)
    office.sync()
    now = roles(office, standing)
    assert (now[manager], now[viewer]) == ("manager", "viewer")
    assert [role for person, role in now.items() if person not in {manager, viewer}].count("user") > 3
    link = office.its_link(project)
    assert set(link.found_ids) == {str(manager), str(viewer)}
    assert {int(person) for person in link.member_ids} == {*now} - {manager, viewer}
    [step] = [each for each in office.steps(office.newest()) if each.kind == "add_members"]
    assert len(step.after["members already"]) == 2
    office.settled()


def test_people_whom_others_added_are_never_proposed_for_removal(office: Office, standing: str) -> None:
    office.link(office.project(tasks=1), right=standing)
    office.sync()
    with scope():
        people = PersonLink.objects.filter(left_id__in=[office.person(number)[0] for number in (0, 1)])
        disconnect(PersonLink, office.integration, [person.pk for person in people], office.owner)
    assert office.sync().held == 0
    assert office.approvals() == []
    assert office.planned() == []


def test_where_everybody_is_a_member_already_nothing_is_written(office: Office, standing: str) -> None:
    with scope():
        everybody = list(PersonLink.connected.filter(integration=office.integration).values_list("right_id", flat=True))
    for person in everybody[2:]:
        put_in(office, standing, viewer=int(person))
    before = roles(office, standing)
    office.link(office.project(), right=standing)
    with office.counted() as requests:
        sync = office.sync()
    assert (sync.state, requests["hubstaff PUT"]) == ("done", 0)
    assert roles(office, standing) == before
    assert next(step.title for step in office.steps(sync) if "members already" in step.after).endswith("all are members already")
    with office.counted() as requests:
        office.settled()
    assert office.world.requests("GET", f"/projects/{standing}/members") == [], "it is not asked again and again"


def test_a_list_of_members_that_cannot_be_read_holds_up_only_the_adding(office: Office, standing: str) -> None:
    project = office.project(tasks=1)
    office.link(project, right=standing)
    office.fault(LIST_MEMBERS, "lb_404")
    sync = office.sync()
    assert sync.state == "done", sync.message
    assert outcomes(office)["add_members"] == "refused"
    assert len(roles(office, standing)) == 2
    assert sum(office.partners(project).values()) == 1
    assert office.its_link(project).problem
    office.sync()
    assert len(roles(office, standing)) > 2
    assert office.its_link(project).problem == ""


# --- Linked anew while a sync runs ----------------------------------------------------------------------------------------


@contextmanager
def during_call(number: int, deed: Callable[[], None], monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """While the call of that number is under way, somebody does something in the portal."""
    calls, answer = [0], running._answer

    def answered(run: Run, opened: Any) -> Any:
        given = answer(run, opened)
        calls[0] += 1
        if calls[0] == number:
            deed()
        return given

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(running, "_answer", answered)
        yield
    assert calls[0] >= number, "there were not so many calls"


@pytest.mark.parametrize("number", range(1, 6))
def test_a_link_that_is_pointed_elsewhere_while_a_sync_runs_is_left_alone(
    office: Office, standing: str, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    project = office.project(tasks=3)
    link = office.link(project)

    def relink() -> None:
        with scope():
            disconnect(ProjectLink, office.integration, [link.pk], office.owner)
            link_project(office.integration, project, standing, office.owner)

    with during_call(number, relink, monkeypatch):
        sync = office.sync()
    now = office.its_link(project)
    assert (now.right_id, now.member_ids, now.found_ids, now.synced_name) == (standing, [], [], "")
    skipped = {step.message for step in office.steps(sync) if step.outcome == "skipped"}
    assert skipped <= {"It was linked with another project in the meantime."}
    assert bool(skipped) == (number < 5)
    assert sum(office.partners(project).values()) == 0, "nothing went into the new project by the old plan"
    for _ in range(2):
        office.sync()
    assert sorted(office.partners(project).values()) == [1, 1, 1]
    assert {int(person) for person in office.its_link(project).member_ids} <= {*roles(office, standing)}
    office.settled()


def test_a_link_that_is_pointed_elsewhere_while_people_are_added_remembers_nobody(
    office: Office, standing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    project, other = office.project(), str(office.world.do("/hubstaff/projects", organization=1, name="Other")["id"])
    link = office.link(project, right=standing)

    def relink() -> None:
        with scope():
            disconnect(ProjectLink, office.integration, [link.pk], office.owner)
            link_project(office.integration, project, other, office.owner)

    with during_call(1, relink, monkeypatch):
        office.sync()
    now = office.its_link(project)
    assert (now.right_id, now.member_ids, now.found_ids) == (other, [], [])
    office.sync()
    assert set(office.its_link(project).member_ids) == {str(person) for person in roles(office, other)}
    office.settled()


def test_a_project_is_not_taken_up_that_somebody_linked_in_the_meantime(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    project, other = office.project(tasks=1), office.project("Other")
    office.link(project)
    office.fault(CREATE_PROJECT, "drop_after_commit")
    office.sync()
    office.look()
    [made] = [each for each in office.world.hubstaff_projects() if each["name"] == "Harbour lights"]

    def taken(plan: Plan, *given: Any) -> None:
        with scope():
            ProjectLink.objects.create(integration=office.integration, left_id=other, right_id=str(made["id"]), name="Other")
        apply(plan, *given)

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr("integrations.sync.services.apply", taken)
        sync = office.sync()
    assert sync.state == "done", sync.message
    assert {step.outcome for step in office.steps(sync) if step.link_id == office.its_link(project).pk} == {"skipped"}
    assert office.its_link(project).right_id == ""


# --- Put down -------------------------------------------------------------------------------------------------------------


def test_a_project_that_is_taken_up_has_all_its_time_looked_at_next(office: Office) -> None:
    office.link(office.project(tasks=1))
    office.fault(CREATE_PROJECT, "drop_after_commit")
    office.sync()
    sync = office.sync()
    assert "adopt_project" in office.kinds(sync)
    assert office.now().whole_look_at is None
    office.sync()
    assert office.now().whole_look_at is not None


def test_a_database_that_fails_in_the_middle_leaves_no_run_open(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    project = office.project(tasks=1)
    office.link(project)

    def fails(*given: Any, **more: Any) -> None:
        raise DatabaseError("the disk is full")

    with monkeypatch.context() as broken:
        broken.setattr("integrations.sync.keeping.note_link", fails)
        with pytest.raises(DatabaseError):
            office.sync()
    sync = office.newest()
    assert (sync.state, sync.ended_at is None) == ("failed", False)
    with scope():
        [run] = Run.objects.filter(key__startswith=f"{sync.pk}/").exclude(state=Run.State.DONE)
        assert (run.state, run.operation) == (Run.State.UNKNOWN, "create_project")
        assert not Attempt.objects.filter(run=run, ended_at=None).exists()
    for _ in range(2):
        office.sync()
    assert sorted(office.partners(project).values()) == [1]
    assert len([each for each in office.world.hubstaff_projects() if each["name"] == "Harbour lights"]) == 1
    office.settled()


def test_a_client_is_found_whatever_the_capitals_of_its_name(office: Office) -> None:
    company = office.world.company.organization_id
    for name in ("STRASSENBAU", "Brücke", "brücke"):
        office.world.told(office.world.hubstaff.post(f"/organizations/{company}/clients", json={"name": name}))
    office.sync()
    with scope():
        mirrors = Mirrors(office.now())
        assert mirrors.client("right", "Straßenbau")["name"] == "STRASSENBAU"
        assert [mirrors.client("right", name)["name"] for name in ("brücke", "Brücke")] == ["brücke", "Brücke"]
        assert mirrors.client("right", "Nobody") == {}
