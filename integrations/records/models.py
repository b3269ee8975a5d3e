"""The mirror: what stands at the providers, as it was when last looked at, and how it changed."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.db import models

from integrations.catalogue import Entity, Window
from integrations.connections.models import Connection
from integrations.providers import UnknownProvider
from integrations.records.days import Days, read_days
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
    calls = models.PositiveIntegerField(null=True, help_text="How many calls the last walk took that saw all of it.")
    pages = models.PositiveIntegerField(default=0, help_text="How many pages of a walk that is under way have arrived.")
    days_known = models.JSONField(default=list, help_text="Of a list by days: the spans of days that were walked whole.")
    asked_first = models.DateField(null=True, help_text="Of a list by days: the first day that somebody asked for.")
    asked_last = models.DateField(null=True)
    asked_by_person_at = models.DateTimeField(null=True, help_text="When a person asked for a fresh look, until it has been taken.")
    held_back_until = models.DateTimeField(null=True, help_text="Until when our own budget holds a walk back, which then begins anew.")

    task_name: ClassVar[str] = "integrations.records.refresh"

    class Meta:
        constraints = (models.UniqueConstraint(fields=("organization", "connection", "entity", "each"), name="one_list_of_a_kind"),)

    def __str__(self) -> str:
        return f"{self.entity} {self.each}".strip()

    @property
    def declaration(self) -> Entity:
        return self.connection.declaration.entity(self.entity)

    @property
    def window(self) -> Window | None:
        """How it is asked for by days; None for lists that are not."""
        how = self.declaration.collect
        return how.window if how else None

    @property
    def days(self) -> list[Days]:
        return read_days(self.days_known)

    @property
    def asked_days(self) -> Days | None:
        return Days(self.asked_first, self.asked_last) if self.asked_first and self.asked_last else None


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
        indexes = (
            *(
                models.Index(
                    fields=("organization", "connection", "entity", column, "id"),
                    name=f"record_{column}",
                    condition=models.Q(removed_at=None),
                )
                for column in ("title", "status", "parent", "person", "moment", "amount")
            ),
            # For the words of titles; see `doors`.
            GinIndex(
                fields=("connection", "title"),
                opclasses=("uuid_ops", "gin_trgm_ops"),
                name="record_words",
                condition=models.Q(removed_at=None),
            ),
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
    run_id = models.UUIDField(null=True, help_text="The run of ours that made it; none where it was only seen.")

    class Meta:
        indexes = (
            models.Index(fields=("organization", "connection", "entity", "id"), name="change_cursor"),
            models.Index(fields=("organization", "connection", "entity", "remote_id", "id"), name="change_of_record"),
        )

    def __str__(self) -> str:
        return f"{self.entity} {self.remote_id} {self.kind}"


class Export(DueModel):
    """What somebody took from a browse page as a file. Due until it is written, then again when it is to be thrown away."""

    class Format(models.TextChoices):
        CSV = "csv", "CSV"
        XLSX = "xlsx", "Excel"

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        WRITING = "writing", "Being written"
        DONE = "done", "Ready"
        FAILED = "failed", "Failed"

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="+")
    entity = models.CharField(max_length=64)
    query = models.JSONField(help_text="The filters and the order, as they stood in the address of the page.")
    about = models.TextField(blank=True, help_text="The filters in words.")
    time_zone = models.CharField(max_length=64, help_text="The zone of whoever asked.")
    format = models.CharField(max_length=8, choices=Format)
    state = models.CharField(max_length=16, choices=State, default=State.WAITING)
    problem = models.TextField(blank=True)
    rows = models.PositiveIntegerField(default=0, help_text="How many are written so far.")
    size = models.PositiveBigIntegerField(default=0, help_text="In bytes.")
    tries = models.PositiveSmallIntegerField(default=0, help_text="How often it was begun, also by workers that died of it.")
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    ended_at = models.DateTimeField(null=True)

    task_name: ClassVar[str] = "integrations.records.export"

    class Meta:
        indexes = (models.Index(fields=("organization", "created_at", "id"), name="export_newest"),)

    def __str__(self) -> str:
        return f"{self.entity} as {self.get_format_display()}"

    @property
    def has_ended(self) -> bool:
        return self.state in {self.State.DONE, self.State.FAILED}

    @property
    def plural(self) -> str:
        """What it is of, in words; also where the provider's folder or the entity is gone."""
        try:
            return self.connection.declaration.entity(self.entity).plural
        except (UnknownProvider, KeyError):
            return self.entity


class ExportPart(TenantModel):
    """A piece of an export's file: written and sent one by one, so that a large file needs no large memory."""

    id = models.BigAutoField(primary_key=True)
    export = models.ForeignKey(Export, on_delete=models.CASCADE, related_name="parts")
    content = models.BinaryField()

    def __str__(self) -> str:
        return f"Part of {self.export_id}"


def freshness(lists: models.QuerySet[RecordList]) -> datetime | None:
    """As of when a set of lists is known: the oldest of their whole walks, None while one was never walked whole."""
    walked = list(lists.values_list("whole_at", flat=True))
    return min((at for at in walked if at), default=None) if walked and all(walked) else None
