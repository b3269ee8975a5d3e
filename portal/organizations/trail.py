"""Reading the audit trail page by page, the newest entry first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from portal.organizations.models import AuditEntry

PAGE_LENGTH = 50


@dataclass(frozen=True)
class Line:
    """An entry as it is shown."""

    entry: AuditEntry

    @property
    def action(self) -> str:
        """`membership.role_changed` → Membership role changed."""
        return self.entry.action.replace(".", " ").replace("_", " ").capitalize()

    @property
    def detail(self) -> str:
        """What else was noted, in one line: `role: member, former: viewer`."""
        return ", ".join(f"{name.replace('_', ' ')}: {_words(value)}" for name, value in self.entry.detail.items())


@dataclass(frozen=True)
class Page:
    """Some lines, and the places to read on from in both directions."""

    lines: list[Line]
    newer: str | None
    older: str | None


def read_trail(before: str = "", after: str = "") -> Page:
    """The entries that stand before or after a place in the list; from the top where it names none."""
    entries = AuditEntry.objects.select_related("actor").order_by("-created_at", "-id")
    if place := _place(before):
        return _page_before(entries, place)
    if place := _place(after):
        return _page(entries.filter(_beyond("lt", *place)), has_newer=True)
    return _page(entries, has_newer=False)


def _page(entries: QuerySet[AuditEntry], has_newer: bool) -> Page:
    found = list(entries[: PAGE_LENGTH + 1])
    shown, has_older = found[:PAGE_LENGTH], len(found) > PAGE_LENGTH
    return _turned(shown, has_newer, has_older)


def _page_before(entries: QuerySet[AuditEntry], place: tuple[datetime, UUID]) -> Page:
    found = list(entries.filter(_beyond("gt", *place)).reverse()[: PAGE_LENGTH + 1])
    shown, has_newer = found[:PAGE_LENGTH][::-1], len(found) > PAGE_LENGTH
    return _turned(shown, has_newer, has_older=True)


def _turned(shown: list[AuditEntry], has_newer: bool, has_older: bool) -> Page:
    newer = _cursor(shown[0]) if shown and has_newer else None
    older = _cursor(shown[-1]) if shown and has_older else None
    return Page([Line(entry) for entry in shown], newer, older)


def _beyond(comparison: str, moment: datetime, entry_id: UUID) -> Q:
    return Q(**{f"created_at__{comparison}": moment}) | Q(created_at=moment, **{f"id__{comparison}": entry_id})


def _cursor(entry: AuditEntry) -> str:
    return f"{entry.created_at.isoformat()}~{entry.pk}"


def _place(cursor: str) -> tuple[datetime, UUID] | None:
    """Reads a cursor; nothing where it was tampered with."""
    moment, _, entry_id = cursor.partition("~")
    try:
        return _aware(datetime.fromisoformat(moment)), UUID(entry_id)
    except ValueError:
        return None


def _aware(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("A place in the trail names its time zone.")
    return moment


def _words(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
