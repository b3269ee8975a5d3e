"""An organization joined with the sandbox over HTTP, and the worker's part done by hand: what the tests of syncing play with."""

from __future__ import annotations

import uuid
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone

from integrations.connections import tasks as connecting
from integrations.connections.models import Connection
from integrations.demonstration.company import connect_both
from integrations.linking.models import Integration, PersonLink, ProjectLink
from integrations.linking.people import match_people
from integrations.linking.services import join, link_project
from integrations.sync.models import Approval, Obstacle, Pair, StepRecord, Sync
from integrations.sync.services import preview
from integrations.sync.steps import Plan, StepKind
from integrations.sync.tasks import run_sync
from portal.accounts.models import User
from portal.organizations.models import Organization
from portal.organizations.scope import scope
from portal.work.claims import lease
from tests.live.world import World, marks, seconds_of

ZONE = ZoneInfo("Europe/Berlin")
Rows = list[dict[str, Any]]


@dataclass
class Office:
    """Alice's organization: both sides joined, everybody connected, no project linked yet."""

    organization: Organization
    owner: User
    integration: Integration
    world: World

    # --- What people do over there ------------------------------------------------------------------------------------

    def project(self, name: str = "Harbour lights", tasks: int = 0, **more: Any) -> str:
        """A new project on the left, with so many tasks; gives its id."""
        made = self.world.do("/timeghost/projects", organization=1, name=name, **more)
        for number in range(1, tasks + 1):
            self.task(made["id"], f"Task {number}")
        return str(made["id"])

    def task(self, project: str, name: str = "Draw the map", assignees: list[str] | None = None) -> str:
        return str(self.world.do("/timeghost/tasks", project=project, name=name, assignees=assignees or [])["id"])

    def left(self, deed: str, task: str, **more: Any) -> None:
        self.world.do(f"/timeghost/tasks/{task}/{deed}", **more)

    def right(self, deed: str, task: int, **more: Any) -> None:
        self.world.do(f"/hubstaff/tasks/{task}/{deed}", **more)

    def track(self, task: dict[str, Any], seconds: int, start: datetime | None = None, person: int = 0) -> str:
        """Somebody works on a task in Hubstaff; gives the id of the time."""
        start = start or datetime.combine(datetime.now(UTC).date(), datetime.min.time(), tzinfo=UTC)
        body = {"project": task["project_id"], "task": task["id"], "user": person or self.person()[1], "seconds": seconds}
        return str(self.world.do("/hubstaff/times", **body, start=start.isoformat())["id"])

    # --- What the portal does -----------------------------------------------------------------------------------------

    def link(self, *projects: str, right: str = "") -> ProjectLink:
        """Links projects, the right side blank unless it is given; gives the last link."""
        self.look()
        with scope(self.organization.pk):
            return [link_project(self.integration, project, right, self.owner) for project in projects][-1]

    def linked(self, tasks: int = 1, name: str = "Harbour lights") -> str:
        """A new project with tasks, linked and synced; gives its id."""
        project = self.project(name, tasks)
        self.link(project)
        sync = self.sync()
        assert sync.state == Sync.State.DONE, sync.message
        return project

    def look(self) -> None:
        """Has the mirrors see which projects there are now."""
        from integrations.connections.services import Urgency, open_client
        from integrations.records.collecting import collect, list_of

        for connection in (self.integration.left, self.integration.right):
            with scope(self.organization.pk):
                record_list = list_of(connection, "project")
            with open_client(connection.pk, "test", Urgency.INTERACTIVE) as opened:
                collect(record_list, opened)

    def sync(self) -> Sync:
        """What a worker does with an integration that is due; gives the sync."""
        known = self._syncs()
        run_sync(str(self.organization.pk), str(self.integration.pk), self.claimed())
        new = self._syncs() - known
        with scope(self.organization.pk):
            return Sync.objects.get(pk=new.pop()) if new else self.newest()

    def _syncs(self) -> set[uuid.UUID]:
        with scope(self.organization.pk):
            return set(Sync.objects.filter(integration=self.integration).values_list("pk", flat=True))

    def claimed(self) -> str:
        """Claims the integration as the sweep does."""
        claim = uuid.uuid4()
        with scope(self.organization.pk):
            Integration.objects.filter(pk=self.integration.pk).update(claim=claim, claimed_until=timezone.now() + lease())
        return str(claim)

    def settled(self) -> Sync:
        """A sync that came to its end and found nothing to write."""
        sync = self.sync()
        assert sync.state == Sync.State.DONE, sync.message
        wrote = [f"{step.title}: {step.outcome} {step.message}" for step in self.steps(sync) if step.is_write]
        assert not wrote, wrote
        return sync

    # --- What is there ------------------------------------------------------------------------------------------------

    def newest(self) -> Sync:
        with scope(self.organization.pk):
            return Sync.objects.filter(integration=self.integration).latest("created_at")

    def now(self) -> Integration:
        with scope(self.organization.pk):
            return Integration.objects.get(pk=self.integration.pk)

    def steps(self, sync: Sync) -> list[StepRecord]:
        with scope(self.organization.pk):
            return list(StepRecord.objects.filter(sync=sync))

    def kinds(self, sync: Sync) -> list[str]:
        return [step.kind for step in self.steps(sync)]

    def plan(self) -> Plan:
        with scope(self.organization.pk):
            return preview(self.now())

    def planned(self) -> list[StepKind]:
        return [step.kind for step in self.plan().steps]

    def left_out(self, sync: Sync) -> str:
        return "; ".join(f"{each['count']} {each['reason']}" for each in sync.left_out)

    def its_link(self, project: str) -> ProjectLink:
        with scope(self.organization.pk):
            return ProjectLink.objects.get(integration=self.integration, left_id=project)

    def pairs(self, part: str = Pair.Part.TASK) -> list[Pair]:
        with scope(self.organization.pk):
            return list(Pair.objects.filter(integration=self.integration, part=part).order_by("created_at"))

    def approvals(self) -> list[Approval]:
        with scope(self.organization.pk):
            return list(Approval.objects.filter(integration=self.integration).order_by("title"))

    def obstacles(self) -> list[Obstacle]:
        with scope(self.organization.pk):
            return list(Obstacle.objects.filter(integration=self.integration))

    def person(self, number: int = 0) -> tuple[str, int]:
        """Somebody who is connected: the id on the left, and the one on the right."""
        with scope(self.organization.pk):
            link = PersonLink.connected.filter(integration=self.integration).order_by("name")[number]
        return link.left_id, int(link.right_id)

    def partner(self, task: str) -> dict[str, Any]:
        """The task in Hubstaff that carries the mark of one on the left."""
        [found] = [each for each in self.world.hubstaff_tasks() if marks([each]) and self.world.mark(task) in marks([each])]
        return found

    def partners(self, project: str) -> Counter[str]:
        """The marks of the tasks that stand in a linked project on the right."""
        right_id = self.its_link(project).right_id
        return marks([task for task in self.world.hubstaff_tasks() if str(task["project_id"]) == right_id])

    def right_project(self, project: str) -> dict[str, Any]:
        right_id = self.its_link(project).right_id
        return next(each for each in self.world.hubstaff_projects() if str(each["id"]) == right_id)

    def written(self, project: str, zone: ZoneInfo = ZONE) -> dict[tuple[str, date], int]:
        """Seconds that stand in timeghost on a project, by task and day of a zone."""
        found: dict[tuple[str, date], int] = defaultdict(int)
        for time in self.world.timeghost_times(project):
            found[(time.get("task") or {}).get("id", ""), datetime.fromisoformat(time["start"]).astimezone(zone).date()] += seconds_of(time)
        return dict(found)

    def starts(self, project: str) -> list[str]:
        times = self.world.timeghost_times(project)
        return sorted(datetime.fromisoformat(time["start"]).astimezone(ZONE).strftime("%d %H:%M") for time in times)

    # --- What goes wrong ----------------------------------------------------------------------------------------------

    def fault(self, match: str, fault: str, **details: Any) -> None:
        self.world.told(self.world.control.post("/faults", json={"match": match, "fault": fault, **details}))

    @contextmanager
    def counted(self) -> Iterator[Counter[str]]:
        """The requests of a block, by side and method."""
        self.world.told(self.world.control.delete("/requests"))
        counts: Counter[str] = Counter()
        yield counts
        for entry in self.world.told(self.world.control.get("/requests"))["requests"]:
            counts[f"{entry['path'].split('/')[1]} {entry['method']}"] += 1

    def let_time_pass(self, span: timedelta) -> None:
        """As if everything that sync remembers had happened so much earlier."""
        with scope(self.organization.pk):
            for obstacle in Obstacle.objects.all():
                obstacle.next_try_at -= span
                obstacle.last_at -= span
                obstacle.save()
            for link in ProjectLink.objects.exclude(next_try_at=None):
                ProjectLink.objects.filter(pk=link.pk).update(next_try_at=link.next_try_at - span)  # type: ignore[operator]


def build(organization: Organization, owner: User, world: World) -> Office:
    """Connects both sides, joins them, and reads everything once."""
    with scope(organization.pk):
        Organization.objects.filter(pk=organization.pk).update(time_zone=ZONE.key)
        connections = connect_both(owner)
    for connection in connections:
        _verify(organization, connection)
    with scope(organization.pk):
        left, right = (Connection.objects.get(pk=each.pk) for each in connections)
        integration = join(left, right, owner)
        integration.asks_people, integration.time_since = False, datetime.now(UTC).date()
        integration.save()
    office = Office(organization, owner, integration, world)
    office.sync()
    with scope(organization.pk):
        match_people(integration, owner)
        PersonLink.objects.filter(connected_at=None).update(connected_at=timezone.now())
    return office


def _verify(organization: Organization, connection: Connection) -> None:
    claim = uuid.uuid4()
    with scope(organization.pk):
        Connection.objects.filter(pk=connection.pk).update(claim=claim, claimed_until=timezone.now() + lease())
    connecting.verify(str(organization.pk), str(connection.pk), str(claim))
