"""Personal mails as they arrive: the worker's part done by hand, and the link read out of what was sent."""

from __future__ import annotations

import email
import re
import uuid
from collections.abc import Iterator
from email.message import Message
from pathlib import Path
from urllib.parse import urlsplit

from django.core import mail
from django.utils import timezone

from integrations.linking.models import PersonalMail, PersonLink
from integrations.linking.tasks import send_personal_mail
from portal.organizations.models import Organization
from portal.organizations.scope import scope

BETWEEN_MAILS = b"-" * 79  # Django puts mails of one second and one process into one file
LINK = re.compile(r"https?://\S+/connect/[\w-]{20,}/")


def deliver(organization: Organization) -> int:
    """Does what sweep and worker would do with every mail that is due; gives how many rows were worked on."""
    with scope(organization.id):
        due = list(PersonalMail.objects.filter(due_at__lte=timezone.now()).values_list("pk", flat=True))
    for pk in due:
        work_on(organization, pk)
    return len(due)


def work_on(organization: Organization, pk: uuid.UUID) -> None:
    """One message of the sweep, as a worker takes it."""
    claim = uuid.uuid4()
    with scope(organization.id):
        PersonalMail.objects.filter(pk=pk).update(claim=claim, claimed_until=timezone.now())
    send_personal_mail(str(organization.id), str(pk), str(claim))


def mails_in(file: Path) -> Iterator[Message]:
    """The mails in a file of Django's file backend."""
    return (email.message_from_bytes(text.lstrip()) for text in file.read_bytes().split(BETWEEN_MAILS) if text.strip())


def newest_link(address: str) -> str:
    """The path of the link in the newest mail to an address."""
    text = next(str(each.body) for each in reversed(mail.outbox) if address in each.to)
    return path_in(text)


def path_in(text: str) -> str:
    found = LINK.search(text)
    assert found, text
    return urlsplit(found.group()).path


def text_of(message: Message) -> str:
    """The plain text of a mail as it lies in a mailbox."""
    part = next(each for each in message.walk() if each.get_content_type() == "text/plain")
    content = part.get_payload(decode=True)
    assert isinstance(content, bytes)
    return content.decode()


def link_of(organization: Organization, left_id: str = "u1") -> PersonLink:
    """A person's link as it is now."""
    with scope(organization.id):
        return PersonLink.objects.get(left_id=left_id)
