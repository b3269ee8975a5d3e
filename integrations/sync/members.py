"""Who is in a project already: nobody is added anew, which would change what they may do there, and whom others added stays theirs."""

from __future__ import annotations

from dataclasses import replace

from integrations.catalogue.reading import Data
from integrations.connections.services import OpenConnection
from integrations.linking.models import ProjectLink
from integrations.sync.drafts import Mirrors
from integrations.sync.steps import Step, StepKind
from integrations.transport.errors import BadAnswer
from portal.organizations.scope import scope


def only_missing(mirrors: Mirrors, step: Step, opened: OpenConnection) -> Step:
    """The step for those alone who are not in the project; where all are, one that only puts that down. Asks the provider, and so stands
    outside of any transaction.

    Raises `Skipped` where the project is not there any more, and `ProviderError`.
    """
    with scope():
        project = mirrors.project(step.side, step.right_id)
    there = _members(mirrors, step, opened, project)
    missing = tuple(person for person in step.member_ids if person not in there)
    found = [person for person in step.member_ids if person in there]
    with scope():
        known = ProjectLink.objects.filter(pk=step.link).values_list("found_ids", flat=True).first() or []
        after = {"people added": mirrors.names(step.side, missing), "members already": mirrors.names(step.side, found)}
    narrowed = replace(step, member_ids=missing, values={"found_ids": sorted({*known, *found})}, after=after)
    return narrowed if missing else replace(narrowed, kind=StepKind.NOTE_PROJECT, title=f"{step.title}: all are members already")


def _members(mirrors: Mirrors, step: Step, opened: OpenConnection, project: Data) -> set[str]:
    reading = mirrors.parts(step.side).project.members
    assert reading is not None, "the catalogue sees to it that who adds people can tell who is there"
    rows = [row for page in opened.pages(reading.operation, reading.inputs(project)) for row in page]
    try:
        return {reading.read(row) for row in rows}
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BadAnswer(f"Its list of members does not read as one ({error}).") from error
