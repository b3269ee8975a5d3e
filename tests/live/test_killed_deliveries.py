"""A worker may be killed while it looks, tells and delivers: every event stands once in the ledger, and comes to the receiver, in order."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
from django.utils import timezone

from integrations.automations.models import Delivery, Destination
from integrations.automations.services import make_destination
from integrations.connections.models import Connection
from integrations.records.models import RecordList
from integrations.triggers.models import Event, Trigger
from integrations.triggers.services import watch
from portal.organizations.scope import scope
from portal.work.claims import make_due
from tests.automations.deliveries.receiver import Receiver
from tests.live.bridge import Bridge, build, let_time_pass
from tests.live.conftest import StartWorker
from tests.live.services import Process, Services
from tests.live.world import World

pytestmark = pytest.mark.worker

PROJECTS, ROUNDS = 4, 3
A_WHILE = timedelta(hours=2)
HAND_OUT_SECONDS = 4  # what was handed to a worker that is killed is handed to the next one soon


@dataclass
class Staff:
    """The one worker of the moment, who may deliver to the receiver."""

    hire: StartWorker
    services: Services
    receiver: Receiver
    worker: Process | None = None

    def start(self) -> None:
        self.worker = self.hire(OUTGOING_HOSTS=self.receiver.host, HAND_OUT_SECONDS=str(HAND_OUT_SECONDS))

    def kill(self) -> None:
        assert self.worker
        self.services.kill(self.worker)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.stop()


@pytest.fixture
def staff(start_worker: StartWorker, services: Services, receiver: Receiver) -> Staff:
    staff = Staff(start_worker, services, receiver)
    staff.start()
    return staff


def test_events_survive_a_worker_that_is_killed_again_and_again(staff: Staff, services: Services, receiver: Receiver, world: World) -> None:
    bridge = build(services)
    trigger = _watch_projects(bridge, receiver)
    projects = [project["id"] for project in world.timeghost_projects() if not project["completed"]][:PROJECTS]
    for number in range(ROUNDS):
        for project in projects:
            world.do(f"/timeghost/projects/{project}/rename", name=_name(project, number))
        if number == 1:
            _kill_in_a_look(bridge, staff, trigger, world)
        _kill_in_a_delivery(bridge, staff, trigger, number)
    services.until("everything is delivered", lambda: _states(bridge) == {Delivery.State.DELIVERED})

    wanted = {project: [_name(project, number) for number in range(ROUNDS)] for project in projects}
    with scope(bridge.organization.pk):
        ledger = Counter(Event.objects.filter(trigger=trigger).values_list("remote_id", "title"))
    assert ledger == Counter({(project, name): 1 for project, names in wanted.items() for name in names})
    came = _names_by_project(receiver)
    assert {project: list(dict.fromkeys(names)) for project, names in came.items()} == wanted
    assert {project: sorted(names) for project, names in came.items()} == came, "none came after a later one of its record"
    assert sum(map(len, came.values())) > PROJECTS * ROUNDS, "the kills came while deliveries were under way"


def _watch_projects(bridge: Bridge, receiver: Receiver) -> Trigger:
    with scope(bridge.organization.pk):
        connection = Connection.objects.get(provider="timeghost")
        trigger = watch(connection, "project_changes", bridge.owner, inputs={"run_on": ["changed"]}, minutes=60)
        destination = Destination(name="Recorder", kind=Destination.Kind.WEBHOOK, url=receiver.url, takes_everything=True)
        make_destination(destination, [], bridge.owner)
    bridge.services.until("the trigger has taken its ground", lambda: _now(bridge, trigger).watermark_at)
    return trigger


def _name(project: str, number: int) -> str:
    return f"{project} renamed {number}"


def _kill_in_a_look(bridge: Bridge, staff: Staff, trigger: Trigger, world: World) -> None:
    """While the sandbox takes its time to answer."""
    world.switch(latency=3)
    _let_look(bridge, trigger)
    bridge.services.until("the list is being walked", lambda: _is_walking(bridge, trigger))
    staff.kill()
    world.switch(latency=0)
    staff.start()


def _kill_in_a_delivery(bridge: Bridge, staff: Staff, trigger: Trigger, number: int) -> None:
    """When everything of a round is told, and the receiver has been sent something that it did not answer."""
    staff.receiver.awake.clear()
    _let_look(bridge, trigger)
    bridge.services.until("everything is told", lambda: _told(bridge, trigger) == PROJECTS * (number + 1))
    bridge.services.until("a delivery is under way", lambda: staff.receiver.unanswered)
    staff.kill()
    staff.receiver.awake.set()
    staff.start()


def _let_look(bridge: Bridge, trigger: Trigger) -> None:
    let_time_pass(bridge.organization, A_WHILE)
    with scope(bridge.organization.pk):
        Trigger.objects.filter(pk=trigger.pk).update(polled_at=None)
        make_due(trigger, timezone.now())


def _now(bridge: Bridge, trigger: Trigger) -> Trigger:
    with scope(bridge.organization.pk):
        return Trigger.objects.get(pk=trigger.pk)


def _is_walking(bridge: Bridge, trigger: Trigger) -> bool:
    with scope(bridge.organization.pk):
        return RecordList.objects.get(connection=trigger.connection_id, entity="project").is_being_worked_on


def _told(bridge: Bridge, trigger: Trigger) -> int:
    with scope(bridge.organization.pk):
        return Event.objects.filter(trigger=trigger).count()


def _states(bridge: Bridge) -> set[str]:
    with scope(bridge.organization.pk):
        return set(Delivery.objects.values_list("state", flat=True))


def _names_by_project(receiver: Receiver) -> dict[str, list[str]]:
    """The names that the receiver was told, as often as it was."""
    found: dict[str, list[str]] = defaultdict(list)
    for request in receiver.requests:
        said = request.said["data"]
        found[said["remote_id"]].append(said["after"]["name"])
    return dict(found)
