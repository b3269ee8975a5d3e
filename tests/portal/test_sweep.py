"""The sweep hands out what is due; tasks work for the organization that their message names."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any

import pytest
from celery import Celery, shared_task
from django.utils import timezone

from integrations.operations.models import Run
from portal.celery import app
from portal.organizations.models import Organization
from portal.organizations.scope import NoScope, bound_organization_id, scope
from portal.work.heartbeats import is_alive
from portal.work.models import DueModel, due_models
from portal.work.tasks import OrganizationTask, sweep
from tests.conftest import make_organization
from tests.factories import make_run

pytestmark = pytest.mark.django_db

Sent = list[tuple[str, list[str]]]


@shared_task(name="tests.portal.who", base=OrganizationTask)
def who(organization_id: uuid.UUID, word: str = "") -> tuple[uuid.UUID, uuid.UUID, str]:
    return organization_id, bound_organization_id(), word


def a_while_ago() -> datetime:
    """PostgreSQL's now() is the beginning of the test's transaction."""
    return timezone.now() - timedelta(minutes=1)


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> Sent:
    """What the sweep gave to the broker."""
    messages: Sent = []
    monkeypatch.setattr(Celery, "send_task", lambda self, name, args: messages.append((name, args)))
    return messages


def test_the_sweep_hands_out_what_is_due_in_every_organization(organization: Organization, other: Organization, sent: Sent) -> None:
    runs = {}
    for each in (organization, other):
        with scope(each.id):
            runs[str(each.id)] = str(make_run(due_at=a_while_ago()).pk)
            make_run(due_at=timezone.now() + timedelta(hours=1))
    sweep()
    assert {(name, args[0], args[1]) for name, args in sent} == {("integrations.operations.execute", *each) for each in runs.items()}
    assert all(isinstance(word, str) for _, args in sent for word in args)


def test_a_message_carries_the_claim_that_the_row_has(organization: Organization, sent: Sent) -> None:
    with scope(organization.id):
        run = make_run(due_at=a_while_ago())
    sweep()
    with scope(organization.id):
        assert [args[2] for _, args in sent] == [str(Run.objects.get(pk=run.pk).claim)]


def test_a_second_sweep_hands_out_nothing_twice(organization: Organization, sent: Sent) -> None:
    with scope(organization.id):
        make_run(due_at=a_while_ago())
    sweep()
    sweep()
    assert len(sent) == 1


def test_each_sweep_shows_that_what_is_due_is_looked_for(db: None, sent: Sent) -> None:
    assert not is_alive("sweep")
    sweep()
    assert is_alive("sweep")


def test_the_sweep_stands_in_the_timetable() -> None:
    assert {entry["task"] for entry in app.conf.beat_schedule.values()} >= {sweep.name}


@pytest.mark.parametrize("model", list(due_models()), ids=lambda model: model._meta.label)
def test_what_can_be_due_has_a_task_that_works_for_one_organization(model: type[DueModel]) -> None:
    app.loader.import_default_modules()
    assert isinstance(app.tasks[model.task_name], OrganizationTask)


def test_a_task_is_bound_to_the_organization_that_its_message_names(organization: Organization) -> None:
    assert who(str(organization.id), "hello") == (organization.id, organization.id, "hello")
    with pytest.raises(NoScope):
        bound_organization_id()


def test_a_task_is_unbound_also_when_it_fails(organization: Organization) -> None:
    with pytest.raises(TypeError):
        who(str(organization.id), unheard_of=1)
    with pytest.raises(NoScope):
        bound_organization_id()


def test_two_tasks_in_a_row_work_each_for_its_own(db: None) -> None:
    for organization in (make_organization("Northwind"), make_organization("Southwind")):
        found: Any = who(str(organization.id))
        assert found[1] == organization.id
