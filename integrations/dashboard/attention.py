"""What a person should look at first, of everything in an organization."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from django.urls import reverse

from integrations.connections.models import Connection
from integrations.dashboard.queries import runs_without_answer, troubled_triggers
from integrations.linking.health import Attention, CountedIntegration, attention_of, attention_of_connection, stuck_projects, worst_first
from integrations.linking.newcomers import attention_of_newcomers
from integrations.linking.registry import attention_from_above
from integrations.linking.rules import waiting_count
from integrations.triggers.models import Trigger


def what_needs_attention(
    connections: Iterable[Connection], integrations: Collection[CountedIntegration], organization: str
) -> list[Attention]:
    """Everything that waits for a person, the worst first. The integrations carry their counts. Needs a scope."""
    found = [
        *(each for connection in connections for each in attention_of_connection(connection, organization)),
        *(each for integration in integrations for each in attention_of(integration, organization)),
        *(each for integration in integrations for each in stuck_projects(integration, organization)),
        *attention_of_newcomers(((each, waiting_count(each)) for each in integrations), organization),
        *attention_from_above(integrations, organization),
        *_without_answer(organization),
        *(_troubled(trigger, organization) for trigger in troubled_triggers()),
    ]
    return worst_first(found)


def _without_answer(organization: str) -> Iterator[Attention]:
    count = runs_without_answer()
    if count:
        title = "1 write without an answer" if count == 1 else f"{count} writes without an answer"
        text = "Nobody knows whether they were done. The next sync looks before it repeats anything."
        yield Attention("attention", title, text, reverse("operations:runs", kwargs={"organization": organization}), "See the runs")


def _troubled(trigger: Trigger, organization: str) -> Attention:
    address = reverse("triggers:detail", kwargs={"organization": organization, "trigger": trigger.pk})
    return Attention("attention", f"{trigger.name} could not look", trigger.problem, address, "See the trigger")
