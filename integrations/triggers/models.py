"""What people asked to be told of, and what happened."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models

from integrations.catalogue import Watch
from integrations.connections.models import Connection
from portal.organizations.tenancy import TenantRecord
from portal.work.models import DueModel


class Trigger(DueModel):
    """A watch on a connection. It reads the changes of the mirror behind its cursor, so that one fetch serves every trigger on a list."""

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="triggers")
    watch = models.CharField(max_length=64)
    name = models.CharField(max_length=120)
    is_paused = models.BooleanField(default=False)
    minutes = models.PositiveSmallIntegerField("look every … minutes", default=5)
    cursor = models.BigIntegerField(default=0, editable=False, help_text="The last change that was read.")
    polled_at = models.DateTimeField(null=True, editable=False)
    last_event_at = models.DateTimeField(null=True, editable=False)
    problem = models.TextField(blank=True, editable=False)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", editable=False)

    task_name: ClassVar[str] = "integrations.triggers.poll"

    def __str__(self) -> str:
        return self.name

    @property
    def declaration(self) -> Watch:
        return self.connection.declaration.watch_by_name[self.watch]


class Event(TenantRecord):
    """Something that happened over there, once. `key` names the change, so that seeing it twice makes one event."""

    trigger = models.ForeignKey(Trigger, on_delete=models.CASCADE, related_name="events")
    key = models.CharField(max_length=200)
    kind = models.CharField(max_length=16)
    entity = models.CharField(max_length=64)
    remote_id = models.CharField(max_length=128)
    title = models.TextField(blank=True)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    happened_at = models.DateTimeField(help_text="When the change was seen.")

    class Meta:
        constraints = (models.UniqueConstraint(fields=("organization", "trigger", "key"), name="one_event_a_change"),)
        indexes = (
            models.Index(fields=("organization", "-happened_at", "-id"), name="event_newest"),
            models.Index(fields=("organization", "trigger", "-happened_at", "-id"), name="event_of_trigger"),
        )

    def __str__(self) -> str:
        return self.title or self.key
