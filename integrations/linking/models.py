"""What belongs to what: two connections joined, and the projects and people linked between them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import ClassVar, Self, TypeVar

from django.conf import settings
from django.db import models
from django.utils import timezone

from integrations.connections.models import Connection
from portal.organizations.tenancy import TenantRecord, TenantRows
from portal.work.models import DueModel

LOOK_BACK = timedelta(days=7)
LinkRow = TypeVar("LinkRow", bound=models.Model, covariant=True)


def a_week_ago() -> date:
    return timezone.now().date() - LOOK_BACK


class Integration(DueModel):
    """Two connections joined. Tasks are made on the left and worked on, with the clock running, on the right."""

    left = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="left_of")
    right = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="right_of")
    is_paused = models.BooleanField(default=False)
    minutes = models.PositiveSmallIntegerField("sync every … minutes", default=5)
    time_since = models.DateField("write back time tracked since", default=a_week_ago)
    synced_at = models.DateTimeField(null=True, editable=False)
    problem = models.TextField(blank=True, editable=False)

    task_name: ClassVar[str] = "integrations.sync.synchronize"

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("organization", "left", "right"), name="two_connections_joined_once"),
            models.CheckConstraint(condition=~models.Q(left=models.F("right")), name="nothing_joined_with_itself"),
        )

    def __str__(self) -> str:
        return f"{self.left} ⇄ {self.right}"


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

    class Meta(Link.Meta):
        pass


class PersonLink(Link):
    """The same person on both sides. Only linked people get tasks assigned and their time written back."""

    email = models.EmailField(blank=True)

    class Meta(Link.Meta):
        pass
