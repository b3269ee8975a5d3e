"""The main job from end to end, without a browser: connect, link, sync, work on both sides, sync again, unlink, link again."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

from django.utils import timezone

from integrations.connections.models import Connection, State
from integrations.demonstration.company import connect_both, connect_people_centrally, found
from integrations.demonstration.playing import Stopped, do, wait_until
from integrations.linking.disconnecting import disconnect
from integrations.linking.models import Integration, PersonLink, ProjectLink
from integrations.linking.people import match_people
from integrations.linking.services import connect_all, join
from integrations.records.models import RecordList
from integrations.sync.models import Pair, StepRecord
from integrations.sync.services import sync_now
from integrations.sync.steps import StepKind
from portal.accounts.models import User
from portal.organizations.models import Organization
from portal.organizations.scope import bind, scope

TRACKED = 5400  # seconds that somebody works during the journey
MADE = frozenset({StepKind.CREATE_TASK, StepKind.CREATE_PROJECT, StepKind.ADD_TIME})


@dataclass(frozen=True)
class Outcome:
    """What the journey came to. `completions` are those of both sides together."""

    projects_linked: int
    users_linked: int
    tasks_created: int
    completions: int
    completions_left: int
    completions_right: int
    seconds_written_back: int
    second_sync_writes: int
    projects_unlinked: int
    projects_relinked: int
    relink_new_tasks: int
    relink_duplicates: int

    @property
    def went_well(self) -> bool:
        made = (self.projects_linked, self.users_linked, self.tasks_created, self.seconds_written_back)
        completed = (self.completions_left, self.completions_right)
        links_stand = self.projects_linked == self.projects_unlinked == self.projects_relinked
        return min(*made, *completed) > 0 and links_stand and self.second_sync_writes == self.relink_duplicates == 0


@dataclass(frozen=True)
class Relinked:
    """What unlinking and linking again came to, and what the sync after it made a second time."""

    unlinked: int
    linked: int
    steps: list[StepRecord]


def walk() -> Outcome:
    """Walks the whole journey in a fresh organization, against the sandbox and with the running worker. Raises `Stopped`."""
    organization = _fresh_organization()
    with bind(organization.pk):
        integration = _connect_and_join()
        with scope():
            people = len(match_people(integration))
            projects = len(connect_all(integration, None))
        _sync(integration)
        _work_on_both_sides(integration)
        _sync(integration)
        before = _steps(integration)
        second = _writes_of(_sync(integration))
        again = _relink(integration)
    completed = Counter(step.side for step in before if step.kind == StepKind.COMPLETE_TASK)
    return Outcome(
        projects_linked=projects,
        users_linked=people,
        tasks_created=sum(step.kind == StepKind.CREATE_TASK for step in before),
        completions=completed.total(),
        completions_left=completed["left"],
        completions_right=completed["right"],
        seconds_written_back=sum(step.seconds for step in before if step.kind == StepKind.ADD_TIME),
        second_sync_writes=second,
        projects_unlinked=again.unlinked,
        projects_relinked=again.linked,
        relink_new_tasks=sum(step.kind == StepKind.CREATE_TASK for step in again.steps),
        relink_duplicates=sum(step.kind in MADE for step in again.steps),
    )


def _fresh_organization() -> Organization:
    suffix = uuid4().hex[:8]
    owner = User.objects.create_user(f"journey-{suffix}@example.com", name="Journey")
    organization = Organization(name=f"Journey {suffix}", slug=f"journey-{suffix}", time_zone="Europe/Berlin")
    found(organization, owner)
    with scope(organization.pk):
        connect_both(owner)
    return organization


def _connect_and_join() -> Integration:
    wait_until("both connections are made", _all_connected)
    wait_until("both mirrors are filled", _all_collected)
    with scope():
        left, right = sorted(Connection.objects.all(), key=lambda connection: connection.declaration.is_destination)
        integration = join(left, right, None)
        connect_people_centrally(integration)
        return integration


def _all_connected() -> bool:
    connections = list(Connection.objects.all())
    for connection in connections:
        if connection.state == State.ATTENTION:
            raise Stopped(f"{connection}: {connection.problem}")
    return all(connection.state == State.CONNECTED for connection in connections)


def _all_collected() -> bool:
    return RecordList.objects.exists() and not RecordList.objects.filter(whole_at=None, each="").exists()


def _sync(integration: Integration) -> datetime:
    """Asks for a sync and waits for its end. Gives when it was asked for."""
    asked_at = timezone.now()
    with scope():
        sync_now(integration)
    wait_until("the sync has ended", lambda: _synced(integration, asked_at))
    return asked_at


def _synced(integration: Integration, since: datetime) -> bool:
    now = Integration.objects.get(pk=integration.pk)
    if now.problem:
        raise Stopped(now.problem)
    return now.synced_at is not None and now.synced_at > since


def _work_on_both_sides(integration: Integration) -> None:
    """What people do over there meanwhile: two complete a task, one on each side, one tracks time, and one adds a task.

    So there is something to create even where an earlier journey has left all its tasks behind.
    """
    with scope():
        pairs = list(Pair.objects.filter(integration=integration, part=Pair.Part.TASK, values__is_completed=False).order_by("right_id")[:3])
        person = PersonLink.connected.filter(integration=integration).order_by("name").first()
        assert person is not None
        links = ProjectLink.live.filter(integration=integration).in_bulk()
    if len(pairs) < 3:
        raise Stopped("The sandbox has fewer than three open tasks in the linked projects.")
    here, there, tracked = pairs
    do(f"/hubstaff/tasks/{here.right_id}/complete")
    do(f"/timeghost/tasks/{there.left_id}/complete")
    do(
        "/hubstaff/times",
        project=int(links[tracked.project_link_id].right_id),
        task=int(tracked.right_id),
        user=int(person.right_id),
        seconds=TRACKED,
        start=(timezone.now() - timedelta(seconds=TRACKED)).isoformat(),
    )
    do("/timeghost/tasks", project=links[tracked.project_link_id].left_id, name=f"Plan the journey {integration.pk.hex[:8]}")


def _relink(integration: Integration) -> Relinked:
    """Unlinks every project, links all again, and syncs."""
    with scope():
        ids = list(ProjectLink.live.filter(integration=integration).values_list("pk", flat=True))
        disconnection = disconnect(ProjectLink, integration, ids, None)
        links = connect_all(integration, None)
    steps = _steps(integration, _sync(integration))
    return Relinked(len(disconnection.link_ids) if disconnection else 0, len(links), steps)


def _writes_of(asked_at: datetime) -> int:
    with scope():
        return StepRecord.objects.filter(created_at__gt=asked_at, is_write=True).count()


def _steps(integration: Integration, since: datetime | None = None) -> list[StepRecord]:
    with scope():
        steps = StepRecord.objects.filter(sync__integration=integration, outcome=StepRecord.Outcome.DONE)
        return list(steps.filter(created_at__gt=since) if since else steps)
