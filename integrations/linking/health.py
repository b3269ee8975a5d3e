"""How an integration is, and what a person should look at."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias, TypedDict

from django.db.models import Count, Q
from django.urls import reverse
from django.utils import timezone
from django_stubs_ext import WithAnnotations

from integrations.connections.models import Connection
from integrations.linking.models import Integration, PersonLink, ProjectLink

FAILING_SHOWN = 10
WORST_FIRST = ("failed", "attention", "neutral")


class LinkCounts(TypedDict):
    """How much is linked, how many people are connected, how many projects have a problem, and whether a sync waits for calls."""

    project_count: int
    person_count: int
    connected_count: int
    problem_count: int
    waits_for_calls: bool


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


@dataclass(frozen=True)
class PeopleCounts:
    """How far the people of an integration have come."""

    connected: int
    invited: int
    matched: int


def people_counts(integration: Integration) -> PeopleCounts:
    """Of everybody who is linked: who is connected, who was asked by e-mail, and who was only matched."""
    open_invitation = Q(connected_at=None, revoked_at=None, expires_at__gt=timezone.now())
    found = PersonLink.live.filter(integration=integration).aggregate(
        linked=Count("pk"), connected=Count("connected_at"), invited=Count("pk", filter=open_invitation)
    )
    return PeopleCounts(found["connected"], found["invited"], found["linked"] - found["connected"] - found["invited"])


def failing_links(integration: Integration) -> list[ProjectLink]:
    """The linked projects in which something went wrong, the most stubborn first; one more than is shown says that there are more."""
    failing = ProjectLink.live.filter(integration=integration).exclude(problem="")
    return list(failing.order_by("-failures", "name", "pk")[: FAILING_SHOWN + 1])


def worst_first(found: Iterable[Attention]) -> list[Attention]:
    return sorted(found, key=lambda attention: WORST_FIRST.index(attention.state))


def health_of(integration: CountedIntegration) -> Health:
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
    if integration.waits_for_calls:
        return Health("working", "Waits for calls")
    if integration.problem:
        return Health("attention", "The last sync did not finish")
    if integration.problem_count:
        return Health(
            "attention",
            "1 project has a problem" if integration.problem_count == 1 else f"{integration.problem_count} projects have problems",
        )
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
        (integration.problem and not integration.is_paused and not integration.waits_for_calls, _unfinished(integration, where)),
        (not integration.project_count, _no_projects(integration, where)),
        (integration.project_count and not integration.person_count, _no_people(integration, where)),
        (integration.person_count and not integration.connected_count, _nobody_connected(integration, where)),
    ]
    return [attention for applies, attention in found if applies]


def _unfinished(integration: Integration, where: dict[str, object]) -> Attention:
    text = f"{integration.problem} It is tried again by itself."
    return Attention(
        "attention", f"The last sync of {integration} did not finish", text, reverse("sync:list", kwargs=where), "See the syncs"
    )


def stuck_projects(integration: CountedIntegration, organization: str) -> list[Attention]:
    """Where pages do not tell them one by one: how many linked projects have a problem."""
    count = integration.problem_count
    if not count:
        return []
    where = {"organization": organization, "integration": integration.pk}
    title = "1 linked project has a problem" if count == 1 else f"{count} linked projects have problems"
    url = f"{reverse('linking:overview', kwargs=where)}#failing"
    return [Attention("attention", title, f"In {integration}. Each row says whose side it is and what to do.", url, "Look at them")]


def _no_projects(integration: Integration, where: dict[str, object]) -> Attention:
    text = f"{integration} is ready. Link projects, and their tasks and time begin to travel."
    return Attention("neutral", "No project is linked yet", text, reverse("linking:connect_all", kwargs=where), "Connect projects")


def _no_people(integration: Integration, where: dict[str, object]) -> Attention:
    text = "Tasks are assigned, and time is written back, only for people who are linked and connected."
    return Attention("attention", f"Nobody is linked in {integration}", text, reverse("linking:people", kwargs=where), "Link people")


def _nobody_connected(integration: Integration, where: dict[str, object]) -> Attention:
    text = "Tasks are assigned, and time is written back, only for people who have confirmed. Send each their personal link."
    return Attention("attention", f"Nobody is connected in {integration} yet", text, reverse("linking:people", kwargs=where), "Notify them")
