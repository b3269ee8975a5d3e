"""Attendance: schedules last for a time, shifts are single days. Both lie in the future, too."""

from __future__ import annotations

import re

from integrations.catalogue import Collect, Column, Entity, Window
from integrations.catalogue.reading import Data
from integrations.providers.hubstaff.windows import at_once, days

CLOCK = re.compile(r"\d\d?:\d\d")  # a start time is a clock's time, told with or without a date before it
ONCE = "never"


def schedule_title(schedule: Data) -> str:
    """Such as "09:00, 8 h, weekly: mon, tue, from 2026-03-02"."""
    clock = CLOCK.search(str(schedule.get("start_time")))
    weekdays = ", ".join(schedule.get("weekdays") or [])
    often = schedule["repeat_schedule"].replace("_", "-")
    repeats = "once" if often == ONCE else f"{often}: {weekdays}" if weekdays else often
    return f"{clock[0] if clock else 'Open'}, {schedule['duration'] / 3600:g} h, {repeats}, from {schedule['start_date']}"


def schedule_end(schedule: Data) -> str | None:
    """The last day of a schedule, None while it has none."""
    end: str | None = schedule["start_date"] if schedule["repeat_schedule"] == ONCE else schedule.get("repeat_until")
    return end


ENTITIES = (
    Entity(
        name="schedule",
        label="Attendance schedule",
        plural="Attendance schedules",
        icon="calendar",
        title=schedule_title,
        status="repeat_schedule",
        person="user_id",
        person_entity="member",
        moment=schedule_end,
        amount="duration",
        columns=(
            Column(label="Schedule", promoted="title"),
            Column(label="Member", promoted="person"),
            Column(label="Repeats", promoted="status"),
            Column(label="Length", promoted="amount", unit="seconds"),
            Column(label="Until", promoted="moment", unit="day"),
        ),
        # A year ahead, so that a schedule is seen when it is made, not when it begins.
        collect=Collect(operation="list_schedules", window=Window(inputs=at_once, longest=400, ahead=366, lasting=True)),
    ),
    Entity(
        name="shift",
        label="Attendance shift",
        plural="Attendance shifts",
        icon="check",
        title=lambda shift: f"Shift on {shift['date']}",
        status="status",
        parent="attendance_schedule_id",
        parent_entity="schedule",
        person="user_id",
        person_entity="member",
        moment="date",  # by which the list is asked for, not the time of the start, which may fall on another day in UTC
        amount="actual_duration",
        columns=(
            Column(label="Shift", promoted="title"),
            Column(label="Member", promoted="person"),
            Column(label="Status", promoted="status"),
            Column(label="Schedule", promoted="parent"),
            Column(label="Worked", promoted="amount", unit="seconds"),
            Column(label="Day", promoted="moment", unit="day"),
        ),
        # More than two weeks back, where a status may still be corrected, and two ahead are 31 days: one call.
        collect=Collect(operation="list_shifts", window=Window(inputs=days, longest=93, back=16, ahead=14)),
    ),
)
