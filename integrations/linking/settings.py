"""The settings of an integration, and pausing it. Everything here needs a scope."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from integrations.linking.models import Integration
from portal.accounts.models import User
from portal.organizations.audit import audit
from portal.work.claims import make_due

CHANGED_BY_PEOPLE = ["minutes", "time_since"]


def change_settings(integration: Integration, person: User | None) -> None:
    """Keeps settings that were set on the integration. A sync that waits for its time is moved to the new interval."""
    # Only these columns: the claim of a sync that runs meanwhile stays as it is.
    integration.save(update_fields=CHANGED_BY_PEOPLE)
    audit(person, "integration.changed", str(integration), minutes=integration.minutes, time_since=integration.time_since.isoformat())
    now = timezone.now()
    if integration.due_at and integration.due_at > now:
        make_due(integration, min(integration.due_at, now + timedelta(minutes=integration.minutes)))


def pause(integration: Integration, person: User | None) -> None:
    """Lets nothing travel until it is resumed. A sync that runs is let finish."""
    _set_paused(integration, True)
    audit(person, "integration.paused", str(integration))


def resume(integration: Integration, person: User | None) -> None:
    """Syncs again, now first: what happened meanwhile is caught up with."""
    _set_paused(integration, False)
    audit(person, "integration.resumed", str(integration))
    make_due(integration)


def _set_paused(integration: Integration, is_paused: bool) -> None:
    integration.is_paused = is_paused
    integration.save(update_fields=["is_paused"])
