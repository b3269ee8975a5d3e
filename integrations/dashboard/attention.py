"""What a person should look at first, of everything in an organization."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from django.urls import reverse
from django.utils import timezone

from integrations.alarms.models import Alarm
from integrations.connections.models import Connection
from integrations.dashboard.queries import runs_without_answer, troubled_triggers
from integrations.linking.health import Attention, CountedIntegration, attention_of, attention_of_connection, stuck_projects, worst_first
from integrations.linking.newcomers import attention_of_newcomers
from integrations.linking.registry import attention_from_above
from integrations.linking.rules import waiting_count
from integrations.triggers.health import Condition
from integrations.triggers.models import Trigger
from portal.work.heartbeats import Part


def what_needs_attention(
    connections: Iterable[Connection],
    integrations: Collection[CountedIntegration],
    alarms: Iterable[Alarm],
    dead_parts: Iterable[Part],
    organization: str,
) -> list[Attention]:
    """Everything that waits for a person, the worst first. The integrations carry their counts. Needs a scope."""
    found = [
        *attention_of_parts(dead_parts, organization),
        *(each for connection in connections for each in attention_of_connection(connection, organization)),
        *(each for integration in integrations for each in attention_of(integration, organization)),
        *(each for integration in integrations for each in stuck_projects(integration, organization)),
        *attention_of_newcomers(((each, waiting_count(each)) for each in integrations), organization),
        *attention_from_above(integrations, organization),
        *_without_answer(organization),
        *(_troubled(trigger, condition, organization) for trigger, condition in troubled_triggers(timezone.now())),
    ]
    told = {each.url for each in found}
    return worst_first([*found, *(_alarmed(alarm) for alarm in alarms if alarm.url not in told)])


def attention_of_parts(dead_parts: Iterable[Part], organization: str) -> list[Attention]:
    """Whoever operates the portal is told by mail; everybody else sees here why nothing moves."""
    url = reverse("alarms:list", kwargs={"organization": organization})
    text = "{} Those who operate the portal are told."
    return [Attention("failed", part.title, text.format(part.text), url, "See the alarms") for part in dead_parts]


def _alarmed(alarm: Alarm) -> Attention:
    return Attention(alarm.state, alarm.title, alarm.text, alarm.url, "Look at it")


def _without_answer(organization: str) -> Iterator[Attention]:
    count = runs_without_answer()
    if count:
        title = "1 write without an answer" if count == 1 else f"{count} writes without an answer"
        text = "Nobody knows whether they were done. The next sync looks before it repeats anything."
        yield Attention("attention", title, text, reverse("operations:runs", kwargs={"organization": organization}), "See the runs")


def _troubled(trigger: Trigger, condition: Condition, organization: str) -> Attention:
    address = reverse("triggers:detail", kwargs={"organization": organization, "trigger": trigger.pk})
    return Attention(condition.state, f"{trigger.name}: {condition.word.lower()}", condition.text, address, "See the trigger")
