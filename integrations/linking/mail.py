"""The mail that brings a person their link, and its sending: in the background, tried again, and never twice."""

from __future__ import annotations

from smtplib import SMTPRecipientsRefused
from zoneinfo import ZoneInfo

import structlog
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from integrations.linking.invitations import is_open, new_secret
from integrations.linking.models import PersonalMail, PersonLink
from integrations.linking.wording import allowed, both_sides
from portal.organizations.scope import scope
from portal.work.claims import Hold

UNKNOWN = "We do not know whether this mail went out: the sending broke off. Notify them again; the new link then counts alone."
REFUSED = "The mail server takes no mail for this address. Correct it on the left side, then notify them again."
LATER = "The mail could not be sent yet. We keep trying."

log = structlog.get_logger(__name__)


def send(hold: Hold[PersonalMail]) -> None:
    """Sends one mail, if it is still wanted."""
    message = _prepared(hold)
    if message is None:
        return
    try:
        message.send()
    except SMTPRecipientsRefused:
        hold.finish(problem=REFUSED, sending_at=None)
    except OSError as error:
        log.warning("a mail could not be sent", reason=type(error).__name__)
        hold.postpone(hold.read().next_try(), problem=LATER, sending_at=None)
    else:
        hold.finish(problem="", sending_at=None, sent_at=timezone.now())


def _prepared(hold: Hold[PersonalMail]) -> EmailMultiAlternatives | None:
    """The mail with a new secret, noted as on its way; None where there is nothing to send."""
    with scope():
        mail = PersonalMail.objects.select_for_update().get(pk=hold.id)
        hold.was_due_at = mail.due_at  # whoever pressed until now is served by this one mail
        if mail.sending_at is not None:
            hold.finish(problem=UNKNOWN, sending_at=None)
            return None
        link = PersonLink.objects.select_for_update().get(pk=mail.link_id)
        if not is_open(link):
            hold.finish(problem="")
            return None
        secret = new_secret(link)
        hold.renew(sending_at=timezone.now())
        return compose(PersonalMail.objects.select_related("asked_by", "organization").get(pk=mail.pk), link, secret)


def compose(mail: PersonalMail, link: PersonLink, secret: str) -> EmailMultiAlternatives:
    """The mail in words and as a page. Needs a scope."""
    organization, integration = mail.organization, link.integration
    context = {
        "link": link,
        "asked_by": mail.asked_by,
        "organization": organization,
        "sides": both_sides(integration),
        "allowed": allowed(integration, organization),
        "address": address_of(secret),
    }
    with timezone.override(ZoneInfo(organization.time_zone)):
        text, page = (render_to_string(f"linking/mail/personal_link.{kind}", context) for kind in ("txt", "html"))
    subject = " ".join(f"{organization.name} asks you to connect your account".split())
    reply_to = [mail.asked_by.email] if mail.asked_by else []
    message = EmailMultiAlternatives(subject, text, to=[link.email], reply_to=reply_to)
    message.attach_alternative(page, "text/html")
    return message


def address_of(secret: str) -> str:
    """The personal link itself."""
    return f"{settings.BASE_URL}{reverse('linking:personal', args=[secret])}"
