"""How far an organization has come. Nothing is stored: the steps are read from what is there, so the wizard can be left and found again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from integrations.connections.models import Connection
from integrations.linking.health import is_active
from integrations.linking.models import Integration, PersonLink, ProjectLink
from integrations.linking.registry import Interval, expected_end_of, interval_of
from integrations.linking.services import parts_of
from integrations.onboarding.sides import sides_of
from integrations.records.queries import Freshness, freshness_of
from integrations.sync.models import StepRecord, Sync

LABELS = ["Name", "Connect both", "Link", "Done"]
NAME, CONNECT, LINK, DONE = "name", "connect", "link", "done"


@dataclass(frozen=True)
class Reading:
    """How well the lists that linking needs are known on one side."""

    connection: Connection
    lists: tuple[Freshness, ...]

    @property
    def is_done(self) -> bool:
        return all(each.whole_at for each in self.lists)

    @property
    def problem(self) -> str:
        return next((each.problem for each in self.lists if each.problem and not each.is_waiting), "")


@dataclass(frozen=True)
class Happening:
    """What became of an integration so far."""

    projects: int
    people: int  # connected
    waiting: int  # linked, and not connected yet
    sync: Sync | None
    interval: Interval
    ends_at: datetime | None = None
    steps_done: int = 0
    tasks: int = 0
    seconds: int = 0
    is_live: bool = False

    @property
    def waiting_words(self) -> str:
        return f"{self.waiting} more when they confirm"


def current_step() -> str:
    """The first step that is not done yet."""
    if ProjectLink.live.exists():
        return DONE
    connections = list(Connection.objects.all())
    if sides_of(connections).are_possible:
        return LINK
    return CONNECT if connections else NAME


def integrations() -> QuerySet[Integration]:
    return Integration.objects.select_related("left", "right").order_by("-created_at")


def integration_at(text: str) -> Integration | None:
    """The integration whose id stands in an address, else the newest."""
    try:
        return integrations().filter(pk=UUID(text)).first()
    except ValueError:
        return integrations().first()


def readings(integration: Integration) -> list[Reading]:
    """Projects and people of both sides: they have to be known before anything can be proposed."""
    return [_reading(side) for side in (integration.left, integration.right)]


def happening(integration: Integration) -> Happening:
    """The links of an integration, and its newest sync."""
    projects = ProjectLink.live.filter(integration=integration).count()
    people, waiting = _people(integration)
    sync = Sync.objects.filter(integration=integration).order_by("-created_at").first()
    is_live = is_active(integration) or (sync is not None and not sync.has_ended)
    steps, interval = (_steps(sync) if sync else {}), interval_of(integration)
    ends_at = expected_end_of(integration) if sync and not sync.has_ended else None
    return Happening(projects, people, waiting, sync, interval, ends_at, is_live=is_live, **steps)


def _people(integration: Integration) -> tuple[int, int]:
    """How many are connected, and how many are linked but not connected yet."""
    links, connected = Count("pk"), Count("pk", filter=Q(connected_at__isnull=False))
    counts = PersonLink.live.filter(integration=integration).aggregate(all=links, connected=connected)
    return counts["connected"], counts["all"] - counts["connected"]


def _reading(connection: Connection) -> Reading:
    parts = parts_of(connection)
    entities = (parts.project.entity, parts.person.entity)
    return Reading(connection, tuple(freshness_of(connection, connection.declaration.entity(name)) for name in entities))


def _steps(sync: Sync) -> dict[str, int]:
    is_done = Q(outcome=StepRecord.Outcome.DONE)
    return StepRecord.objects.filter(sync=sync).aggregate(
        steps_done=Count("id"),
        tasks=Count("id", filter=is_done & Q(kind="create_task")),
        seconds=Coalesce(Sum("seconds", filter=is_done), 0),
    )
