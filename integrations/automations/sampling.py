"""Sending a sample to a destination, so that a person sees whether it arrives before an event does."""

from __future__ import annotations

from time import monotonic

from django.utils import timezone

from integrations.automations.mailing import UNKNOWN, sample_mail
from integrations.automations.messages import Outgoing, sample_post
from integrations.automations.models import Destination, SampleMessage
from portal.organizations.scope import scope
from portal.work.claims import Hold


def send_sample(hold: Hold[SampleMessage]) -> None:
    """Sends it once and keeps what came back. One whose sending broke off is not sent again unasked."""
    outgoing = _prepared(hold)
    if outgoing is None:
        return
    started = monotonic()
    outcome = outgoing.send()
    hold.finish(**outcome.fields(monotonic() - started))


def _prepared(hold: Hold[SampleMessage]) -> Outgoing | None:
    with scope():
        sample = SampleMessage.objects.select_related("destination__organization").get(pk=hold.id)
        hold.was_due_at = sample.due_at
        if sample.request_headers and sample.ended_at is None:
            hold.finish(ended_at=timezone.now(), problem=UNKNOWN)
            return None
        is_mail = sample.destination.kind == Destination.Kind.EMAIL
        outgoing: Outgoing = sample_mail(sample.destination) if is_mail else sample_post(sample, sample.destination)
        hold.renew(**SampleMessage.nothing_yet() | {"request_headers": outgoing.headers, "request_body": outgoing.body})
        return outgoing
