"""What a step wants a record to become, as drafts of the catalogue: read from the mirror, where an earlier step may have changed it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from integrations.catalogue import ClientDraft, Members, Parts, ProjectDraft, TaskDraft, TimeDraft
from integrations.catalogue.reading import Data
from integrations.connections.models import Connection
from integrations.linking.models import Integration
from integrations.linking.services import parts_of
from integrations.records.models import Record
from integrations.sync.steps import Step
from portal.organizations.models import Organization
from portal.organizations.scope import current_organization_id


class Skipped(Exception):
    """A step cannot be done because one before it was not, or what it is about is gone; the next sync plans it anew."""


class Mirrors:
    """Both sides' mirrors of an integration. Everything here needs a scope, and raises `Skipped` where a record is not there any more."""

    def __init__(self, integration: Integration) -> None:
        self.integration = integration

    def connection(self, side: str) -> Connection:
        return self.integration.left if side == "left" else self.integration.right

    def parts(self, side: str) -> Parts:
        return parts_of(self.connection(side))

    def label(self, side: str) -> str:
        return self.connection(side).declaration.label

    def project(self, side: str, remote_id: str) -> Data:
        return self._record(side, self.parts(side).project.entity, remote_id)

    def task(self, side: str, remote_id: str) -> Data:
        return self._record(side, self.parts(side).task.entity, remote_id)

    def time(self, side: str, remote_id: str) -> Data:
        return self._record(side, self.parts(side).time.entity, remote_id)

    def client(self, side: str, name: str) -> Data:
        """The client of that name, whatever its capitals, or better exactly so; empty where there is none: then it is done without."""
        part = self.parts(side).client
        if part is None or not name:
            return {}
        clients = Record.objects.filter(connection=self.connection(side), entity=part.entity, removed_at=None).order_by("id")
        alike = [data for title, data in clients.values_list("title", "data") if title.casefold() == name.casefold()]
        return min(alike, key=lambda data: part.read(data).name != name, default={})

    def names(self, side: str, people: Iterable[str]) -> list[str]:
        """What people are called, as far as the mirror knows them."""
        part = self.parts(side).person
        known = Record.objects.filter(connection=self.connection(side), entity=part.entity, remote_id__in=list(people))
        return sorted(known.values_list("title", flat=True))

    def right_project(self, step: Step) -> Data:
        """The project on the right of a step's link, which an earlier step may have made."""
        right_id = step.project_id or step.link_right_id
        if not right_id:
            raise Skipped("Its project could not be made.")
        return self.project("right", right_id)

    def _record(self, side: str, entity: str, remote_id: str) -> Data:
        standing = Record.objects.filter(connection=self.connection(side), entity=entity, remote_id=remote_id, removed_at=None)
        found = standing.values_list("data", flat=True).first()
        if found is None:
            raise Skipped("Its record is not there any more.")
        return found  # type: ignore[no-any-return]  # JSON


def new_client(mirrors: Mirrors, step: Step) -> ClientDraft:
    return ClientDraft(step.name)


def new_project(mirrors: Mirrors, step: Step) -> ProjectDraft:
    facts = mirrors.parts("left").project.read(mirrors.project("left", step.left_id))
    return ProjectDraft(
        name=step.name,
        billable=facts.billable,
        description=f"Linked with {mirrors.label('left')} by Timebridge.",
        member_ids=step.member_ids,
        mark=step.mark,
        client=mirrors.client(step.side, step.client),
    )


def changed_project(mirrors: Mirrors, step: Step) -> ProjectDraft:
    record = mirrors.project(step.side, _own_id(step))
    facts = mirrors.parts(step.side).project.read(record)
    return ProjectDraft(name=step.name or facts.name, billable=facts.billable, record=record)


def members(mirrors: Mirrors, step: Step) -> Members:
    return Members(mirrors.project(step.side, step.right_id), step.member_ids)


def new_task(mirrors: Mirrors, step: Step) -> TaskDraft:
    project = mirrors.project("left", step.project_id) if step.side == "left" else mirrors.right_project(step)
    return TaskDraft(project=project, name=step.name, assignee_ids=step.member_ids, mark=step.mark)


def changed_task(mirrors: Mirrors, step: Step) -> TaskDraft:
    record = mirrors.task(step.side, _own_id(step))
    project_id = mirrors.parts(step.side).task.read(record).project_id
    return TaskDraft(
        project=mirrors.project(step.side, project_id),
        name=step.name,
        is_completed=step.is_completed,
        assignee_ids=step.member_ids,
        record=record,
    )


def new_time(mirrors: Mirrors, step: Step) -> TimeDraft:
    return _time(mirrors, step, {})


def changed_time(mirrors: Mirrors, step: Step) -> TimeDraft:
    return _time(mirrors, step, mirrors.time("left", step.left_id))


def gone_time(mirrors: Mirrors, step: Step) -> TimeDraft:
    """Time that is deleted: only its own record counts."""
    record = mirrors.time("left", step.left_id)
    start = mirrors.parts("left").time.read(record).start
    assert start is not None, "written-back time has a start"
    return TimeDraft(project={}, task={}, person_id="", name=step.name, start=start, end=start, record=record)


def _time(mirrors: Mirrors, step: Step, record: Data) -> TimeDraft:
    assert step.start is not None, "time that is written has a start"
    task = mirrors.task("left", step.task_id) if step.task_id else {}
    project_id = mirrors.parts("left").task.read(task).project_id if task else step.project_id
    project = mirrors.project("left", project_id)
    return TimeDraft(
        project=project,
        task=task,
        person_id=step.person_id,
        name=step.name,
        start=step.start,
        end=step.start + timedelta(seconds=step.seconds),
        time_zone=Organization.objects.get(pk=current_organization_id()).time_zone,
        billable=mirrors.parts("left").project.read(project).billable,
        record=record,
    )


def _own_id(step: Step) -> str:
    """The record of the step's own side."""
    return step.left_id if step.side == "left" else step.right_id
