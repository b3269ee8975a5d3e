"""The parts that entities play for linking and syncing. Linking and sync know only these words, so any two providers can be joined.

*Facts* are read from a record; a *draft* says what a record should become; a *write* turns a draft into inputs of a declared operation.
Where a
provider declares no write for something, it cannot do it, and the pages say so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Generic, TypeVar

Data = Mapping[str, Any]
Draft = TypeVar("Draft", contravariant=True)


@dataclass(frozen=True)
class ProjectFacts:
    id: str
    name: str
    is_active: bool
    client: str = ""
    billable: bool = True
    mark: str = ""  # what it mirrors, written on the record itself where the provider keeps such marks


@dataclass(frozen=True)
class PersonFacts:
    id: str
    name: str
    email: str
    is_active: bool


@dataclass(frozen=True)
class TaskFacts:
    id: str
    project_id: str
    name: str
    is_completed: bool
    assignee_ids: frozenset[str] = frozenset()
    changed_at: datetime | None = None
    mark: str = ""
    is_read_only: bool = False


@dataclass(frozen=True)
class TimeFacts:
    """Tracked time of one person on one task. `start` and `end` are missing where the provider only gives sums by day."""

    id: str
    person_id: str
    project_id: str
    task_id: str
    day: date
    seconds: int
    start: datetime | None = None
    end: datetime | None = None


@dataclass(frozen=True)
class ClientFacts:
    """Whom projects are for."""

    id: str
    name: str
    is_active: bool = True


@dataclass(frozen=True)
class NativeLinkFacts:
    """A link that the provider's own integration with some tool has made: `subject_id` is its project or person here."""

    subject_id: str
    tool: str
    remote_id: str
    status: str
    disabled_because: str = ""


@dataclass(frozen=True)
class ClientDraft:
    name: str


@dataclass(frozen=True)
class ProjectDraft:
    """`client` is the record of its client (empty for none), `record` the project's own as it stands (empty for a new one)."""

    name: str
    billable: bool = True
    description: str = ""
    member_ids: tuple[str, ...] = ()
    mark: str = ""
    client: Data = field(default_factory=dict)
    record: Data = field(default_factory=dict)


@dataclass(frozen=True)
class TaskDraft:
    """`project` is the record of its project, `record` the task's own as it stands (empty for a new one)."""

    project: Data
    name: str
    is_completed: bool = False
    assignee_ids: tuple[str, ...] = ()
    mark: str = ""
    record: Data = field(default_factory=dict)


@dataclass(frozen=True)
class TimeDraft:
    """`project` and `task` are the records that the time belongs to (`task` is empty for time on the project alone), `record` its own as
    it stands (empty for a new one).
    """

    project: Data
    task: Data
    person_id: str
    name: str
    start: datetime
    end: datetime
    time_zone: str = "UTC"
    billable: bool = True
    record: Data = field(default_factory=dict)


@dataclass(frozen=True)
class Write(Generic[Draft]):
    """An operation, and how a draft becomes its inputs."""

    operation: str
    inputs: Callable[[Draft], dict[str, Any]]


@dataclass(frozen=True)
class Members:
    """People to add to a project, or to take out of it."""

    project: Data
    person_ids: tuple[str, ...]


@dataclass(frozen=True)
class MembersReading:
    """How the people are found who are in a project already: a list operation, its inputs for the project's record, and how a person's id
    is read from one of its rows.
    """

    operation: str
    inputs: Callable[[Data], dict[str, Any]]
    read: Callable[[Data], str]


@dataclass(frozen=True)
class Me:
    """How a person who has just signed in is recognised: an operation without inputs, and how their id is read from its answer."""

    operation: str
    read: Callable[[Any], str]


@dataclass(frozen=True)
class TimeEdits:
    """A log of what people changed or deleted in tracked time: its entity, and the first and last day that an entry touches."""

    entity: str
    days: Callable[[Data], tuple[date, date]]


@dataclass(frozen=True, kw_only=True)
class ClientPart:
    entity: str
    read: Callable[[Data], ClientFacts]
    create: Write[ClientDraft] | None = None


@dataclass(frozen=True, kw_only=True)
class NativePart:
    """The provider's own links of projects and of people with other tools: an entity of each, and how its records are read."""

    projects: str
    people: str
    read_project: Callable[[Data], NativeLinkFacts]
    read_person: Callable[[Data], NativeLinkFacts]


@dataclass(frozen=True, kw_only=True)
class PersonPart:
    entity: str
    read: Callable[[Data], PersonFacts]
    me: Me | None = None


@dataclass(frozen=True, kw_only=True)
class ProjectPart:
    """Whoever declares `add_members` declares `members` as well: only those are added who are not in the project yet."""

    entity: str
    read: Callable[[Data], ProjectFacts]
    create: Write[ProjectDraft] | None = None
    rename: Write[ProjectDraft] | None = None
    archive: Write[ProjectDraft] | None = None
    add_members: Write[Members] | None = None
    remove_members: Write[Members] | None = None
    members: MembersReading | None = None


@dataclass(frozen=True, kw_only=True)
class TaskPart:
    entity: str
    read: Callable[[Data], TaskFacts]
    create: Write[TaskDraft] | None = None
    update: Write[TaskDraft] | None = None
    complete: Write[TaskDraft] | None = None
    delete: Write[TaskDraft] | None = None


@dataclass(frozen=True, kw_only=True)
class TimePart:
    """`task_optional`: whether time may stand on a project alone."""

    entity: str
    read: Callable[[Data], TimeFacts]
    create: Write[TimeDraft] | None = None
    update: Write[TimeDraft] | None = None
    delete: Write[TimeDraft] | None = None
    task_optional: bool = False
    edits: TimeEdits | None = None


Part = ClientPart | NativePart | PersonPart | ProjectPart | TaskPart | TimePart


@dataclass(frozen=True, kw_only=True)
class Parts:
    """Which entities play which part."""

    person: PersonPart
    project: ProjectPart
    task: TaskPart
    time: TimePart
    client: ClientPart | None = None
    native: NativePart | None = None

    @property
    def can(self) -> dict[str, bool]:
        """What the provider can do for linking and sync, by the words that the pages use."""
        return {
            "create projects": self.project.create is not None,
            "rename projects": self.project.rename is not None,
            "archive projects": self.project.archive is not None,
            "add people to projects": self.project.add_members is not None,
            "take people out of projects": self.project.remove_members is not None,
            "create tasks": self.task.create is not None,
            "rename and assign tasks": self.task.update is not None,
            "complete tasks": self.task.complete is not None,
            "delete tasks": self.task.delete is not None,
            "take tracked time": self.time.create is not None,
            "correct tracked time": self.time.update is not None,
            "delete tracked time": self.time.delete is not None,
        }
