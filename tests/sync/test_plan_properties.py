"""Whatever people do on both sides, with lost answers, refusals and workers that die: in the end both sides agree, nothing stands twice,
every tracked second is accounted for, and nothing went without evidence (the carrier in `carrying` looks at each step).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, MultipleResults, RuleBasedStateMachine, initialize, multiple, rule

from integrations.catalogue import PersonFacts, TaskFacts, TimeFacts
from integrations.sync import reasons
from integrations.sync.placing import bounds_of
from integrations.sync.plan import plan
from integrations.sync.situation import WHOLE_PROJECT, Guard, TimePair, TimeRules
from integrations.sync.steps import Plan, StepKind
from tests.sync.carrying import NONE, Faults, decide, settle, sync
from tests.sync.world import BLOCK, World

NAMES = st.sampled_from(["Draw", "Write", "Ask 🙂", ""])
PEOPLE = ("ann", "ben", "cleo")
NUMBERS = st.integers(0, 12)
RARELY = st.integers(0, 9)  # one of the three projects, or mostly none
BEGINNINGS = (  # the evening before clocks change, in Europe and in America, and any other day
    datetime(2026, 3, 28, 20, tzinfo=UTC),
    datetime(2026, 10, 24, 20, tzinfo=UTC),
    datetime(2026, 3, 7, 20, tzinfo=UTC),
    datetime(2026, 10, 31, 20, tzinfo=UTC),
    datetime(2026, 6, 1, 12, tzinfo=UTC),
)
ZONES = ("Europe/Berlin", "America/New_York", "Asia/Kathmandu")
GUARDS = (Guard(), Guard(2, 10), Guard(10**6, 100))
RULES = tuple(TimeRules(shape, untasked, "Other") for shape in ("day", "blocks") for untasked in ("leave", "task", "project"))


class TwoTrackers(RuleBasedStateMachine):
    tasks = Bundle("tasks")

    @initialize(
        target=tasks,
        beginning=st.sampled_from(BEGINNINGS),
        zone=st.sampled_from(ZONES),
        guard=st.sampled_from(GUARDS),
        rules=st.sampled_from(RULES),
        is_in_step=st.booleans(),
    )
    def begin(self, beginning: datetime, zone: str, guard: Guard, rules: TimeRules, is_in_step: bool) -> MultipleResults[str]:
        self.beginning = beginning
        self.world = World(guard=guard, rules=rules, zone=ZoneInfo(zone), clock=beginning)
        self.world.first_day = beginning.date() - timedelta(days=1)
        self.world.last_day = beginning.date() + timedelta(days=4)
        self.world.sure_days = self.world.days(before=1)
        self.left_alone: set[str] = set()  # times on the left whose rows were lost, and for which nothing shall be written
        self.projects = [self.world.project("Relaunch", client="Ada"), self.world.project("Care"), self.world.project("Care", linked=False)]
        self.others = [self.world.right_project("One"), self.world.right_project("Two")]
        tasks = [self.world.task(project, "Draw", assignees=frozenset({"ann"})) for project in self.projects for _ in range(2)]
        if is_in_step:
            self._begin_in_step(tasks)
        return multiple(*tasks)

    def _begin_in_step(self, tasks: list[str]) -> None:
        settle(self.world)
        for number, task in enumerate(tasks[:4]):
            self.world.stretch(self.world.partner(task).id, self.beginning + number * 6 * BLOCK, 40)
        self.world.stretch("", self.beginning + 24 * BLOCK, 20, project=self.world.right_of(self.projects[0]))
        settle(self.world)

    # --- Tasks --------------------------------------------------------------------------------------------------------

    @rule(target=tasks, project=st.integers(0, 2), name=NAMES, assignees=st.frozensets(st.sampled_from([*PEOPLE, "zoe"])))
    def add_a_task(self, project: int, name: str, assignees: frozenset[str]) -> str:
        return self.world.task(self.projects[project], name, assignees=assignees)

    @rule(task=tasks, name=NAMES)
    def rename_left(self, task: str, name: str) -> None:
        if task in self.world.left.tasks:
            self.world.set_left(task, name=name)

    @rule(task=tasks, name=NAMES, at_once=st.booleans())
    def rename_right(self, task: str, name: str, at_once: bool) -> None:
        if right := self._partner(task):
            self._set_right(right, at_once, task, name=name)

    @rule(task=tasks, completed=st.booleans())
    def complete_left(self, task: str, completed: bool) -> None:
        if task in self.world.left.tasks:
            self.world.set_left(task, is_completed=completed)

    @rule(task=tasks, completed=st.booleans(), at_once=st.booleans())
    def complete_right(self, task: str, completed: bool, at_once: bool) -> None:
        if right := self._partner(task):
            self._set_right(right, at_once, task, is_completed=completed)

    def _set_right(self, right: TaskFacts, at_once: bool, task: str, **changes: object) -> None:
        """`at_once`: in the very moment in which the left one was changed."""
        self.world.set_right(right.id, **changes)
        if at_once and task in self.world.left.tasks:
            self.world.set_left(task)
            now = self.world.left.tasks[task].changed_at
            self.world.right.tasks[right.id] = replace(self.world.right.tasks[right.id], changed_at=now)

    @rule(task=tasks)
    def delete_left(self, task: str) -> None:
        self.world.left.tasks.pop(task, None)

    @rule(task=tasks)
    def delete_right(self, task: str) -> None:
        if right := self._partner(task):
            del self.world.right.tasks[right.id]

    @rule(task=tasks, project=st.integers(0, 2))
    def move(self, task: str, project: int) -> None:
        if task in self.world.left.tasks and self.projects[project] in self.world.left.projects:
            self.world.set_left(task, project_id=self.projects[project])

    @rule(task=tasks, assignees=st.frozensets(st.sampled_from([*PEOPLE, "zoe"])))
    def assign(self, task: str, assignees: frozenset[str]) -> None:
        if task in self.world.left.tasks:
            self.world.set_left(task, assignee_ids=assignees)

    @rule(task=tasks, assignees=st.frozensets(st.sampled_from([*[f"r-{person}" for person in PEOPLE], "r-stranger"])))
    def assign_on_the_right(self, task: str, assignees: frozenset[str]) -> None:
        if right := self._partner(task):
            self.world.set_right(right.id, assignee_ids=assignees)

    @rule(task=tasks)
    def make_read_only(self, task: str) -> None:
        if right := self._partner(task):
            self.world.set_right(right.id, is_read_only=True)

    def _partner(self, task: str) -> TaskFacts | None:
        pair = self.world.task_pairs.get(task)
        return self.world.right.tasks.get(pair.right_id) if pair else None

    # --- People -------------------------------------------------------------------------------------------------------

    @rule(person=st.sampled_from(PEOPLE), connected=st.booleans())
    def connect(self, person: str, connected: bool) -> None:
        self.world.people.pop(person, None)
        if connected:
            self.world.people[person] = f"r-{person}"

    @rule(person=st.sampled_from(PEOPLE), active=st.booleans())
    def remove_on_the_right(self, person: str, active: bool) -> None:
        self.world.right.people[f"r-{person}"] = PersonFacts(f"r-{person}", person, "", active)

    # --- Time ---------------------------------------------------------------------------------------------------------

    @rule(task=tasks, person=st.sampled_from(PEOPLE), slot=st.integers(0, 300), length=st.integers(1, 9), seconds=st.integers(1, 600))
    def track(self, task: str, person: str, slot: int, length: int, seconds: int) -> None:
        if right := self._partner(task):
            self.world.stretch(right.id, self.beginning + slot * BLOCK, (length - 1) * 10, f"r-{person}")
            self.world.block(right.id, self.beginning + (slot + length - 1) * BLOCK, seconds, f"r-{person}")

    @rule(project=st.integers(0, 2), person=st.sampled_from(PEOPLE), slot=st.integers(0, 300), length=st.integers(1, 9))
    def track_without_a_task(self, project: int, person: str, slot: int, length: int) -> None:
        link = self.world.links.get(self.projects[project])
        if link and link.right_id:
            self.world.stretch("", self.beginning + slot * BLOCK, length * 10, f"r-{person}", link.right_id)

    @rule(which=NUMBERS, seconds=st.integers(0, 600))
    def edit_time(self, which: int, seconds: int) -> None:
        for time in self._some_times(which):
            self.world.right.times[time.id] = replace(time, seconds=seconds)

    @rule(which=NUMBERS, task=tasks)
    def move_time(self, which: int, task: str) -> None:
        if right := self._partner(task):
            for time in self._some_times(which):
                self.world.right.times[time.id] = replace(time, task_id=right.id, project_id=right.project_id)

    @rule(which=NUMBERS)
    def delete_time(self, which: int) -> None:
        for time in self._some_times(which):
            del self.world.right.times[time.id]

    @rule(which=NUMBERS)
    def delete_written_time(self, which: int) -> None:
        times = sorted(self.world.left.times)
        for key in times[which : which + 1]:
            del self.world.left.times[key]

    @rule(rules=st.sampled_from(RULES))
    def change_the_rules(self, rules: TimeRules) -> None:
        self.world.rules = rules

    def _some_times(self, which: int) -> list[TimeFacts]:
        keys = sorted(self.world.right.times)[which * 4 : which * 4 + 4]
        return [self.world.right.times[key] for key in keys]

    # --- Projects and links -------------------------------------------------------------------------------------------

    @rule(project=st.integers(0, 2), name=NAMES, side=st.sampled_from(["left", "right"]))
    def rename_project(self, project: int, name: str, side: str) -> None:
        if key := self._project(side, project):
            self.world.set_project(side, key, name=name)

    @rule(project=RARELY, side=st.sampled_from(["left", "right"]))
    def archive_project(self, project: int, side: str) -> None:
        if key := self._project(side, project):
            self.world.set_project(side, key, is_active=False)

    @rule(project=st.integers(0, 2), side=st.sampled_from(["left", "right"]))
    def restore_project(self, project: int, side: str) -> None:
        if key := self._project(side, project):
            self.world.set_project(side, key, is_active=True)

    @rule(project=RARELY, side=st.sampled_from(["left", "right"]))
    def delete_project(self, project: int, side: str) -> None:
        if key := self._project(side, project):
            self.world.delete_project(side, key)

    def _project(self, side: str, number: int) -> str:
        project = self.projects[number] if number < len(self.projects) else ""
        if side == "right":
            link = self.world.links.get(project)
            return link.right_id if link and link.right_id in self.world.right.projects else ""
        return project if project in self.world.left.projects else ""

    @rule(project=st.integers(0, 2), right=st.none() | st.integers(0, 1))
    def link(self, project: int, right: int | None) -> None:
        """Anew, or with another project; a link that is there already keeps what it knows."""
        key, right_id = self.projects[project], self.others[right] if right is not None else ""
        taken = {link.right_id for link in self.world.links.values()}
        if key in self.world.left.projects and right_id not in taken - {""}:
            self.world.link(key, right_id)

    @rule(project=st.integers(0, 2))
    def unlink(self, project: int) -> None:
        self.world.links.pop(self.projects[project], None)

    @rule(zone=st.sampled_from(ZONES), day=st.integers(-1, 1))
    def move_to_another_zone(self, zone: str, day: int) -> None:
        """And look at other days from now on."""
        self.world.zone = ZoneInfo(zone)
        self.world.first_day = self.beginning.date() + timedelta(days=day)
        self.world.sure_days = self.world.days(before=1)

    # --- Syncs --------------------------------------------------------------------------------------------------------

    def _sync(self, faults: Faults = NONE) -> Plan:
        """No sync makes more of a person's day than was tracked there, or gives a task that holds time without a task a partner."""
        before = Counter[tuple[object, str]]()
        for pair in self.world.time_pairs.values():
            before[pair.key.day, pair.key.person_id] += pair.seconds
        holders = {pair.task_id for pair in self.world.time_pairs.values() if pair.key.task_id.startswith(WHOLE_PROJECT)}
        made = sync(self.world, faults)
        tracked = self._tracked_of_people()
        assert all(seconds <= max(before[day], tracked[day]) for day, seconds in self._written().items())
        assert not any(step.kind is StepKind.CREATE_TASK and step.side == "right" and step.left_id in holders for step in made.steps)
        return made

    def _written(self) -> Counter[tuple[object, str]]:
        """Seconds that stand on the left, by day and person."""
        written = Counter[tuple[object, str]]()
        for pair in self.world.time_pairs.values():
            if pair.left_id in self.world.left.times and self._is_kept_right(pair):
                written[pair.key.day, pair.key.person_id] += self.world.left.times[pair.left_id].seconds
        return written

    def _tracked_of_people(self, first_day: date | None = None) -> Counter[tuple[object, str]]:
        tracked = Counter[tuple[object, str]]()
        for (day, person, _), seconds in self._tracked(first_day).items():
            tracked[day, person] += seconds
        return tracked

    @rule()
    def sync_well(self) -> None:
        self._sync()

    @rule(
        losing=st.frozensets(NUMBERS),
        refusing=st.frozensets(NUMBERS, max_size=3),
        dying_at=st.none() | NUMBERS,
        dies_halfway=st.booleans(),
        unlinking_at=st.none() | NUMBERS,
        project=st.integers(0, 2),
    )
    def sync_badly(
        self,
        losing: frozenset[int],
        refusing: frozenset[int],
        dying_at: int | None,
        dies_halfway: bool,
        unlinking_at: int | None,
        project: int,
    ) -> None:
        faults = Faults(
            losing=losing,
            refusing=refusing,
            dying_at=dying_at,
            dies_halfway=dies_halfway,
            unlinking_at=unlinking_at,
            unlinked=self.projects[project],
        )
        self._sync(faults)

    @rule()
    def sync_while_no_time_gets_less(self) -> None:
        self._sync(Faults(refuses_less_time=True))

    @rule()
    def sync_while_every_answer_is_lost(self) -> None:
        self._sync(Faults(losing=range(100)))

    @rule(odd=st.integers(1, 3))
    def sync_without_seeing_all(self, odd: int) -> None:
        """Lists did not arrive whole, so that many records that are known are missing."""
        known = {pair.right_id for pair in self.world.task_pairs.values()} | {pair.left_id for pair in self.world.time_pairs.values()}
        known |= self.world.left.tasks.keys() | self.world.right.times.keys() | set(self.projects)
        self.world.sure_days = frozenset()
        sync(self.world, Faults(hides=lambda key: key in known and len(key) % odd == 0))
        self.world.sure_days = self.world.days(before=1)

    @rule(answer=st.sampled_from(["approve", "decline"]), asked=st.sampled_from(["left", "right", "decline"]), which=st.integers(0, 3))
    def answer(self, answer: str, asked: str, which: int) -> None:
        for held in plan(self.world.situation()).held[which : which + 2]:
            self.world.answers[held.key] = asked if held.is_question else answer

    @rule()
    def lift_what_rests(self) -> None:
        self.world.resting.clear()

    @rule()
    def lose_our_rows(self) -> None:
        self.world.task_pairs.clear()

    @rule(of_tasks=st.booleans())
    def lose_the_rows_of_time(self, of_tasks: bool) -> None:
        """While both sides are in step: what we wrote is found again, all of it, and nothing is written twice."""
        made = plan(self.world.situation())
        if made.steps or made.held or made.declined or made.resting:
            return
        told = self.world.right.tasks.keys() | {""}
        told |= set() if of_tasks else {pair.right_id for pair in self.world.task_pairs.values()}
        if any(time.task_id not in told for time in self.world.right.times.values()):
            return  # nobody knows on which task on the left it was
        pairs, times = list(self.world.time_pairs.values()), self.world.left.times
        before = sum(time.seconds for time in times.values())
        deleted_by_hand = sum(pair.seconds for pair in pairs if pair.left_id not in times)
        self.world.time_pairs.clear()
        if of_tasks:
            self.world.task_pairs.clear()
        sync(self.world)
        assert sum(time.seconds for time in times.values()) <= before + deleted_by_hand
        self.left_alone |= times.keys() - {pair.left_id for pair in self.world.time_pairs.values()}

    # --- The end ------------------------------------------------------------------------------------------------------

    def teardown(self) -> None:
        if not hasattr(self, "world"):
            return
        world = self.world
        world.resting.clear()
        world.answers.clear()
        for _ in range(12):
            decide(world, "approve")
            made = sync(world)
            if not made.steps and not made.held:
                break
        assert (made.steps, made.held, made.declined) == ((), (), frozenset())
        self._check_tasks(made)
        self._check_time(made)

    def _check_tasks(self, made: Plan) -> None:
        world = self.world
        marks = Counter((task.project_id, task.mark) for task in world.right.tasks.values() if task.mark)
        assert all(times == 1 for times in marks.values())
        explained = {case.subject for case in made.cases}
        for case in made.cases:
            if case.reason is reasons.COMPLETED_AND_MOVED:
                assert world.task_pairs[case.subject].is_completed
            if case.reason is reasons.COMPLETED_BEFORE and (right := self._partner(case.subject)):
                assert right.is_read_only or right.project_id not in self._open_on_the_right()
        for task in world.left.tasks.values():
            link = world.links.get(task.project_id)
            if link and not explained & {task.id, link.id}:
                right = world.partner(task.id)
                assert right.project_id == link.right_id
                assert (task.name, task.is_completed) == (right.name, right.is_completed)
                assert right.assignee_ids >= self._wanted(task)
        for link in world.links.values():
            if link.id not in explained and link.synced_name:
                assert world.left.projects[link.left_id].name == world.right.projects[link.right_id].name

    def _open_on_the_right(self) -> set[str]:
        world = self.world
        links = [link for link in world.links.values() if link.left_id in world.left.projects and link.right_id in world.right.projects]
        return {link.right_id for link in links if world.left.projects[link.left_id].is_active}

    def _wanted(self, task: TaskFacts) -> set[str]:
        partners = {self.world.people[person] for person in task.assignee_ids if person in self.world.people}
        return {person for person in partners if self.world.right.people[person].is_active}

    def _check_time(self, made: Plan) -> None:
        """Written and left out is tracked, in all and piece by piece, and what is written overlaps nowhere."""
        world = self.world
        pairs = [pair for pair in world.time_pairs.values() if pair.left_id in world.left.times and pair.key.day >= world.first_day]
        self._check_nothing_is_unknown()
        self._check_eve()
        assert all(world.left.times[pair.left_id].seconds == pair.seconds for pair in pairs if self._is_kept_right(pair))
        tracked, written = self._tracked(), Counter[tuple[object, str, str]]()
        for pair in pairs:
            written[pair.key.day, pair.key.person_id, pair.key.task_id] += pair.seconds
        left_out = sum(case.seconds for case in made.cases)
        assert sum(min(written[slot], seconds) for slot, seconds in tracked.items()) + left_out == sum(tracked.values())
        if not made.cases and all(map(self._is_kept_right, pairs)):
            assert written == tracked
            self._check_places(pairs)

    def _check_eve(self) -> None:
        """What moved into the first day because the zone changed does not stand on the day before as well."""
        world = self.world
        eve = world.first_day - timedelta(days=1)
        written, tracked = self._written(), self._tracked_of_people(eve)
        assert all(seconds <= tracked[day, person] for (day, person), seconds in written.items() if day == eve)

    def _is_kept_right(self, pair: TimePair) -> bool:
        """Whether its person and its place on both sides are still linked; else an answer that was lost last stays lost."""
        world, links = self.world, self.world.links
        task = world.right.tasks.get(pair.key.task_id)
        project = task.project_id if task else pair.key.task_id.removeprefix(WHOLE_PROJECT)
        is_placed = pair.project_id in links and (not pair.task_id or pair.task_id in world.left.tasks)
        is_linked = project in {link.right_id for link in links.values()}
        return pair.key.person_id in world.people.values() and is_placed and is_linked

    def _check_nothing_is_unknown(self) -> None:
        """All that stands on the left is known; a lost answer may stay lost where its person or project is not linked any more."""
        lost = {(pair.task_id, pair.start, pair.seconds) for pair in self.world.time_pairs.values() if not pair.left_id}
        known = {pair.left_id for pair in self.world.time_pairs.values()}
        unknown = [time for time in self.world.left.times.values() if time.id not in known | self.left_alone]
        assert all((time.task_id, time.start, time.seconds) in lost for time in unknown)

    def _tracked(self, first_day: date | None = None) -> Counter[tuple[object, str, str]]:
        world, first_day = self.world, first_day or self.world.first_day
        linked = {link.right_id for link in world.links.values()} - {""}
        tracked = Counter[tuple[object, str, str]]()
        ours = {key.task_id for key in world.time_pairs} | {pair.right_id for pair in world.task_pairs.values()}
        ours |= {task.id for task in world.right.tasks.values() if task.mark}
        for time in world.right.times.values():
            assert time.start is not None
            day = time.start.astimezone(world.zone).date()
            if time.project_id in linked and first_day <= day <= world.last_day:
                task = time.task_id if time.task_id and time.task_id in ours else WHOLE_PROJECT + time.project_id
                tracked[day, time.person_id, task] += time.seconds
        return tracked

    def _check_places(self, pairs: list[TimePair]) -> None:
        days = defaultdict(list)
        for pair in pairs:
            days[pair.key.day, pair.key.person_id].append(self.world.left.times[pair.left_id])
        for (day, _), times in days.items():
            spans = sorted((time.start, time.end) for time in times if time.start and time.end)
            assert all(before[1] <= after[0] for before, after in pairwise(spans))
            assert spans[0][0] >= bounds_of(day, self.world.zone).begin


TwoTrackers.TestCase.settings = settings(max_examples=500, stateful_step_count=30, deadline=None, derandomize=True)
TestTwoTrackers = TwoTrackers.TestCase
