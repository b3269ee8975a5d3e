"""What a person should look at first, of everything in an organization."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from django.urls import reverse

from integrations.connections.models import Connection
from integrations.dashboard.queries import TimeLeftOut, runs_without_answer, time_left_out, troubled_triggers
from integrations.linking.health import Attention, CountedIntegration, attention_of, attention_of_connection
from integrations.triggers.models import Trigger
from portal.ui.words import duration_words

WORST_FIRST = ("failed", "attention", "neutral")


def what_needs_attention(
    connections: Iterable[Connection], integrations: Iterable[CountedIntegration], organization: str
) -> list[Attention]:
    """Everything that waits for a person, the worst first. The integrations carry their counts. Needs a scope."""
    found = [
        *(each for connection in connections for each in attention_of_connection(connection, organization)),
        *(each for integration in integrations for each in attention_of(integration, organization)),
        *(_left_out(each, organization) for each in time_left_out()),
        *_without_answer(organization),
        *(_troubled(trigger, organization) for trigger in troubled_triggers()),
    ]
    return sorted(found, key=lambda attention: WORST_FIRST.index(attention.state))


def _left_out(left_out: TimeLeftOut, organization: str) -> Attention:
    address = reverse("sync:plan", kwargs={"organization": organization, "integration": left_out.integration.pk})
    title = f"{duration_words(left_out.seconds)} not written back"
    return Attention("attention", title, f"{left_out.integration}: {left_out.count} {left_out.reason}.", address, "See what is left out")


def _without_answer(organization: str) -> Iterator[Attention]:
    count = runs_without_answer()
    if count:
        title = "1 write without an answer" if count == 1 else f"{count} writes without an answer"
        text = "Nobody knows whether they were done. The next sync looks before it repeats anything."
        yield Attention("attention", title, text, reverse("operations:runs", kwargs={"organization": organization}), "See the runs")


def _troubled(trigger: Trigger, organization: str) -> Attention:
    address = reverse("triggers:detail", kwargs={"organization": organization, "trigger": trigger.pk})
    return Attention("attention", f"{trigger.name} could not look", trigger.problem, address, "See the trigger")
