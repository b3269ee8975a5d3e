"""How an integration is, and what a person should look at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias, TypedDict

from django.urls import reverse
from django.utils import timezone
from django_stubs_ext import WithAnnotations

from integrations.connections.models import Connection
from integrations.linking.models import Integration


class LinkCounts(TypedDict):
    """How much is linked, and how many projects have a problem."""

    project_count: int
    person_count: int
    problem_count: int


CountedIntegration: TypeAlias = "WithAnnotations[Integration, LinkCounts]"


@dataclass(frozen=True)
class Health:
    """A state of the design system with its word."""

    state: str
    word: str


@dataclass(frozen=True)
class Attention:
    """Something that a person should look at, and where."""

    state: str
    title: str
    text: str
    url: str
    action: str


def health_of(integration: Integration) -> Health:
    """One word for the whole integration, the worst first."""
    signed_out = next((each for each in sides_of(integration) if not each.is_connected), None)
    if signed_out:
        return Health("failed", f"{signed_out.provider_label} is not connected")
    if integration.is_paused:
        return Health("neutral", "Paused")
    if integration.is_being_worked_on:
        return Health("working", "Syncing")
    if is_waiting(integration):
        return Health("working", "Begins in a moment")
    if integration.problem:
        return Health("attention", "The last sync did not finish")
    return Health("ok", "Healthy") if integration.synced_at else Health("neutral", "Not synced yet")


def is_waiting(integration: Integration) -> bool:
    """Whether a sync was asked for that no worker has taken up yet."""
    is_due = integration.due_at is not None and integration.due_at <= timezone.now()
    return is_due and not integration.is_paused and not integration.is_being_worked_on


def is_active(integration: Integration) -> bool:
    """Whether a sync runs or is about to: the pages then look again by themselves."""
    return is_waiting(integration) or integration.is_being_worked_on


def sides_of(integration: Integration) -> tuple[Connection, Connection]:
    return integration.left, integration.right


def attention_of_connection(connection: Connection, organization: str) -> list[Attention]:
    """What is wrong with a connection that other things rely on."""
    if connection.is_connected:
        return []
    text = connection.problem or f"It is {connection.get_state_display().lower()}. Nothing is synced until it is connected."
    address = reverse("connections:detail", kwargs={"organization": organization, "connection_id": connection.pk})
    return [Attention("failed", f"{connection.name} is not connected", text, address, "Look at the connection")]


def attention_of(integration: CountedIntegration, organization: str) -> list[Attention]:
    """What is wrong with an integration. It carries the counts of `integrations_with_counts`."""
    where = {"organization": organization, "integration": integration.pk}
    found = [
        (integration.problem and not integration.is_paused, _unfinished(integration, where)),
        (integration.problem_count, _stuck_projects(integration, where)),
        (not integration.project_count, _no_projects(integration, where)),
        (integration.project_count and not integration.person_count, _no_people(integration, where)),
    ]
    return [attention for applies, attention in found if applies]


def _unfinished(integration: Integration, where: dict[str, object]) -> Attention:
    text = f"{integration.problem} It is tried again by itself."
    return Attention(
        "attention", f"The last sync of {integration} did not finish", text, reverse("sync:list", kwargs=where), "See the syncs"
    )


def _stuck_projects(integration: CountedIntegration, where: dict[str, object]) -> Attention:
    count = integration.problem_count
    title = "1 linked project has a problem" if count == 1 else f"{count} linked projects have problems"
    url = f"{reverse('linking:projects', kwargs=where)}?show=problems"
    return Attention("attention", title, f"In {integration}. Each row says what happened.", url, "Look at them")


def _no_projects(integration: Integration, where: dict[str, object]) -> Attention:
    text = f"{integration} is ready. Link projects, and their tasks and time begin to travel."
    return Attention("neutral", "No project is linked yet", text, reverse("linking:connect_all", kwargs=where), "Connect projects")


def _no_people(integration: Integration, where: dict[str, object]) -> Attention:
    text = "Tasks are assigned, and time is written back, only for people who are linked."
    return Attention("attention", f"Nobody is linked in {integration}", text, reverse("linking:people", kwargs=where), "Link people")
