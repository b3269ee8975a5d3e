"""What waits for a person: asked once, answered for exactly that, and forgotten when it is settled."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from integrations.linking.models import Integration
from integrations.sync.approvals import OutdatedList, WrongAnswer, answer, answer_all, answers_of, keep_waiting, seal_of, waiting
from integrations.sync.models import Approval
from integrations.sync.reading import read_situation
from integrations.sync.situation import Situation
from integrations.sync.steps import Held, Plan, Step, StepKind, Why
from portal.accounts.models import User
from portal.organizations.models import AuditEntry, Organization
from portal.organizations.scope import scope
from tests.linking.building import bridge

pytestmark = pytest.mark.django_db


@pytest.fixture
def integration(organization: Organization) -> Any:
    with scope(organization.pk):
        yield bridge()


@pytest.fixture
def situation(integration: Integration) -> Situation:
    return read_situation(integration)


def step(subject: str, kind: StepKind = StepKind.ARCHIVE_PROJECT) -> Held:
    return Held(key=f"{kind}/right//{subject}/", kind=kind, side="right", title=f"Archive {subject}", why=Why.ALWAYS)


def question(left: str = "Door", right: str = "Gate") -> Held:
    return Held(key="question/name//t1/", kind=StepKind.UPDATE_TASK, side="", title="Two names", why=Why.CONFLICT, left=left, right=right)


def keep(integration: Integration, situation: Situation, *held: Held, **more: Any) -> list[str]:
    keep_waiting(integration, situation, replace(Plan((), held), **more))
    return sorted(Approval.objects.values_list("title", flat=True))


def test_the_rows_are_what_the_plan_holds(integration: Integration, situation: Situation) -> None:
    assert keep(integration, situation, step("a"), step("b")) == ["Archive a", "Archive b"]
    assert keep(integration, situation, step("b"), step("c")) == ["Archive b", "Archive c"]
    assert keep(integration, situation) == []


def test_an_answer_is_noted_with_its_person_and_makes_the_sync_due(integration: Integration, situation: Situation, alice: User) -> None:
    keep(integration, situation, step("a"), step("b"))
    answer(integration, step("a").key, "approve", alice)
    [row] = Approval.objects.exclude(answer="")
    assert (row.answer, row.answered_by, row.answered_at is not None) == ("approve", alice, True)
    assert list(waiting(integration)) == [Approval.objects.get(key=step("b").key)]
    assert answers_of(integration) == {step("a").key: "approve", step("b").key: ""}
    assert Integration.objects.get(pk=integration.pk).due_at is not None
    assert AuditEntry.objects.filter(action="sync.approved", actor=alice).exists()


def test_nothing_is_answered_twice(integration: Integration, situation: Situation, alice: User, bob: User) -> None:
    keep(integration, situation, step("a"))
    answer(integration, step("a").key, "approve", alice)
    with pytest.raises(OutdatedList):
        answer(integration, step("a").key, "decline", bob)
    assert answers_of(integration) == {step("a").key: "approve"}


@pytest.mark.parametrize(("held", "given"), [(step("a"), "left"), (question(), "approve"), (question(), "nonsense"), (step("a"), "")])
def test_an_answer_must_fit_what_was_asked(integration: Integration, situation: Situation, alice: User, held: Held, given: str) -> None:
    keep(integration, situation, held)
    with pytest.raises(WrongAnswer):
        answer(integration, held.key, given, alice)
    assert answers_of(integration) == {held.key: ""}


def test_a_list_that_has_changed_is_not_answered(integration: Integration, situation: Situation, alice: User) -> None:
    keep(integration, situation, step("a"), step("b"))
    seal = seal_of(waiting(integration))
    keep(integration, situation, step("a"), step("c"))
    with pytest.raises(OutdatedList):
        answer_all(integration, seal, [step("a").key], "approve", alice)
    assert set(answers_of(integration).values()) == {""}
    answer_all(integration, seal_of(waiting(integration)), [step("a").key, step("c").key], "approve", alice)
    assert set(answers_of(integration).values()) == {"approve"}


def test_a_question_whose_values_have_changed_is_another_list(integration: Integration, situation: Situation) -> None:
    keep(integration, situation, question())
    seal = seal_of(waiting(integration))
    keep(integration, situation, question(right="Portal"))
    assert seal_of(waiting(integration)) != seal


def test_an_answer_stays_until_what_it_is_about_is_done(integration: Integration, situation: Situation, alice: User) -> None:
    keep(integration, situation, step("a"))
    answer(integration, step("a").key, "approve", alice)
    wanted = Step(kind=StepKind.ARCHIVE_PROJECT, side="right", title="Archive a", link="", left_id="a")
    assert wanted.key == step("a").key
    assert keep(integration, situation, steps=(wanted,)) == ["Archive a"]
    assert keep(integration, situation, declined=frozenset({wanted.key})) == ["Archive a"]
    assert keep(integration, situation, resting=frozenset({wanted.key})) == ["Archive a"]
    assert keep(integration, situation, answered=frozenset({wanted.key})) == ["Archive a"]
    assert keep(integration, situation) == []


def test_what_waits_and_rests_goes_on_waiting(integration: Integration, situation: Situation) -> None:
    keep(integration, situation, step("a"))
    assert keep(integration, situation, resting=frozenset({step("a").key})) == ["Archive a"]
    assert answers_of(integration) == {step("a").key: ""}


def test_the_answer_to_a_question_goes_when_the_question_would_not_be_asked_again(
    integration: Integration, situation: Situation, alice: User
) -> None:
    keep(integration, situation, question())
    answer(integration, question().key, "left", alice)
    assert keep(integration, situation) == []
