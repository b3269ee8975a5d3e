"""The webhooks of triggers: one that is set up anew, and all of a connection with those that were left behind over there."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_POST, require_safe

from integrations.connections.models import Connection
from integrations.triggers.hooks import subscribing
from integrations.triggers.hooks.orphans import orphans_of
from integrations.triggers.hooks.reach import reach_words
from integrations.triggers.presenting import hooks_of, webhook_of
from integrations.triggers.queries import listed_at, live_trigger, subscription_of, subscriptions_on
from integrations.triggers.ways_back import to_trigger
from portal.organizations.access import OrganizationRequest, needs
from portal.organizations.audit import audit
from portal.organizations.models import Role
from portal.ui.pages import page, redirect_see_other


@needs(Role.MANAGER)
@require_POST
def renew(request: OrganizationRequest, trigger: UUID) -> HttpResponse:
    """Sets a webhook up anew, at a new address."""
    found = live_trigger(trigger)
    webhook = webhook_of(subscription_of(found), found.connection)
    if webhook and webhook.can_be_renewed:
        subscribing.renew(webhook.subscription)
        audit(request.user, "trigger.webhook_renewed", found.name)
        messages.success(request, "The webhook is set up anew.")
    else:
        messages.warning(request, "There is no webhook that can be set up anew.")
    return to_trigger(request, found)


@needs(Role.VIEWER)
@require_safe
def webhooks(request: OrganizationRequest, connection: UUID) -> HttpResponse:
    """Every webhook of a connection, and those over there that have to be removed by hand."""
    found = get_object_or_404(Connection, pk=connection)
    context = {
        "connection": found,
        "rows": [webhook_of(each, found) for each in subscriptions_on(found)],
        "hooks": hooks_of(found),
        "orphans": orphans_of(found),
        "listed_at": listed_at(found),
        "out_of_reach": reach_words(),
        "may_change": request.membership.role.allows(Role.MANAGER),
    }
    return page(request, "triggers/webhooks.html", context, partial="webhooks")


@needs(Role.MANAGER)
@require_POST
def look_again(request: OrganizationRequest, connection: UUID) -> HttpResponse:
    """Has every webhook of a connection looked at over there."""
    found = get_object_or_404(Connection, pk=connection)
    subscribing.look_again(found)
    messages.success(request, "We look at them now.")
    return redirect_see_other("triggers:webhooks", organization=request.organization.slug, connection=found.pk)
