"""What is wrong in an organization at a moment. Everything here needs a scope; the number of queries does not grow with the rows."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import OuterRef, QuerySet, Subquery
from django.urls import reverse

from integrations.alarms.models import Alarm
from integrations.automations.models import Automation, AutomationRun, Delivery, Destination
from integrations.connections.models import Connection, State
from integrations.triggers.health import Cause, conditions_of, subscription_of
from integrations.triggers.models import Trigger
from portal.work.outages import is_disturbed

PILE = 1000  # deliveries that wait
PILE_AGE = timedelta(minutes=15)  # for so long one that is due may wait
LONGEST_TITLE = 200
ENDED = (AutomationRun.State.DONE, AutomationRun.State.FAILED, AutomationRun.State.STOPPED)
GROUPS = {Cause.LATE: "looking", Cause.FROZEN: "looking", Cause.LOOKING: "looking", Cause.HELD: "held", Cause.WEBHOOK: "webhook"}
"""Under which word a trigger's causes have their key: what takes each other's place is one alarm."""


def causes_in(organization: str, now: datetime) -> dict[str, Alarm]:
    """An unsaved alarm for each cause, by its key. What is late while a process of the portal is down is not told of: the outage is."""
    found = [*_connections(organization), *_triggers(organization, now), *_destinations(organization, now), *_automations(organization)]
    found += _deliveries(organization, now)
    late = {Alarm.Kind.LATE, Alarm.Kind.DELIVERIES} if is_disturbed(now) else set()
    return {alarm.key: alarm for alarm in found if alarm.kind not in late}


def _connections(organization: str) -> Iterator[Alarm]:
    for connection in Connection.objects.filter(state=State.ATTENTION).exclude(workspace_id=""):
        title = f"{connection.name} is not connected"
        url = _url("connections:detail", organization, connection_id=connection.pk)
        yield _alarm(Alarm.Kind.CONNECTION, f"connection/{connection.pk}", title, connection.problem, url)


def _triggers(organization: str, now: datetime) -> Iterator[Alarm]:
    live = Trigger.live.filter(is_paused=False).select_related("connection", "subscription")
    for trigger in live:
        yield from _of_trigger(trigger, organization, now)


def _of_trigger(trigger: Trigger, organization: str, now: datetime) -> list[Alarm]:
    """The worst comes last, so that it is the one that stays of those with the same key."""
    url = _url("triggers:detail", organization, trigger=trigger.pk)
    return [
        _alarm(Alarm.Kind(each.cause), f"{GROUPS[each.cause]}/{trigger.pk}", f"{trigger.name}: {each.word.lower()}", each.text, url)
        for each in reversed(conditions_of(trigger, subscription_of(trigger), now))
        if each.cause
    ]


def _destinations(organization: str, now: datetime) -> Iterator[Alarm]:
    """One that failed until it was disabled is two causes: people are told of both."""
    troubled = Destination.objects.filter(ended_at=None, is_paused=False).exclude(state=Destination.State.OK)
    for each in troubled:
        url = _url("automations:destination", organization, destination=each.pk)
        if each.failing_since and each.failing_since <= now - Destination.warned_after:
            yield _alarm(Alarm.Kind.DESTINATION, f"failing/{each.pk}", f"{each.name} takes no deliveries", each.problem, url)
        if each.state == Destination.State.DISABLED:
            yield _alarm(Alarm.Kind.DESTINATION, f"disabled/{each.pk}", f"{each.name} was disabled", each.problem, url)


def _deliveries(organization: str, now: datetime) -> list[Alarm]:
    waiting = Delivery.objects.filter(state=Delivery.State.WAITING)
    is_late = waiting.filter(due_at__lt=now - PILE_AGE).exists()
    is_many = _on_their_way(waiting)[: PILE + 1].count() > PILE
    if not is_late and not is_many:
        return []
    minutes = PILE_AGE.total_seconds() / 60
    text = f"Some are due for more than {minutes:.0f} minutes." if is_late else f"More than {PILE:,} wait."
    url = _url("automations:deliveries", organization)
    return [_alarm(Alarm.Kind.DELIVERIES, "deliveries", "Deliveries pile up", f"{text} None is lost; they arrive late.", url)]


def _on_their_way(waiting: QuerySet[Delivery]) -> QuerySet[Delivery]:
    """Without those that wait for a good reason: a daily mail, a person, or an endpoint that fails, which has an alarm of its own."""
    well = waiting.filter(destination__state=Destination.State.OK, destination__is_paused=False, destination__ended_at=None)
    return well.exclude(destination__rhythm=Destination.Rhythm.DAILY)


def _automations(organization: str) -> Iterator[Alarm]:
    """Those that are on and whose newest run that is over did not end well."""
    newest = AutomationRun.objects.filter(automation=OuterRef("pk"), is_test=False, state__in=ENDED).order_by("-created_at", "-id")
    known = Automation.objects.filter(is_on=True, ended_at=None)
    found = known.annotate(outcome=Subquery(newest.values("state")[:1]), message=Subquery(newest.values("message")[:1]))
    for each in found.filter(outcome__in=(AutomationRun.State.FAILED, AutomationRun.State.STOPPED)):
        url = _url("automations:automation", organization, automation=each.pk)
        yield _alarm(Alarm.Kind.AUTOMATION, f"automation/{each.pk}", f"{each.name} did not run to its end", each.message, url)


def _alarm(kind: Alarm.Kind, key: str, title: str, text: str, url: str) -> Alarm:
    return Alarm(kind=kind, key=key, title=title[:LONGEST_TITLE], text=text, url=url)


def _url(name: str, organization: str, **parts: UUID | Any) -> str:
    return reverse(name, kwargs={"organization": organization, **parts})
