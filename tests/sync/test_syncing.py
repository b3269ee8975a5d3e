"""Syncing over HTTP: what is done on one side shows on the other, and what has not changed costs no write."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from integrations.connections.models import Call
from integrations.linking.disconnecting import disconnect
from integrations.linking.models import Integration, LinkEvent, PersonLink, ProjectLink
from integrations.linking.services import link_project
from integrations.sync.models import Pair, StepRecord
from integrations.sync.services import sync_now
from integrations.sync.spans import needs_whole_look
from portal.organizations.scope import scope
from tests.sync.syncing import Office


def test_a_first_sync_makes_project_and_tasks_and_a_second_one_writes_nothing(office: Office) -> None:
    project = office.project(tasks=3)
    office.link(project)
    sync = office.sync()
    assert sync.state == "done", sync.message
    assert sum(office.partners(project).values()) == 3
    assert office.right_project(project)["name"] == "Harbour lights"
    with office.counted() as requests:
        office.settled()
    assert {name: count for name, count in requests.items() if not name.endswith("GET")} == {}


def test_completion_travels_both_ways(office: Office) -> None:
    project = office.linked(tasks=2)
    here, there = (pair.left_id for pair in office.pairs())
    office.left("complete", here)
    office.right("complete", office.partner(there)["id"])
    office.sync()
    assert office.partner(here)["status"] == "completed"
    assert all(task["completed"] for task in office.world.timeghost_tasks(project))
    office.settled()
    office.right("reopen", office.partner(here)["id"])
    office.sync()
    assert [task["completed"] for task in office.world.timeghost_tasks(project) if task["id"] == here] == [False]
    office.settled()


def test_a_new_name_travels_both_ways(office: Office) -> None:
    project = office.linked(tasks=2)
    here, there = (pair.left_id for pair in office.pairs())
    office.left("rename", here, name="Paint the door")
    office.right("rename", office.partner(there)["id"], name="Oil the hinges")
    office.sync()
    assert office.partner(here)["summary"] == "Paint the door"
    assert {task["name"] for task in office.world.timeghost_tasks(project)} == {"Paint the door", "Oil the hinges"}
    office.settled()


def test_only_connected_people_get_tasks_and_the_rest_is_counted(office: Office) -> None:
    (ann, right_ann), (ben, right_ben) = office.person(0), office.person(1)
    with scope():
        PersonLink.objects.filter(left_id=ben).update(connected_at=None)
    project = office.project()
    task = office.task(project, assignees=[ann, ben])
    office.link(project)
    sync = office.sync()
    assert office.partner(task)["assignee_ids"] == [right_ann]
    assert "not connected" in office.left_out(sync)
    with scope():
        PersonLink.objects.filter(left_id=ben).update(connected_at=timezone.now())
    office.sync()
    assert set(office.partner(task)["assignee_ids"]) == {right_ann, right_ben}
    office.settled()


def test_every_step_tells_what_it_changed_and_which_calls_stand_behind_it(office: Office) -> None:
    office.linked(tasks=1)
    [pair] = office.pairs()
    office.left("rename", pair.left_id, name="Paint the door")
    [step] = office.steps(office.sync())
    assert (step.kind, step.side, str(step.link_id), step.subject) == ("update_task", "right", str(pair.project_link_id), pair.left_id)
    assert "Task 1" in str(step.before)
    assert "Paint the door" in str(step.after)
    assert step.run_id is not None
    with scope():
        calls = Call.objects.filter(run_id=step.run_id)
        assert [(call.method, call.status) for call in calls] == [("PUT", 200)]
        assert Call.objects.filter(run_id=None, method="GET").exists()


def test_the_history_of_a_link_says_that_its_partner_was_made_renamed_and_taken_up(office: Office) -> None:
    project = office.linked()
    office.world.do(f"/timeghost/projects/{project}/rename", name="Lighthouse")
    office.sync()
    assert office.right_project(project)["name"] == "Lighthouse"
    link = office.its_link(project)
    assert (link.name, link.synced_name) == ("Lighthouse", "Lighthouse")
    with scope():
        disconnect(ProjectLink, office.integration, [link.pk], office.owner)
        ProjectLink.objects.filter(pk=link.pk).update(right_id="")
        link_project(office.integration, project, "", office.owner)
    office.sync()
    with scope():
        told = list(LinkEvent.objects.filter(link_id=link.pk).order_by("created_at").values_list("what", flat=True))
    assert [each for each in told if each in {"created", "renamed", "adopted"}][:2] == ["created", "renamed"]


def test_linking_again_takes_up_the_same_tasks_also_when_our_own_rows_are_gone(office: Office) -> None:
    project = office.linked(tasks=4)
    right_id = office.its_link(project).right_id
    with scope():
        disconnect(ProjectLink, office.integration, [office.its_link(project).pk], office.owner)
    office.sync()
    assert sum(office.partners(project).values()) == 4, "unlinking deletes nothing"
    with scope():
        Pair.objects.all().delete()
        ProjectLink.objects.all().delete()
    office.link(project)
    sync = office.sync()
    assert "create_task" not in office.kinds(sync)
    assert office.its_link(project).right_id == right_id
    assert sorted(office.partners(project).values()) == [1, 1, 1, 1]
    office.settled()


def test_a_project_is_linked_to_another_one_and_its_tasks_are_made_there(office: Office) -> None:
    project = office.linked(tasks=2)
    first = office.its_link(project)
    other = office.world.do("/hubstaff/projects", organization=1, name="Somewhere else")
    with scope():
        disconnect(ProjectLink, office.integration, [first.pk], office.owner)
    link = office.link(project, right=str(other["id"]))
    office.sync()
    assert link.right_id == str(other["id"])
    assert sorted(office.partners(project).values()) == [1, 1]
    office.settled()


def test_a_sync_that_is_asked_for_while_one_runs_follows_it(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    with scope():
        Integration.objects.filter(pk=office.integration.pk).update(due_at=timezone.now() - timedelta(minutes=1))
    asked = []

    def ask_meanwhile(integration: Integration) -> list[ProjectLink]:
        sync_now(office.integration)
        asked.append(office.integration.due_at)
        return []

    monkeypatch.setattr("integrations.sync.services.follow_rule", ask_meanwhile)
    office.sync()
    assert office.now().due_at == asked[0]


def test_all_tracked_time_is_looked_at_once_a_day_and_when_links_change(office: Office) -> None:
    office.linked()
    with scope():
        assert not needs_whole_look(office.now())
        for looked_at in (None, timezone.now() - timedelta(hours=25), timezone.now() + timedelta(hours=1)):
            office.integration.whole_look_at = looked_at
            assert needs_whole_look(office.integration)
    office.link(office.project("Another one"))
    assert office.now().whole_look_at is None
    office.sync()
    assert office.now().whole_look_at is not None


def test_the_calls_of_a_look_are_counted_by_side(office: Office) -> None:
    office.linked(tasks=1)
    with office.counted() as requests:
        sync = office.settled()
    assert sync.calls == {"left": requests["timeghost GET"], "right": requests["hubstaff GET"]}
    assert office.now().cost == sync.calls


def test_a_paused_integration_is_left_alone(office: Office) -> None:
    office.link(office.project(tasks=1))
    with scope():
        Integration.objects.filter(pk=office.integration.pk).update(is_paused=True)
        before = StepRecord.objects.count()
    office.sync()
    with scope():
        assert StepRecord.objects.count() == before
    assert office.now().due_at is None
