"""The pages of connections."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.views.decorators.http import require_POST
from django_htmx.http import HttpResponseClientRedirect

from integrations.catalogue import OAuth, Provider
from integrations.connections import code_flow, registry, services
from integrations.connections.budget import budget_facts
from integrations.connections.forms import NameForm, Way, WorkspaceForm, ways_in
from integrations.connections.issuers import missing_sign_ins
from integrations.connections.models import FAILED, Authorization, Connection, State
from integrations.providers import UnknownProvider, all_providers, get_provider
from portal.organizations.access import OrganizationRequest, needs
from portal.organizations.models import Role
from portal.organizations.views import person_of
from portal.ui.keyset import Order, page_of
from portal.ui.pages import page, redirect_see_other, wants_part

CALLS_SHOWN = 10
NEWEST = Order("id", descending=True)


@needs(Role.VIEWER)
def connection_list(request: OrganizationRequest) -> HttpResponse:
    connections = Connection.objects.order_by("provider", "created_at")
    return page(request, "connections/list.html", {"connections": connections, **_rights(request)}, partial="connections")


@needs(Role.MANAGER)
def add(request: OrganizationRequest) -> HttpResponse:
    context = {"providers": all_providers().values(), "next": _next(request)}
    return page(request, "connections/add.html", context)


@needs(Role.MANAGER)
def add_to(request: OrganizationRequest, provider_name: str) -> HttpResponse:
    provider = _declared(provider_name)
    ways = ways_in(provider, _sent(request), name=_free_name(provider))
    way = _valid(ways)
    if way is None:
        return _ways_page(request, ways, {"provider": provider})
    given, person = way.form.cleaned_data, person_of(request)
    if way.oauth:
        return _set_out(request, services.begin_authorization(provider, way.oauth, given["name"], person, _next(request)))
    connection = services.connect_with_secret(provider, way.sign_in, given["name"], given["secret"], person)
    return redirect_see_other(_progress_address(request.organization.slug, connection.pk, _next(request)))


@needs(Role.MANAGER)
def reconnect(request: OrganizationRequest, connection_id: UUID) -> HttpResponse:
    connection = get_object_or_404(Connection, pk=connection_id)
    provider = _declared(connection.provider)
    ways = ways_in(provider, _sent(request))
    way = _valid(ways)
    if way is None:
        return _ways_page(request, ways, {"provider": provider, "connection": connection})
    if way.oauth:
        return _set_out(request, services.begin_reauthorization(connection, way.oauth, person_of(request), _next(request)))
    services.reconnect_with_secret(connection, way.sign_in, way.form.cleaned_data["secret"], person_of(request))
    return redirect_see_other(_progress_address(request.organization.slug, connection.pk, _next(request)))


@needs(Role.MANAGER)
def progress(request: OrganizationRequest, connection_id: UUID) -> HttpResponse:
    """Where a person waits; leads on as soon as there is somewhere to go."""
    connection = get_object_or_404(Connection, pk=connection_id)
    authorization = Authorization.objects.filter(connection=connection, user=person_of(request), proof_for=None).first()
    there = _leads_to(request, connection, authorization)
    if there:
        return HttpResponseClientRedirect(there) if wants_part(request) else redirect_see_other(there)
    return page(request, "connections/progress.html", _progress(request, connection, authorization), partial="progress")


@login_required
def callback(request: HttpRequest) -> HttpResponse:
    """Where every provider sends people back to; what they bring says which organization it is for."""
    try:
        received = code_flow.receive(person_of(request), request.memberships, request.GET)  # type: ignore[attr-defined]
    except code_flow.NotAccepted as problem:
        return page(request, "connections/not_accepted.html", {"problem": problem}, status=400)
    if received.membership is None or received.authorization.is_proof:
        return redirect_see_other(received.back_to)
    authorization = received.authorization
    return redirect_see_other(
        _progress_address(received.membership.organization_slug, authorization.connection_id, authorization.redirect_to)
    )


@needs(Role.MANAGER)
def workspace(request: OrganizationRequest, connection_id: UUID) -> HttpResponse:
    connection = get_object_or_404(Connection, pk=connection_id)
    if connection.state != State.CHOOSING:
        return redirect_see_other(_progress_address(request.organization.slug, connection.pk, _next(request)))
    form = WorkspaceForm(connection, _sent(request))
    if form.is_valid():
        services.choose_workspace(connection, form.cleaned_data["workspace"], person_of(request))
        return redirect_see_other(_progress_address(request.organization.slug, connection.pk, _next(request)))
    context = {"connection": connection, "form": form, "next": _next(request)}
    return page(request, "connections/workspace.html", context, status=_status(form.is_bound))


@needs(Role.VIEWER)
def detail(request: OrganizationRequest, connection_id: UUID) -> HttpResponse:
    connection = get_object_or_404(Connection, pk=connection_id)
    return page(request, "connections/detail.html", _detail(request, connection), partial="status")


@needs(Role.VIEWER)
def calls(request: OrganizationRequest, connection_id: UUID) -> HttpResponse:
    """The whole log of a connection, newest first."""
    connection = get_object_or_404(Connection, pk=connection_id)
    only_failures = request.GET.get("only") == "failures"
    found = connection.calls.filter(FAILED) if only_failures else connection.calls.all()
    shown = page_of(found, NEWEST, before=request.GET.get("before", ""), after=request.GET.get("after", ""))
    context = {"connection": connection, "log": shown, "only_failures": only_failures}
    return page(request, "connections/calls.html", context, partial="calls")


@needs(Role.MANAGER)
@require_POST
def rename(request: OrganizationRequest, connection_id: UUID) -> HttpResponse:
    connection = get_object_or_404(Connection, pk=connection_id)
    form = NameForm(request.POST)
    if not form.is_valid():
        return page(request, "connections/detail.html", {**_detail(request, connection), "rename_form": form}, status=422)
    services.rename(connection, form.cleaned_data["name"], person_of(request))
    messages.success(request, "The new name is kept.")
    return _to_detail(request, connection)


@needs(Role.MANAGER)
@require_POST
def verify(request: OrganizationRequest, connection_id: UUID) -> HttpResponse:
    connection = get_object_or_404(Connection, pk=connection_id)
    services.verify_now(connection)
    return _to_detail(request, connection)


@needs(Role.MANAGER)
@require_POST
def disconnect(request: OrganizationRequest, connection_id: UUID) -> HttpResponse:
    connection = get_object_or_404(Connection, pk=connection_id)
    services.disconnect(connection, person_of(request))
    messages.success(request, f"{connection.name} is disconnected.")
    return redirect_see_other("connections:list", organization=request.organization.slug)


def _declared(name: str) -> Provider:
    try:
        return get_provider(name)
    except UnknownProvider as error:
        raise Http404("No such provider.") from error


def _free_name(provider: Provider) -> str:
    """The provider's name, numbered where it is taken."""
    taken = set(Connection.objects.filter(provider=provider.name).values_list("name", flat=True))
    names = [provider.label, *(f"{provider.label} {number}" for number in range(2, len(taken) + 2))]
    return next(name for name in names if name not in taken)


def _sent(request: HttpRequest) -> QueryDict | None:
    return request.POST if request.method == "POST" else None


def _valid(ways: list[Way]) -> Way | None:
    return next((way for way in ways if way.is_sent and way.form.is_valid()), None)


def _ways_page(request: OrganizationRequest, ways: list[Way], context: dict[str, Any]) -> HttpResponse:
    template = "connections/reconnect.html" if "connection" in context else "connections/add_to.html"
    more = {"ways": ways, "missing": missing_sign_ins(context["provider"]), "next": _next(request)}
    return page(request, template, {**context, **more}, status=_status(request.method == "POST"))


def _status(refused: bool) -> int:
    return 422 if refused else 200


def _set_out(request: OrganizationRequest, authorization: Authorization) -> HttpResponse:
    """To the provider at once where its address is known, else to the page that waits for it."""
    there = code_flow.way_there(authorization)
    return redirect_see_other(there or _progress_address(request.organization.slug, authorization.connection_id, authorization.redirect_to))


def _leads_to(request: OrganizationRequest, connection: Connection, authorization: Authorization | None) -> str:
    if authorization and authorization.is_open:
        return code_flow.way_there(authorization)
    if authorization and (authorization.is_being_finished or authorization.problem):
        return ""
    slug = request.organization.slug
    if connection.state == State.CHOOSING:
        return _with_next(reverse("connections:workspace", args=[slug, connection.pk]), _next(request))
    return (_next(request) or reverse("connections:detail", args=[slug, connection.pk])) if connection.is_connected else ""


def _progress(request: OrganizationRequest, connection: Connection, authorization: Authorization | None) -> dict[str, Any]:
    on_the_way = authorization is not None and not authorization.finished_at and not authorization.is_over
    return {
        "connection": connection,
        "leaving": on_the_way and authorization is not None and authorization.is_open,
        "problem": (authorization.problem if authorization else "") or connection.problem,
        "waiting": on_the_way or connection.state == State.CONNECTING,
        "next": _next(request),
    }


def _detail(request: OrganizationRequest, connection: Connection) -> dict[str, Any]:
    return {
        "connection": connection,
        "calls": connection.calls.order_by("-id")[:CALLS_SHOWN],
        "budget": budget_facts(connection),
        "own_sign_in": _own_sign_in(connection),
        "dependents": registry.dependents_of(connection),
        "pages": registry.pages_for(connection, request.organization.slug, request.membership.role),
        "rename_form": NameForm(initial={"name": connection.name}),
        **_rights(request),
    }


def _own_sign_in(connection: Connection) -> OAuth | None:
    """The sign-in for which an organization may bring its own application, where that gives it a budget of its own."""
    provider = all_providers().get(connection.provider)
    if provider is None or provider.limit.per != "application":
        return None
    return next((each for each in provider.sign_ins if isinstance(each, OAuth)), None)


def _rights(request: OrganizationRequest) -> dict[str, bool]:
    return {"may_change": request.membership.role.allows(Role.MANAGER)}


def _to_detail(request: OrganizationRequest, connection: Connection) -> HttpResponse:
    return redirect_see_other("connections:detail", organization=request.organization.slug, connection_id=connection.pk)


def _progress_address(slug: str, connection_id: UUID, following: str) -> str:
    return _with_next(reverse("connections:progress", args=[slug, connection_id]), following)


def _with_next(address: str, following: str) -> str:
    return f"{address}?{urlencode({'next': following})}" if following else address


def _next(request: HttpRequest) -> str:
    """Where to go when all is done: an address of ours that whoever sent the person here asked for, or nowhere."""
    asked = request.POST.get("next") or request.GET.get("next") or ""
    return asked if len(asked) <= 500 and asked.startswith("/") and url_has_allowed_host_and_scheme(asked, allowed_hosts=None) else ""
