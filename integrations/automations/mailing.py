"""Mails that tell of events: one for each, or one a day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from smtplib import SMTPRecipientsRefused
from typing import Any
from zoneinfo import ZoneInfo

import structlog
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from integrations.automations.messages import Outcome
from integrations.automations.models import Delivery, Destination
from integrations.triggers.models import Event
from portal.organizations.models import Organization

REFUSED = "The mail server takes no mail for these addresses. Correct them, then send it again."
LATER = "The mail server did not take the mail."
UNKNOWN = "We do not know whether this mail went out: the sending broke off. Send it again if it did not arrive."
FOR_GOOD = 500  # the first code of a mail server that says so
MOST_LINES = 100  # of a daily mail; the others stand in the feed
LONGEST_VALUE, MOST_FIELDS = 120, 12

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Line:
    """An event as it stands in a mail."""

    event: Event
    address: str
    changes: list[tuple[str, str, str]]


@dataclass(frozen=True)
class Mail:
    """A mail that is ready to be sent."""

    message: EmailMultiAlternatives

    @property
    def headers(self) -> dict[str, str]:
        return {"to": ", ".join(self.message.to), "subject": str(self.message.subject)}

    @property
    def body(self) -> str:
        return str(self.message.body)

    def send(self) -> Outcome:
        try:
            self.message.send()
        except SMTPRecipientsRefused as error:
            return _refused(error)
        except OSError as error:
            log.warning("a mail could not be sent", reason=type(error).__name__)
            return Outcome(False, LATER)
        return Outcome(True)


def _refused(error: SMTPRecipientsRefused) -> Outcome:
    """Codes below 500 say "not now": of a server that takes mail of strangers at a second try, or a mailbox that is full
    (https://www.rfc-editor.org/rfc/rfc5321#section-4.2.1).
    """
    is_lasting = all(code >= FOR_GOOD for code, _ in error.recipients.values())
    return Outcome(False, REFUSED, may_pass=False) if is_lasting else Outcome(False, LATER)


def mail_of(delivery: Delivery, destination: Destination) -> Mail:
    """The mail that tells of one event. Needs the event's trigger with its connection, and a scope."""
    event = delivery.event
    line = _line(event, destination.organization)
    return _mail(destination, "event", f"{event.trigger.name}: {event.title or event.remote_id}", {"line": line})


def daily_mail(destination: Destination, events: Sequence[Event], count: int) -> Mail:
    """The mail of a day: `count` events, of which these are told. Needs their triggers with their connections, and a scope."""
    lines = [_line(event, destination.organization) for event in events]
    words = "1 event" if count == 1 else f"{count:,} events"
    return _mail(destination, "daily", f"{destination.name}: {words}", {"lines": lines, "words": words, "others": count - len(lines)})


def sample_mail(destination: Destination) -> Mail:
    """A mail that tells of no event. Needs a scope."""
    return _mail(destination, "sample", f"A test of {destination.name}", {})


def changes_of(event: Event) -> list[tuple[str, str, str]]:
    """What is another value now, of the plain fields: name, before, after."""
    before, after = event.before or {}, event.after or {}
    if not (before and after):
        return []
    names = [name for name in after if before.get(name) != after[name] and not isinstance(after[name], dict | list)]
    return [(name.replace("_", " "), _words(before.get(name)), _words(after[name])) for name in names[:MOST_FIELDS]]


def _words(value: Any) -> str:
    if value is None or value == "" or isinstance(value, dict | list):
        return "—"
    text = {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)
    return text if len(text) <= LONGEST_VALUE else f"{text[: LONGEST_VALUE - 1]}…"


def _line(event: Event, organization: Organization) -> Line:
    path = reverse("triggers:event", kwargs={"organization": organization.slug, "event": event.pk})
    return Line(event, f"{settings.BASE_URL}{path}", changes_of(event))


def _mail(destination: Destination, name: str, subject: str, more: Mapping[str, Any]) -> Mail:
    organization = destination.organization
    feed = f"{settings.BASE_URL}{reverse('triggers:events', kwargs={'organization': organization.slug})}"
    context = {"destination": destination, "organization": organization, "feed": feed, **more}
    with timezone.override(ZoneInfo(organization.time_zone)):
        text, page = (render_to_string(f"automations/mail/{name}.{kind}", context) for kind in ("txt", "html"))
    message = EmailMultiAlternatives(" ".join(subject.split())[:200], text, to=list(destination.addresses))
    message.attach_alternative(page, "text/html")
    return Mail(message)
