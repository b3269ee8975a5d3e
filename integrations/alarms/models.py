"""What is wrong in an organization, and what was."""

from __future__ import annotations

from django.db import models

from integrations.triggers.health import Cause
from portal.organizations.tenancy import TenantRecord
from portal.work.episodes import Episode


class Alarm(Episode, TenantRecord):
    """A cause that keeps something from working, from when it was noticed until it is gone. One is open for each cause at most."""

    class Kind(models.TextChoices):
        CONNECTION = "connection", "Connection"
        LATE = Cause.LATE.value, "Trigger late"
        FROZEN = Cause.FROZEN.value, "Trigger stands still"
        LOOKING = Cause.LOOKING.value, "Trigger cannot look"
        HELD = Cause.HELD.value, "Burst held"
        WEBHOOK = Cause.WEBHOOK.value, "Webhook"
        DESTINATION = "destination", "Destination"
        DELIVERIES = "deliveries", "Deliveries"
        AUTOMATION = "automation", "Automation"

    kind = models.CharField(max_length=16, choices=Kind)
    url = models.CharField(max_length=300, help_text="Where more of it stands, without the host.")

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("organization", "key"), condition=models.Q(ended_at=None), name="one_open_alarm_a_cause"),
        )
        indexes = (
            models.Index(fields=("organization", "-raised_at", "-id"), name="alarm_newest"),
            models.Index(
                fields=("organization", "key"),
                name="alarm_unsettled",
                condition=models.Q(ended_at=None) | models.Q(mail_due_at__isnull=False),
            ),
        )

    def stand(self, found: Episode) -> bool:
        changed = super().stand(found)
        if isinstance(found, Alarm) and (self.kind, self.url) != (found.kind, found.url):
            self.kind, self.url, changed = found.kind, found.url, True
        return changed

    @property
    def state(self) -> str:
        """As the components of a page know it."""
        if not self.is_open:
            return "ok"
        return "failed" if self.kind in STOPS_EVERYTHING else "attention"


STOPS_EVERYTHING = {Alarm.Kind.CONNECTION, Alarm.Kind.LOOKING, Alarm.Kind.DESTINATION, Alarm.Kind.AUTOMATION}
