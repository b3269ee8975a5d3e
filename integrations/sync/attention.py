"""What sync tells the overview of an integration and the dashboard: what waits, what was refused, and what is not written back."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime

from django.db.models import Count, Exists, OuterRef, QuerySet, Subquery
from django.urls import reverse

from integrations.linking.health import Attention
from integrations.linking.models import Integration
from integrations.linking.registry import Interval
from integrations.sync.models import Approval, Obstacle, Sync
from integrations.sync.pace import expected_end, pace_of
from portal.ui.words import duration_words


def attention_of_sync(integrations: Collection[Integration], organization: str) -> list[Attention]:
    """Asks a number of queries that does not grow with the integrations. Needs a scope."""
    found = Integration.objects.filter(pk__in=[each.pk for each in integrations]).select_related("left", "right").order_by("created_at")
    told = found.annotate(
        waiting=_counted(Approval.objects.filter(answer="")),
        refused=_counted(Obstacle.objects.all()),
        left_out=Subquery(_newest_left_out()),
    )
    return [attention for each in told for attention in _attention(each, organization)]


def interval_of_sync(integration: Integration) -> Interval:
    """How often it is synced, and why not as often as was wished for."""
    pace = pace_of(integration)
    return Interval(pace.minutes, pace.wished, pace.why)


def waiting_syncs() -> Exists:
    """Of integrations in a query, those with a sync that waits for calls."""
    return Exists(Sync.objects.filter(integration=OuterRef("pk"), state=Sync.State.WAITING))


def end_of_sync(integration: Integration) -> datetime | None:
    """When the sync that has not ended is likely to be through."""
    under_way = Sync.objects.filter(integration=integration, ended_at=None).order_by("-created_at").first()
    return expected_end(under_way) if under_way else None


def _attention(integration: Integration, organization: str) -> Iterator[Attention]:
    where = {"organization": organization, "integration": integration.pk}
    if waiting := integration.waiting:  # type: ignore[attr-defined]
        yield _waiting(integration, waiting, reverse("sync:approvals", kwargs=where))
    if refused := integration.refused:  # type: ignore[attr-defined]
        yield _refused(integration, refused, reverse("sync:plan", kwargs=where))
    for each in integration.left_out or ():  # type: ignore[attr-defined]
        if each["seconds"]:
            yield _left_out(integration, each, reverse("sync:plan", kwargs=where))


def _waiting(integration: Integration, count: int, url: str) -> Attention:
    title = "1 step waits for a person" if count == 1 else f"{count:,} steps wait for a person"
    text = f"In {integration}. They are not done before a manager decides; the rest goes on."
    return Attention("attention", title, text, url, "Look at them")


def _refused(integration: Integration, count: int, url: str) -> Attention:
    title = "1 step was refused" if count == 1 else f"{count:,} steps were refused"
    text = f"In {integration}. They are tried again by themselves; the plan says whose side it is."
    return Attention("attention", title, text, url, "See why")


def _left_out(integration: Integration, left_out: dict[str, object], url: str) -> Attention:
    seconds, count = left_out["seconds"], left_out["count"]
    assert isinstance(seconds, int)
    text = f"{integration}: {count} {left_out['reason']}. {left_out.get('advice', '')}".strip()
    return Attention("attention", f"{duration_words(seconds)} not written back", text, url, "See what is left out")


def _newest_left_out() -> QuerySet[Sync, object]:
    newest = Sync.objects.filter(integration=OuterRef("pk"), state=Sync.State.DONE).order_by("-created_at")
    return newest.values("left_out")[:1]


def _counted(rows: QuerySet[Approval] | QuerySet[Obstacle]) -> Subquery:
    return Subquery(rows.filter(integration=OuterRef("pk")).order_by().values("integration").annotate(count=Count("pk")).values("count"))
