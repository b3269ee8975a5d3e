"""Who belongs to an organization: members, their roles, and invitations."""

from __future__ import annotations

from uuid import UUID

import structlog
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_POST

from portal.organizations import services
from portal.organizations.access import OrganizationRequest, needs
from portal.organizations.forms import InvitationForm, RoleForm
from portal.organizations.mail import send_invitation
from portal.organizations.models import Invitation, Membership, Role
from portal.organizations.views import person_of
from portal.ui.pages import page, redirect_see_other

log = structlog.get_logger(__name__)


@needs(Role.VIEWER)
def members(request: OrganizationRequest) -> HttpResponse:
    """Who belongs to the organization, and who is invited."""
    return _members_page(request)


@needs(Role.MANAGER)
@require_POST
def invite(request: OrganizationRequest) -> HttpResponse:
    form = InvitationForm(request.POST, inviter_role=request.membership.role)
    if not form.is_valid():
        return _members_page(request, form)
    email, role = form.cleaned_data["email"], Role(form.cleaned_data["role"])
    try:
        invitation, secret = services.invite(email, role, person_of(request), request.membership.role)
    except services.Refused as refusal:
        form.add_error("email", str(refusal))
        return _members_page(request, form)
    _send_after_commit(request, invitation, secret)
    return _to_members(request)


@needs(Role.MANAGER)
@require_POST
def resend(request: OrganizationRequest, invitation: UUID) -> HttpResponse:
    open_invitation = _open_invitation(request, invitation)
    _send_after_commit(request, open_invitation, services.resend(open_invitation, person_of(request)))
    return _to_members(request)


@needs(Role.MANAGER)
@require_POST
def revoke(request: OrganizationRequest, invitation: UUID) -> HttpResponse:
    open_invitation = _open_invitation(request, invitation)
    services.revoke(open_invitation, person_of(request))
    messages.success(request, f"The invitation of {open_invitation.email} is withdrawn.")
    return _to_members(request)


@needs(Role.OWNER)
@require_POST
def change_role(request: OrganizationRequest, membership: UUID) -> HttpResponse:
    member = _member(membership)
    form = RoleForm(request.POST)
    if not form.is_valid():
        return _members_page(request, problem="Choose one of the roles.")
    role = Role(form.cleaned_data["role"])
    try:
        services.change_role(member, role, person_of(request))
    except services.Refused as refusal:
        return _members_page(request, problem=str(refusal))
    messages.success(request, f"{member.user} is now {role.label.lower()}.")
    return _to_members(request)


@needs(Role.OWNER)
@require_POST
def remove(request: OrganizationRequest, membership: UUID) -> HttpResponse:
    member = _member(membership)
    try:
        services.remove(member, person_of(request))
    except services.Refused as refusal:
        return _members_page(request, problem=str(refusal))
    messages.success(request, f"{member.user} is no longer a member.")
    return redirect_see_other("home") if member.user == request.user else _to_members(request)


@needs(Role.VIEWER)
@require_POST
def leave(request: OrganizationRequest) -> HttpResponse:
    """Anybody may go, but for the last owner."""
    person = person_of(request)
    try:
        services.remove(Membership.objects.select_related("user").get(user=person), person)
    except services.Refused as refusal:
        return _members_page(request, problem=str(refusal))
    messages.success(request, f"You have left {request.organization}.")
    return redirect_see_other("home")


def _members_page(request: OrganizationRequest, form: InvitationForm | None = None, problem: str = "") -> HttpResponse:
    context = {
        "memberships": sorted(Membership.objects.select_related("user"), key=_rank),
        "invitations": Invitation.objects.filter(accepted_at=None).select_related("invited_by").order_by("email"),
        "form": form or InvitationForm(inviter_role=request.membership.role),
        "roles": Role.choices,
        "may_invite": request.membership.role.allows(Role.MANAGER),
        "may_change_roles": request.membership.role.allows(Role.OWNER),
        "problem": problem,
    }
    return page(request, "organizations/members.html", context, partial="members", status=422 if form or problem else 200)


def _rank(membership: Membership) -> tuple[int, str]:
    """Owners first, then by name."""
    return -list(Role).index(Role(membership.role)), str(membership.user).casefold()


def _to_members(request: OrganizationRequest) -> HttpResponse:
    return redirect_see_other("organizations:members", organization=request.organization.slug)


def _member(membership_id: UUID) -> Membership:
    member: Membership = get_object_or_404(Membership.objects.select_related("user"), pk=membership_id)
    return member


def _open_invitation(request: OrganizationRequest, invitation_id: UUID) -> Invitation:
    """An invitation that nobody accepted yet. Whoever could not have sent it cannot touch it either."""
    offered = Invitation.objects.select_related("organization", "invited_by").filter(accepted_at=None)
    found: Invitation = get_object_or_404(offered, pk=invitation_id)
    if not request.membership.role.allows(Role(found.role)):
        raise PermissionDenied
    return found


def _send_after_commit(request: HttpRequest, invitation: Invitation, secret: str) -> None:
    """The mail goes out when the invitation stands, and no transaction waits for the mail server."""

    def send() -> None:
        try:
            send_invitation(invitation, secret)
        except OSError as error:
            log.warning("an invitation could not be sent", error=str(error))
            messages.error(request, f"The mail to {invitation.email} could not be sent. Try “Send again” in a while.")
        else:
            messages.success(request, f"An invitation is on its way to {invitation.email}.")

    transaction.on_commit(send)
