"""Where the link of an invitation leads: through sign-in or sign-up and back here to accept."""

from __future__ import annotations

from allauth.account.adapter import get_adapter
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.cache import never_cache

from portal.accounts.models import User
from portal.organizations import services
from portal.organizations.doors import invitation_behind
from portal.organizations.models import Invitation
from portal.organizations.scope import scope
from portal.organizations.views import person_of
from portal.ui.pages import page, redirect_see_other


@never_cache
def invitation(request: HttpRequest, secret: str) -> HttpResponse:
    """Shows organization and role; accepting makes the person a member."""
    invitation = _behind(secret)
    if invitation is None:
        return page(request, "organizations/invitation_over.html", {"reason": "withdrawn"}, status=404)
    if not invitation.is_open:
        return _over(request, invitation)
    if not request.user.is_authenticated:
        return _before_sign_in(request, invitation)
    fits = services.is_meant_for(invitation, person_of(request))
    if request.method == "POST" and fits:
        return _accepted(request, invitation)
    status = 403 if request.method == "POST" else 200
    return page(request, "organizations/invitation.html", {"invitation": invitation, "fits": fits}, status=status)


def _behind(secret: str) -> Invitation | None:
    found = invitation_behind(secret)
    if found is None:
        return None
    organization_id, invitation_id = found
    with scope(organization_id):
        return Invitation.objects.select_related("organization", "invited_by").filter(pk=invitation_id).first()


def _over(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    reason = "used" if invitation.accepted_at else "expired"
    return page(request, "organizations/invitation_over.html", {"reason": reason, "invitation": invitation}, status=410)


def _before_sign_in(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    """Whoever holds the link has read the mail, so the address needs no other proof at sign-up."""
    if request.method == "POST":
        return redirect_to_login(request.get_full_path())
    if not User.objects.filter(email__iexact=invitation.email).exists():
        get_adapter().stash_verified_email(request, invitation.email)
    return page(request, "organizations/invitation.html", {"invitation": invitation, "sign_up": _sign_up_and_back(request)})


def _sign_up_and_back(request: HttpRequest) -> str:
    return f"{reverse('account_signup')}?next={request.path}"


def _accepted(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    try:
        organization = services.accept(invitation, person_of(request))
    except services.NotInvited:  # somebody used or withdrew it a moment ago: the page says which
        return redirect_see_other(request.path)
    messages.success(request, f"Welcome to {organization}.")
    return redirect_see_other("dashboard:home", organization=organization.slug)
