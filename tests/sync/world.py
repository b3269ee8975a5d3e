"""Two small trackers in memory, with what people do in them and what the portal sees of them: what the plan's tests play with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

from integrations.catalogue import (
    ClientFacts,
    ClientPart,
    Parts,
    PersonFacts,
    PersonPart,
    ProjectFacts,
    ProjectPart,
    TaskFacts,
    TaskPart,
    TimeFacts,
    TimePart,
    Write,
)
from integrations.sync.situation import (
    Guard,
    LinkedProject,
    Mirrored,
    Side,
    Situation,
    TaskPair,
    TimeKey,
    TimePair,
    TimeRules,
)

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
DAY = date(2026, 3, 2)
NINE = datetime(2026, 3, 2, 8, tzinfo=UTC)  # in Berlin
PEOPLE = {"ann": "r-ann", "ben": "r-ben"}
BLOCK = timedelta(minutes=10)
DOES: Any = Write("does", lambda draft: {})
NO_GUARD = Guard(10**6, 100)


def able_parts() -> Parts:
    """A service that can do everything; tests take away what theirs cannot."""

    def read(data: object) -> Any:
        raise AssertionError("a plan looks at facts only")

    return Parts(
        person=PersonPart(entity="person", read=read),
        client=ClientPart(entity="client", read=read, create=DOES),
        project=ProjectPart(entity="project", read=read, create=DOES, rename=DOES, archive=DOES, add_members=DOES, remove_members=DOES),
        task=TaskPart(entity="task", read=read, create=DOES, update=DOES, complete=DOES, delete=DOES),
        time=TimePart(entity="time", read=read, create=DOES, update=DOES, delete=DOES, task_optional=True),
    )


@dataclass
class Tracker:
    """One service as it really is. Nothing that was deleted gets its id again."""

    parts: Parts = field(default_factory=able_parts)
    projects: dict[str, ProjectFacts] = field(default_factory=dict)
    tasks: dict[str, TaskFacts] = field(default_factory=dict)
    times: dict[str, TimeFacts] = field(default_factory=dict)
    clients: dict[str, ClientFacts] = field(default_factory=dict)
    people: dict[str, PersonFacts] = field(default_factory=dict)

    def lacks(self, part: str, *abilities: str) -> None:
        """Takes abilities of a part away."""
        self.parts = replace(self.parts, **{part: replace(getattr(self.parts, part), **dict.fromkeys(abilities))})


@dataclass
class World:
    """Both sides as they are, what the portal remembers of them, and the settings."""

    left: Tracker = field(default_factory=Tracker)
    right: Tracker = field(default_factory=Tracker)
    links: dict[str, LinkedProject] = field(default_factory=dict)
    task_pairs: dict[str, TaskPair] = field(default_factory=dict)
    time_pairs: dict[TimeKey, TimePair] = field(default_factory=dict)
    people: dict[str, str] = field(default_factory=lambda: dict(PEOPLE))
    answers: dict[str, str] = field(default_factory=dict)
    resting: set[str] = field(default_factory=set)
    resting_links: set[str] = field(default_factory=set)
    rules: TimeRules = field(default_factory=TimeRules)
    guard: Guard = field(default_factory=Guard)
    guarded_lately: int = 0
    adds_members: bool = True
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("Europe/Berlin"))
    first_day: date = DAY - timedelta(days=6)
    last_day: date = DAY + timedelta(days=1)
    sure_days: frozenset[date] | None = None
    clock: datetime = NOON
    ids: Any = field(default_factory=lambda: count(1))

    def __post_init__(self) -> None:
        for person in (*PEOPLE.values(), "r-cleo", "r-stranger"):
            self.right.people[person] = PersonFacts(person, person.removeprefix("r-").title(), "", True)

    def new_id(self, letters: str) -> str:
        return f"{letters}{next(self.ids)}"

    def days(self, before: int = 0) -> frozenset[date]:
        """The days that are looked at, and so many before them."""
        count_of_days = (self.last_day - self.first_day).days + before + 1
        return frozenset(self.last_day - timedelta(days=number) for number in range(count_of_days))

    def tick(self) -> datetime:
        self.clock += timedelta(minutes=1)
        return self.clock

    # --- Projects and links -------------------------------------------------------------------------------------------

    def project(self, name: str = "Relaunch", linked: bool = True, client: str = "") -> str:
        key = self.new_id("p")
        self.left.projects[key] = ProjectFacts(key, name, is_active=True, client=client)
        if linked:
            self.link(key)
        return key

    def right_project(self, name: str = "Elsewhere") -> str:
        key = self.new_id("rp")
        self.right.projects[key] = ProjectFacts(key, name, is_active=True)
        return key

    def link(self, project: str, right_id: str = "", usage: int = 0) -> None:
        self.links[project] = LinkedProject(f"link-{project}", project, right_id, self.left.projects[project].name, usage=usage)

    def right_of(self, project: str) -> str:
        return self.links[project].right_id

    def set_project(self, side: str, project: str, **changes: Any) -> None:
        there = self.left if side == "left" else self.right
        there.projects[project] = replace(there.projects[project], **changes)

    def delete_project(self, side: str, project: str) -> None:
        """Its tasks go with it; tracked time stays in the reports."""
        there = self.left if side == "left" else self.right
        del there.projects[project]
        for key in [key for key, task in there.tasks.items() if task.project_id == project]:
            del there.tasks[key]

    # --- Tasks --------------------------------------------------------------------------------------------------------

    def task(self, project: str, name: str = "Draw the map", completed: bool = False, assignees: frozenset[str] = frozenset()) -> str:
        key = self.new_id("t")
        self.left.tasks[key] = TaskFacts(key, project, name, completed, assignees, self.tick())
        return key

    def set_left(self, task: str, **changes: Any) -> None:
        self.left.tasks[task] = replace(self.left.tasks[task], changed_at=self.tick(), **changes)

    def set_right(self, task: str, **changes: Any) -> None:
        self.right.tasks[task] = replace(self.right.tasks[task], changed_at=self.tick(), **changes)

    def partner(self, task: str) -> TaskFacts:
        return self.right.tasks[self.task_pairs[task].right_id]

    # --- Time ---------------------------------------------------------------------------------------------------------

    def track(self, task: str, seconds: int, person: str = "r-ann", day: date = DAY) -> str:
        """A day's sum, as services give it that keep no blocks."""
        key = f"{day}/{person}/{task}"
        before = self.right.times[key].seconds if key in self.right.times else 0
        self.right.times[key] = TimeFacts(key, person, self.right.tasks[task].project_id, task, day, before + seconds)
        return key

    def block(self, task: str, start: datetime, seconds: int = 600, person: str = "r-ann", project: str = "") -> str:
        """Ten minutes, worked in wholly or in part; nobody works in two at once."""
        key = f"{person}/{start.isoformat()}"
        project = project or self.right.tasks[task].project_id
        self.right.times[key] = TimeFacts(key, person, project, task, start.date(), seconds, start, start + timedelta(seconds=seconds))
        return key

    def stretch(self, task: str, start: datetime, minutes: int, person: str = "r-ann", project: str = "") -> None:
        for number in range(minutes // 10):
            self.block(task, start + number * BLOCK, person=person, project=project)

    def written(self) -> list[tuple[str, str, int]]:
        return sorted((time.person_id, time.task_id, time.seconds) for time in self.left.times.values())

    # --- What the portal sees -----------------------------------------------------------------------------------------

    def situation(self, hides: Callable[[str], bool] = lambda key: False) -> Situation:
        """`hides` says which records were not seen; they do not count as gone."""
        return Situation(
            left=self._side("timeghost", self.left, hides),
            right=self._side("hubstaff", self.right, hides),
            links=tuple(replace(link, is_resting=link.id in self.resting_links) for link in self.links.values()),
            people=dict(self.people),
            task_pairs=tuple(self.task_pairs.values()),
            time_pairs=tuple(self.time_pairs.values()),
            first_day=self.first_day,
            last_day=self.last_day,
            sure_days=self.sure_days,
            zone=self.zone,
            adds_members=self.adds_members,
            time_rules=self.rules,
            guard=self.guard,
            guarded_lately=self.guarded_lately,
            answers=dict(self.answers),
            resting=frozenset(self.resting),
        )

    def _side(self, name: str, tracker: Tracker, hides: Callable[[str], bool]) -> Side:
        is_left = tracker is self.left
        projects = {link.left_id if is_left else link.right_id for link in self.links.values()} - {""}
        tasks = {pair.left_id if is_left else pair.right_id for pair in self.task_pairs.values()}
        times = {pair.left_id for pair in self.time_pairs.values() if pair.left_id} if is_left else set()
        return Side(
            label=name,
            parts=tracker.parts,
            name=name,
            workspace="w",
            projects=_seen(tracker.projects, hides),
            people=_seen(tracker.people, lambda key: False),
            tasks=_seen(tracker.tasks, hides),
            times=_seen(tracker.times, hides),
            clients=_seen(tracker.clients, lambda key: False),
            gone_projects=frozenset(projects - tracker.projects.keys()),
            gone_tasks=frozenset(tasks - tracker.tasks.keys()),
            gone_times=frozenset(times - tracker.times.keys()),
            timed_tasks=frozenset() if is_left else frozenset(time.task_id for time in tracker.times.values()),
        )


def _seen(records: dict[str, Any], hides: Callable[[str], bool]) -> dict[str, Mirrored[Any]]:
    return {key: Mirrored(facts, {}) for key, facts in records.items() if not hides(key)}
