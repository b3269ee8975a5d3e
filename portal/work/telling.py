"""The mails about what is wrong, and that it is over: everything of one round in one mail, and no mail twice."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic
from zoneinfo import ZoneInfo

import structlog
from django.core.mail import EmailMultiAlternatives
from django.db import models
from django.template.loader import render_to_string
from django.utils import timezone

from portal.work.episodes import Row, due_mails, save, was_mailed

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Item:
    """One thing in a mail, and where more of it stands."""

    title: str
    text: str
    since: datetime
    address: str


@dataclass(frozen=True)
class Audience:
    """Who is told: their addresses, for what, where all of it stands, why they get the mail, and in which time zone they read."""

    to: Sequence[str]
    name: str
    address: str
    why: str
    time_zone: str = "UTC"


@dataclass(frozen=True)
class Teller(Generic[Row]):
    """Sends the mails about some episodes. `within` opens what they are read and written in; `rest` is kept from one mail to the next."""

    rows: Callable[[], models.QuerySet[Row]]
    within: Callable[[], AbstractContextManager[None]]
    audience: Callable[[], Audience]
    item: Callable[[Row], Item]
    rest: timedelta = timedelta()

    def tell(self, now: datetime) -> bool:
        """Sends what is due; False where the mail server did not take it."""
        with self.within():
            raised, over = due_mails(self.rows(), now)
            if not (raised or over) or was_mailed(self.rows(), now - self.rest, now):
                return True
            audience = self.audience()
        told = [self._send(found, audience, now, is_over=is_over) for found, is_over in ((raised, False), (over, True)) if found]
        return all(told)

    def _send(self, found: list[Row], audience: Audience, now: datetime, *, is_over: bool) -> bool:
        """Noted and committed before it is sent, so that whoever breaks off in between never sends it twice."""
        if not audience.to:
            log.warning("nobody can be told", titles=[row.title for row in found])
            self._note(found, lambda row: row.leave_untold())
            return True
        try:
            message = compose(audience, [self.item(row) for row in found], is_over=is_over)
            self._note(found, lambda row: row.note_mailed(now))
            message.send()
        except (OSError, ValueError) as error:  # a ValueError where it cannot be written: that says nothing about the mail server
            log.warning("a mail could not be sent", reason=type(error).__name__)
            self._note(found, lambda row: row.note_not_mailed(now))
            return not isinstance(error, OSError)
        return True

    def _note(self, found: list[Row], change: Callable[[Row], None]) -> None:
        with self.within():
            for row in found:
                change(row)
            save(self.rows(), found)


def compose(audience: Audience, items: Sequence[Item], *, is_over: bool) -> EmailMultiAlternatives:
    """The mail in words and as a page."""
    subject = " ".join(_subject(audience, items, is_over=is_over).split())
    context = {"audience": audience, "items": items, "is_over": is_over, "subject": subject}
    with timezone.override(ZoneInfo(audience.time_zone)):
        text, page = (render_to_string(f"work/mail/episodes.{kind}", context) for kind in ("txt", "html"))
    message = EmailMultiAlternatives(subject, text, to=list(audience.to))
    message.attach_alternative(page, "text/html")
    return message


def _subject(audience: Audience, items: Sequence[Item], *, is_over: bool) -> str:
    if len(items) == 1:
        return f"{'Over: ' if is_over else ''}{items[0].title} ({audience.name})"
    return f"{len(items)} things {'are well again' if is_over else 'need attention'} ({audience.name})"
