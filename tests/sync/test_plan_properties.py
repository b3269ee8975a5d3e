"""Whatever people do on both sides, with lost answers and workers that die: in the end both sides agree and nothing stands twice."""

from __future__ import annotations

from collections import Counter

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, rule

from integrations.sync.plan import plan
from tests.sync.world import PEOPLE, World

NAMES = st.sampled_from(["Draw", "Write", "Count", "Ask 🙂", ""])
NUMBERS = st.integers(0, 12)


class TwoTrackers(RuleBasedStateMachine):
    tasks = Bundle("tasks")

    @initialize()
    def begin(self) -> None:
        self.world = World()
        self.projects = [self.world.project("Relaunch"), self.world.project("Care")]

    @rule(target=tasks, project=st.integers(0, 1), name=NAMES, assignees=st.frozensets(st.sampled_from(["ann", "ben", "zoe"])))
    def add_a_task(self, project: int, name: str, assignees: frozenset[str]) -> str:
        return self.world.task(self.projects[project], name, assignees=assignees)

    @rule(task=tasks, name=NAMES)
    def rename(self, task: str, name: str) -> None:
        self.world.set_left(task, name=name)

    @rule(task=tasks, completed=st.booleans())
    def complete_left(self, task: str, completed: bool) -> None:
        self.world.set_left(task, is_completed=completed)

    @rule(task=tasks, completed=st.booleans())
    def complete_right(self, task: str, completed: bool) -> None:
        if pair := self.world.task_pairs.get(task):
            self.world.set_right(pair.right_id, is_completed=completed)

    @rule(task=tasks, seconds=st.integers(1, 7200), person=st.sampled_from(sorted(PEOPLE.values())))
    def track(self, task: str, seconds: int, person: str) -> None:
        if pair := self.world.task_pairs.get(task):
            self.world.track(pair.right_id, seconds, person)

    @rule(losing=st.frozensets(NUMBERS), dying_at=st.none() | NUMBERS)
    def sync_badly(self, losing: frozenset[int], dying_at: int | None) -> None:
        self.world.sync(losing, dying_at)

    @rule()
    def sync_well(self) -> None:
        self.world.sync()

    @rule()
    def sync_while_every_answer_is_lost(self) -> None:
        self.world.sync(losing=frozenset(range(100)))

    @rule()
    def lose_our_rows(self) -> None:
        self.world.task_pairs.clear()

    def teardown(self) -> None:
        if not hasattr(self, "world"):
            return
        world = self.world
        world.settle()
        assert plan(world.situation()).steps == ()
        assert all(times == 1 for times in Counter(task.mark for task in world.right_tasks.values()).values())
        assert len(world.right_projects) == len(self.projects)
        for pair in world.task_pairs.values():
            left, right = world.left_tasks[pair.left_id], world.right_tasks[pair.right_id]
            assert (left.name, left.is_completed) == (right.name, right.is_completed)
        assert sum(time.seconds for time in world.left_times.values()) == sum(time.seconds for time in world.right_times.values())


TwoTrackers.TestCase.settings = settings(max_examples=60, stateful_step_count=25, deadline=None, derandomize=True)
TestTwoTrackers = TwoTrackers.TestCase
