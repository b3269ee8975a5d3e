"""Bursts: where very many changes come at once, a person decides whether they are told. Everything here needs a scope."""

from __future__ import annotations

from django.utils import timezone

from integrations.records.models import Change
from integrations.triggers.models import Trigger
from integrations.triggers.reading import Waiting, newest_change
from portal.accounts.models import User
from portal.organizations.audit import audit
from portal.work.claims import make_due

BURST = 100  # more than so many that wait at once are a burst


def hold_back(trigger: Trigger, waiting: Waiting) -> list[tuple[str, Change]]:
    """What may be told of what waits, by the keys of the events. Of a burst only what a person let pass before; the trigger then says how
    many wait.
    """
    everything = list(waiting.changes.items())
    passing = [(key, change) for key, change in everything if change.pk <= trigger.released_through]
    held = len(everything) - len(passing)
    if not trigger.holds_bursts or held <= BURST:
        trigger.held_at, trigger.held_count = None, 0
        return everything
    trigger.held_at, trigger.held_count = trigger.held_at or timezone.now(), held
    return passing


def release(trigger: Trigger, person: User | None) -> None:
    """Lets pass what waits now. What comes afterwards is looked at anew."""
    stands = locked(trigger)
    if stands.held_at is None:
        return
    stands.released_through = newest_change(stands.connection, stands.declaration.entity)
    _let_go(stands, "released_through")
    audit(person, "trigger.released", stands.name, events=trigger.held_count)


def skip(trigger: Trigger, person: User | None) -> None:
    """Leaves out what waits now. A replay can bring it back."""
    stands = locked(trigger)
    if stands.held_at is None:
        return
    stands.cursor = newest_change(stands.connection, stands.declaration.entity)
    _let_go(stands, "cursor")
    audit(person, "trigger.skipped", stands.name, events=trigger.held_count)


def locked(trigger: Trigger) -> Trigger:
    """The trigger as it stands, for as long as the transaction goes on."""
    return Trigger.objects.select_for_update(of=("self",)).select_related("connection").get(pk=trigger.pk)


def _let_go(trigger: Trigger, moved: str) -> None:
    trigger.held_at, trigger.held_count = None, 0
    trigger.save(update_fields=[moved, "held_at", "held_count"])
    if not (trigger.is_paused or trigger.ended_at):
        make_due(trigger)
