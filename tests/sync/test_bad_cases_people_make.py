"""What people do over there that makes syncing hard: they delete, archive, move and rename, and come out with everything right."""

from __future__ import annotations

from typing import Any

import pytest

from integrations.linking.disconnecting import disconnect
from integrations.linking.models import Integration, PersonLink, ProjectLink
from integrations.linking.services import connect_all
from integrations.operations.models import Run
from integrations.operations.running import perform
from integrations.sync.approvals import answer
from portal.organizations.scope import scope
from tests.sync.syncing import Office


def test_a_project_that_is_deleted_on_the_left_is_archived_only_once_a_person_agrees(office: Office) -> None:
    project = office.linked(tasks=2)
    office.world.do(f"/timeghost/projects/{project}/delete")
    sync = office.sync()
    assert (office.kinds(sync), sync.held) == ([], 1)
    assert office.right_project(project)["status"] == "active"
    [asked] = office.approvals()
    assert asked.kind == "archive_project"
    with scope():
        answer(office.integration, asked.key, "approve", office.owner)
    office.sync()
    assert office.right_project(project)["status"] == "archived"
    assert sum(office.partners(project).values()) == 2, "its tasks rest as they are"
    office.settled()
    assert office.approvals() == []


def test_a_project_that_is_archived_on_the_left_may_stay_open_on_the_right(office: Office) -> None:
    project = office.linked(tasks=1)
    office.world.do(f"/timeghost/projects/{project}/complete")
    office.sync()
    [asked] = office.approvals()
    with scope():
        answer(office.integration, asked.key, "decline", office.owner)
    for _ in range(2):
        assert office.settled().held == 0
    assert office.right_project(project)["status"] == "active"
    assert [each.answer for each in office.approvals()] == ["decline"]


def test_a_project_that_is_renamed_twice_between_two_syncs_gets_its_last_name(office: Office) -> None:
    project = office.linked()
    for name in ("Lighthouse", "Old lighthouse"):
        office.world.do(f"/timeghost/projects/{project}/rename", name=name)
    assert office.kinds(office.sync()) == ["rename_project"]
    assert office.right_project(project)["name"] == "Old lighthouse"
    office.settled()


def test_two_projects_of_one_name_get_a_partner_each_or_wait_for_a_person(office: Office) -> None:
    twins = [office.project("Twin", tasks=1) for _ in range(2)]
    office.link(*twins)
    office.sync()
    partners = {office.its_link(twin).right_id for twin in twins}
    assert len(partners) == 2
    for twin in twins:
        assert sorted(office.partners(twin).values()) == [1]
    with scope():
        disconnect(ProjectLink, office.integration, [office.its_link(twin).pk for twin in twins], office.owner)
        connect_all(office.integration, office.owner, only=twins)
    office.sync()
    assert {office.its_link(twin).right_id for twin in twins} == partners
    office.settled()


def test_a_partner_that_was_archived_by_hand_rests_and_goes_on_when_it_is_reopened(office: Office) -> None:
    project = office.linked(tasks=1)
    right_id = office.its_link(project).right_id
    office.world.do(f"/hubstaff/projects/{right_id}/complete")
    office.task(project, "Wait for the tide")
    sync = office.settled()
    assert "archived" in office.left_out(sync)
    office.world.do(f"/hubstaff/projects/{right_id}/reopen")
    assert office.kinds(office.sync()) == ["create_task"]
    office.settled()


def test_a_partner_that_was_deleted_by_hand_rests(office: Office) -> None:
    project = office.linked(tasks=1)
    office.world.do(f"/hubstaff/projects/{office.its_link(project).right_id}/delete")
    sync = office.settled()
    assert "deleted in Hubstaff" in office.left_out(sync)


def test_a_task_that_is_deleted_on_the_left_is_deleted_on_the_right(office: Office) -> None:
    project = office.linked(tasks=2)
    gone, kept = (pair.left_id for pair in office.pairs())
    office.left("delete", gone)
    assert office.kinds(office.sync()) == ["delete_task"]
    assert list(office.partners(project)) == [office.world.mark(kept)]
    office.settled()
    assert [pair.left_id for pair in office.pairs()] == [kept]


def test_a_task_with_tracked_time_is_completed_instead_of_deleted(office: Office) -> None:
    office.linked(tasks=1)
    [pair] = office.pairs()
    office.track(office.partner(pair.left_id), 1200)
    office.sync()
    office.left("delete", pair.left_id)
    office.sync()
    assert office.partner(pair.left_id)["status"] == "completed"
    office.settled()


def test_a_task_that_was_deleted_by_hand_on_the_right_does_not_come_back(office: Office) -> None:
    project = office.linked(tasks=2)
    [gone, _] = office.pairs()
    office.right("delete", int(gone.right_id))
    sync = office.settled()
    assert "deleted" in office.left_out(sync)
    assert sum(office.partners(project).values()) == 1


def test_a_task_that_moves_to_another_linked_project_moves_along(office: Office) -> None:
    project, other = office.project("From here", tasks=1), office.project("To there")
    office.link(project, other)
    office.sync()
    [pair] = office.pairs()
    office.left("move", pair.left_id, project=other)
    office.sync()
    office.sync()
    assert sum(office.partners(other).values()) == 1
    old = [task for task in office.world.hubstaff_tasks() if str(task["id"]) == pair.right_id]
    assert [task["status"] for task in old] == ["completed"]
    office.settled()


def test_somebody_who_was_removed_on_the_right_gets_no_more_tasks(office: Office) -> None:
    left_id, right_id = office.person(2)
    project = office.linked()
    office.world.do(f"/hubstaff/members/{right_id}/remove", organization=1)
    task = office.task(project, assignees=[left_id])
    sync = office.sync()
    assert sync.state == "done", sync.message
    assert office.partner(task)["assignee_ids"] == []
    assert {step.outcome for step in office.steps(sync)} == {"done"}
    office.settled()


def test_somebody_who_is_connected_no_more_leaves_the_projects_only_once_a_person_agrees(office: Office) -> None:
    project = office.linked()
    left_id, right_id = office.person(1)
    assert str(right_id) in office.its_link(project).member_ids
    with scope():
        disconnect(PersonLink, office.integration, [PersonLink.objects.get(left_id=left_id).pk], office.owner)
    assert office.sync().held == 1
    [asked] = office.approvals()
    assert asked.kind == "remove_members"
    with scope():
        answer(office.integration, asked.key, "approve", office.owner)
    office.sync()
    assert str(right_id) not in office.its_link(project).member_ids
    office.settled()


def test_a_project_is_unlinked_while_its_sync_runs(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    project = office.project(tasks=3)
    link = office.link(project)
    attempts = []

    def unlink_in_the_middle(run: Run, *given: Any) -> Run:
        attempts.append(run)
        if len(attempts) == 3:
            with scope():
                disconnect(ProjectLink, office.integration, [link.pk], office.owner)
        return perform(run, *given)

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr("integrations.sync.applying.perform", unlink_in_the_middle)
        sync = office.sync()
    skipped = [step for step in office.steps(sync) if step.outcome == "skipped"]
    assert {step.message for step in skipped} == {"It was unlinked in the meantime."}
    with scope():
        connect_all(office.integration, office.owner, only=[project])
    office.sync()
    assert sorted(office.partners(project).values()) == [1, 1, 1]
    office.settled()


def test_more_removals_than_the_guard_allows_wait_and_everything_else_goes_on(office: Office) -> None:
    project = office.linked(tasks=5)
    for pair in office.pairs()[:4]:
        office.left("delete", pair.left_id)
    office.task(project, "One more")
    sync = office.sync()
    assert (office.kinds(sync), sync.held) == (["create_task"], 4)
    assert sum(office.partners(project).values()) == 6
    with scope():
        Integration.objects.filter(pk=office.integration.pk).update(guard_percent=100)
        office.integration.refresh_from_db()
    for asked in office.approvals():
        with scope():
            answer(office.integration, asked.key, "approve", office.owner)
    office.sync()
    assert sum(office.partners(project).values()) == 2
    office.settled()
    assert office.approvals() == []
