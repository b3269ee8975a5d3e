"""A person who carries out plans on the world in memory, as the table in `steps` says, with all that can go wrong on the way."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from integrations.catalogue import ClientFacts, ProjectFacts, TaskFacts, TimeFacts
from integrations.sync.plan import plan
from integrations.sync.situation import TaskPair, TimeKey, TimePair
from integrations.sync.steps import Plan, Step, StepKind
from tests.sync.world import World


@dataclass(frozen=True, kw_only=True)
class Faults:
    """By the numbers of the steps: whose answers are lost after the other side did them, which are refused (and whether all are that make
    written-back time less), where the worker dies (before the step, or when it has put down what it is about to do), and where somebody
    unlinks a project meanwhile.
    """

    losing: Collection[int] = ()
    refusing: Collection[int] = ()
    refuses_less_time: bool = False
    dying_at: int | None = None
    dies_halfway: bool = False
    unlinking_at: int | None = None
    unlinked: str = ""
    hides: Callable[[str], bool] = lambda key: False


NONE = Faults()


def kinds(made: Plan) -> list[StepKind]:
    return [step.kind for step in made.steps]


def sync(world: World, faults: Faults = NONE) -> Plan:
    """Plans and applies; the plan is returned."""
    made = plan(world.situation(faults.hides))
    still_matter = {step.key for step in made.steps} | made.declined | made.resting | made.answered
    waiting = {held.key: "" for held in made.held}
    world.answers = waiting | {key: answer for key, answer in world.answers.items() if key in still_matter or key in waiting}
    carrier = Carrier(world)
    for number, step in enumerate(made.steps):
        if number == faults.unlinking_at:
            world.links.pop(faults.unlinked, None)
        if number == faults.dying_at:
            carrier.begin(step) if faults.dies_halfway else None
            break
        if number in faults.refusing or (faults.refuses_less_time and step.shrinks):
            carrier.begin(step)
            carrier.note_failed(step)
            world.resting.add(step.key)
        else:
            carrier.do(step, answer_lost=number in faults.losing)
    return made


def settle(world: World, syncs: int = 4) -> None:
    """Syncs until there is nothing to do."""
    for _ in range(syncs):
        if not sync(world).steps:
            return
    raise AssertionError(f"{syncs} syncs did not bring both sides in step: {plan(world.situation()).steps}")


def synced_world(**task: Any) -> tuple[World, str, str]:
    """A world in step with one linked project and one task: the world, the task on the left, its partner on the right."""
    world = World()
    left = world.task(world.project(), **task)
    settle(world)
    return world, left, world.task_pairs[left].right_id


def reasons(made: Plan) -> list[tuple[str, int, int]]:
    """What is left out: its reason, how often, and how many seconds."""
    return [(each.reason, each.count, each.seconds) for each in made.left_out]


def decide(world: World, answer: str, asked: str = "left") -> None:
    """Answers all that waits: steps with `answer`, questions with `asked`."""
    for held in plan(world.situation()).held:
        world.answers[held.key] = asked if held.is_question else answer


class Carrier:
    """Does steps. It checks of each that nothing is done that a service would refuse, or that nobody has seen to be right."""

    def __init__(self, world: World) -> None:
        self.world, self.left, self.right = world, world.left, world.right
        self.undone_days: set[tuple[str, str] | None] = set()  # of time that should have got less, and may not have

    def begin(self, step: Step) -> None:
        """What is put down before the call."""
        if step.kind is StepKind.ADD_TIME and _project_of(step) in self.world.links:
            self._pair_time(step, "")
        if step.kind is StepKind.UPDATE_TIME and _project_of(step) in self.world.links:
            key = TimeKey.of(step.right_id)
            self.world.time_pairs[key] = replace(self.world.time_pairs[key], is_unsure=True)

    def note_failed(self, step: Step) -> None:
        """Nothing of a day may grow while what moved away from there still stands."""
        if step.shrinks:
            self.undone_days.add(step.person_day)

    def do(self, step: Step, answer_lost: bool = False) -> None:
        assert self.world.answers.get(step.key) != "decline"
        link = self.world.links.get(_project_of(step))
        if link is None or (step.link_right_id and link.right_id != step.link_right_id):
            return  # it was unlinked in the meantime, or linked with another one
        if step.grows and step.person_day in self.undone_days:
            return
        if answer_lost:
            self.note_failed(step)
        self.begin(step)
        getattr(self, f"_{step.kind}")(step, answer_lost)

    # --- Projects -----------------------------------------------------------------------------------------------------

    def _create_client(self, step: Step, answer_lost: bool) -> None:
        assert step.name.casefold() not in {client.name.casefold() for client in self.right.clients.values()}
        key = self.world.new_id("rc")
        self.right.clients[key] = ClientFacts(key, step.name)

    def _create_project(self, step: Step, answer_lost: bool) -> None:
        key = self.world.new_id("rp")
        known = {client.name for client in self.right.clients.values()}
        client = step.client if step.client in known else ""
        self.right.projects[key] = ProjectFacts(key, step.name, is_active=True, client=client, mark=step.mark)
        if not answer_lost:
            self._set_link(step, right_id=key, member_ids=frozenset(step.member_ids), **step.values)

    def _adopt_project(self, step: Step, answer_lost: bool) -> None:
        self._set_link(step, right_id=step.right_id, member_ids=frozenset(), **step.values)

    def _rename_project(self, step: Step, answer_lost: bool) -> None:
        project = step.left_id if step.side == "left" else step.right_id
        self.world.set_project(step.side, project, name=step.name)
        if not answer_lost:
            self._set_link(step, **step.values)

    def _note_project(self, step: Step, answer_lost: bool) -> None:
        self._set_link(step, **step.values)

    def _archive_project(self, step: Step, answer_lost: bool) -> None:
        assert self.world.answers[step.key] == "approve"
        project = self.left.projects.get(step.left_id)
        assert project is None or not project.is_active
        self.world.set_project("right", step.right_id, is_active=False)

    def _add_members(self, step: Step, answer_lost: bool) -> None:
        assert self._takes_changes(step.right_id)
        if not answer_lost:
            self._set_link(step, member_ids=self.world.links[_project_of(step)].member_ids | frozenset(step.member_ids))

    def _remove_members(self, step: Step, answer_lost: bool) -> None:
        assert self.world.answers[step.key] == "approve"
        if not answer_lost:
            self._set_link(step, member_ids=self.world.links[_project_of(step)].member_ids - frozenset(step.member_ids))

    # --- Tasks --------------------------------------------------------------------------------------------------------

    def _create_task(self, step: Step, answer_lost: bool) -> None:
        if step.side == "left":
            self.world.task(step.project_id, step.name)
            return
        project = self.world.right_of(_project_of(step))
        if not project:
            return  # its project could not be made
        assert self._takes_changes(project)
        key = self.world.new_id("rt")
        people = frozenset(step.member_ids)
        self.right.tasks[key] = TaskFacts(key, project, step.name, False, people, self.world.tick(), step.mark)
        if not answer_lost:
            self._pair(step, key, project_id=project)

    def _adopt_task(self, step: Step, answer_lost: bool) -> None:
        self._pair(step, step.right_id)

    def _note_task(self, step: Step, answer_lost: bool) -> None:
        self._pair(step, step.right_id)

    def _update_task(self, step: Step, answer_lost: bool) -> None:
        if step.side == "left":
            self.world.set_left(step.left_id, name=step.name)
        else:
            self._check_task(step.right_id)
            self.world.set_right(step.right_id, name=step.name, assignee_ids=frozenset(step.member_ids))
        if not answer_lost:
            self._pair(step, step.right_id)

    def _complete_task(self, step: Step, answer_lost: bool) -> None:
        if step.side == "left":
            self.world.set_left(step.left_id, is_completed=step.is_completed)
        else:
            self._check_task(step.right_id)
            self.world.set_right(step.right_id, is_completed=step.is_completed)
        if not answer_lost and step.values:
            self._pair(step, step.right_id)

    def _delete_task(self, step: Step, answer_lost: bool) -> None:
        self._check_task(step.right_id)
        assert not any(time.task_id == step.right_id for time in self.right.times.values())
        assert self.right.tasks[step.right_id].mark.removeprefix("timeghost/w/") not in self.left.tasks
        del self.right.tasks[step.right_id]
        if not answer_lost:
            self.world.task_pairs.pop(step.left_id, None)

    def _forget_task(self, step: Step, answer_lost: bool) -> None:
        assert step.left_id not in self.left.tasks
        assert step.right_id not in self.right.tasks
        del self.world.task_pairs[step.left_id]

    # --- Time ---------------------------------------------------------------------------------------------------------

    def _add_time(self, step: Step, answer_lost: bool) -> None:
        key = self.world.new_id("lt")
        self._write_time(step, key)
        self._pair_time(step, "" if answer_lost else key)

    def _adopt_time(self, step: Step, answer_lost: bool) -> None:
        assert step.left_id in self.left.times
        self._pair_time(step, step.left_id)

    def _update_time(self, step: Step, answer_lost: bool) -> None:
        assert step.left_id in self.left.times
        self._write_time(step, step.left_id)
        if not answer_lost:
            self._pair_time(step, step.left_id)

    def _write_time(self, step: Step, key: str) -> None:
        assert step.start is not None
        assert step.project_id in self.left.projects
        assert not step.task_id or self.left.tasks[step.task_id].project_id == step.project_id
        end = step.start + timedelta(seconds=step.seconds)
        person, day = step.person_id, step.start.date()
        self.left.times[key] = TimeFacts(key, person, step.project_id, step.task_id, day, step.seconds, step.start, end)

    def _delete_time(self, step: Step, answer_lost: bool) -> None:
        assert TimeKey.of(step.right_id).number or not self._is_tracked(TimeKey.of(step.right_id))
        del self.left.times[step.left_id]
        if not answer_lost:
            del self.world.time_pairs[TimeKey.of(step.right_id)]

    def _is_tracked(self, key: TimeKey) -> bool:
        of_key = (key.person_id, key.task_id)
        times = [time for time in self.right.times.values() if time.seconds and (time.person_id, time.task_id) == of_key]
        return any(time.start.astimezone(self.world.zone).date() == key.day if time.start else time.day == key.day for time in times)

    def _forget_time(self, step: Step, answer_lost: bool) -> None:
        assert step.left_id not in self.left.times
        del self.world.time_pairs[TimeKey.of(step.right_id)]

    # --- What is remembered -------------------------------------------------------------------------------------------

    def _pair(self, step: Step, right_id: str, **more: Any) -> None:
        values = {**step.values, **more}
        if "assignee_ids" in values:
            values["assignee_ids"] = frozenset(values["assignee_ids"])
        known = self.world.task_pairs.get(step.left_id) or TaskPair(step.left_id, right_id)
        self.world.task_pairs[step.left_id] = replace(known, right_id=right_id, **values)
        right_ids = [pair.right_id for pair in self.world.task_pairs.values()]
        assert len(right_ids) == len(set(right_ids))

    def _pair_time(self, step: Step, left_id: str) -> None:
        assert step.start is not None
        key = TimeKey.of(step.right_id)
        self.world.time_pairs[key] = TimePair(key, left_id, step.start, step.seconds, step.task_id, step.project_id)

    def _set_link(self, step: Step, **changes: Any) -> None:
        project = _project_of(step)
        self.world.links[project] = replace(self.world.links[project], **changes)

    def _takes_changes(self, project: str) -> bool:
        return self.right.projects[project].is_active

    def _check_task(self, task: str) -> None:
        assert self._takes_changes(self.right.tasks[task].project_id)
        assert not self.right.tasks[task].is_read_only


def _project_of(step: Step) -> str:
    return step.link.removeprefix("link-")
