"""What the dashboard reads. Everything here needs a scope, and asks a number of queries that does not grow with the rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import IntegerField, Sum
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Left
from django.utils import timezone

from integrations.connections.models import Connection, State
from integrations.operations.models import Run
from integrations.sync.models import Pair
from integrations.triggers.health import Condition, condition_of, subscription_of
from integrations.triggers.models import Event, Trigger
from portal.organizations.models import Organization

DAYS = 7
ROWS_SHOWN = 6
MOST_TRIGGERS = 500
LENGTH_OF_A_DAY = len("2026-11-21")


@dataclass(frozen=True)
class WrittenBack:
    """Seconds of tracked time that stand on the left, by the day on which they were worked; the last day is today."""

    days: list[int]

    @property
    def seconds(self) -> int:
        return sum(self.days)


def all_connections() -> list[Connection]:
    return list(Connection.objects.order_by("provider", "created_at"))


def newest_events() -> list[Event]:
    return list(Event.objects.select_related("trigger").order_by("-happened_at", "-id")[:ROWS_SHOWN])


def newest_runs() -> list[Run]:
    return list(Run.objects.select_related("connection").order_by("-created_at")[:ROWS_SHOWN])


def runs_without_answer() -> int:
    """Runs of the last days of which nobody knows whether they were done."""
    since = timezone.now() - timedelta(days=DAYS)
    return Run.objects.filter(state=Run.State.UNKNOWN, created_at__gte=since).count()


def troubled_triggers(now: datetime) -> list[tuple[Trigger, Condition]]:
    """Triggers that a person should look at, the worst first and then by name: the alarms may not have noticed it yet. Each comes with the
    worst of what is wrong.
    """
    live = Trigger.live.filter(is_paused=False, connection__state=State.CONNECTED).select_related("connection", "subscription")
    shown = live.defer("subscription__sealed").order_by("name", "pk")[:MOST_TRIGGERS]
    found = [(trigger, condition_of(trigger, subscription_of(trigger), now)) for trigger in shown]
    return [each for state in ("failed", "attention") for each in found if each[1].state == state][:ROWS_SHOWN]


def written_back(organization: Organization) -> WrittenBack:
    """The last seven days in the organization's zone."""
    today = timezone.now().astimezone(ZoneInfo(organization.time_zone)).date()
    days = [(today - timedelta(days=number)).isoformat() for number in reversed(range(DAYS))]
    # The right id of a piece of time begins with its day.
    times = Pair.objects.filter(part=Pair.Part.TIME, right_id__gte=days[0]).exclude(left_id="")
    seconds = Cast(KeyTextTransform("seconds", "values"), IntegerField())
    sums = dict(times.values(day=Left("right_id", LENGTH_OF_A_DAY)).annotate(total=Sum(seconds)).values_list("day", "total"))
    return WrittenBack([sums.get(day, 0) for day in days])
