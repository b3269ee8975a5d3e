"""What is done about events: where they are delivered, each try of it, and what is run because of them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, ClassVar
from uuid import UUID

from django.conf import settings
from django.db import models

from integrations.connections.models import SealedSecrets
from integrations.operations.models import Run
from integrations.triggers.models import Event, Trigger
from portal.organizations.tenancy import TenantModel, TenantRecord
from portal.work.models import DueModel


class Destination(SealedSecrets, DueModel):
    """Where events are delivered: a webhook of the organization's own, or e-mail. Due when a digest is to be sent.

    Seals the secrets that a webhook's deliveries are signed with: `current`, and `previous` until its overlap ends.
    """

    class Kind(models.TextChoices):
        WEBHOOK = "webhook", "Webhook"
        EMAIL = "email", "E-mail"

    class Rhythm(models.TextChoices):
        SINGLE = "single", "One mail for each event"
        DAILY = "daily", "One mail a day"

    class State(models.TextChoices):
        OK = "ok", "Delivers"
        FAILING = "failing", "Failing"
        DISABLED = "disabled", "Disabled"

    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=16, choices=Kind)
    url = models.URLField(max_length=500, blank=True)
    addresses = models.JSONField(default=list, help_text="E-mail addresses.")
    rhythm = models.CharField(max_length=16, choices=Rhythm, default=Rhythm.SINGLE)
    hour = models.PositiveSmallIntegerField(default=8, help_text="Of the daily mail, in the organization's zone.")
    takes_everything = models.BooleanField(default=False, help_text="The events of every trigger, also of those made later.")
    is_paused = models.BooleanField(default=False, help_text="Deliveries wait until it goes on.")
    state = models.CharField(max_length=16, choices=State, default=State.OK)
    failing_since = models.DateTimeField(null=True)
    failed_at = models.DateTimeField(null=True, help_text="When a try last failed, of those that fail since then.")
    disabled_at = models.DateTimeField(null=True)
    rests_until = models.DateTimeField(
        null=True, help_text="It did not answer, or took long: until then it is not asked, so that others have their turn."
    )
    problem = models.TextField(blank=True, help_text="What is wrong and what to do about it.")
    delivered_at = models.DateTimeField(null=True, help_text="When a delivery last arrived.")
    overlap_ends_at = models.DateTimeField(null=True, help_text="Until when the previous secret signs as well.")
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    ended_at = models.DateTimeField(null=True, help_text="Ended ones stay for the sake of their deliveries.")

    task_name: ClassVar[str] = "integrations.automations.digest"
    fails_for: ClassVar[timedelta] = timedelta(days=5)  # then it is disabled
    warned_after: ClassVar[timedelta] = timedelta(days=1)

    def __str__(self) -> str:
        return self.name

    @property
    def sealed_for(self) -> UUID:
        return self.pk

    @property
    def is_open(self) -> bool:
        """Whether deliveries are sent at the moment."""
        return self.ended_at is None and not self.is_paused and self.state != self.State.DISABLED


class Route(TenantModel):
    """The events of a trigger go to a destination."""

    id = models.BigAutoField(primary_key=True)
    destination = models.ForeignKey(Destination, on_delete=models.CASCADE, related_name="routes")
    trigger = models.ForeignKey(Trigger, on_delete=models.CASCADE, related_name="routes")

    class Meta:
        constraints = (models.UniqueConstraint(fields=("organization", "destination", "trigger"), name="one_route"),)

    def __str__(self) -> str:
        return f"{self.trigger_id} to {self.destination_id}"


class Delivery(DueModel):
    """An event on its way to a destination. Due at its next try; of the deliveries of one record only the earliest open one is due.

    One for a daily mail waits for it, and is never due by itself.
    """

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        DELIVERED = "delivered", "Delivered"
        FAILED = "failed", "Failed"

    destination = models.ForeignKey(Destination, on_delete=models.CASCADE, related_name="deliveries")
    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="deliveries")
    record_key = models.CharField(max_length=300, help_text="Connection, entity and id: deliveries of one record keep their order.")
    position = models.BigIntegerField(help_text="Of the event.")
    state = models.CharField(max_length=16, choices=State, default=State.WAITING)
    tries = models.PositiveSmallIntegerField(default=0, help_text="Since it was made, or last resent.")
    problem = models.TextField(blank=True)
    ended_at = models.DateTimeField(null=True, help_text="When it arrived or was given up.")
    resent_at = models.DateTimeField(null=True)
    sending_at = models.DateTimeField(null=True, help_text="A mail that is on its way: one that broke off is not sent twice unasked.")

    task_name: ClassVar[str] = "integrations.automations.deliver"

    class Meta:
        constraints = (models.UniqueConstraint(fields=("organization", "destination", "event"), name="one_delivery_an_event"),)
        indexes = (
            models.Index(fields=("organization", "-created_at", "-id"), name="delivery_newest"),
            models.Index(fields=("organization", "destination", "-created_at", "-id"), name="delivery_of_destination"),
            models.Index(
                fields=("organization", "destination", "record_key", "position", "created_at", "id"),
                name="delivery_open",
                condition=models.Q(state="waiting"),
            ),
            models.Index(
                fields=("organization", "destination", "-created_at", "-id"), name="delivery_failed", condition=models.Q(state="failed")
            ),
        )

    def __str__(self) -> str:
        return f"{self.event} to {self.destination}"

    @property
    def message_id(self) -> str:
        """What tells the receiver that a message came twice: the same at every try (https://www.standardwebhooks.com)."""
        return f"msg_{self.pk.hex}"


class Exchange(models.Model):
    """What was sent, what came back, how long it took. It is written before the request leaves."""

    milliseconds = models.PositiveIntegerField(null=True)
    ended_at = models.DateTimeField(null=True)
    status = models.PositiveSmallIntegerField(null=True)
    problem = models.TextField(blank=True)
    request_headers = models.JSONField(default=dict)
    request_body = models.TextField(blank=True)
    response_headers = models.JSONField(default=dict)
    response_body = models.TextField(blank=True, help_text="Its first 4 kB.")

    class Meta:
        abstract = True

    @classmethod
    def nothing_yet(cls) -> dict[str, Any]:
        """Its fields as they are before anything was sent."""
        return {field.name: field.get_default() for field in Exchange._meta.get_fields() if isinstance(field, models.Field)}


class DeliveryAttempt(Exchange, TenantRecord):
    """One try of a delivery."""

    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="attempts")
    number = models.PositiveIntegerField(help_text="Over the whole life of the delivery.")
    is_resent = models.BooleanField(default=False, help_text="A person asked for it.")

    class Meta:
        ordering = ("number",)
        constraints = (models.UniqueConstraint(fields=("delivery", "number"), name="delivery_attempts_are_numbered"),)

    def __str__(self) -> str:
        return f"{self.delivery_id} #{self.number}"


class SampleMessage(Exchange, DueModel):
    """The newest sample that a destination was sent as a test: a message that tells of no event, sent once. Due until it was sent."""

    destination = models.OneToOneField(Destination, on_delete=models.CASCADE, related_name="sample")
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")

    task_name: ClassVar[str] = "integrations.automations.send_sample"

    def __str__(self) -> str:
        return f"Sample for {self.destination_id}"

    @property
    def message_id(self) -> str:
        """Another one for each sample."""
        return f"msg_{self.pk.hex}{self.asked_at:%Y%m%d%H%M%S%f}"


class Automation(TenantRecord):
    """When a trigger fires and the conditions hold, steps are run one after another.

    `conditions`: `{"field": "event.after.status", "test": "is", "value": "active"}` each. `steps`: `{"id": hex, "connection": id,
    "operation": name, "given": {…}}` each; `given` is what a person filled into the form of the operation, with placeholders.
    """

    name = models.CharField(max_length=120)
    trigger = models.ForeignKey(Trigger, on_delete=models.CASCADE, related_name="automations")
    is_on = models.BooleanField(default=False)
    conditions = models.JSONField(default=list)
    steps = models.JSONField(default=list)
    edited_at = models.DateTimeField()
    tried_at = models.DateTimeField(null=True, help_text="When it was last tried with a real event and went well.")
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    ended_at = models.DateTimeField(null=True)

    deepest: ClassVar[int] = 5

    def __str__(self) -> str:
        return self.name

    @property
    def was_tried(self) -> bool:
        """Whether it was tried as it stands now."""
        return self.tried_at is not None and self.tried_at >= self.edited_at


class AutomationRun(DueModel):
    """An automation at work for one event. `steps` is the automation's as it stood when the event came."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"
        STOPPED = "stopped", "Stopped"

    automation = models.ForeignKey(Automation, on_delete=models.CASCADE, related_name="runs")
    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="automation_runs")
    is_test = models.BooleanField(default=False)
    steps = models.JSONField(default=list)
    depth = models.PositiveSmallIntegerField(default=0, help_text="How many automations in a row led here.")
    state = models.CharField(max_length=16, choices=State, default=State.WAITING)
    message = models.TextField(blank=True)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    ended_at = models.DateTimeField(null=True)

    task_name: ClassVar[str] = "integrations.automations.run"

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("organization", "automation", "event"), condition=models.Q(is_test=False), name="one_automation_run_an_event"
            ),
        )
        indexes = (
            models.Index(fields=("organization", "-created_at", "-id"), name="automation_run_newest"),
            models.Index(fields=("organization", "automation", "-created_at", "-id"), name="run_of_automation"),
            models.Index(
                fields=("organization", "automation"), name="automation_run_open", condition=models.Q(is_test=False, due_at__isnull=False)
            ),
        )

    def __str__(self) -> str:
        return f"{self.automation} for {self.event}"

    @property
    def has_ended(self) -> bool:
        return self.state in {self.State.DONE, self.State.FAILED, self.State.STOPPED}


class StepRun(TenantRecord):
    """A step of an automation's run, and the run of the operation that it was."""

    automation_run = models.ForeignKey(AutomationRun, on_delete=models.CASCADE, related_name="step_runs")
    number = models.PositiveSmallIntegerField()
    tries = models.PositiveSmallIntegerField(default=1, help_text="Each resumption from this step makes a run of its own.")
    run = models.ForeignKey(Run, on_delete=models.SET_NULL, null=True, related_name="+")
    problem = models.TextField(blank=True, help_text="Why there is no run: its inputs could not be made.")

    class Meta:
        ordering = ("number",)
        constraints = (models.UniqueConstraint(fields=("automation_run", "number"), name="automation_steps_are_numbered"),)
        indexes = (models.Index(fields=("organization", "run"), name="automation_step_of_run"),)

    def __str__(self) -> str:
        return f"{self.automation_run_id} step {self.number}"
