"""What sync remembers: which task and time mirrors which, and what each sync did."""

from __future__ import annotations

from django.db import models

from integrations.linking.models import Integration, ProjectLink
from integrations.operations.models import Run
from portal.organizations.tenancy import TenantRecord


class Pair(TenantRecord):
    """A task, or a piece of written-back time, that stands on both sides, with the values that both had after the last sync.

    Pairs outlive their link: after unlinking and linking again the partners are known, so nothing is made twice.
    """

    class Part(models.TextChoices):
        TASK = "task", "Task"
        TIME = "time", "Time"

    integration = models.ForeignKey(Integration, on_delete=models.CASCADE, related_name="pairs")
    project_link = models.ForeignKey(ProjectLink, on_delete=models.CASCADE, related_name="pairs")
    part = models.CharField(max_length=8, choices=Part)
    left_id = models.CharField(
        max_length=128, blank=True, help_text="Empty while a piece of time is on its way: its answer has not come yet."
    )
    right_id = models.CharField(max_length=160, help_text="For time: day, person and task on the right.")
    values = models.JSONField(default=dict)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("organization", "integration", "part", "left_id"), condition=~models.Q(left_id=""), name="one_pair_a_left"
            ),
            models.UniqueConstraint(fields=("organization", "integration", "part", "right_id"), name="one_pair_a_right"),
        )

    def __str__(self) -> str:
        return f"{self.part} {self.left_id} ⇄ {self.right_id}"


class Sync(TenantRecord):
    """One sync of an integration: what it planned and how far it came."""

    class State(models.TextChoices):
        COLLECTING = "collecting", "Looking at both sides"
        APPLYING = "applying", "Writing"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"
        INTERRUPTED = "interrupted", "Interrupted"

    integration = models.ForeignKey(Integration, on_delete=models.CASCADE, related_name="syncs")
    state = models.CharField(max_length=16, choices=State, default=State.COLLECTING)
    planned = models.PositiveIntegerField(default=0)
    left_out = models.JSONField(default=list)
    message = models.TextField(blank=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes = (models.Index(fields=("organization", "integration", "-created_at"), name="sync_newest"),)
        verbose_name_plural = "syncs"

    def __str__(self) -> str:
        return f"{self.integration} {self.created_at:%Y-%m-%d %H:%M}"

    @property
    def has_ended(self) -> bool:
        return self.state not in {self.State.COLLECTING, self.State.APPLYING}


class StepRecord(TenantRecord):
    """One step of a sync, as it was carried out."""

    class Outcome(models.TextChoices):
        DONE = "done", "Done"
        REFUSED = "refused", "Refused"
        UNKNOWN = "unknown", "Unknown"
        SKIPPED = "skipped", "Skipped"

    sync = models.ForeignKey(Sync, on_delete=models.CASCADE, related_name="steps")
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=32)
    title = models.CharField(max_length=300)
    outcome = models.CharField(max_length=16, choices=Outcome)
    message = models.TextField(blank=True)
    is_write = models.BooleanField(default=True)
    seconds = models.IntegerField(default=0, help_text="Of tracked time that the step wrote.")
    run = models.ForeignKey(Run, on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        ordering = ("number",)
        indexes = (models.Index(fields=("organization", "sync", "number"), name="steps_of_sync"),)

    def __str__(self) -> str:
        return f"{self.number}. {self.title}"
