"""What people decided is not forgotten while a plan cannot see what it is about: nothing that was declined is carried out later."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from integrations.linking.disconnecting import disconnect, undo
from integrations.linking.models import Integration, PersonLink, ProjectLink
from integrations.records.days import A_DAY
from integrations.records.models import Record, RecordList
from integrations.sync.approvals import answers_of
from integrations.sync.models import Approval
from integrations.sync.reading import read_situation
from integrations.sync.steps import StepKind
from portal.organizations.models import Organization
from portal.organizations.scope import scope
from tests.linking.building import mirror, project_here, project_there
from tests.sync.mirrored import gone_by_our_hand, linked, partners, planned, tasks, the_link, today, written

pytestmark = pytest.mark.django_db

DECLINED = [f"time-{number}" for number in range(5)]
APPROVED = [f"time-{number}" for number in range(5, 25)]
LONG_AGO = 12 * A_DAY


@pytest.fixture
def integration(organization: Organization) -> Any:
    with scope(organization.pk):
        yield linked()


@pytest.fixture
def declined(integration: Integration) -> Integration:
    """Of 25 removals of old time, 20 were approved and done, and 5 declined."""
    tasks(integration, "t1")
    partners(integration, r7="t1")
    written(integration, today() - LONG_AGO, [*DECLINED, *APPROVED])
    assert len(planned(integration, is_whole=True).held) == 25
    rows = Approval.objects.filter(integration=integration)
    for row in rows:
        row.answer = "decline" if row.key.split("/")[3] in DECLINED else "approve"
        row.save()
    assert removals(integration) == 20
    gone_by_our_hand(integration, APPROVED)
    planned(integration, is_whole=True)
    assert sorted(answers_of(integration).values()) == ["decline"] * 5
    return integration


def removals(integration: Integration) -> int:
    return sum(step.kind is StepKind.DELETE_TIME for step in planned(integration, is_whole=True).steps)


def test_days_are_looked_at_as_far_back_as_something_was_decided(declined: Integration) -> None:
    situation = read_situation(declined, is_whole=False)
    assert situation.first_day == today() - LONG_AGO
    planned(declined, is_whole=False)
    assert removals(declined) == 0


def test_what_was_declined_on_a_day_that_is_not_looked_at_any_more_stays_declined(declined: Integration) -> None:
    Integration.objects.filter(pk=declined.pk).update(time_since=today() - A_DAY)
    planned(declined, is_whole=True)
    assert len(answers_of(declined)) == 5
    Integration.objects.filter(pk=declined.pk).update(time_since=today() - 30 * A_DAY)
    assert removals(declined) == 0


def rests(integration: Integration) -> Callable[[], object]:
    ProjectLink.objects.filter(left_id="p1").update(next_try_at=timezone.now() + A_DAY)
    return lambda: ProjectLink.objects.filter(left_id="p1").update(next_try_at=None)


def is_unlinked(integration: Integration) -> Callable[[], object]:
    disconnection = disconnect(ProjectLink, integration, [the_link(integration).pk], None)
    assert disconnection is not None
    return lambda: undo(disconnection, None)


def is_archived_on_the_left(integration: Integration) -> Callable[[], object]:
    def show(completed: bool) -> None:
        mirror(integration.left, "project", [project_there("p1", "Website relaunch", completed=completed)])

    show(True)
    return lambda: show(False)


def is_not_seen_on_the_right(integration: Integration) -> Callable[[], object]:
    Record.objects.filter(connection=integration.right, entity="project", remote_id="11").delete()
    return lambda: mirror(integration.right, "project", [project_here(11, "Website relaunch")])


def has_a_person_who_is_not_connected(integration: Integration) -> Callable[[], object]:
    PersonLink.objects.update(connected_at=None)
    return lambda: PersonLink.objects.update(connected_at=timezone.now())


def has_days_that_were_not_seen_whole(integration: Integration) -> Callable[[], object]:
    known = RecordList.objects.get(connection=integration.right, entity="activity")
    RecordList.objects.filter(pk=known.pk).update(days_known=[])
    return lambda: RecordList.objects.filter(pk=known.pk).update(days_known=known.days_known)


@pytest.mark.parametrize(
    "away",
    [
        rests,
        is_unlinked,
        is_archived_on_the_left,
        is_not_seen_on_the_right,
        has_a_person_who_is_not_connected,
        has_days_that_were_not_seen_whole,
    ],
)
def test_what_was_declined_stays_declined_while_its_project(
    declined: Integration, away: Callable[[Integration], Callable[[], object]]
) -> None:
    come_back = away(declined)
    assert removals(declined) == 0
    assert list(answers_of(declined).values()).count("decline") == 5
    come_back()
    assert removals(declined) == 0


def test_what_waits_goes_on_waiting_after_its_project_rested(declined: Integration) -> None:
    Approval.objects.update(answer="")
    come_back = rests(declined)
    planned(declined)
    come_back()
    assert removals(declined) == 0
    assert list(answers_of(declined).values()) == [""] * 5


def test_a_decision_is_forgotten_when_its_piece_of_time_is_gone(declined: Integration) -> None:
    gone_by_our_hand(declined, DECLINED)
    planned(declined, is_whole=True)
    assert answers_of(declined) == {}


def test_a_removal_that_was_declined_is_not_done_when_its_task_is_seen_to_be_gone_again(integration: Integration) -> None:
    tasks(integration, "t1", "t2")
    partners(integration, r7="t1", r8="t2")
    tasks(integration, "t2")
    [step] = [step for step in planned(integration).steps if step.kind is StepKind.DELETE_TASK]
    facts = {"kind": step.kind, "side": "right", "title": step.title, "why": "guard", "link_id": step.link, "answer": "decline"}
    Approval.objects.create(integration=integration, key=step.key, **facts)
    Record.objects.filter(connection=integration.left, remote_id="t1").delete()  # not seen, and nobody knows whether it is gone
    planned(integration)
    assert list(answers_of(integration).values()) == ["decline"]
    tasks(integration, "t1", "t2")
    planned(integration)
    assert answers_of(integration) == {}, "it stands: there is nothing to remove"


def test_an_approval_of_archiving_is_forgotten_once_it_is_archived(integration: Integration) -> None:
    mirror(integration.left, "project", [project_there("p1", "Website relaunch", completed=True)])
    [held] = planned(integration).held
    Approval.objects.update(answer="approve")
    mirror(integration.right, "project", [project_here(11, "Website relaunch", status="archived")])
    planned(integration)
    assert answers_of(integration) == {}
    mirror(integration.right, "project", [project_here(11, "Website relaunch")])
    assert [each.key for each in planned(integration).held] == [held.key], "opened again by hand: it is asked anew"
