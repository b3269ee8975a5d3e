"""Runs: every declared operation that was asked for, with its attempts and its outcome."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models

from integrations.catalogue import FaultKind, Operation
from integrations.connections.models import Connection
from portal.organizations.tenancy import TenantRecord
from portal.work.models import DueModel


class Run(DueModel):
    """One operation on one connection. A `key` makes asking for it twice harmless."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        REFUSED = "refused", "Refused"
        FAILED = "failed", "Failed"
        UNKNOWN = "unknown", "Unknown"

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="runs")
    operation = models.CharField(max_length=64)
    title = models.CharField(max_length=200, blank=True)
    inputs = models.JSONField(default=dict)
    key = models.CharField(max_length=200, null=True, editable=False)
    form_id = models.UUIDField(null=True, editable=False, help_text="The form that it was asked for with, which may be sent once.")
    origin = models.CharField(max_length=32, default="person")
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    state = models.CharField(max_length=16, choices=State, default=State.WAITING)
    output = models.JSONField(null=True)
    message = models.TextField(blank=True)
    errors = models.JSONField(default=dict, help_text="What was said of single inputs, by their full names.")
    fault = models.CharField(max_length=16, blank=True, help_text="In which way the call went wrong: the `kind` of its error.")
    seen = models.JSONField(null=True, help_text="As inputs: the record to be changed, as whoever asked had seen it.")
    began_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    task_name: ClassVar[str] = "integrations.operations.execute"

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("organization", "key"), name="one_run_a_key"),
            models.UniqueConstraint(fields=("organization", "form_id"), name="one_run_a_form"),
        )
        indexes = (
            models.Index(fields=("organization", "-created_at"), name="run_newest"),
            models.Index(fields=("organization", "connection", "-created_at"), name="run_of_connection"),
        )

    def __str__(self) -> str:
        return self.title or self.operation

    @property
    def declaration(self) -> Operation:
        return self.connection.declaration.operation(self.operation)

    @property
    def only_reads(self) -> bool:
        """Whether doing it again changes nothing over there."""
        return self.declaration.only_reads(self.inputs)

    @property
    def is_stale(self) -> bool:
        """Whether it was refused because somebody else had changed the record meanwhile."""
        return self.fault == FaultKind.STALE

    @property
    def has_ended(self) -> bool:
        return self.state not in {self.State.WAITING, self.State.RUNNING}


class RunFile(TenantRecord):
    """A file that a run was answered with."""

    run = models.OneToOneField(Run, on_delete=models.CASCADE, related_name="file")
    name = models.CharField(max_length=200)
    media_type = models.CharField(max_length=200)
    content = models.BinaryField()

    largest: ClassVar[int] = 25 * 1024 * 1024

    def __str__(self) -> str:
        return self.name


class Attempt(TenantRecord):
    """One try of a run. It is written before the call leaves, so that a worker killed in the middle leaves a trace."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="attempts")
    number = models.PositiveIntegerField()
    ended_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=16, choices=Run.State, default=Run.State.RUNNING)
    message = models.TextField(blank=True)

    class Meta:
        ordering = ("number",)
        constraints = (models.UniqueConstraint(fields=("run", "number"), name="attempts_are_numbered"),)

    def __str__(self) -> str:
        return f"{self.run} #{self.number}"
