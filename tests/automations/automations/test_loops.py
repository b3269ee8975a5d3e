"""Two automations that set each other off: from the run that writes to the event that tells of it and back, until it stops."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from integrations.automations.looping import depths_of
from integrations.automations.models import Automation, AutomationRun, StepRun
from integrations.connections.models import Connection
from integrations.operations.models import Run
from integrations.records.collecting import keep_written
from integrations.transport.client import Answer
from integrations.triggers.models import Event, Trigger
from integrations.triggers.services import tell, watch
from portal.organizations.scope import scope
from tests.automations.automations.conftest import Work
from tests.factories import make_automation, make_automation_run, make_event, make_run, make_step, make_trigger
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


# --- changes that do not name the run that made them -------------------------------------------------------------------


class Raw(OtherSide):
    """Makes a project by a raw call. The mirror knows nothing of it until somebody looks at the list."""

    def call(self, operation: str, inputs: Any) -> Any:
        self.answer = Answer(201, {}, {"project": {"id": 100 + len(self.calls), "name": "Tour again", "status": "active"}})
        return super().call(operation, inputs)


class Overtaken(Office):
    """Between its answer and the portal's keeping it, somebody else looks at the list, and tells."""

    def __init__(self, look: Callable[[Any], None]) -> None:
        super().__init__()
        self.look = look

    def call(self, operation: str, inputs: Any) -> Any:
        made = super().call(operation, inputs)
        self.look(made)
        return made


@pytest.fixture
def look(triggers: list[Trigger]) -> Callable[[Any], None]:
    """Sees a project as a look at the list does, and tells of it."""

    def look(project: Any) -> None:
        with scope():
            keep_written(triggers[0].connection, triggers[0].connection.declaration.entity("project"), project)
        tell(triggers[0])

    return look


def go_round(run: AutomationRun, round_: Callable[[AutomationRun], object]) -> list[tuple[int, str]]:
    """Works until nothing is due any more; gives the depths and states of all runs."""
    waiting, rounds = [run], 0
    while waiting:
        rounds += 1
        assert rounds < 20, "it goes round for ever"
        for each in waiting:
            round_(each)
        waiting = due()
    with scope():
        return list(AutomationRun.objects.order_by("depth").values_list("depth", "state"))


ROUND_AND_STOPPED = [*((depth, "done") for depth in range(6)), (6, "stopped")]


def test_a_raw_call_that_sets_itself_off_stops_with_a_reason(triggers: list[Trigger], look: Callable[[Any], None], work: Work) -> None:
    call = make_step(triggers[0].connection, "make_api_call", method="POST", path="/v2/organizations/1/projects", body="{}")
    with scope():
        first = make_automation_run(make_automation(triggers[0], steps=[call]), make_event(triggers[0]))
    other = Raw()

    def round_(run: AutomationRun) -> None:
        done = work(run, other)
        assert done.state == "done", done.message
        look(other.answer.data["project"])

    assert go_round(first, round_) == ROUND_AND_STOPPED


def test_a_record_that_is_seen_before_its_run_has_kept_it_is_no_way_out(
    triggers: list[Trigger], look: Callable[[Any], None], work: Work
) -> None:
    again = make_step(triggers[0].connection, name="{{ event.title }} again")
    with scope():
        first = make_automation_run(make_automation(triggers[0], steps=[again]), make_event(triggers[0]))
    other = Overtaken(look)
    assert go_round(first, lambda run: work(run, other)) == ROUND_AND_STOPPED


CAUSED: dict[str, dict[str, Any]] = {
    "it changed the record": {"operation": "update_project", "inputs": {"project_id": 5, "name": "Tour"}},
    "it called the record by its address": {"operation": "make_api_call", "inputs": {"method": "PUT", "path": "/v2/projects/5?x=1"}},
    "it is making such a record": {"state": Run.State.RUNNING, "ended_at": None},
    "it made the record": {"output": {"id": 5}},
}
NOT_CAUSED: dict[str, dict[str, Any]] = {
    "it changed another record": {"operation": "update_project", "inputs": {"project_id": 6, "name": "Tour"}},
    "it only read the record": {"operation": "make_api_call", "inputs": {"method": "GET", "path": "/v2/projects/5"}},
    "it called another record": {"operation": "make_api_call", "inputs": {"method": "PUT", "path": "/v2/projects/6"}},
    "it made another kind": {"operation": "create_client", "output": {"id": 5}},
    "it made another record": {"output": {"id": 6}},
    "it was refused": {"state": Run.State.REFUSED, "output": {"id": 5}},
}


def depth_after(trigger: Trigger, run: dict[str, Any], later: timedelta) -> int:
    """How deep an event about project 5 lies that is seen so long after a step of the third automation in a row."""
    with scope():
        event = make_event(trigger, remote_id="5")
        ended = event.happened_at - later
        given: dict[str, Any] = {"state": Run.State.DONE, "began_at": ended - timedelta(seconds=1), "ended_at": ended}
        caused = make_run(trigger.connection, **given | run)
        StepRun.objects.create(automation_run=make_automation_run(make_automation(trigger), depth=2), number=1, run=caused)
        return depths_of([event])[event.pk]


@pytest.mark.parametrize("why", CAUSED)
def test_a_change_without_a_run_counts_as_that_of_the_step_just_before(trigger: Trigger, why: str) -> None:
    assert depth_after(trigger, CAUSED[why], timedelta(minutes=4)) == 3


@pytest.mark.parametrize("why", NOT_CAUSED)
def test_a_change_without_a_run_is_not_that_of_a_step_about_something_else(trigger: Trigger, why: str) -> None:
    assert depth_after(trigger, NOT_CAUSED[why], timedelta(minutes=4)) == 0


def test_what_a_person_changes_an_hour_later_is_the_persons(trigger: Trigger) -> None:
    assert depth_after(trigger, CAUSED["it made the record"], timedelta(hours=1)) == 0


def test_where_it_is_looked_seldom_a_change_comes_to_light_later(connection: Connection) -> None:
    with scope():
        trigger = make_trigger(connection, minutes=60)
    assert depth_after(trigger, CAUSED["it made the record"], timedelta(minutes=59)) == 3


def test_many_events_take_as_many_queries_as_one(trigger: Trigger, django_assert_num_queries: Any) -> None:
    with scope():
        events = [make_event(trigger) for _ in range(50)]
        with django_assert_num_queries(1):
            depths_of(events)
