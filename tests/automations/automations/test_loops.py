"""Two automations that set each other off: from the run that writes to the event that tells of it and back, until it stops."""

from __future__ import annotations

from typing import Any

import pytest

from integrations.automations.models import Automation, AutomationRun
from integrations.connections.models import Connection
from integrations.triggers.models import Event, Trigger
from integrations.triggers.services import tell, watch
from portal.organizations.scope import scope
from tests.automations.automations.conftest import Work
from tests.factories import make_automation, make_automation_run, make_event, make_step
from tests.operations.other_side import OtherSide
from tests.records.samples import make_list

pytestmark = pytest.mark.django_db


class Office(OtherSide):
    """Makes whatever it is asked for, each with an id of its own."""

    def call(self, operation: str, inputs: Any) -> Any:
        self.answer = {"id": 100 + len(self.calls), "name": inputs["name"], "status": "active"}
        return super().call(operation, inputs)


@pytest.fixture
def triggers(connection: Connection) -> list[Trigger]:
    """On new projects and on new clients; both lists were seen whole."""
    with scope():
        for entity in ("project", "client"):
            make_list(connection, entity)
        return [watch(connection, name, None) for name in ("projects_created", "clients_created")]


@pytest.fixture
def automations(triggers: list[Trigger]) -> list[Automation]:
    """A client for each project, and a project for each client."""
    steps = [make_step(triggers[0].connection, made, name="{{ event.title }} again") for made in ("create_client", "create_project")]
    with scope():
        return [make_automation(trigger, name=step["operation"], steps=[step]) for trigger, step in zip(triggers, steps, strict=True)]


def due() -> list[AutomationRun]:
    with scope():
        return list(AutomationRun.objects.exclude(due_at=None).select_related("automation"))


def test_two_automations_that_set_each_other_off_stop_with_a_reason(
    triggers: list[Trigger], automations: list[Automation], work: Work
) -> None:
    office = Office()
    with scope():
        waiting = [make_automation_run(automations[0], make_event(triggers[0], title="Tour"))]
    rounds = 0
    while waiting:
        rounds += 1
        assert rounds < 20, "it goes round for ever"
        for run in waiting:
            assert work(run, office).state == "done"
        for trigger in triggers:
            tell(trigger)
        waiting = due()
    with scope():
        runs = list(AutomationRun.objects.order_by("depth"))
        caused = Event.objects.exclude(run_id=None).count()
    assert [(run.depth, run.state) for run in runs] == [*((depth, "done") for depth in range(6)), (6, "stopped")]
    assert "more than 5 deep" in runs[-1].message
    assert len(office.calls) == 6
    assert caused == 6


def test_what_a_person_does_over_and_over_is_no_circle(triggers: list[Trigger], automations: list[Automation], work: Work) -> None:
    office = Office()
    for number in range(8):
        with scope():
            run = make_automation_run(automations[0], make_event(triggers[0], title=f"Project {number}", remote_id=f"p{number}"))
        assert (work(run, office).depth, work(run, office).state) == (0, "done")
