"""Times and durations in words."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.utils import timezone
from django.utils.formats import date_format

MINUTE, HOUR, DAY = 60, 3600, 86400
MINUS = "\N{MINUS SIGN}"


def duration_words(seconds: float) -> str:
    """A stretch of time: `30 s`, `45 min`, `2 h 05 min`."""
    if seconds < 0:
        return f"{MINUS}{duration_words(-seconds)}"
    if 0 < seconds < MINUTE:
        return f"{round(seconds)} s"
    hours, minutes = divmod(round(seconds) // MINUTE, 60)
    return f"{hours:,} h {minutes:02d} min" if hours else f"{minutes} min"


def ago_words(moment: datetime, now: datetime | None = None) -> str:
    """How long ago, or how soon: `just now`, `4 min ago`, `in 2 h`."""
    seconds = ((now or timezone.now()) - moment).total_seconds()
    words = _rough(abs(seconds))
    if not words:
        return "just now"
    return f"{words} ago" if seconds > 0 else f"in {words}"


def moment_words(moment: datetime) -> str:
    """A moment in the reader's zone: `21 Nov 2026, 09:41`."""
    return date_format(timezone.localtime(moment), "j M Y, H:i")


def clock_words(moment: datetime, now: datetime | None = None) -> str:
    """A moment of late, short: `09:41` today, `20 Nov, 09:41` on another day, with the year where it is another one."""
    local, today = timezone.localtime(moment), timezone.localtime(now or timezone.now())
    if local.date() == today.date():
        return date_format(local, "H:i")
    return date_format(local, "j M, H:i" if local.year == today.year else "j M Y, H:i")


def day_words(day: date) -> str:
    """`21 Nov 2026`."""
    return date_format(day, "j M Y")


def days_words(first: date, last: date) -> str:
    """A stretch of days: `21 Nov 2026`, `14 to 21 Nov 2026`, `28 Oct to 3 Nov 2026`."""
    if first == last:
        return day_words(last)
    begin = "j" if (first.year, first.month) == (last.year, last.month) else "j M" if first.year == last.year else "j M Y"
    return f"{date_format(first, begin)} to {day_words(last)}"


def moment_exactly(moment: datetime) -> str:
    """A moment with seconds and zone, as it stands in a tooltip."""
    local = timezone.localtime(moment)
    words = date_format(local, "l j F Y, H:i:s")
    zone = local.tzname() or ""
    return f"{words} {zone}" if local.utcoffset() == timedelta() else f"{words} {zone} ({moment_in_utc(moment)})"


def moment_in_utc(moment: datetime) -> str:
    return moment.astimezone(timezone.get_fixed_timezone(0)).strftime("%H:%M UTC")


def _rough(seconds: float) -> str:
    if seconds < 45:
        return ""
    if seconds < 1.5 * HOUR:
        return f"{max(1, round(seconds / MINUTE))} min"
    if seconds < 1.5 * DAY:
        return f"{round(seconds / HOUR)} h"
    return f"{round(seconds / DAY)} days"
