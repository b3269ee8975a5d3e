"""Setting up where events are delivered, and what people do about deliveries. All of it needs a scope."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone

from integrations.automations.digesting import next_daily_mail
from integrations.automations.models import Delivery, Destination, Route, SampleMessage
from integrations.automations.ordering import held, line_up, waits_for_daily_mail
from integrations.automations.resending import ResendCount, count_resend, resend
from integrations.automations.signing import keep_secret, rotate
from integrations.transport.outgoing import RefusedAddress, read_address
from integrations.triggers.models import Trigger
from portal.accounts.models import User
from portal.organizations.audit import audit
from portal.work.claims import make_due, wake_soon

__all__ = [
    "RefusedAddress",
    "ResendCount",
    "check_address",
    "count_resend",
    "edit_destination",
    "enable",
    "end",
    "make_destination",
    "pause",
    "resend",
    "resume",
    "rotate_secret",
    "send_test",
    "set_routes",
]

EDITED = ("name", "url", "addresses", "rhythm", "hour", "takes_everything")
A_MOMENT = timedelta(seconds=10)  # whoever presses twice means it once


def check_address(url: str) -> None:
    """Raises `RefusedAddress`, in words for the form, where an address can be seen to be none that we deliver to. Where its name leads is
    looked at anew before each request.
    """
    read_address(url, settings.OUTGOING_HOSTS)


def make_destination(destination: Destination, triggers: Collection[Trigger], person: User) -> str:
    """Saves a new destination with the events that go there. Gives the secret of a webhook, which is shown this once; no text for mail."""
    secret = keep_secret(destination)
    destination.made_by = person
    destination.save()
    set_routes(destination, triggers)
    _arrange(destination)
    audit(person, "destination.created", destination.name)
    return secret if destination.kind == Destination.Kind.WEBHOOK else ""


def edit_destination(destination: Destination, triggers: Collection[Trigger], person: User) -> None:
    """Saves what a form has changed: name, address, rhythm, hour and the events that go there. Another address is another receiver: what is
    known of the one before says nothing about it, so it begins anew.
    """
    set_routes(destination, triggers)
    is_another = held(destination.pk).url != destination.url
    changed = {name: getattr(destination, name) for name in EDITED}
    _change(destination, person, "destination.edited", **changed | (_begun_anew(destination) if is_another else {}))


def set_routes(destination: Destination, triggers: Collection[Trigger]) -> None:
    """Sends the events of these triggers there from now on, and of no others. The triggers are held first, as telling does it: the
    database looks for them when the transaction ends, and whoever tells must not wait crosswise for the destination then.
    """
    held_ones = Trigger.objects.filter(pk__in=[trigger.pk for trigger in triggers]).order_by("pk").select_for_update(no_key=True)
    routes = [Route(destination=destination, trigger=trigger) for trigger in held_ones]
    Route.objects.bulk_create(routes, ignore_conflicts=True)
    Route.objects.filter(destination=destination).exclude(trigger__in=triggers).delete()


def rotate_secret(destination: Destination, person: User) -> str:
    """Gives a webhook a new secret, which is shown this once. The one before signs as well for a day."""
    fresh = held(destination.pk)
    secret = rotate(fresh, timezone.now())
    fresh.save(update_fields=["sealed", "overlap_ends_at"])
    audit(person, "destination.secret_rotated", fresh.name)
    return secret


def pause(destination: Destination, person: User) -> None:
    """Lets deliveries wait."""
    _change(destination, person, "destination.paused", is_paused=True)


def resume(destination: Destination, person: User) -> None:
    """Goes on with the deliveries that waited."""
    _change(destination, person, "destination.resumed", is_paused=False)


def enable(destination: Destination, person: User) -> None:
    """Goes on after failures: deliveries that waited have all their tries anew."""
    _change(destination, person, "destination.enabled", **_begun_anew(destination))


def end(destination: Destination, person: User) -> None:
    """Delivers nothing there any more. What was delivered stays to be read."""
    Route.objects.filter(destination=destination).delete()
    _change(destination, person, "destination.ended", ended_at=timezone.now())


def send_test(destination: Destination, person: User) -> bool:
    """Has a message sent there that tells of no event, at once and in whatever state the destination is; its `SampleMessage` shows what
    came back. False, and nothing is sent, where the last one was asked for a moment ago.
    """
    now = timezone.now()
    sample, _ = SampleMessage.objects.select_for_update().get_or_create(destination=destination, defaults={"asked_at": now - A_MOMENT})
    if sample.asked_at > now - A_MOMENT:
        return False
    SampleMessage.objects.filter(pk=sample.pk).update(asked_at=now, asked_by=person, **SampleMessage.nothing_yet())
    make_due(sample)
    audit(person, "destination.tested", destination.name)
    return True


def _change(destination: Destination, person: User, action: str, **fields: Any) -> None:
    """Changes a destination as it stands now, and what is due because of it; workers may have changed it since it was read. What is due
    stays so where nothing about it was changed: a daily mail whose hour has come, or that is tried again.
    """
    now = held(destination.pk)
    before = _rules(now)
    for name, value in fields.items():
        setattr(now, name, value)
    now.save(update_fields=fields)
    if _rules(now) != before:
        _arrange(now)
    audit(person, action, now.name)
    destination.refresh_from_db()


def _begun_anew(destination: Destination) -> dict[str, Any]:
    """How a destination is that never failed; what waits has all its tries. Held first, as workers do it: they would wait crosswise."""
    held(destination.pk)
    Delivery.objects.filter(destination=destination, state=Delivery.State.WAITING).update(tries=0)
    never = dict.fromkeys(("failing_since", "failed_at", "disabled_at", "rests_until"))
    return {"state": Destination.State.OK, "problem": "", **never}


def _rules(destination: Destination) -> tuple[bool, str, int]:
    """By what is decided when something is due."""
    return destination.is_open, destination.rhythm, destination.hour


def _arrange(destination: Destination) -> None:
    """Makes due what has to be, now that it is another destination than before."""
    line_up([destination])
    is_daily = destination.is_open and waits_for_daily_mail(destination)
    destination.due_at = next_daily_mail(destination, timezone.now()) if is_daily else None
    destination.save(update_fields=["due_at"])
    wake_soon()
