"""Where a personal link leads: through sign-in or sign-up, the person's own sign-in at the provider, and *Connect*.

Whoever comes here need not belong to the organization; the secret says which link it is, and the address whom it is for.
"""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import get_adapter
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods
from django_htmx.http import HttpResponseClientRedirect

from integrations.connections.code_flow import way_there
from integrations.connections.models import Authorization
from integrations.linking import invitations
from integrations.linking.models import PersonLink
from integrations.linking.wording import allowed, both_sides
from portal.accounts.models import User
from portal.organizations.scope import scope
from portal.organizations.views import person_of
from portal.organizations.zone import read_in_zone_of
from portal.ui.pages import page, redirect_see_other, wants_part

OVER = {PersonLink.State.EXPIRED, PersonLink.State.REVOKED, PersonLink.State.DISCONNECTED, PersonLink.State.MATCHED}
takes_both = require_http_methods(["GET", "POST"])  # no HEAD: what only looks whether a page is there opens nothing


@never_cache
@takes_both
def personal(request: HttpRequest, secret: str) -> HttpResponse:
    """Names the organization, the integration and what will be allowed; pressing *Connect* connects."""
    link = invitations.link_behind(secret)
    if link is None:
        return page(request, "linking/personal_unknown.html", status=404)
    if link.state is PersonLink.State.CONNECTED:
        return _connected(request, link)
    if link.state in OVER:
        return _over(request, link, link.state)
    if not request.user.is_authenticated:
        return _before_sign_in(request, link)
    person = person_of(request)
    if not invitations.owns_address(link, person):
        return _not_theirs(request, link, person)
    return _connect(request, link, person) if request.method == "POST" else _open(request, link, person)


@never_cache
@takes_both
def authorise(request: HttpRequest, secret: str) -> HttpResponse:
    """The person's own sign-in at the provider: sends them there, and waits with them for what comes of it."""
    link = invitations.link_behind(secret)
    here = reverse("linking:personal", args=[secret])
    if link is None or not request.user.is_authenticated:
        return redirect_see_other(here)
    person = person_of(request)
    if request.method == "POST":
        return _set_out(request, link, person, here)
    with scope(link.organization.pk):
        proof = invitations.newest_proof(link, person)
        there = way_there(proof) if proof and proof.is_open else ""
    if proof is None or not (proof.is_open or proof.is_being_finished):
        return _lead(request, here)
    if there:
        return _lead(request, there)
    return page(request, "linking/personal_wait.html", {"link": link, "proof": proof, "back": here}, partial="wait")


def _connected(request: HttpRequest, link: PersonLink) -> HttpResponse:
    """The confirmation, for the person; to everybody else the link was used."""
    if not request.user.is_authenticated or link.user_id != request.user.pk:
        return _over(request, link, PersonLink.State.CONNECTED)
    return page(request, "linking/personal_connected.html", _about(link))


def _over(request: HttpRequest, link: PersonLink, state: str) -> HttpResponse:
    context = {"link": link, "state": state, "inviter": invitations.inviter_of(link)}
    return page(request, "linking/personal_over.html", context, status=410)


def _before_sign_in(request: HttpRequest, link: PersonLink) -> HttpResponse:
    """Where the person's own sign-in at a provider follows, the address needs no other proof at sign-up. Where none does, the mail may have
    been forwarded: the address is confirmed as at any sign-up.
    """
    if request.method == "POST":
        return redirect_to_login(request.get_full_path())
    is_known = User.objects.filter(email__iexact=link.email).exists()
    with scope(link.organization.pk):
        needs_proof = invitations.connection_to_prove(link.integration) is not None
    if needs_proof and not is_known:
        get_adapter().stash_verified_email(request, link.email)
    back, address = urlencode({"next": request.path}), urlencode({"email": link.email})
    sign_up, sign_in = f"{reverse('account_signup')}?{back}&{address}", f"{reverse('account_login')}?{back}"
    ways = {"sign_up": sign_up, "sign_in": sign_in, "is_known": is_known, "confirms": not needs_proof}
    return page(request, "linking/personal.html", {**_about(link), **ways})


def _not_theirs(request: HttpRequest, link: PersonLink, person: User) -> HttpResponse:
    context = {"link": link, "inviter": invitations.inviter_of(link), "is_unproved": invitations.has_address(link, person)}
    return page(request, "linking/personal_not_yours.html", context, status=403 if request.method == "POST" else 200)


def _open(request: HttpRequest, link: PersonLink, person: User, refused: bool = False) -> HttpResponse:
    try:
        invitations.note_opened(link, person)
    except invitations.NotOpen:  # it was taken back, or ran out, a moment ago: the page says which
        return redirect_see_other(request.path)
    read_in_zone_of(link.organization, person)
    with scope(link.organization.pk):
        connection = invitations.connection_to_prove(link.integration)
        proof = invitations.newest_proof(link, person) if connection else None
    needs_proof = connection is not None and link.authorised_at is None
    context = {
        **_about(link),
        "connection": connection,
        "needs_proof": needs_proof,
        "problem": proof.problem if proof and needs_proof else "",
        "authorise": reverse("linking:authorise", args=[_secret(request)]),
        "refused": refused,
    }
    return page(request, "linking/personal.html", context, status=422 if refused else 200)


def _connect(request: HttpRequest, link: PersonLink, person: User) -> HttpResponse:
    try:
        invitations.connect(link, person)
    except invitations.NotOpen:
        now = invitations.link_behind(_secret(request))
        return _open(request, now, person, refused=True) if now and invitations.is_open(now) else redirect_see_other(request.path)
    return redirect_see_other(request.path)


def _set_out(request: HttpRequest, link: PersonLink, person: User, here: str) -> HttpResponse:
    try:
        proof = invitations.set_out(link, person, back_to=request.path)
    except invitations.NotOpen:
        return redirect_see_other(here)
    return redirect_see_other(_there(link, proof) or request.path)


def _there(link: PersonLink, proof: Authorization) -> str:
    with scope(link.organization.pk):
        return way_there(proof)


def _lead(request: HttpRequest, address: str) -> HttpResponse:
    return HttpResponseClientRedirect(address) if wants_part(request) else redirect_see_other(address)


def _about(link: PersonLink) -> dict[str, Any]:
    return {
        "link": link,
        "inviter": invitations.inviter_of(link),
        "sides": both_sides(link.integration),
        "allowed": allowed(link.integration, link.organization),
    }


def _secret(request: HttpRequest) -> str:
    assert request.resolver_match is not None
    return str(request.resolver_match.kwargs["secret"])
