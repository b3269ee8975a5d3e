"""What people asked to be told of, what happened, and the webhooks that make it quick."""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar, Self
from uuid import UUID

from django.conf import settings
from django.db import models

from integrations.catalogue import Watch
from integrations.connections.models import Connection, SealedSecrets
from portal.organizations.tenancy import TenantRecord, TenantRows
from portal.work.models import DueModel


class LiveTriggers(TenantRows["Trigger"]):
    """Those that were not ended."""

    def get_queryset(self) -> models.QuerySet[Trigger]:
        return super().get_queryset().filter(ended_at=None)


class Trigger(DueModel):
    """A watch on a connection. It reads the changes of the mirror behind its cursor, so that one fetch serves every trigger on a list.

    One that was ended stays, for the sake of its events.
    """

    class Start(models.TextChoices):
        NOW = "now", "From now on"
        SINCE = "since", "Since a moment"
        EVERYTHING = "everything", "With everything there is"

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="triggers")
    watch = models.CharField(max_length=64)
    name = models.CharField(max_length=120)
    inputs = models.JSONField(default=dict, help_text="What narrows it down, as the watch asks for it.")
    is_paused = models.BooleanField(default=False)
    minutes = models.PositiveSmallIntegerField("look every … minutes", default=5)
    limit = models.PositiveSmallIntegerField("most events in one cycle", default=100)
    start = models.CharField(max_length=16, choices=Start, default=Start.NOW)
    since = models.DateTimeField(null=True, blank=True)
    cursor = models.BigIntegerField(default=0, editable=False, help_text="The last change that was read.")
    started_through = models.BigIntegerField(
        default=0, editable=False, help_text="Of the records that were there at the start: the last one that was told of."
    )
    start_ends = models.BigIntegerField(
        null=True, editable=False, help_text="The last record that was there at the start. Empty until its list was first seen whole."
    )
    holds_bursts = models.BooleanField("hold bursts for confirmation", default=True)
    held_at = models.DateTimeField(null=True, editable=False, help_text="Since when a burst waits for a person.")
    held_count = models.PositiveIntegerField(default=0, editable=False)
    released_through = models.BigIntegerField(default=0, editable=False, help_text="The last change that a person let pass.")
    replay_ends = models.BigIntegerField(default=0, editable=False, help_text="The last change that a replay goes through once more.")
    polled_at = models.DateTimeField(null=True, editable=False)
    watermark_at = models.DateTimeField(null=True, editable=False, help_text="As of when everything was told.")
    last_event_at = models.DateTimeField(null=True, editable=False)
    problem = models.TextField(blank=True, editable=False)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", editable=False)
    ended_at = models.DateTimeField(null=True, editable=False)

    objects: ClassVar[TenantRows[Self]] = TenantRows()
    live: ClassVar[LiveTriggers] = LiveTriggers()

    task_name: ClassVar[str] = "integrations.triggers.poll"
    together: ClassVar[str] = "connection_id"  # those of one connection share its lists

    class Meta:
        indexes = (models.Index(fields=("organization", "connection"), name="live_trigger", condition=models.Q(ended_at=None)),)

    def __str__(self) -> str:
        return self.name

    @property
    def declaration(self) -> Watch:
        return self.connection.declaration.watch_by_name[self.watch]

    @property
    def has_begun(self) -> bool:
        """Whether everything that was there at the start has been told, as far as it was asked for."""
        return self.start_ends is not None and self.started_through >= self.start_ends


class Event(TenantRecord):
    """Something that happened over there, once. `key` names the change, so that seeing it twice makes one event."""

    class Via(models.TextChoices):
        POLL = "poll", "A look at the list"
        WEBHOOK = "webhook", "A webhook"
        START = "start", "What was there at the start"
        REPLAY = "replay", "A replay"

    trigger = models.ForeignKey(Trigger, on_delete=models.CASCADE, related_name="events")
    key = models.CharField(max_length=200)
    kind = models.CharField(max_length=16)
    entity = models.CharField(max_length=64)
    remote_id = models.CharField(max_length=128)
    title = models.TextField(blank=True)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    happened_at = models.DateTimeField(help_text="When the change was seen.")
    moment = models.DateTimeField(null=True, help_text="When it happened over there, where the record tells.")
    position = models.BigIntegerField(default=0, help_text="Grows with each change: its id; 0 for what was there before.")
    via = models.CharField(max_length=16, choices=Via, default=Via.POLL)
    run_id = models.UUIDField(null=True, help_text="The run of ours that caused it, where it was one.")

    class Meta:
        constraints = (models.UniqueConstraint(fields=("organization", "trigger", "key"), name="one_event_a_change"),)
        indexes = (
            models.Index(fields=("organization", "-happened_at", "-id"), name="event_newest"),
            models.Index(fields=("organization", "trigger", "-happened_at", "-id"), name="event_of_trigger"),
            models.Index(fields=("organization", "entity", "-happened_at", "-id"), name="event_of_entity"),
        )

    def __str__(self) -> str:
        return self.title or self.key


class Subscription(SealedSecrets, DueModel):
    """A trigger's webhook at its provider. Due when something has to be done about it: registering, activating, looking whether it lives,
    removing.

    Seals its address's secret and what deliveries are proved with.
    """

    class State(models.TextChoices):
        WAITING = "waiting", "Being set up"
        HANDSHAKE = "handshake", "Waits for the first request"
        ACTIVE = "active", "Active"
        SILENT = "silent", "Silent"
        FAILED = "failed", "Could not be set up"
        OFF = "off", "Not used"
        ENDING = "ending", "Being removed"
        ORPHAN = "orphan", "To be removed by hand"
        ENDED = "ended", "Removed"

    trigger = models.OneToOneField(Trigger, on_delete=models.CASCADE, related_name="subscription")
    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="subscriptions")
    topic = models.CharField(max_length=64)
    events = models.JSONField(default=list)
    name = models.CharField(max_length=120, help_text="As it is called over there, with our mark.")
    address_hash = models.CharField(max_length=64, unique=True, editable=False)
    remote_id = models.CharField(max_length=128, blank=True)
    state = models.CharField(max_length=16, choices=State, default=State.WAITING)
    problem = models.TextField(blank=True)
    registered_at = models.DateTimeField(null=True)
    registrations = models.PositiveSmallIntegerField(default=0, help_text="In a row, none of which has brought a delivery yet.")
    verified_at = models.DateTimeField(null=True, help_text="When it was last seen alive over there.")
    delivered_at = models.DateTimeField(null=True, help_text="When a delivery last came.")
    minute = models.DateTimeField(null=True, help_text="The minute in which requests are counted.")
    requests = models.PositiveIntegerField(default=0, help_text="Of that minute.")
    accepted = models.PositiveIntegerField(default=0)
    replayed = models.PositiveIntegerField(default=0, help_text="Came twice, or were old.")
    forged = models.PositiveIntegerField(default=0)
    malformed = models.PositiveIntegerField(default=0)
    oversized = models.PositiveIntegerField(default=0)
    throttled = models.PositiveIntegerField(default=0)
    missed = models.PositiveIntegerField(default=0, help_text="Events in a row that a look found and no delivery told of.")

    task_name: ClassVar[str] = "integrations.triggers.subscribe"

    class Meta:
        indexes = (models.Index(fields=("organization", "connection"), name="subscription_of_connection"),)

    def __str__(self) -> str:
        return self.name

    @property
    def sealed_for(self) -> UUID:
        return self.pk


class Notice(TenantRecord):
    """A delivery that was accepted: it says that something happened, and what. Kept for two weeks."""

    subscription = models.ForeignKey(Subscription, on_delete=models.CASCADE, related_name="notices")
    delivery_id = models.CharField(max_length=128, blank=True)
    event = models.CharField(max_length=64)
    record_id = models.CharField(max_length=128, blank=True)
    parent_id = models.CharField(max_length=128, blank=True)
    said_at = models.DateTimeField(null=True)
    received_at = models.DateTimeField()
    handled_at = models.DateTimeField(null=True)

    kept_for: ClassVar[timedelta] = timedelta(days=14)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("organization", "subscription", "delivery_id"), condition=~models.Q(delivery_id=""), name="one_notice_a_delivery"
            ),
        )
        indexes = (
            models.Index(fields=("organization", "subscription", "received_at"), name="notice_open", condition=models.Q(handled_at=None)),
            models.Index(fields=("organization", "subscription", "-received_at"), name="notice_newest"),
        )

    def __str__(self) -> str:
        return f"{self.event} {self.record_id}"


class ListedWebhooks(TenantRecord):
    """The webhooks that a connection's workspace has, as its provider last listed them."""

    connection = models.OneToOneField(Connection, on_delete=models.CASCADE, related_name="listed_webhooks")
    listed = models.JSONField(default=list, help_text="Name, topic, and whether it is active, of each.")
    listed_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "listed webhooks"

    def __str__(self) -> str:
        return f"{len(self.listed)} webhooks"
