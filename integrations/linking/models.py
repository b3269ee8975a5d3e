"""What belongs to what: two connections joined, and the projects and people linked between them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import ClassVar, Self, TypeVar

from django.conf import settings
from django.db import models
from django.utils import timezone

from integrations.connections.models import Connection
from portal.organizations.tenancy import TenantRecord, TenantRows
from portal.work.models import DueModel

LOOK_BACK = timedelta(days=7)
LONGEST_LOOK_BACK = timedelta(days=44)  # Hubstaff tells of updates for 45 days: https://developer.hubstaff.com/docs/hubstaff_v2
LinkRow = TypeVar("LinkRow", bound=models.Model, covariant=True)


def a_week_ago() -> date:
    return timezone.now().date() - LOOK_BACK


def earliest_day() -> date:
    """The first day whose tracked time can be written back today: further back nobody would hear of corrections."""
    return timezone.now().astimezone(UTC).date() - LONGEST_LOOK_BACK


class Integration(DueModel):
    """Two connections joined. Tasks are made on the left and worked on, with the clock running, on the right."""

    class NewProjects(models.TextChoices):
        """What happens with a project that appears on the left."""

        OFF = "off", "Nothing"
        PROPOSE = "propose", "Wait in the review list"
        LINK = "link", "Link it where one project of the same name stands on the right"
        CREATE = "create", "Link it, and create the project on the right where there is none"

    class TimeShape(models.TextChoices):
        DAY = "day", "One piece for each person, task and day"
        BLOCKS = "blocks", "Each stretch of work as it was tracked"

    class Untasked(models.TextChoices):
        """Where tracked time goes that is on no linked task."""

        LEAVE = "leave", "Nowhere: it is only counted"
        TASK = "task", "To a task of this name"
        PROJECT = "project", "To the project alone"

    left = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="left_of")
    right = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="right_of")
    is_paused = models.BooleanField(default=False)
    minutes = models.PositiveSmallIntegerField("sync every … minutes", default=5)
    time_since = models.DateField("write back time tracked since", default=a_week_ago)
    asks_people = models.BooleanField(
        default=True,
        help_text="Each person confirms by e-mail before they count as connected. Off: whoever is linked is connected at once.",
    )
    new_projects = models.CharField(max_length=8, choices=NewProjects, default=NewProjects.PROPOSE)
    rule_name = models.CharField(max_length=200, blank=True, help_text="Names that the rule is for; * stands for anything. Empty: all.")
    rule_client = models.CharField(max_length=200, blank=True)
    rule_status = models.CharField(max_length=64, blank=True)
    time_shape = models.CharField(max_length=8, choices=TimeShape, default=TimeShape.DAY)
    untasked = models.CharField(max_length=8, choices=Untasked, default=Untasked.LEAVE)
    untasked_name = models.CharField(max_length=200, default="Time without a task")
    guard_items = models.PositiveIntegerField(default=20, help_text="More removals, completions or the like than this wait for approval.")
    guard_percent = models.PositiveSmallIntegerField(default=10)
    synced_at = models.DateTimeField(null=True, editable=False)
    whole_look_at = models.DateTimeField(
        null=True, editable=False, help_text="When a sync last looked at all tracked time; empty where the next one has to."
    )
    whole_look_zone = models.CharField(max_length=64, blank=True, editable=False, help_text="The time zone in which that look cut days.")
    cost = models.JSONField(default=dict, editable=False, help_text="Calls that the last look took, by `left` and `right`.")
    problem = models.TextField(blank=True, editable=False)

    task_name: ClassVar[str] = "integrations.sync.synchronize"

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("organization", "left", "right"), name="two_connections_joined_once"),
            models.CheckConstraint(condition=~models.Q(left=models.F("right")), name="nothing_joined_with_itself"),
        )

    def __str__(self) -> str:
        return f"{self.left} ⇄ {self.right}"

    @property
    def counts_since(self) -> date:
        """Since which day tracked time is really written back."""
        return max(self.time_since, earliest_day())


class LiveLinks(TenantRows[LinkRow]):
    """Links that are not disconnected."""

    def get_queryset(self) -> models.QuerySet[LinkRow]:
        return super().get_queryset().filter(disconnected_at=None)


class Link(TenantRecord):
    """A record on the left and its partner on the right. Disconnecting keeps the row: linking again finds the partner by it."""

    integration = models.ForeignKey(Integration, on_delete=models.CASCADE)
    left_id = models.CharField(max_length=128)
    right_id = models.CharField(max_length=128, blank=True)
    name = models.CharField(max_length=255, blank=True)
    problem = models.TextField(blank=True)
    at_fault = models.CharField(max_length=8, blank=True, help_text="Whose side a problem is: `yours`, `left`, `right` or `ours`.")
    advice = models.TextField(blank=True, help_text="What to do about a problem.")
    failures = models.PositiveSmallIntegerField(default=0, help_text="Syncs in a row in which something of it went wrong.")
    next_try_at = models.DateTimeField(null=True, help_text="It rests until then, after it went wrong repeatedly.")
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    linked_at = models.DateTimeField(default=timezone.now)
    disconnected_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[TenantRows[Self]] = TenantRows()
    live: ClassVar[LiveLinks[Self]] = LiveLinks()

    class Meta:
        abstract = True
        constraints = (
            models.UniqueConstraint(fields=("organization", "integration", "left_id"), name="one_%(class)s_a_left"),
            models.UniqueConstraint(
                fields=("organization", "integration", "right_id"),
                condition=models.Q(disconnected_at=None) & ~models.Q(right_id=""),
                name="one_live_%(class)s_a_right",
            ),
        )

    def __str__(self) -> str:
        return f"{self.name or self.left_id} ⇄ {self.right_id or '(new)'}"


class ProjectLink(Link):
    """A project on the left and its project on the right, which is made by the next sync where `right_id` is empty."""

    member_ids = models.JSONField(default=list, help_text="People on the right who were added to the project.")
    found_ids = models.JSONField(default=list, help_text="People on the right who were in the project already: they are never taken out.")
    synced_name = models.CharField(
        max_length=255,
        blank=True,
        help_text="The name that both had when they were last in step; empty where their names differ by choice.",
    )

    class Meta(Link.Meta):
        pass


class ConnectedPeople(LiveLinks[LinkRow]):
    """People who are connected: they get tasks assigned and their time written back."""

    def get_queryset(self) -> models.QuerySet[LinkRow]:
        return super().get_queryset().exclude(connected_at=None)


class PersonLink(Link):
    """The same person on both sides. Only connected people get tasks assigned and their time written back.

    A person confirms with a link from an e-mail; only the hash of its secret is kept.
    """

    class State(models.TextChoices):
        MATCHED = "matched", "Matched"
        INVITED = "invited", "Invited"
        OPENED = "opened", "Opened"
        AUTHORISED = "authorised", "Authorised"
        CONNECTED = "connected", "Connected"
        EXPIRED = "expired", "Expired"
        REVOKED = "revoked", "Revoked"
        DISCONNECTED = "disconnected", "Disconnected"

    email = models.EmailField(blank=True)
    secret_hash = models.CharField(max_length=64, null=True, unique=True, editable=False)
    invited_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)
    opened_at = models.DateTimeField(null=True)
    authorised_at = models.DateTimeField(null=True)
    connected_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", help_text="Who opened the personal link."
    )

    # Named again so that it stays the first, and with it the default: `connected` would hide everybody else from the admin site.
    objects: ClassVar[TenantRows[Self]] = TenantRows()
    connected: ClassVar[ConnectedPeople[Self]] = ConnectedPeople()

    class Meta(Link.Meta):
        pass

    @property
    def state(self) -> State:
        """How far this person has come."""
        steps = (
            (self.disconnected_at, self.State.DISCONNECTED),
            (self.connected_at, self.State.CONNECTED),
            (self.revoked_at, self.State.REVOKED),
            (self.expires_at and self.expires_at <= timezone.now(), self.State.EXPIRED),
            (self.authorised_at, self.State.AUTHORISED),
            (self.opened_at, self.State.OPENED),
            (self.invited_at, self.State.INVITED),
        )
        return next((state for has_come, state in steps if has_come), self.State.MATCHED)

    @property
    def state_at(self) -> datetime:
        """Since when."""
        when = {
            self.State.DISCONNECTED: self.disconnected_at,
            self.State.CONNECTED: self.connected_at,
            self.State.REVOKED: self.revoked_at,
            self.State.EXPIRED: self.expires_at,
            self.State.AUTHORISED: self.authorised_at,
            self.State.OPENED: self.opened_at,
            self.State.INVITED: self.invited_at,
        }
        return when.get(self.state) or self.linked_at


class PersonalMail(DueModel):
    """The mail that brings a person their link. A task sends it once; its secret is made there and then, so that it stands nowhere else.

    `sending_at` is noted before the mail server is asked: whoever finds it there cannot know whether the mail went out.
    """

    link = models.OneToOneField(PersonLink, on_delete=models.CASCADE, related_name="mail")
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    sending_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    problem = models.TextField(blank=True)

    task_name: ClassVar[str] = "integrations.linking.send_personal_mail"

    def __str__(self) -> str:
        return f"Mail to {self.link.email}"


class Disconnection(TenantRecord):
    """Links that were disconnected together; within a day that can be undone."""

    class Part(models.TextChoices):
        PROJECTS = "projects", "Projects"
        PEOPLE = "people", "People"

    integration = models.ForeignKey(Integration, on_delete=models.CASCADE, related_name="disconnections")
    part = models.CharField(max_length=8, choices=Part)
    link_ids = models.JSONField()
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    undone_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{len(self.link_ids)} {self.part}"


class LinkEvent(TenantRecord):
    """Something that happened to a link, and who did it; without an actor the portal itself. Rows are only ever added."""

    class What(models.TextChoices):
        LINKED = "linked", "Linked"
        CREATED = "created", "Partner created"
        ADOPTED = "adopted", "Partner taken up"
        RENAMED = "renamed", "Renamed"
        INVITED = "invited", "Invited"
        OPENED = "opened", "Link opened"
        AUTHORISED = "authorised", "Authorised"
        CONNECTED = "connected", "Connected"
        REVOKED = "revoked", "Invitation revoked"
        FAILED = "failed", "Went wrong"
        PAUSED = "paused", "Rests"
        RESUMED = "resumed", "Goes on"
        DISCONNECTED = "disconnected", "Disconnected"
        RESTORED = "restored", "Restored"
        DISMISSED = "dismissed", "Dismissed"

    # Nobody but the tables' owner deletes rows here: `doors.forget_link_events` does, before an integration is removed.
    integration = models.ForeignKey(Integration, on_delete=models.DO_NOTHING, related_name="link_events")
    link_id = models.UUIDField()
    name = models.CharField(max_length=255, blank=True)
    what = models.CharField(max_length=16, choices=What)
    note = models.TextField(blank=True)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")

    append_only: ClassVar[bool] = True

    class Meta:
        indexes = (
            models.Index(fields=("organization", "integration", "-created_at"), name="link_event_newest"),
            models.Index(fields=("organization", "link_id", "-created_at"), name="event_of_link"),
        )

    def __str__(self) -> str:
        return f"{self.name}: {self.get_what_display()}"


class DismissedProject(TenantRecord):
    """A project on the left that somebody wants to hear no more of; it leaves the review list."""

    integration = models.ForeignKey(Integration, on_delete=models.CASCADE, related_name="dismissed")
    left_id = models.CharField(max_length=128)
    name = models.CharField(max_length=255, blank=True)
    dismissed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        constraints = (models.UniqueConstraint(fields=("organization", "integration", "left_id"), name="one_dismissal_a_project"),)

    def __str__(self) -> str:
        return self.name or self.left_id
