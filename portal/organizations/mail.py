"""The mail that brings an invitation."""

from __future__ import annotations

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse

from portal.organizations.models import Invitation


def send_invitation(invitation: Invitation, secret: str) -> None:
    """Sends the link. Raises `OSError` where the mail server does not take it."""
    context = {"invitation": invitation, "organization": invitation.organization, "link": link_to(secret)}
    message = EmailMultiAlternatives(
        subject=" ".join(f"Join {invitation.organization.name} on Timebridge".split()),
        body=render_to_string("organizations/mail/invitation.txt", context),
        to=[invitation.email],
    )
    message.attach_alternative(render_to_string("organizations/mail/invitation.html", context), "text/html")
    message.send()


def link_to(secret: str) -> str:
    return f"{settings.BASE_URL}{reverse('organizations:invitation', args=[secret])}"
