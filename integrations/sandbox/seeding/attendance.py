"""Writes schedules into Hubstaff, in several time zones, and how their shifts of the last half year went."""

from dataclasses import dataclass
from datetime import timedelta

from integrations.sandbox import moments
from integrations.sandbox.hubstaff.attendance import Shift, shift_of, written_down
from integrations.sandbox.hubstaff.occurrences import occurrences
from integrations.sandbox.hubstaff.schedules import create_schedule
from integrations.sandbox.kinds import HUBSTAFF_ATTENDANCE, HUBSTAFF_SCHEDULE
from integrations.sandbox.seeding.clocks import HALF_A_YEAR
from integrations.sandbox.seeding.company import Company, World
from integrations.sandbox.seeding.hubstaff import organization_id
from integrations.sandbox.seeding.words import HOMES
from integrations.sandbox.store import Body, Store

FIRST_SCHEDULE = 540_001
WEEK = ("mon", "tue", "wed", "thu", "fri")
HOUR = 3600
MISSED, EARLY, LATE, ABANDONED = 0.04, 0.10, 0.20, 0.24
"""Up to which chance a shift went so; all others were on time."""


@dataclass(frozen=True)
class Habit:
    """How somebody is scheduled. `until` counts days from today; `excluded` says how many days are left out."""

    start_time: str
    hours: int
    minimum: int
    repeat: str = "weekly"
    weekdays: tuple[str, ...] = WEEK
    until: int | None = None
    excluded: int = 0


HABITS = (
    Habit("09:00:00", 8, 7, excluded=3),
    Habit("08:30:00", 8, 7, until=60),
    Habit("09:30:00", 4, 3, repeat="bi_weekly", weekdays=("tue", "thu")),
    Habit("08:00:00", 6, 5, weekdays=("mon", "wed", "fri"), until=-40),
    Habit("22:00:00", 8, 6, weekdays=("fri", "sat"), excluded=1),
    Habit("13:00:00", 5, 4, excluded=2),
)


def plant_schedules(store: Store, world: World, company: Company, users: list[Body]) -> None:
    """Write the schedules of some, in turn, one for a single day to come, and the shifts of the past."""
    # Those who live elsewhere come first: their schedules go by their own clocks.
    scheduled = sorted(users[3:], key=lambda user: user["name"] not in HOMES)
    for user, habit in zip(scheduled, HABITS, strict=False):
        schedule = _plant_schedule(store, world, company, user, habit)
        _plant_shifts(store, world, schedule)
    _plant_schedule(store, world, company, users[1], Habit("10:00:00", 3, 2, repeat="never", weekdays=()), begin=-9)


def _plant_schedule(store: Store, world: World, company: Company, user: Body, habit: Habit, begin: int = HALF_A_YEAR) -> Body:
    day = world.today - timedelta(days=begin)
    created = moments.written(moments.read(f"{world.today - timedelta(days=max(begin, 1) + 7)}T10:00:00Z"))
    details = {
        "id": max(FIRST_SCHEDULE, store.next_number(HUBSTAFF_SCHEDULE)),
        "start_date": day.isoformat(),
        "use_time_zone": "user" if user["name"] in HOMES else "organization",
        "start_time": habit.start_time,
        "duration": habit.hours * HOUR,
        "minimum_time": habit.minimum * HOUR,
        "repeat_schedule": habit.repeat,
        "repeat_until": None if habit.until is None else (world.today + timedelta(days=habit.until)).isoformat(),
        "weekdays": list(habit.weekdays),
        "excluded_dates": sorted(one.isoformat() for one in world.chance.sample(world.weekdays(), habit.excluded)),
        "created_at": created,
        "updated_at": created,
    }
    return create_schedule(store, organization_id(company), user["id"], **details)


def _plant_shifts(store: Store, world: World, schedule: Body) -> None:
    """Write how the shifts up to the day before yesterday went; what is younger follows from tracked time."""
    first, last = world.today - timedelta(days=HALF_A_YEAR), world.today - timedelta(days=2)
    shifts = [shift_of(store, schedule, day) for day in occurrences(schedule, first, last)]
    store.put_all(HUBSTAFF_ATTENDANCE, [_attendance(world, shift) for shift in shifts])


def _attendance(world: World, shift: Shift) -> Body:
    chance, fate = world.chance, world.chance.random()
    minimum, duration = shift.schedule["minimum_time"], shift.schedule["duration"]
    changed = moments.written(shift.end)
    if fate < MISSED:
        return written_down(shift, None, 0, changed)
    minutes = chance.randint(-40, -6) if fate < EARLY else chance.randint(6, 50) if fate < LATE else chance.randint(-4, 5)
    short = LATE <= fate < ABANDONED
    seconds = chance.randrange(minimum // 4, minimum - 60) if short else chance.randrange(minimum, duration)
    return written_down(shift, shift.begin + timedelta(minutes=minutes), seconds, changed)
