"""Working days: when somebody worked, in believable stretches."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

HALF_A_YEAR = 182
ABSENT = 0.09

Stretch = tuple[datetime, int]
"""When it began, and its seconds."""


def weekdays(today: date) -> list[date]:
    """Return the weekdays of the half year before today."""
    days = (today - timedelta(days=back) for back in range(HALF_A_YEAR, 0, -1))
    return [day for day in days if day.weekday() < 5]


def working_day(chance: Random, day: date, zone: ZoneInfo) -> Iterator[Stretch]:
    """Walk the stretches that one person worked on a day: none when absent, else some six to eight hours."""
    if chance.random() < ABSENT:
        return
    moment = datetime.combine(day, time(8), zone) + timedelta(minutes=chance.randrange(0, 95, 5))
    goal = chance.randrange(350, 490, 5)
    while goal > 20:
        minutes = min(goal, chance.randrange(45, 170))
        yield moment, minutes * 60 + chance.randrange(-20, 20)
        goal -= minutes
        moment += timedelta(minutes=minutes + chance.choice((2, 5, 10, 15, 45)))
