"""The pages on which an organization brings an OAuth application of its own."""

from __future__ import annotations

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.views.decorators.http import require_POST

from integrations.catalogue import OAuth, Provider
from integrations.connections import services
from integrations.connections.budget import limit_of
from integrations.connections.forms import ApplicationForm, ApplicationSecretForm
from integrations.connections.issuers import own_application, redirect_address
from integrations.connections.models import Connection, OwnApplication
from integrations.providers import UnknownProvider, get_provider
from portal.organizations.access import OrganizationRequest, needs
from portal.organizations.models import Role
from portal.organizations.views import person_of
from portal.ui.pages import page, redirect_see_other


@needs(Role.MANAGER)
def application(request: OrganizationRequest, provider_name: str, sign_in: str) -> HttpResponse:
    provider, declared = _declared(provider_name, sign_in)
    standing = own_application(provider, declared)
    sent = request.POST if request.method == "POST" else None
    form = ApplicationSecretForm(sent) if standing else ApplicationForm(sent)
    if form.is_valid():
        client_id = standing.client_id if standing else form.cleaned_data["client_id"]
        services.keep_application(provider, declared, client_id, form.cleaned_data["secret"], person_of(request))
        messages.success(request, "The new secret is kept." if standing else "The application is kept. Sign in with it from now on.")
        return _to_application(request, provider_name, sign_in)
    context = {
        "provider": provider,
        "sign_in": declared,
        "application": standing,
        "form": form,
        "redirect_address": redirect_address(),
        "limit": limit_of(provider),
        "signed_in": services.signed_in_with(standing) if standing else Connection.objects.none(),
        "signed_in_otherwise": _signed_in_otherwise(provider, declared, standing),
    }
    return page(request, "connections/application.html", context, status=422 if form.is_bound else 200)


@needs(Role.MANAGER)
@require_POST
def remove(request: OrganizationRequest, provider_name: str, sign_in: str) -> HttpResponse:
    standing = own_application(*_declared(provider_name, sign_in))
    if standing:
        services.remove_application(standing, person_of(request))
        messages.success(request, "The application is removed here. You can delete it over there too.")
    return _to_application(request, provider_name, sign_in)


def _declared(provider_name: str, sign_in_name: str) -> tuple[Provider, OAuth]:
    try:
        provider = get_provider(provider_name)
    except UnknownProvider as error:
        raise Http404("No such provider.") from error
    found = next((each for each in provider.sign_ins if each.name == sign_in_name), None)
    if not isinstance(found, OAuth):
        raise Http404("No sign-in that needs an application.")
    return provider, found


def _signed_in_otherwise(provider: Provider, sign_in: OAuth, standing: OwnApplication | None) -> QuerySet[Connection]:
    """Connections that still hold tokens of the operator's application although there is one of their own."""
    if standing is None:
        return Connection.objects.none()
    return Connection.objects.filter(provider=provider.name, sign_in=sign_in.name, credential__isnull=False, credential__application=None)


def _to_application(request: OrganizationRequest, provider_name: str, sign_in: str) -> HttpResponse:
    return redirect_see_other(
        "connections:application", organization=request.organization.slug, provider_name=provider_name, sign_in=sign_in
    )
