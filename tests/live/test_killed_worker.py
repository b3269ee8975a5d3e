"""A worker may be killed at any line, an answer lost, a message doubled: the work is finished, and nothing is done twice."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from django.db import connections
from django.utils import timezone

from integrations.linking.models import Integration
from integrations.operations.models import Run
from integrations.records.models import RecordList
from integrations.sync.models import Sync
from integrations.sync.steps import StepKind
from portal.celery import app as celery
from portal.organizations.scope import scope
from portal.work.claims import lease
from tests.live.bridge import Bridge, build
from tests.live.conftest import StartWorker
from tests.live.services import Process, Services
from tests.live.world import World, doubled, marks, seconds_of

pytestmark = pytest.mark.worker

CREATE_TASK = "POST /hubstaff/v2/projects/*/tasks"
ADD_TIME = "POST /timeghost/api/add/times"
ZONE = ZoneInfo("Europe/Berlin")  # of the organization: its days are counted there
Key = tuple[str, str, str]  # person, task and day, as timeghost knows them


def test_a_worker_killed_twice_in_a_sync_leaves_every_project_and_task_made_once(
    bridge: Bridge, worker: Process, start_worker: StartWorker, world: World
) -> None:
    projects_before = len(world.hubstaff_projects())
    linked = bridge.connect_everything()

    _kill_in_a_call(bridge, worker, world, StepKind.CREATE_TASK, 60)
    worker = start_worker()
    _kill_in_a_call(bridge, worker, world, StepKind.CREATE_TASK, 180)
    start_worker()
    bridge.wait_until_synced()

    assert bridge.syncs(Sync.State.INTERRUPTED) >= 2, "both kills came in the middle of a sync"
    found, projects = marks(world.hubstaff_tasks()), world.hubstaff_projects()
    assert doubled(found) == {}
    assert set(found) == world.open_marks(linked)
    assert len(found) > 250
    assert doubled(marks(projects)) == {}
    assert sorted(bridge.right_ids()) == sorted({str(project["id"]) for project in projects} & set(bridge.right_ids()))
    assert len(projects) == projects_before + bridge.done(StepKind.CREATE_PROJECT) + bridge.done(StepKind.ADOPT_PROJECT)
    assert bridge.left_to_do() == []
    assert _runs(bridge, Run.State.RUNNING, Run.State.WAITING) == 0, "a run that nobody works on any more says so"


def test_a_worker_killed_while_it_writes_time_back_leaves_every_second_once(
    bridge: Bridge, worker: Process, start_worker: StartWorker, world: World
) -> None:
    work = _work(bridge, world)
    asked_at = bridge.ask_for_sync()

    _kill_in_a_call(bridge, worker, world, StepKind.ADD_TIME, 10)
    start_worker()
    bridge.wait_until_synced(asked_at)

    assert bridge.syncs(Sync.State.INTERRUPTED) >= 1, "the kill came in the middle of the sync"
    assert _written_back(work, world) == work.in_one_piece_each()


def test_a_task_and_a_time_whose_answers_were_lost_are_found_again_and_not_repeated(bridge: Bridge, world: World) -> None:
    with world.faulty(CREATE_TASK, "drop_after_commit", skip=1):
        work = _work(bridge, world)
    with world.faulty(ADD_TIME, "drop_after_commit", skip=1):
        bridge.sync()
    assert _runs(bridge, Run.State.UNKNOWN) == 2
    bridge.sync()

    assert doubled(marks(world.hubstaff_tasks())) == {}
    assert (bridge.done(StepKind.ADOPT_TASK), bridge.done(StepKind.ADOPT_TIME)) == (1, 1)
    assert _written_back(work, world) == work.in_one_piece_each()
    assert bridge.left_to_do() == []


def test_a_sync_that_is_throttled_says_so_and_goes_on_where_it_stopped(bridge: Bridge, world: World) -> None:
    project = _projects(world)[0]
    bridge.services.until("everything is read, so that nobody else calls", lambda: not _unread(bridge))
    bridge.link(project)
    world.switch(hubstaff_rate_limit=20, hubstaff_rate_window=3600)  # enough to look, and to write the first few tasks
    bridge.services.until("the sync says that it is throttled", lambda: "wait" in bridge.now().problem)
    made = bridge.done(StepKind.CREATE_TASK)
    later = bridge.now().due_at
    assert later is not None
    assert 0 < made < len(world.open_marks([project]))
    assert (later - timezone.now()).total_seconds() > 3000, "it waits as long as Hubstaff asked for"

    world.calm()
    _let_the_pause_pass()
    bridge.sync()
    found = marks(world.hubstaff_tasks())
    assert doubled(found) == {}
    assert set(found) == world.open_marks([project])
    assert bridge.now().problem == ""


def _unread(bridge: Bridge) -> bool:
    with scope(bridge.organization.pk):
        return RecordList.objects.filter(whole_at=None).exists()


def _let_the_pause_pass() -> None:
    """Until then nothing would be sent, whoever asks for it."""
    with connections["owner"].cursor() as cursor:
        cursor.execute("UPDATE connections_budgetbucket SET closed_until = now()")
    connections["owner"].close()


def test_doubled_messages_and_two_workers_do_the_work_once(start_worker: StartWorker, services: Services, world: World) -> None:
    for _ in range(2):
        start_worker(LEASE_SECONDS="60")  # syncs are counted here: on a busy machine no lease may end by itself
    bridge = build(services)
    projects = _projects(world)[:2]
    claim = _link_and_claim(bridge, projects)
    for _ in range(6):
        _send(services, Integration.task_name, str(bridge.organization.pk), str(bridge.integration.pk), claim)
    bridge.wait_until_synced()
    assert bridge.syncs() == 1, "six messages with one claim are one sync"

    asked_at = bridge.ask_for_sync()
    for _ in range(20):
        _send(services, "portal.work.sweep")
    bridge.wait_until_synced(asked_at)
    assert bridge.syncs() == 2
    found = marks(world.hubstaff_tasks())
    assert doubled(found) == {}
    assert set(found) == world.open_marks(projects)
    assert len(world.requests("POST", "/tasks")) == len(found)


# --- What the tests above have in common ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Work:
    """The seconds that people tracked in Hubstaff, and the times that timeghost had before."""

    project: str
    known_times: frozenset[str]
    seconds: Counter[Key] = field(default_factory=Counter)

    def in_one_piece_each(self) -> dict[Key, list[int]]:
        return {key: [seconds] for key, seconds in self.seconds.items()}


def _projects(world: World) -> list[str]:
    """Active timeghost projects, those with the most open tasks first."""
    active = [project["id"] for project in world.timeghost_projects() if not project["completed"]]
    return sorted(active, key=lambda project_id: -len(world.open_marks([project_id])))


def _kill_in_a_call(bridge: Bridge, worker: Process, world: World, kind: StepKind, count: int) -> None:
    """Kills the worker after so many steps, while the next call is under way: for that the sandbox becomes slow."""
    bridge.wait_for_steps(kind, count)
    world.switch(latency=0.25)
    bridge.wait_for_steps(kind, bridge.done(kind) + 1)
    bridge.services.kill(worker)
    world.switch(latency=0)


def _work(bridge: Bridge, world: World) -> Work:
    """Links a project, and has five people work on eight of its tasks in Hubstaff, twice each."""
    project = _projects(world)[0]
    bridge.link(project)
    bridge.wait_until_synced()
    wanted = world.open_marks([project])
    bridge.services.until("all tasks are there", lambda: set(marks(world.hubstaff_tasks())) == wanted)
    work = Work(project, frozenset(time["id"] for time in world.timeghost_times(project)))
    for number, task in enumerate([task for task in world.hubstaff_tasks() if marks([task])][:8]):
        left_id = next(iter(marks([task]))).rpartition("/")[2]
        for right_person, left_person in list(bridge.people().items())[:5]:
            for seconds in (600 + 60 * number, 300):
                day = world.track(task, right_person, seconds, days_ago=number % 2)
                work.seconds[left_person, left_id, day] += seconds
    return work


def _written_back(work: Work, world: World) -> dict[Key, list[int]]:
    """The lengths of all new times of the project in timeghost, by person, task and day."""
    found: dict[Key, list[int]] = defaultdict(list)
    for time in world.timeghost_times(work.project):
        if time["id"] not in work.known_times:
            day = datetime.fromisoformat(time["start"]).astimezone(ZONE).date().isoformat()
            found[time["user"]["id"], time["task"]["id"], day].append(seconds_of(time))
    return dict(found)


def _runs(bridge: Bridge, *states: Run.State) -> int:
    with scope(bridge.organization.pk):
        return Run.objects.filter(state__in=states).count()


def _link_and_claim(bridge: Bridge, projects: list[str]) -> str:
    """Links projects and claims the integration in one transaction, as the sweep would: no sweep gets in between."""
    claim = uuid4()
    with scope(bridge.organization.pk):
        bridge.link(*projects)
        Integration.objects.filter(pk=bridge.integration.pk).update(claim=claim, claimed_until=timezone.now() + lease())
    return str(claim)


def _send(services: Services, task: str, *arguments: str) -> None:
    celery.send_task(task, args=list(arguments), queue=services.environment["TASK_QUEUE"])
