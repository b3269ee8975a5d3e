"""Something that is wrong for a while, and the two mails about it: one when it began, one when it is over.

What flaps does not flood. A mail goes out only when the thing is still wrong a minute later, and the one that says that it is over only
after a calm. Whoever comes back within the calm goes on in the same episode without another mail, and the calm that is asked for doubles
with each return of a day.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TypeVar

from django.db import models

CONFIRMATION = timedelta(minutes=1)
CALM = timedelta(minutes=10)
LONGEST_CALM = timedelta(hours=2)
REMEMBERED = timedelta(days=1)  # for so long a return counts as one
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=30), timedelta(hours=1)  # between the tries of a mail

Row = TypeVar("Row", bound="Episode")


class Episode(models.Model):
    """One stretch of something being wrong. `key` names what; an episode is settled when nothing is left to be mailed about it."""

    key = models.CharField(max_length=100)
    title = models.CharField(max_length=200)
    text = models.TextField(blank=True)
    raised_at = models.DateTimeField()
    mailed_at = models.DateTimeField(null=True, help_text="When the mail about it was begun.")
    ended_at = models.DateTimeField(null=True)
    recovery_mailed_at = models.DateTimeField(null=True, help_text="When the mail that it is over was begun.")
    mail_due_at = models.DateTimeField(null=True, help_text="When the next mail about it is due; empty: there is none.")
    mail_failures = models.PositiveSmallIntegerField(default=0, help_text="In a row, of that mail.")
    returns = models.PositiveSmallIntegerField(default=0, help_text="How often it came back lately.")

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.title

    @property
    def is_open(self) -> bool:
        return self.ended_at is None

    def is_brief(self, now: datetime) -> bool:
        """Whether it is not to be counted if it is gone now: it was not even mailed."""
        return self.is_open and self.mailed_at is None and now - self.raised_at < CONFIRMATION

    def begin(self, now: datetime, returns: int) -> None:
        self.raised_at, self.returns, self.mail_due_at = now, returns, now + CONFIRMATION

    def stand(self, found: Episode) -> bool:
        """Takes over what is said of it now, and opens it again if it had ended. Gives whether anything changed."""
        changed = not self.is_open or (self.title, self.text) != (found.title, found.text)
        self.title, self.text = found.title, found.text
        if not self.is_open:
            self.ended_at, self.mail_due_at, self.mail_failures, self.returns = None, None, 0, self.returns + 1
        return changed

    def end(self, now: datetime) -> None:
        """What nobody was told of ends without a word."""
        self.ended_at, self.mail_failures = now, 0
        self.mail_due_at = now + calm(self.returns) if self.mailed_at else None

    def note_mailed(self, now: datetime) -> None:
        """Before the mail is sent: should we break off, it is rather not sent than twice. The pages tell of it anyway."""
        self.mail_due_at = None
        if self.is_open:
            self.mailed_at = now
        else:
            self.recovery_mailed_at = now

    def leave_untold(self) -> None:
        """There is nobody who could be told."""
        self.mail_due_at = None

    def note_not_mailed(self, now: datetime) -> None:
        """The mail certainly did not go out: it is tried again, later each time."""
        self.mail_due_at = now + min(FIRST_WAIT * 2 ** min(self.mail_failures, 10), LONGEST_WAIT)
        self.mail_failures += 1
        if self.is_open:
            self.mailed_at = None
        else:
            self.recovery_mailed_at = None


def calm(returns: int) -> timedelta:
    """How long something must be well until we say so."""
    asked: timedelta = CALM * 2 ** min(returns, 10)
    return min(asked, LONGEST_CALM)


def reconcile(rows: models.QuerySet[Row], wrong: Mapping[str, Row], now: datetime) -> None:
    """Brings the episodes in line with what is wrong now: unsaved rows by their keys. What is gone within the minute leaves nothing."""
    unsettled = {row.key: row for row in rows.filter(models.Q(ended_at=None) | models.Q(mail_due_at__isnull=False))}
    brief = [row.pk for row in unsettled.values() if row.key not in wrong and row.is_brief(now)]
    if brief:
        rows.filter(pk__in=brief).delete()
    changed = [row for row in unsettled.values() if row.pk not in brief and _is_changed(row, wrong.get(row.key), now)]
    save(rows, changed)
    new = [row for key, row in wrong.items() if key not in unsettled]
    returns = _returns_of(rows, new, now)
    for row in new:
        row.begin(now, returns.get(row.key, 0))
    rows.bulk_create(new)


def due_mails(rows: models.QuerySet[Row], now: datetime) -> tuple[list[Row], list[Row]]:
    """What is to be mailed now: what is wrong, and what is over."""
    due = list(rows.filter(mail_due_at__lte=now).order_by("raised_at", "key"))
    return [row for row in due if row.is_open], [row for row in due if not row.is_open]


def was_mailed(rows: models.QuerySet[Row], since: datetime, now: datetime) -> bool:
    """Whether a mail about one of them was begun after `since`. What lies in the future was written before the clock was set back."""
    begun = models.Q(mailed_at__gt=since, mailed_at__lte=now) | models.Q(recovery_mailed_at__gt=since, recovery_mailed_at__lte=now)
    return rows.filter(begun).exists()


def save(rows: models.QuerySet[Row], changed: list[Row]) -> None:
    fields = {field.name for field in rows.model._meta.concrete_fields} - {"id", "organization", "created_at", "key", "raised_at"}
    rows.bulk_update(changed, sorted(fields), batch_size=500)


def _is_changed(row: Row, found: Row | None, now: datetime) -> bool:
    if found is not None:
        return row.stand(found)
    if row.is_open:
        row.end(now)
        return True
    return False


def _returns_of(rows: models.QuerySet[Row], new: list[Row], now: datetime) -> dict[str, int]:
    """How often each of these came back lately, this time included."""
    before = rows.filter(key__in=[row.key for row in new], ended_at__gte=now - REMEMBERED)
    return {key: most + 1 for key, most in before.values_list("key").annotate(models.Max("returns"))} if new else {}
