"""How each kind of step is carried out: which declared write, from which draft, and what is put down when it is done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from integrations.catalogue import Parts, Write
from integrations.catalogue.reading import Data
from integrations.connections.services import OpenConnection
from integrations.sync import drafts, keeping, members
from integrations.sync.drafts import Mirrors
from integrations.sync.steps import Step, StepKind

Keep = Callable[[Mirrors, Step, Data], None]
Narrow = Callable[[Mirrors, Step, OpenConnection], Step]


@dataclass(frozen=True)
class Noting:
    """A step that only puts down what is so already."""

    keep: Keep


@dataclass(frozen=True)
class Writing:
    """A step that calls a provider. `write` is None where that one cannot do it; `first` is put down before the call leaves. `narrow` asks
    the provider first what of the step is so already.
    """

    write: Callable[[Parts], Write[Any] | None]
    draft: Callable[[Mirrors, Step], Any]
    keep: Keep
    first: Keep = keeping.nothing
    narrow: Narrow | None = None


DEEDS: dict[StepKind, Noting | Writing] = {
    StepKind.CREATE_CLIENT: Writing(lambda parts: parts.client.create if parts.client else None, drafts.new_client, keeping.nothing),
    StepKind.CREATE_PROJECT: Writing(lambda parts: parts.project.create, drafts.new_project, keeping.made_project),
    StepKind.ADOPT_PROJECT: Noting(keeping.adopted_project),
    StepKind.RENAME_PROJECT: Writing(lambda parts: parts.project.rename, drafts.changed_project, keeping.renamed_project),
    StepKind.NOTE_PROJECT: Noting(keeping.noted_project),
    StepKind.ARCHIVE_PROJECT: Writing(lambda parts: parts.project.archive, drafts.changed_project, keeping.nothing),
    StepKind.ADD_MEMBERS: Writing(
        lambda parts: parts.project.add_members, drafts.members, keeping.added_members, narrow=members.only_missing
    ),
    StepKind.REMOVE_MEMBERS: Writing(lambda parts: parts.project.remove_members, drafts.members, keeping.removed_members),
    StepKind.CREATE_TASK: Writing(lambda parts: parts.task.create, drafts.new_task, keeping.made_task),
    StepKind.ADOPT_TASK: Noting(keeping.remembered_task),
    StepKind.UPDATE_TASK: Writing(lambda parts: parts.task.update, drafts.changed_task, keeping.remembered_task),
    StepKind.COMPLETE_TASK: Writing(lambda parts: parts.task.complete, drafts.changed_task, keeping.remembered_task),
    StepKind.NOTE_TASK: Noting(keeping.remembered_task),
    StepKind.DELETE_TASK: Writing(lambda parts: parts.task.delete, drafts.changed_task, keeping.forgotten_task),
    StepKind.FORGET_TASK: Noting(keeping.forgotten_task),
    StepKind.ADD_TIME: Writing(lambda parts: parts.time.create, drafts.new_time, keeping.made_time, first=keeping.time_on_its_way),
    StepKind.ADOPT_TIME: Noting(keeping.remembered_time),
    StepKind.UPDATE_TIME: Writing(
        lambda parts: parts.time.update, drafts.changed_time, keeping.remembered_time, first=keeping.time_being_corrected
    ),
    StepKind.DELETE_TIME: Writing(lambda parts: parts.time.delete, drafts.gone_time, keeping.forgotten_time),
    StepKind.FORGET_TIME: Noting(keeping.forgotten_time),
}
