"""Looking after organizations: alarms for what is wrong, and one mail for each when it begins and when it is over."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from uuid import UUID
from zoneinfo import ZoneInfo

import structlog
from django.conf import settings
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone

from integrations.alarms.causes import causes_in, unjudged_kinds
from integrations.alarms.doors import organizations_to_look_after
from integrations.alarms.models import Alarm
from portal.organizations.models import Membership, Organization, Role
from portal.organizations.scope import current_organization_id, scope
from portal.work.episodes import reconcile
from portal.work.telling import Audience, Item, Teller

REST = timedelta(minutes=10)  # between the mails of an organization: what goes wrong meanwhile is gathered
log = structlog.get_logger(__name__)


def look_after_organizations(now: datetime) -> None:
    """One round of the watch. What goes wrong in one organization does not keep the others from being looked after; a mail server that
    takes no mail is not asked again until the next round.
    """
    takes_mail = True
    for organization_id in organizations_to_look_after(now):
        try:
            look_after(organization_id, now)
            takes_mail = takes_mail and tell(organization_id, now)
        except Exception:  # the other organizations do not depend on it
            log.exception("an organization could not be looked after", organization_id=str(organization_id))


def look_after(organization_id: UUID, now: datetime) -> None:
    """Brings the alarms of an organization in line with what is wrong now."""
    with scope(organization_id):
        organization = Organization.objects.get(pk=organization_id)
        with timezone.override(ZoneInfo(organization.time_zone)):
            wrong = causes_in(organization.slug, now)
        reconcile(Alarm.objects.all(), wrong, now)


def tell(organization_id: UUID, now: datetime) -> bool:
    """Sends the mails of an organization that are due. False where the mail server did not take one. What cannot be judged now waits."""
    alarms = partial(_alarms_besides, unjudged_kinds(now))
    return Teller(alarms, partial(scope, organization_id), _managers, _item, REST).tell(now)


def _alarms_besides(kinds: frozenset[Alarm.Kind]) -> QuerySet[Alarm]:
    return Alarm.objects.exclude(kind__in=kinds)


def _managers() -> Audience:
    """Managers and owners: whoever can do something about it."""
    organization = Organization.objects.get(pk=current_organization_id())
    managing = Membership.objects.filter(role__in=(Role.MANAGER, Role.OWNER), user__is_active=True)
    return Audience(
        to=list(managing.order_by("user__email").values_list("user__email", flat=True)),
        name=organization.name,
        address=f"{settings.BASE_URL}{reverse('alarms:list', kwargs={'organization': organization.slug})}",
        why=f"You get this mail because you manage {organization.name}.",
        time_zone=organization.time_zone,
    )


def _item(alarm: Alarm) -> Item:
    return Item(title=alarm.title, text=alarm.text, since=alarm.raised_at, address=f"{settings.BASE_URL}{alarm.url}")
