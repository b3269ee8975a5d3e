"""Time: written back by person, task and day or in blocks, corrected, moved and removed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from integrations.catalogue import TimeFacts
from integrations.sync.plan import plan
from integrations.sync.situation import TimeKey, TimeRules
from integrations.sync.steps import StepKind
from tests.sync.carrying import Faults, kinds, reasons, settle, sync, synced_world
from tests.sync.world import BLOCK, DAY, NINE, World

HOUR = timedelta(hours=1)
BLOCKS = TimeRules("blocks")


def spans(world: World) -> list[tuple[datetime, datetime]]:
    return sorted((time.start, time.end) for time in world.left.times.values() if time.start and time.end)


def day_with(count: int, seconds: int = 3000) -> tuple[World, list[str]]:
    """A day of one person with pieces on so many tasks: the world, and the tasks on the right."""
    world = World()
    project = world.project()
    tasks = [world.task(project) for _ in range(count)]
    settle(world)
    rights = [world.partner(task).id for task in tasks]
    for right in rights:
        world.track(right, seconds)
    settle(world)
    return world, rights


def test_tracked_time_is_written_back_by_person_task_and_day() -> None:
    world, left, right = synced_world()
    world.track(right, 3600, "r-ann")
    world.track(right, 1800, "r-ben")
    world.track(right, 600, "r-ann", DAY - timedelta(days=1))
    assert kinds(sync(world)) == [StepKind.ADD_TIME] * 3
    assert world.written() == [("ann", left, 600), ("ann", left, 3600), ("ben", left, 1800)]


def test_blocks_of_a_day_are_one_piece_of_that_day() -> None:
    world, left, right = synced_world()
    world.stretch(right, NINE, 30)
    world.block(right, NINE + 3 * HOUR, 300)
    [step] = sync(world).steps
    assert (step.seconds, step.start) == (2100, NINE)
    assert world.written() == [("ann", left, 2100)]


def test_more_time_on_the_same_day_makes_the_piece_longer_and_less_makes_it_shorter() -> None:
    world, _, right = synced_world()
    world.track(right, 3600)
    settle(world)
    for change, sum_of_day in ((900, 4500), (-1500, 3000)):
        world.track(right, change)
        [step] = sync(world).steps
        assert (step.kind, step.seconds) == (StepKind.UPDATE_TIME, sum_of_day)
        assert [time.seconds for time in world.left.times.values()] == [sum_of_day]


def test_time_that_comes_late_for_an_earlier_day_is_written_back_there() -> None:
    world, _, right = synced_world()
    world.track(right, 600)
    settle(world)
    world.track(right, 1200, day=DAY - timedelta(days=3))
    [step] = sync(world).steps
    assert (step.kind, step.start) == (StepKind.ADD_TIME, NINE - timedelta(days=3))


def test_nothing_is_written_of_days_that_are_not_looked_at() -> None:
    world, _, right = synced_world()
    world.track(right, 600, day=world.first_day - timedelta(days=1))
    world.track(right, 600, day=world.last_day + timedelta(days=1))
    assert plan(world.situation()).steps == ()


def test_time_of_people_who_are_not_connected_is_left_out_with_its_seconds() -> None:
    world, _, right = synced_world()
    world.track(right, 7200, "r-stranger")
    world.track(right, 600, "r-stranger", DAY - timedelta(days=1))
    made = plan(world.situation())
    assert made.steps == ()
    assert reasons(made) == [("person with tracked time who is not connected", 1, 7800)]


def test_of_a_person_who_is_connected_no_more_only_what_is_not_written_yet_is_left_out() -> None:
    world, _, right = synced_world()
    world.track(right, 3600, "r-ben")
    settle(world)
    del world.people["ben"]
    world.track(right, 600, "r-ben")
    made = plan(world.situation())
    assert made.steps == ()
    assert ("person with tracked time who is not connected", 1, 600) in reasons(made)


def test_a_service_that_takes_no_time_gets_none_and_that_is_said() -> None:
    world, _, right = synced_world()
    world.left.lacks("time", "create", "update", "delete")
    world.track(right, 3600)
    made = plan(world.situation())
    assert made.steps == ()
    assert reasons(made) == [("tracked time, which timeghost does not take", 1, 3600)]


def test_a_correction_that_a_service_does_not_take_is_said_with_its_seconds() -> None:
    world, _, right = synced_world()
    world.track(right, 3600)
    settle(world)
    world.left.lacks("time", "update")
    world.track(right, 900)
    made = plan(world.situation())
    assert made.steps == ()
    assert [(case.reason.one.endswith("correct tracked time"), case.seconds) for case in made.cases] == [(True, 900)]


# --- Where in the day -----------------------------------------------------------------------------------------------------


def test_the_pieces_of_a_persons_day_do_not_overlap() -> None:
    world, _ = day_with(3)
    assert spans(world)[0][0] == NINE
    assert all(before[1] == after[0] for before, after in pairwise(spans(world)))


def test_a_piece_that_has_grown_pushes_the_later_ones_on() -> None:
    world, rights = day_with(3)
    world.track(rights[0], 1200)
    made = sync(world)
    assert kinds(made) == [StepKind.UPDATE_TIME] * 3
    assert [step.seconds for step in made.steps] == [3000, 3000, 4200]  # the last one first: none runs into the next
    assert all(before[1] == after[0] for before, after in pairwise(spans(world)))
    assert plan(world.situation()).steps == ()


def test_a_piece_that_has_shrunk_moves_nothing() -> None:
    world, rights = day_with(3)
    world.track(rights[0], -1200)
    assert kinds(sync(world)) == [StepKind.UPDATE_TIME]
    assert all(before[1] <= after[0] for before, after in pairwise(spans(world)))


def test_a_day_with_more_than_fits_after_nine_begins_earlier_but_not_before_the_day() -> None:
    world, rights = day_with(2, seconds=9 * 3600)
    assert spans(world)[0][0] == NINE - 3 * HOUR
    assert spans(world)[-1][1] == NINE + 15 * HOUR
    world.track(rights[0], 8 * 3600)  # more than a day has
    settle(world)
    assert spans(world)[0][0] == NINE - 9 * HOUR
    assert sum(time.seconds for time in world.left.times.values()) == 26 * 3600


@pytest.mark.parametrize(
    ("zone", "day", "nine"),
    [
        ("Europe/Berlin", date(2026, 3, 2), datetime(2026, 3, 2, 8, tzinfo=UTC)),
        ("Europe/Berlin", date(2026, 3, 29), datetime(2026, 3, 29, 7, tzinfo=UTC)),
        ("Europe/Berlin", date(2026, 10, 25), datetime(2026, 10, 25, 8, tzinfo=UTC)),
        ("America/New_York", date(2026, 3, 8), datetime(2026, 3, 8, 13, tzinfo=UTC)),
        ("America/New_York", date(2026, 11, 1), datetime(2026, 11, 1, 14, tzinfo=UTC)),
        ("Asia/Kathmandu", date(2026, 3, 29), datetime(2026, 3, 29, 3, 15, tzinfo=UTC)),
    ],
)
def test_days_begin_at_nine_in_the_organizations_zone_on_both_sides_of_daylight_saving(zone: str, day: date, nine: datetime) -> None:
    world, _, right = synced_world()
    world.zone, world.first_day, world.last_day = ZoneInfo(zone), date.min, date.max
    world.track(right, 60, day=day)
    [step] = plan(world.situation()).steps
    assert step.start == nine


@pytest.mark.parametrize(
    ("zone", "midnight"),
    [
        ("Europe/Berlin", datetime(2026, 3, 29, 22, tzinfo=UTC)),  # the day before had 23 hours
        ("Europe/Berlin", datetime(2026, 10, 25, 23, tzinfo=UTC)),  # the day before had 25
        ("America/New_York", datetime(2026, 3, 9, 4, tzinfo=UTC)),
        ("Asia/Kathmandu", datetime(2026, 3, 29, 18, 15, tzinfo=UTC)),
    ],
)
def test_blocks_belong_to_the_day_in_which_they_begin_in_the_organizations_zone(zone: str, midnight: datetime) -> None:
    world, _, right = synced_world()
    world.zone, world.first_day, world.last_day = ZoneInfo(zone), date.min, date.max
    world.block(right, midnight - BLOCK)
    world.block(right, midnight)
    days = [TimeKey.of(step.right_id).day for step in plan(world.situation()).steps]
    local = midnight.astimezone(world.zone).date()
    assert days == [local - timedelta(days=1), local]


# --- Blocks ---------------------------------------------------------------------------------------------------------------


def test_blocks_that_follow_one_another_are_written_back_as_one_stretch_where_they_were_worked() -> None:
    world, _, right = synced_world()
    world.rules = BLOCKS
    world.stretch(right, NINE, 30)
    world.block(right, NINE + 2 * HOUR, 240)
    made = sync(world)
    assert [(step.start, step.seconds) for step in made.steps] == [(NINE, 1800), (NINE + 2 * HOUR, 240)]
    assert [TimeKey.of(step.right_id).number for step in made.steps] == [0, 1]
    assert plan(world.situation()).steps == ()


def test_a_block_on_another_task_ends_a_stretch_so_that_none_overlap() -> None:
    world, left, right = synced_world()
    other = world.task(world.left.tasks[left].project_id)
    settle(world)
    world.rules = BLOCKS
    world.block(right, NINE, 240)
    world.block(world.partner(other).id, NINE + timedelta(minutes=4), 360)
    world.block(right, NINE + BLOCK, 600)
    settle(world)
    assert all(before[1] <= after[0] for before, after in pairwise(spans(world)))
    assert world.written() == [("ann", left, 240), ("ann", left, 600), ("ann", other, 360)]


def test_a_block_that_comes_late_joins_two_stretches_and_nothing_is_counted_twice() -> None:
    world, left, right = synced_world()
    world.rules = BLOCKS
    world.block(right, NINE)
    world.block(right, NINE + 2 * BLOCK)
    settle(world)
    world.block(right, NINE + BLOCK)
    assert sorted(kinds(sync(world))) == [StepKind.DELETE_TIME, StepKind.UPDATE_TIME]
    assert world.written() == [("ann", left, 1800)]


def test_sums_of_days_stay_sums_where_blocks_are_wanted() -> None:
    world, _, right = synced_world()
    world.rules = BLOCKS
    world.track(right, 7200)
    assert [(step.start, step.seconds) for step in sync(world).steps] == [(NINE, 7200)]


def test_switching_between_days_and_blocks_keeps_every_second_and_doubles_none() -> None:
    world, left, right = synced_world()
    world.block(right, NINE)
    world.block(right, NINE + HOUR)
    settle(world)
    assert world.written() == [("ann", left, 1200)]
    world.rules = BLOCKS
    assert sorted(kinds(sync(world))) == [StepKind.ADD_TIME, StepKind.UPDATE_TIME]
    assert world.written() == [("ann", left, 600), ("ann", left, 600)]
    world.rules = TimeRules("day")
    assert sorted(kinds(sync(world))) == [StepKind.DELETE_TIME, StepKind.UPDATE_TIME]
    assert world.written() == [("ann", left, 1200)]
    assert plan(world.situation()).steps == ()


def test_where_time_cannot_be_deleted_pieces_do_not_become_fewer_and_that_is_said() -> None:
    world, _, right = synced_world()
    world.rules = BLOCKS
    world.block(right, NINE)
    world.block(right, NINE + HOUR)
    settle(world)
    world.left.lacks("time", "delete")
    world.rules = TimeRules("day")
    world.block(right, NINE + 2 * HOUR)
    made = plan(world.situation())
    assert made.steps == ()
    assert [(case.reason.one.endswith("delete tracked time"), case.seconds) for case in made.cases] == [(True, 600)]


# --- Lost answers ---------------------------------------------------------------------------------------------------------


def test_written_back_time_whose_answer_was_lost_is_recognised_and_corrected() -> None:
    world, _, right = synced_world()
    world.track(right, 3600)
    sync(world, Faults(losing={0}))
    world.track(right, 60)
    assert kinds(sync(world)) == [StepKind.ADOPT_TIME, StepKind.UPDATE_TIME]
    assert [time.seconds for time in world.left.times.values()] == [3660]


def test_written_back_time_that_never_arrived_is_written_again() -> None:
    world, _, right = synced_world()
    world.track(right, 3600)
    sync(world, Faults(dying_at=0, dies_halfway=True))
    assert world.left.times == {}
    assert kinds(sync(world)) == [StepKind.ADD_TIME]
    assert len(world.left.times) == 1


def test_a_correction_whose_answer_was_lost_is_noted_and_not_sent_again() -> None:
    world, _, right = synced_world()
    world.track(right, 3600)
    settle(world)
    world.track(right, 60)
    sync(world, Faults(losing={0}))
    made = sync(world)
    assert (kinds(made), made.writes) == ([StepKind.ADOPT_TIME], 0)


def test_a_correction_whose_answer_was_lost_and_that_is_wanted_no_more_is_taken_back() -> None:
    world, _, right = synced_world()
    world.track(right, 3600)
    settle(world)
    world.track(right, 60)
    sync(world, Faults(losing={0}))
    world.track(right, -60)
    settle(world)
    assert [time.seconds for time in world.left.times.values()] == [3600]


def test_time_whose_answer_was_lost_and_that_is_tracked_no_more_is_found_and_deleted() -> None:
    world, _, right = synced_world()
    key = world.track(right, 3600)
    sync(world, Faults(losing={0}))
    del world.right.times[key]
    assert kinds(sync(world)) == [StepKind.DELETE_TIME]
    assert (world.left.times, world.time_pairs) == ({}, {})


def test_a_persons_own_entry_is_never_taken_for_written_back_time() -> None:
    world, left, right = synced_world()
    project = world.left.tasks[left].project_id
    world.left.times["own"] = TimeFacts("own", "ann", project, left, DAY, 10800, NINE, NINE + 3 * HOUR)
    world.track(right, 1200)
    assert kinds(sync(world)) == [StepKind.ADD_TIME]
    assert world.left.times["own"].seconds == 10800


# --- Where our rows are gone ----------------------------------------------------------------------------------------------


def two_pieces(shape: str, later: int) -> tuple[World, str]:
    """A world in step with two pieces of a day, the first of which was written last: the world, and the key of the later one's time."""
    world, left, right = synced_world()
    world.rules = TimeRules(shape)
    other = world.task(world.left.tasks[left].project_id)
    settle(world)
    first, last = sorted([right, world.partner(other).id])
    key = world.block(last, NINE + 6 * BLOCK, 473)
    settle(world)
    world.block(first, NINE, later)
    settle(world)
    return world, key


@pytest.mark.parametrize("shape", ["day", "blocks"])
def test_where_our_rows_are_gone_written_time_is_found_and_stays_where_it_stands(shape: str) -> None:
    world, _ = two_pieces(shape, 600)
    before = dict(world.left.times)
    world.time_pairs.clear()
    assert kinds(sync(world)) == [StepKind.ADOPT_TIME] * 2
    assert plan(world.situation()).steps == ()
    assert world.left.times == before


def test_where_our_rows_are_gone_pieces_of_equal_length_are_found_once_each() -> None:
    world, _ = two_pieces("day", 473)
    world.set_left(next(iter(world.left.tasks)))
    world.time_pairs.clear()
    settle(world)
    assert [seconds for _, _, seconds in world.written()] == [473, 473]
    assert len({pair.left_id for pair in world.time_pairs.values()}) == 2


def test_what_only_we_can_have_written_is_found_where_its_tracked_time_changed_meanwhile() -> None:
    world, key = two_pieces("day", 600)
    world.time_pairs.clear()
    world.right.times[key] = replace(world.right.times[key], seconds=400)
    assert sorted(kinds(sync(world))) == [StepKind.ADOPT_TIME, StepKind.ADOPT_TIME, StepKind.UPDATE_TIME]
    assert sorted(seconds for _, _, seconds in world.written()) == [400, 600]
    assert plan(world.situation()).steps == ()


def test_what_only_we_can_have_written_is_not_made_shorter_on_a_day_that_was_not_seen_whole() -> None:
    world, key = two_pieces("day", 600)
    world.time_pairs.clear()
    world.right.times[key] = replace(world.right.times[key], seconds=55)
    world.sure_days = frozenset()
    sync(world)
    assert sorted(seconds for _, _, seconds in world.written()) == [473, 600]


@pytest.mark.parametrize("seconds", [3600, 3601])
def test_what_a_person_may_have_entered_is_not_taken_for_a_piece_of_another_length(seconds: int) -> None:
    """Of whole minutes, or not where pieces are put."""
    world, left, right = synced_world()
    start = NINE if seconds == 3600 else NINE + HOUR
    own = TimeFacts("own", "ann", world.left.tasks[left].project_id, left, DAY, seconds, start, start + timedelta(seconds=seconds))
    world.left.times["own"] = own
    world.track(right, 1200)
    assert kinds(sync(world)) == [StepKind.ADD_TIME]
    assert world.left.times["own"] == own


# --- Another zone ---------------------------------------------------------------------------------------------------------


def moved_zone(minutes_before: int) -> World:
    """Time of an evening in UTC that belongs to the next day in Kathmandu, which is the first day; and so much time before that."""
    world, _, right = synced_world()
    world.zone = ZoneInfo("UTC")
    evening = datetime(2026, 2, 24, 20, tzinfo=UTC)
    world.block(right, evening)
    world.stretch(right, evening.replace(hour=10), minutes_before)
    settle(world)
    world.zone, world.first_day = ZoneInfo("Asia/Kathmandu"), date(2026, 2, 25)
    world.sure_days = world.days(before=1)
    return world


@pytest.mark.parametrize(("minutes_before", "lengths"), [(0, [600]), (20, [600, 1200])])
def test_what_another_zone_moves_into_the_first_day_does_not_stand_on_the_day_before_as_well(
    minutes_before: int, lengths: list[int]
) -> None:
    world = moved_zone(minutes_before)
    settle(world)
    assert [seconds for _, _, seconds in world.written()] == lengths


def test_what_is_written_on_the_day_before_the_first_stays_where_that_day_was_not_seen_whole() -> None:
    world = moved_zone(0)
    world.sure_days = None
    assert kinds(sync(world)) == [StepKind.ADD_TIME]


def test_on_the_day_before_the_first_nothing_is_added_or_gets_longer() -> None:
    world = moved_zone(20)
    settle(world)
    right = next(iter(world.right.tasks))
    world.block(right, datetime(2026, 2, 24, 12, tzinfo=UTC))
    world.block(right, datetime(2026, 2, 24, 12, tzinfo=UTC), person="r-ben")
    assert plan(world.situation()).steps == ()


# --- Moved and removed ----------------------------------------------------------------------------------------------------


def test_time_deleted_on_the_right_is_deleted_on_the_left() -> None:
    world, _, right = synced_world()
    key = world.track(right, 3600)
    settle(world)
    del world.right.times[key]
    [step] = sync(world).steps
    assert (step.kind, step.side, step.seconds) == (StepKind.DELETE_TIME, "left", 3600)
    assert (world.left.times, world.time_pairs) == ({}, {})


def test_time_moved_to_another_task_is_removed_in_one_place_and_added_in_the_other() -> None:
    world, left, right = synced_world()
    other = world.task(world.left.tasks[left].project_id)
    settle(world)
    key = world.block(right, NINE)
    settle(world)
    world.right.times[key] = replace(world.right.times[key], task_id=world.partner(other).id)
    assert kinds(sync(world)) == [StepKind.DELETE_TIME, StepKind.ADD_TIME]
    assert world.written() == [("ann", other, 600)]


def test_time_that_is_gone_on_both_sides_is_forgotten() -> None:
    world, _, right = synced_world()
    key = world.track(right, 3600)
    settle(world)
    del world.right.times[key]
    world.left.times.clear()
    assert kinds(sync(world)) == [StepKind.FORGET_TIME]
    assert plan(world.situation()).steps == ()


def test_a_piece_that_somebody_deleted_on_the_left_does_not_come_back_and_is_counted() -> None:
    world, _, right = synced_world()
    world.track(right, 3600)
    settle(world)
    world.left.times.clear()
    made = plan(world.situation())
    assert made.steps == ()
    assert reasons(made) == [("piece of written-back time that was deleted in timeghost", 1, 3600)]


def test_a_piece_that_was_just_not_seen_on_the_left_is_not_written_again() -> None:
    world, _, right = synced_world()
    world.track(right, 3600)
    settle(world)
    made = plan(world.situation(lambda key: key in world.left.times))
    assert made.steps == ()
    assert "not seen in timeghost" in made.left_out[0].reason


def test_on_a_day_that_was_not_seen_whole_time_grows_but_never_shrinks_or_goes() -> None:
    world, _, right = synced_world()
    world.sure_days = frozenset()
    first = world.block(right, NINE)
    world.block(right, NINE + BLOCK)
    settle(world)
    world.block(right, NINE + 2 * BLOCK)
    assert kinds(sync(world)) == [StepKind.UPDATE_TIME]
    del world.right.times[first]
    made = plan(world.situation())
    assert made.steps == ()
    assert [case.reason.one for case in made.cases] == ["piece of time on a day that was not seen whole"]
    world.right.times.clear()
    assert plan(world.situation()).steps == ()
    world.sure_days = frozenset({DAY})
    assert kinds(plan(world.situation())) == [StepKind.DELETE_TIME]


def test_time_that_cannot_be_deleted_stays_and_that_is_said() -> None:
    world, _, right = synced_world()
    world.track(right, 3600)
    settle(world)
    world.left.lacks("time", "delete")
    world.right.times.clear()
    made = plan(world.situation())
    assert made.steps == ()
    assert "delete tracked time" in made.left_out[0].reason


def test_time_on_a_task_that_is_deleted_on_the_left_is_left_out_with_what_is_not_written() -> None:
    world, left, right = synced_world()
    world.track(right, 3600)
    settle(world)
    del world.left.tasks[left]
    world.track(right, 600)
    settle(world)
    made = plan(world.situation())
    assert (left, 600) in [(case.subject, case.seconds) for case in made.cases]
    assert [time.seconds for time in world.left.times.values()] == [3600]
