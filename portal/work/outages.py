"""A process that died: noticed by the watch, and told to the operators, who are the active superusers."""

from __future__ import annotations

from contextlib import AbstractContextManager
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.urls import reverse

from portal.accounts.models import User
from portal.work.episodes import CALM, reconcile
from portal.work.heartbeats import dead_parts
from portal.work.models import Outage
from portal.work.telling import Audience, Item, Teller

HANDING_OUT = ("beat", "worker", "sweep")
"""The processes without which nothing that is due is taken up. Long tasks are of another kind: triggers look and deliveries go out."""
WHY = "You get this mail because you operate this portal."


def watch_parts(now: datetime) -> None:
    """One round: an outage for each process that gives no sign of life, and the mails about it."""
    wrong = {part.name: Outage(key=part.name, title=part.title, text=part.text) for part in dead_parts() if part.name != "watch"}
    with transaction.atomic():
        reconcile(Outage.objects.all(), wrong, now)
    Teller(_outages, _transaction, _operators, _item).tell(now)


def is_disturbed(now: datetime) -> bool:
    """Whether nothing is handed out, or was not until a moment ago: what is late now is late because of that.

    An outage of which nobody was told does not stay an excuse: where there is no operator, the lateness itself has to be told.
    """
    lasts = Q(ended_at=None) | Q(ended_at__gt=now - CALM)
    is_excuse = Q(mailed_at__isnull=False) | Q(raised_at__gt=now - CALM)
    return Outage.objects.filter(lasts, is_excuse, key__in=HANDING_OUT).exists()


def _outages() -> QuerySet[Outage]:
    return Outage.objects.all()


def _transaction() -> AbstractContextManager[None]:
    return transaction.atomic()


def _operators() -> Audience:
    operators = User.objects.filter(is_superuser=True, is_active=True).order_by("email")
    return Audience(to=list(operators.values_list("email", flat=True)), name="Timebridge", address=_health(), why=WHY)


def _item(outage: Outage) -> Item:
    return Item(title=outage.title, text=outage.text, since=outage.raised_at, address=_health())


def _health() -> str:
    return f"{settings.BASE_URL}{reverse('healthz')}"
