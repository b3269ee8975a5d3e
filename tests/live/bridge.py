"""An organization with both providers connected to the sandbox, and how far its integration is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

from django.db.models import F
from django.utils import timezone

from integrations.connections.models import Connection, State
from integrations.demonstration.company import connect_both, connect_people_centrally, found
from integrations.linking.health import is_active
from integrations.linking.models import Integration, PersonLink, ProjectLink
from integrations.linking.people import match_people
from integrations.linking.services import connect_all, join, link_project
from integrations.records.models import RecordList
from integrations.sync.models import StepRecord, Sync
from integrations.sync.services import preview, sync_now
from integrations.sync.steps import StepKind
from portal.accounts.models import User
from portal.organizations.models import Organization
from portal.organizations.scope import scope
from tests.live.services import PATIENCE, Services

NEEDED = {"project", "user", "member"}  # the lists that linking reads


@dataclass(frozen=True)
class Bridge:
    """Both sides joined. Each question opens a scope of its own, so that it sees what the workers have committed."""

    services: Services
    organization: Organization
    integration: Integration
    owner: User

    # --- Linking ----------------------------------------------------------------------------------------------------------

    def connect_everything(self) -> list[str]:
        """Links people and all projects; gives the ids of the linked projects on the left."""
        with scope(self.organization.pk):
            match_people(self.integration, self.owner)
            return [link.left_id for link in connect_all(self.integration, self.owner)]

    def link(self, *left_ids: str) -> None:
        """Links people and some projects, the right side blank."""
        with scope(self.organization.pk):
            match_people(self.integration, self.owner)
            for left_id in left_ids:
                link_project(self.integration, left_id, "", self.owner)

    def people(self) -> dict[int, str]:
        """Linked people, Hubstaff's id to timeghost's."""
        with scope(self.organization.pk):
            links = PersonLink.live.filter(integration=self.integration).order_by("name")
            return {int(right): left for right, left in links.values_list("right_id", "left_id")}

    def right_ids(self) -> list[str]:
        with scope(self.organization.pk):
            return list(ProjectLink.live.filter(integration=self.integration).values_list("right_id", flat=True))

    # --- Syncing ----------------------------------------------------------------------------------------------------------

    def ask_for_sync(self) -> datetime:
        """What *Sync now* does; gives when."""
        asked_at = timezone.now()
        with scope(self.organization.pk):
            sync_now(self.integration)
        return asked_at

    def sync(self) -> None:
        self.wait_until_synced(self.ask_for_sync())

    def wait_until_synced(self, since: datetime | None = None, patience: float = PATIENCE) -> None:
        """Waits for the end of a sync that was asked for at that time, or of the first one."""
        self.services.until("the sync has ended well", lambda: self._synced(since), patience)

    def _synced(self, since: datetime | None) -> bool:
        now = self.now()
        return now.synced_at is not None and not is_active(now) and not now.problem and (since is None or now.synced_at > since)

    def now(self) -> Integration:
        with scope(self.organization.pk):
            return Integration.objects.get(pk=self.integration.pk)

    def done(self, kind: StepKind) -> int:
        """How many steps of a kind were carried out so far, by whatever sync."""
        with scope(self.organization.pk):
            return StepRecord.objects.filter(kind=kind, outcome=StepRecord.Outcome.DONE).count()

    def wait_for_steps(self, kind: StepKind, count: int) -> None:
        self.services.until(f"{count} steps {kind} are done", lambda: self.done(kind) >= count)

    def syncs(self, *states: Sync.State) -> int:
        with scope(self.organization.pk):
            found = Sync.objects.filter(integration=self.integration)
            return found.filter(state__in=states).count() if states else found.count()

    def left_to_do(self) -> list[str]:
        """What a sync would still write, by what the mirrors know."""
        with scope(self.organization.pk):
            return [step.title for step in preview(self.integration).steps if step.kind.writes]


def build(services: Services) -> Bridge:
    """A fresh organization, connected by the workers that run: needs at least one."""
    suffix = uuid4().hex[:8]
    owner = User.objects.create_user(f"live-{suffix}@example.com", name="Live")
    organization = Organization(name=f"Live {suffix}", slug=f"live-{suffix}", time_zone="Europe/Berlin")
    found(organization, owner)
    with scope(organization.pk):
        left, right = connect_both(owner)
    services.until("both connections are made and their projects and people read", lambda: _is_ready(organization))
    with scope(organization.pk):
        integration = join(left, right, owner)
        connect_people_centrally(integration)
    return Bridge(services, organization, integration, owner)


def _is_ready(organization: Organization) -> bool:
    with scope(organization.pk):
        are_connected = Connection.objects.filter(state=State.CONNECTED).count() == 2
    return are_connected and lists_are_read(organization)


def lists_are_read(organization: Organization) -> bool:
    """Whether the lists that linking reads were walked on both sides."""
    with scope(organization.pk):
        lists = RecordList.objects.filter(entity__in=NEEDED)
        return lists.count() >= 4 and not lists.filter(whole_at=None).exists()


def let_time_pass(organization: Organization, span: timedelta = timedelta(minutes=10)) -> None:
    """Lets every look at a list be older than it is."""
    with scope(organization.pk):
        RecordList.objects.update(whole_at=F("whole_at") - span)
