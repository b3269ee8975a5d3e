"""The mirror: what stands at the providers, as it was when last looked at, and how it changed."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from django.db import models

from integrations.catalogue import Entity
from integrations.connections.models import Connection
from portal.organizations.tenancy import TenantModel
from portal.work.models import DueModel


class RecordList(DueModel):
    """A list that the mirror is filled from: an entity of a connection, or the part of it that belongs to one parent (`each`)."""

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="lists")
    entity = models.CharField(max_length=64)
    each = models.CharField(
        max_length=128, blank=True, help_text="The id of the record that the list was asked for, if it is asked one by one."
    )
    whole_at = models.DateTimeField(null=True, help_text="When the last walk began that saw all of it.")
    problem = models.TextField(blank=True)

    task_name: ClassVar[str] = "integrations.records.refresh"

    class Meta:
        constraints = (models.UniqueConstraint(fields=("organization", "connection", "entity", "each"), name="one_list_of_a_kind"),)

    def __str__(self) -> str:
        return f"{self.entity} {self.each}".strip()

    @property
    def declaration(self) -> Entity:
        return self.connection.declaration.entity(self.entity)


class Record(TenantModel):
    """One record of a provider: its whole JSON and the promoted columns that lists, filters and sorting use."""

    id = models.BigAutoField(primary_key=True)
    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="records")
    list = models.ForeignKey(RecordList, on_delete=models.CASCADE, related_name="records")
    entity = models.CharField(max_length=64)
    remote_id = models.CharField(max_length=128)
    data = models.JSONField()
    fingerprint = models.BinaryField(max_length=16)
    title = models.TextField(blank=True)
    status = models.CharField(max_length=64, blank=True)
    parent = models.CharField(max_length=128, blank=True)
    person = models.CharField(max_length=128, blank=True)
    moment = models.DateTimeField(null=True)
    amount = models.FloatField(null=True)
    first_seen_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)
    written_at = models.DateTimeField(null=True, help_text="When we wrote it ourselves: a walk that began before knows less.")

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("organization", "connection", "entity", "remote_id"), name="one_record_an_identity"),
        )
        indexes = tuple(
            models.Index(
                fields=("organization", "connection", "entity", column, "id"),
                name=f"record_{column}",
                condition=models.Q(removed_at=None),
            )
            for column in ("title", "status", "parent", "person", "moment", "amount")
        )

    def __str__(self) -> str:
        return self.title or self.remote_id


class Change(TenantModel):
    """A difference between two looks at a record. Ids grow in the order of commits within a connection and entity, so that they serve as
    cursors.
    """

    class Kind(models.TextChoices):
        CREATED = "created", "Created"
        CHANGED = "changed", "Changed"
        REMOVED = "removed", "Removed"

    id = models.BigAutoField(primary_key=True)
    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="+")
    entity = models.CharField(max_length=64)
    remote_id = models.CharField(max_length=128)
    kind = models.CharField(max_length=16, choices=Kind)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    at = models.DateTimeField()

    class Meta:
        indexes = (
            models.Index(fields=("organization", "connection", "entity", "id"), name="change_cursor"),
            models.Index(fields=("organization", "connection", "entity", "remote_id", "id"), name="change_of_record"),
        )

    def __str__(self) -> str:
        return f"{self.entity} {self.remote_id} {self.kind}"


def freshness(lists: models.QuerySet[RecordList]) -> datetime | None:
    """As of when a set of lists is known: the oldest of their whole walks, None while one was never walked whole."""
    walked = list(lists.values_list("whole_at", flat=True))
    return min((at for at in walked if at), default=None) if walked and all(walked) else None
