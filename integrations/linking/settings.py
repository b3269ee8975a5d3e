"""The settings of an integration, and pausing it. Everything here needs a scope."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

from django.utils import timezone

from integrations.linking.models import Integration
from portal.accounts.models import User
from portal.organizations.audit import audit
from portal.work.claims import make_due

LOOKED_AT_ANEW = frozenset({"time_since", "time_shape", "untasked", "untasked_name"})


def change_settings(integration: Integration, changed: Collection[str], person: User | None) -> None:
    """Keeps the settings with these names, which were set on the integration. A sync that waits for its time is moved to the new interval;
    what concerns time lets the next one look at all tracked time again. Where nothing changed, nothing is done or noted.
    """
    if not changed:
        return
    anew = [] if LOOKED_AT_ANEW.isdisjoint(changed) else ["whole_look_at"]
    if anew:
        integration.whole_look_at = None
    # Only these columns: the claim of a sync that runs meanwhile stays as it is, and so does what asked it to look at all time.
    integration.save(update_fields=[*changed, *anew])
    audit(person, "integration.changed", str(integration), **{name: _said(getattr(integration, name)) for name in changed})
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


def _said(value: object) -> object:
    return value if isinstance(value, bool | int) else str(value)
