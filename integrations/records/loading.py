"""Reading lists anew: what it costs, and which days of a list by days are asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from django.utils import timezone

from integrations.catalogue import OAuth, Window
from integrations.connections.budget import budget_facts
from integrations.records.days import A_DAY, Days
from integrations.records.filters import Filters, read_day
from integrations.records.places import Place
from integrations.records.queries import Freshness


@dataclass(frozen=True)
class Unread:
    """Days that somebody looks at and that are not in the mirror. Where there are too many to be read at once, `problem` says so."""

    days: Days
    calls: int = 0
    problem: str = ""


@dataclass(frozen=True)
class HeldBack:
    """A walk that our own budget holds back. `until` is None where that is over, and the next look begins anew."""

    until: datetime | None
    whose: str  # what the calls are counted for
    limit: str  # such as "1,000 calls an hour"
    is_shared: bool  # whether an application of its own would give the organization more


def held_back(place: Place, freshness: Freshness) -> HeldBack | None:
    """What to say of a list whose walk was held back; None where it was not, or the connection is not signed in. Needs a scope."""
    budget = budget_facts(place.connection) if freshness.held_back_until else None
    if budget is None or freshness.held_back_until is None:
        return None
    until = freshness.held_back_until if freshness.held_back_until > timezone.now() else None
    return HeldBack(until, budget.bucket.whose, budget.bucket.words, _is_shared(place))


def _is_shared(place: Place) -> bool:
    """Whether the connection is signed in with the operator's application, and that is what calls are counted for."""
    connection = place.connection
    counts_applications = connection.declaration.limit.per == "application" and isinstance(connection.declared_sign_in, OAuth)
    return counts_applications and connection.credential.application_id is None


def unread(place: Place, filters: Filters, freshness: Freshness) -> Unread | None:
    """What is missing of the days that the filters ask for; None where it is all there, or no days are asked for."""
    window = place.window
    if window is None or not filters.has_days or filters.first is None:
        return None
    days = _days_to_read(place, filters, window)
    if days.last < days.first or any(span.holds(days) for span in freshness.days):
        return None
    if days.count > window.longest:
        return Unread(days, problem=too_many(window))
    return Unread(days, calls_for(window, days) * max(freshness.lists, 1))


def read_days_asked(given: Mapping[str, str], window: Window | None) -> Days | None:
    """The days that a form asks for, None where it asks for none. Raises `ValueError` with a sentence."""
    first, last = read_day(given.get("first", "")), read_day(given.get("last", ""))
    if first is None and last is None:
        return None
    if window is None or first is None or last is None:
        raise ValueError("Choose a first and a last day.")
    if last < first:
        raise ValueError("The last day lies before the first one.")
    if Days(first, last).count > window.longest:
        raise ValueError(too_many(window))
    return Days(first, last)


def calls_for(window: Window, days: Days) -> int:
    """How many calls a list takes for these days, at least: each may come in pages."""
    return len(window.inputs(days.first, days.last))


def too_many(window: Window) -> str:
    return f"At most {window.longest} days can be read at once. Choose fewer."


def _days_to_read(place: Place, filters: Filters, window: Window) -> Days:
    """The filters' days as the provider is asked for them: in UTC, and no further than a refresh looks."""
    furthest = timezone.now().date() + timedelta(days=window.ahead)
    first, last = filters.first or furthest, filters.last or furthest
    if place.moment and place.moment.unit != "day":
        zone = timezone.get_current_timezone()
        first = datetime.combine(first, time(), tzinfo=zone).astimezone(UTC).date()
        last = (datetime.combine(last + A_DAY, time(), tzinfo=zone) - timedelta(microseconds=1)).astimezone(UTC).date()
    return Days(first, min(last, furthest))
