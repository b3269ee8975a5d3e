"""What was refused: it is tried again, less and less often, and at once when its cause is gone."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from integrations.catalogue import FaultKind
from integrations.connections.models import Credential
from integrations.linking.models import LinkEvent, ProjectLink
from integrations.records.models import Record
from integrations.sync.models import Obstacle
from integrations.sync.obstacles import blame, resting_of, try_now, wait_after
from portal.organizations.scope import scope
from tests.sync.syncing import Office

REFUSED = "POST /hubstaff/v2/projects/*/tasks"
WAITS = [timedelta(), timedelta(minutes=15), timedelta(hours=1), timedelta(hours=6), timedelta(hours=24), timedelta(hours=24)]


def test_each_failure_in_a_row_makes_the_rest_longer() -> None:
    assert [wait_after(failures) for failures in range(1, 7)] == WAITS


@pytest.mark.parametrize("fault", [*FaultKind, "", "bad_answer"])
def test_every_problem_says_whose_side_it_is_and_what_to_do(fault: str) -> None:
    found = blame(fault, "right", "Hubstaff")
    assert found.at_fault in {"yours", "right"}
    assert "Hubstaff" in found.advice


@pytest.mark.parametrize(
    ("fault", "whose"), [(FaultKind.FORBIDDEN, "yours"), (FaultKind.DOWN, "left"), ("bad_answer", "left"), ("", "yours")]
)
def test_rights_are_yours_and_a_service_that_is_down_is_theirs(fault: str, whose: str) -> None:
    assert blame(fault, "left", "timeghost").at_fault == whose


@pytest.fixture
def refused(office: Office) -> str:
    """A linked project of which one task is refused."""
    project = office.linked(tasks=1)
    office.task(project, "x" * 300)
    office.sync()
    return project


def test_what_is_refused_is_said_on_its_link_and_rests_after_the_second_time(office: Office, refused: str) -> None:
    link = office.its_link(refused)
    assert link.problem
    assert (link.at_fault, link.failures) == ("yours", 1)
    assert link.advice
    [obstacle] = office.obstacles()
    assert (obstacle.failures, obstacle.link_id) == (1, link.pk)
    office.sync()
    [obstacle] = office.obstacles()
    assert obstacle.failures == 2
    assert obstacle.next_try_at - obstacle.last_at == timedelta(minutes=15)
    office.settled()
    assert office.its_link(refused).problem, "what rests keeps its words"
    office.let_time_pass(timedelta(minutes=16))
    office.sync()
    assert [each.failures for each in office.obstacles()] == [3]


def test_what_is_mended_over_there_goes_on_at_once(office: Office, refused: str) -> None:
    office.sync()
    task = next(each for each in office.world.timeghost_tasks(refused) if each["name"].startswith("xx"))
    office.left("rename", task["id"], name="Short enough")
    office.sync()
    assert office.partner(task["id"])["summary"] == "Short enough"
    assert office.obstacles() == []
    link = office.its_link(refused)
    assert (link.problem, link.at_fault, link.advice, link.failures) == ("", "", "", 0)
    with scope():
        told = list(LinkEvent.objects.filter(link_id=link.pk).order_by("created_at").values_list("what", flat=True))
    assert [each for each in told if each in {"failed", "paused", "resumed"}] == ["failed", "resumed"]


def test_somebody_presses_try_now(office: Office, refused: str) -> None:
    office.sync()
    with scope():
        try_now(office.integration, office.its_link(refused), office.owner)
    assert office.now().due_at is not None
    office.sync()
    assert [each.failures for each in office.obstacles()] == [3]


def test_what_is_wanted_no_more_is_forgotten(office: Office, refused: str) -> None:
    task = next(each for each in office.world.timeghost_tasks(refused) if each["name"].startswith("xx"))
    office.left("delete", task["id"])
    office.settled()
    assert office.obstacles() == []
    assert office.its_link(refused).problem == ""


def test_a_link_of_which_everything_is_refused_rests_as_a_whole(office: Office) -> None:
    project = office.linked()
    for number in range(7):
        office.task(project, f"{number}" * 300)
    sync = office.sync()
    outcomes = [step.outcome for step in office.steps(sync)]
    assert outcomes == ["refused"] * 5 + ["skipped"] * 2
    link = office.its_link(project)
    assert link.next_try_at is not None
    with scope():
        assert LinkEvent.objects.filter(link_id=link.pk, what=LinkEvent.What.PAUSED).exists()
    office.settled()
    assert len(office.obstacles()) == 5
    office.let_time_pass(timedelta(hours=2))
    assert office.steps(office.sync())


@pytest.mark.parametrize("cause", ["record", "project", "link", "sign-in"])
def test_a_rest_ends_early_when_its_cause_may_be_gone(office: Office, cause: str) -> None:
    project = office.linked(tasks=1)
    link, [pair] = office.its_link(project), office.pairs()
    moment, later = timezone.now() - timedelta(minutes=5), timezone.now()
    with scope():
        Record.objects.update(changed_at=moment - timedelta(hours=1))
        Credential.objects.update(created_at=moment - timedelta(hours=1))
        ProjectLink.objects.update(linked_at=moment - timedelta(hours=1))
        Obstacle.objects.create(
            integration=office.integration,
            key=f"update_task/right/{link.pk}/{pair.left_id}/",
            link_id=link.pk,
            problem="It was refused.",
            at_fault="yours",
            last_at=moment,
            next_try_at=later + timedelta(hours=1),
        )
        assert resting_of(office.integration, [office.its_link(project)]).keys == {f"update_task/right/{link.pk}/{pair.left_id}/"}
        changes = {
            "record": lambda: Record.objects.filter(remote_id=pair.left_id).update(changed_at=later),
            "project": lambda: Record.objects.filter(remote_id=link.right_id).update(changed_at=later),
            "link": lambda: ProjectLink.objects.update(linked_at=later),
            "sign-in": lambda: Credential.objects.filter(connection=office.integration.right).update(created_at=later),
        }
        changes[cause]()
        assert resting_of(office.integration, [office.its_link(project)]).keys == frozenset()


def test_an_obstacle_of_a_link_that_is_gone_does_no_harm(office: Office) -> None:
    office.linked()
    with scope():
        Obstacle.objects.create(
            integration=office.integration,
            key=f"create_task/right/{uuid4()}/t1/",
            link_id=uuid4(),
            problem="It was refused.",
            at_fault="yours",
            last_at=timezone.now(),
            next_try_at=timezone.now(),
        )
    office.settled()
    assert office.obstacles() == []
