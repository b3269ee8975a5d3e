"""What sync remembers: which task and time mirrors which, what each sync did, what waits for a person, and what rests."""

from __future__ import annotations

from django.conf import settings
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
    right_id = models.CharField(max_length=160, help_text="For time: day, person and task on the right, and the number of the piece.")
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
        WAITING = "waiting", "Waiting for calls"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"
        INTERRUPTED = "interrupted", "Interrupted"

    integration = models.ForeignKey(Integration, on_delete=models.CASCADE, related_name="syncs")
    state = models.CharField(max_length=16, choices=State, default=State.COLLECTING)
    planned = models.PositiveIntegerField(default=0)
    left_out = models.JSONField(default=list)
    held = models.PositiveIntegerField(default=0, help_text="Steps that wait for a person.")
    calls = models.JSONField(default=dict, help_text="Calls that looking took, by `left` and `right`.")
    walked = models.JSONField(default=list, help_text="While it is under way: which lists it has walked, which days of them, and when.")
    looked_at = models.DateTimeField(null=True, help_text="When its look came to an end for the first time.")
    resumes_at = models.DateTimeField(null=True, help_text="When it goes on that waits for calls.")
    message = models.TextField(blank=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes = (models.Index(fields=("organization", "integration", "-created_at"), name="sync_newest"),)
        verbose_name_plural = "syncs"

    def __str__(self) -> str:
        return f"{self.integration} {self.created_at:%Y-%m-%d %H:%M}"

    @property
    def has_ended(self) -> bool:
        return self.state not in {self.State.COLLECTING, self.State.APPLYING, self.State.WAITING}


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
    side = models.CharField(max_length=8, blank=True)
    link_id = models.UUIDField(null=True, help_text="Of the project that it belongs to.")
    subject = models.CharField(max_length=300, blank=True)
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    title = models.CharField(max_length=300)
    outcome = models.CharField(max_length=16, choices=Outcome)
    message = models.TextField(blank=True)
    is_write = models.BooleanField(default=True)
    seconds = models.IntegerField(default=0, help_text="Of tracked time that the step wrote.")
    went_unasked = models.BooleanField(
        default=False, help_text="It removes or completes something, and nobody was asked: the guard counts it."
    )
    run = models.ForeignKey(Run, on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        ordering = ("number",)
        indexes = (models.Index(fields=("organization", "sync", "number"), name="steps_of_sync"),)

    def __str__(self) -> str:
        return f"{self.number}. {self.title}"


class Approval(TenantRecord):
    """A step that waits for a person, or a question of two values. An answer counts for exactly this step, until it is done or no longer
    wanted.
    """

    class Answer(models.TextChoices):
        APPROVE = "approve", "Do it"
        DECLINE = "decline", "Leave it"
        LEFT = "left", "Left wins"
        RIGHT = "right", "Right wins"

    integration = models.ForeignKey(Integration, on_delete=models.CASCADE, related_name="approvals")
    key = models.CharField(max_length=400)
    kind = models.CharField(max_length=32)
    side = models.CharField(max_length=8)
    title = models.CharField(max_length=300)
    why = models.CharField(max_length=16)
    link_id = models.UUIDField(null=True)
    left = models.TextField(blank=True, help_text="Of a question: the value on the left, in words.")
    right = models.TextField(blank=True)
    answer = models.CharField(max_length=8, choices=Answer, blank=True)
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    answered_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("organization", "integration", "key"), name="one_approval_a_step"),)

    def __str__(self) -> str:
        return self.title


class Obstacle(TenantRecord):
    """A step that was refused, and when it is tried again. It goes when the step is done, or not wanted any more."""

    integration = models.ForeignKey(Integration, on_delete=models.CASCADE, related_name="obstacles")
    key = models.CharField(max_length=400)
    link_id = models.UUIDField(null=True)
    title = models.CharField(max_length=300, blank=True)
    problem = models.TextField()
    fault = models.CharField(max_length=16, blank=True)
    at_fault = models.CharField(max_length=8)
    failures = models.PositiveSmallIntegerField(default=1)
    last_at = models.DateTimeField()
    next_try_at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("organization", "integration", "key"), name="one_obstacle_a_step"),)

    def __str__(self) -> str:
        return f"{self.title}: {self.problem}"
