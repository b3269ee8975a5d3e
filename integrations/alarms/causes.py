"""What is wrong in an organization at a moment. Everything here needs a scope; the number of queries does not grow with the rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.urls import reverse

from integrations.alarms.models import Alarm
from integrations.automations.models import Automation, AutomationRun, Delivery, Destination
from integrations.connections.models import Connection, State
from integrations.triggers.health import Cause, Condition, conditions_of, declared, subscription_of
from integrations.triggers.models import Trigger
from portal.work.outages import is_disturbed

PILE = 1000  # deliveries that wait
GIVEN_UP_FOR = timedelta(days=1)  # for so long it is told that deliveries were given up
PILE_AGE = timedelta(minutes=15)  # for so long one that is due may wait
LONGEST_TITLE = 200
ENDED = Q(state__in=(AutomationRun.State.DONE, AutomationRun.State.FAILED))
TOO_DEEP = Q(state=AutomationRun.State.STOPPED, depth__gt=Automation.deepest)  # others were stopped by a person
OF_PROCESSES = frozenset({Alarm.Kind.LATE, Alarm.Kind.FROZEN, Alarm.Kind.DELIVERIES})
"""What goes wrong, or seems to be well again, because a process of the portal is down."""
GROUPS = {Cause.LATE: "looking", Cause.FROZEN: "looking", Cause.LOOKING: "looking", Cause.HELD: "held", Cause.WEBHOOK: "webhook"}
"""Under which word a trigger's causes have their key: of those that take each other's place only the worst is told of."""
SHARED = frozenset({Cause.LATE, Cause.LOOKING})
"""What an outage of a provider does to every trigger of a connection: one alarm for all of them."""

Told = tuple[Trigger, Cause, Condition]


def causes_in(organization: str, now: datetime) -> dict[str, Alarm]:
    """An alarm for each cause, by its key. While a process of the portal is down nothing new is said of what it should do: the outage is
    told of. The alarms that are open stand as they are, for nobody knows whether they are over.
    """
    found = [*_connections(organization), *_triggers(organization, now), *_destinations(organization, now), *_automations(organization)]
    found += [*_deliveries(organization, now), *_given_up(organization, now)]
    unjudged = unjudged_kinds(now)
    standing = Alarm.objects.filter(ended_at=None, kind__in=unjudged)  # asks nothing where there are no such kinds
    judged = (alarm for alarm in found if alarm.kind not in unjudged)
    return {alarm.key: alarm for alarm in (*standing, *judged)}


def unjudged_kinds(now: datetime) -> frozenset[Alarm.Kind]:
    """The kinds of which nothing can be said at the moment."""
    return OF_PROCESSES if is_disturbed(now) else frozenset()


def _connections(organization: str) -> Iterator[Alarm]:
    for connection in Connection.objects.filter(state=State.ATTENTION).exclude(workspace_id=""):
        title = f"{connection.name} is not connected"
        url = _url("connections:detail", organization, connection_id=connection.pk)
        yield _alarm(Alarm.Kind.CONNECTION, f"connection/{connection.pk}", title, connection.problem, url)


def _triggers(organization: str, now: datetime) -> Iterator[Alarm]:
    live = Trigger.live.filter(is_paused=False).select_related("connection", "subscription").defer("subscription__sealed")
    shared = defaultdict[UUID, list[Told]](list)
    for trigger in live.order_by("name", "pk"):
        for cause, condition in _worst_causes(trigger, now).items():
            if cause in SHARED and declared(trigger):
                shared[trigger.connection_id].append((trigger, cause, condition))
            else:
                yield _of_trigger((trigger, cause, condition), f"{GROUPS[cause]}/{trigger.pk}", organization)
    for troubled in shared.values():
        yield _of_connection(troubled, organization)


def _worst_causes(trigger: Trigger, now: datetime) -> dict[Cause, Condition]:
    found = reversed(conditions_of(trigger, subscription_of(trigger), now))
    worst = {GROUPS[each.cause]: (each.cause, each) for each in found if each.cause}
    return dict(worst.values())


def _of_trigger(told: Told, key: str, organization: str) -> Alarm:
    trigger, cause, condition = told
    url = _url("triggers:detail", organization, trigger=trigger.pk)
    return _alarm(Alarm.Kind(cause), key, f"{trigger.name}: {condition.word.lower()}", condition.text, url)


def _of_connection(troubled: list[Told], organization: str) -> Alarm:
    """All triggers of a connection that cannot look or are late: one that is alone is told of by its name."""
    connection = troubled[0][0].connection
    key = f"looking/{connection.pk}"
    troubled = [each for each in troubled if each[1] == Cause.LOOKING] or troubled
    if len(troubled) == 1:
        return _of_trigger(troubled[0], key, organization)
    trigger, cause, condition = troubled[0]
    title = f"{len(troubled)} triggers of {connection.name}: {condition.word.lower()}"
    url = _url("connections:detail", organization, connection_id=connection.pk)
    return _alarm(Alarm.Kind(cause), key, title, f"{trigger.name}, for one: {condition.text}", url)


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


def _given_up(organization: str, now: datetime) -> Iterator[Alarm]:
    """What did not arrive and is not tried any more, also where other deliveries do arrive. It ends when they are resent or after a day."""
    failed = Q(deliveries__state=Delivery.State.FAILED, deliveries__ended_at__gt=now - GIVEN_UP_FOR)
    for each in Destination.objects.filter(failed, ended_at=None).annotate(given_up=Count("deliveries")):
        url = f"{_url('automations:deliveries', organization)}?destination={each.pk}&state={Delivery.State.FAILED}"
        deliveries = "1 delivery" if each.given_up == 1 else f"{each.given_up:,} deliveries"
        title = f"{deliveries} to {each.name} {'was' if each.given_up == 1 else 'were'} given up in the last day"
        yield _alarm(Alarm.Kind.DESTINATION, f"given-up/{each.pk}", title, "Look what their last tries say, then resend them.", url)


def _on_their_way(waiting: QuerySet[Delivery]) -> QuerySet[Delivery]:
    """Without those that wait for a good reason: a daily mail, a person, or an endpoint that fails, which has an alarm of its own."""
    well = waiting.filter(destination__state=Destination.State.OK, destination__is_paused=False, destination__ended_at=None)
    return well.exclude(destination__rhythm=Destination.Rhythm.DAILY)


def _automations(organization: str) -> Iterator[Alarm]:
    """Those that are on and whose newest run that is over did not end well. What was before they were edited does not count."""
    own = AutomationRun.objects.filter(automation=OuterRef("pk"), is_test=False, created_at__gte=OuterRef("edited_at"))
    newest = own.filter(ENDED | TOO_DEEP).order_by("-created_at", "-id")
    known = Automation.objects.filter(is_on=True, ended_at=None)
    found = known.annotate(outcome=Subquery(newest.values("state")[:1]), message=Subquery(newest.values("message")[:1]))
    for each in found.filter(outcome__in=(AutomationRun.State.FAILED, AutomationRun.State.STOPPED)):
        url = _url("automations:automation", organization, automation=each.pk)
        yield _alarm(Alarm.Kind.AUTOMATION, f"automation/{each.pk}", f"{each.name} did not run to its end", each.message, url)


def _alarm(kind: Alarm.Kind, key: str, title: str, text: str, url: str) -> Alarm:
    return Alarm(kind=kind, key=key, title=title[:LONGEST_TITLE], text=text, url=url)


def _url(name: str, organization: str, **parts: UUID | Any) -> str:
    return reverse(name, kwargs={"organization": organization, **parts})
