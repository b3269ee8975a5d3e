"""Two small trackers in memory, and a person who carries out plans on them: what the plan's tests play with."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

from integrations.catalogue import PersonFacts, ProjectFacts, TaskFacts, TimeFacts
from integrations.providers import get_provider
from integrations.sync.plan import plan
from integrations.sync.situation import LinkedProject, Mirrored, Side, Situation, TaskPair, TimeKey, TimePair
from integrations.sync.steps import Plan, Step, StepKind

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
DAY = date(2026, 3, 2)
PEOPLE = {"ann": "r-ann", "ben": "r-ben"}


def left_parts() -> Any:
    return get_provider("timeghost").parts


def right_parts() -> Any:
    return get_provider("hubstaff").parts


@dataclass
class World:
    """Both sides as they really are, and what the portal remembers of them."""

    left_projects: dict[str, ProjectFacts] = field(default_factory=dict)
    right_projects: dict[str, ProjectFacts] = field(default_factory=dict)
    left_tasks: dict[str, TaskFacts] = field(default_factory=dict)
    right_tasks: dict[str, TaskFacts] = field(default_factory=dict)
    left_times: dict[str, TimeFacts] = field(default_factory=dict)
    right_times: dict[str, TimeFacts] = field(default_factory=dict)
    links: dict[str, LinkedProject] = field(default_factory=dict)
    task_pairs: dict[str, TaskPair] = field(default_factory=dict)
    time_pairs: dict[TimeKey, TimePair] = field(default_factory=dict)
    people: dict[str, str] = field(default_factory=lambda: dict(PEOPLE))
    clock: datetime = NOON
    ids: Any = field(default_factory=lambda: count(1))

    # --- What people do -----------------------------------------------------------------------------------------------

    def project(self, name: str = "Relaunch", linked: bool = True) -> str:
        key = f"p{next(self.ids)}"
        self.left_projects[key] = ProjectFacts(key, name, is_active=True)
        if linked:
            self.link(key)
        return key

    def link(self, project: str) -> None:
        self.links[project] = LinkedProject(f"link-{project}", project, "", self.left_projects[project].name)

    def task(self, project: str, name: str = "Draw the map", completed: bool = False, assignees: frozenset[str] = frozenset()) -> str:
        key = f"t{next(self.ids)}"
        self.left_tasks[key] = TaskFacts(key, project, name, completed, assignees, self.tick())
        return key

    def set_left(self, task: str, **changes: Any) -> None:
        self.left_tasks[task] = replace(self.left_tasks[task], changed_at=self.tick(), **changes)

    def set_right(self, task: str, **changes: Any) -> None:
        self.right_tasks[task] = replace(self.right_tasks[task], changed_at=self.tick(), **changes)

    def track(self, task: str, seconds: int, person: str = "r-ann", day: date = DAY) -> None:
        key = f"{day}/{person}/{task}"
        before = self.right_times[key].seconds if key in self.right_times else 0
        self.right_times[key] = TimeFacts(key, person, self.right_tasks[task].project_id, task, day, before + seconds)

    def tick(self) -> datetime:
        self.clock += timedelta(minutes=1)
        return self.clock

    # --- What the portal does -----------------------------------------------------------------------------------------

    def situation(self) -> Situation:
        return Situation(
            left=_side("timeghost", left_parts(), self.left_projects, self.left_tasks, self.left_times),
            right=_side("hubstaff", right_parts(), self.right_projects, self.right_tasks, self.right_times),
            links=tuple(self.links.values()),
            people=self.people,
            task_pairs=tuple(self.task_pairs.values()),
            time_pairs=tuple(self.time_pairs.values()),
            first_day=DAY - timedelta(days=6),
            last_day=DAY + timedelta(days=1),
            zone=ZoneInfo("Europe/Berlin"),
        )

    def sync(self, losing: frozenset[int] = frozenset(), dying_at: int | None = None) -> Plan:
        """Plans and applies. The answers of the steps in `losing` are lost after the other side did them; at `dying_at` all ends."""
        made = plan(self.situation())
        for number, step in enumerate(made.steps):
            if number == dying_at:
                break
            self.apply(step, answer_lost=number in losing)
        return made

    def settle(self) -> None:
        for _ in range(4):
            if not self.sync().steps:
                return
        raise AssertionError("four syncs did not bring both sides in step")

    def apply(self, step: Step, answer_lost: bool = False) -> None:
        getattr(self, f"_{step.kind}")(step, answer_lost)

    def _create_project(self, step: Step, answer_lost: bool) -> None:
        key = f"rp{next(self.ids)}"
        self.right_projects[key] = ProjectFacts(key, step.name, is_active=True, mark=step.mark)
        if not answer_lost:
            self._set_link(step, right_id=key, member_ids=frozenset(step.member_ids))

    def _adopt_project(self, step: Step, answer_lost: bool) -> None:
        self._set_link(step, right_id=step.right_id)

    def _add_members(self, step: Step, answer_lost: bool) -> None:
        if not answer_lost:
            self._set_link(step, member_ids=frozenset(step.member_ids) | self.links[_project_of(step)].member_ids)

    def _create_task(self, step: Step, answer_lost: bool) -> None:
        project = self.links[_project_of(step)].right_id
        if not project:
            return  # its project could not be made
        key = f"rt{next(self.ids)}"
        self.right_tasks[key] = TaskFacts(key, project, step.name, False, frozenset(step.member_ids), self.tick(), step.mark)
        if not answer_lost:
            self._pair(step, key, project_id=project)

    def _adopt_task(self, step: Step, answer_lost: bool) -> None:
        self._pair(step, step.right_id)

    def _note_task(self, step: Step, answer_lost: bool) -> None:
        self._pair(step, step.right_id)

    def _update_task(self, step: Step, answer_lost: bool) -> None:
        self.set_right(step.right_id, name=step.name, assignee_ids=frozenset(step.member_ids))
        if not answer_lost:
            self._pair(step, step.right_id)

    def _complete_task(self, step: Step, answer_lost: bool) -> None:
        if step.side == "left":
            self.set_left(step.left_id, is_completed=step.is_completed)
        else:
            self.set_right(step.right_id, is_completed=step.is_completed)
        if not answer_lost:
            self._pair(step, step.right_id)

    def _add_time(self, step: Step, answer_lost: bool) -> None:
        assert step.start is not None
        key = f"lt{next(self.ids)}"
        end = step.start + timedelta(seconds=step.seconds)
        project = self.left_tasks[step.task_id].project_id
        self.left_times[key] = TimeFacts(key, step.person_id, project, step.task_id, step.start.date(), step.seconds, step.start, end)
        self._pair_time(step, "" if answer_lost else key)

    def _adopt_time(self, step: Step, answer_lost: bool) -> None:
        self._pair_time(step, step.left_id)

    def _update_time(self, step: Step, answer_lost: bool) -> None:
        assert step.start is not None
        standing = self.left_times[step.left_id]
        self.left_times[step.left_id] = replace(standing, seconds=step.seconds, end=step.start + timedelta(seconds=step.seconds))
        if not answer_lost:
            self._pair_time(step, step.left_id)

    def _pair(self, step: Step, right_id: str, **more: Any) -> None:
        known = self.task_pairs.get(step.left_id)
        pair = known or TaskPair(step.left_id, right_id)
        values = {**step.values, **({"assignee_ids": frozenset(step.values["assignee_ids"])} if "assignee_ids" in step.values else {})}
        self.task_pairs[step.left_id] = replace(pair, right_id=right_id, **values, **more)

    def _pair_time(self, step: Step, left_id: str) -> None:
        assert step.start is not None
        key = TimeKey.of(step.right_id)
        self.time_pairs[key] = TimePair(key, left_id, step.start, step.seconds)

    def _set_link(self, step: Step, **changes: Any) -> None:
        project = _project_of(step)
        self.links[project] = replace(self.links[project], **changes)


def _project_of(step: Step) -> str:
    return step.link.removeprefix("link-")


def _side(name: str, parts: Any, projects: Any, tasks: Any, times: Any) -> Side:
    wrapped = ({key: Mirrored(facts, {}) for key, facts in each.items()} for each in (projects, tasks, times))
    mirrored_projects, mirrored_tasks, mirrored_times = wrapped
    people = {right: Mirrored(PersonFacts(right, right, "", True), {}) for right in PEOPLE.values()}
    return Side(name, parts, name, "w", mirrored_projects, people, mirrored_tasks, mirrored_times)


def kinds(made: Plan) -> list[StepKind]:
    return [step.kind for step in made.steps]
