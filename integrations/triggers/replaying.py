"""Reading changes once more from a moment on, so that gaps in the ledger are filled. Everything here needs a scope."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from integrations.catalogue import InvalidInput
from integrations.triggers.holding import locked
from integrations.triggers.models import Event, Trigger
from integrations.triggers.reading import last_change_before, waiting_behind
from portal.accounts.models import User
from portal.organizations.audit import audit
from portal.work.claims import make_due

NOT_YET = "Choose a moment that has passed."


@dataclass(frozen=True)
class ReplayCount:
    """What a replay would find: changes that were never told. `is_more`: at least so many. `known`: what was told since that moment, also
    of what was there at the start.
    """

    new: int
    known: int
    is_more: bool


def count_replay(trigger: Trigger, since: datetime) -> ReplayCount:
    """Raises `InvalidInput` where the moment lies ahead."""
    _check(since)
    found = waiting_behind(trigger, _first(trigger, since), through=trigger.cursor)
    known = Event.objects.filter(trigger=trigger, created_at__gte=since).count()
    return ReplayCount(len(found.changes), known, not found.is_all)


def replay(trigger: Trigger, since: datetime, person: User | None) -> None:
    """Sets the cursor back; what is known already is left out. What was counted is confirmed: it is not held as a burst.

    Raises `InvalidInput` where the moment lies ahead.
    """
    _check(since)
    stands = locked(trigger)
    first = _first(stands, since)
    if first >= stands.cursor:
        return
    stands.replay_ends = max(stands.replay_ends, stands.cursor)
    stands.released_through = max(stands.released_through, stands.cursor)
    stands.cursor = first
    stands.save(update_fields=["replay_ends", "released_through", "cursor"])
    if not (stands.is_paused or stands.ended_at):
        make_due(stands)
    audit(person, "trigger.replayed", stands.name, since=since.isoformat())


def _first(trigger: Trigger, since: datetime) -> int:
    return last_change_before(trigger.connection, trigger.declaration.entity, since)


def _check(since: datetime) -> None:
    if since > timezone.now():
        raise InvalidInput({"since": NOT_YET})
