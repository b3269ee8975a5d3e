"""The places to sign in: their addresses, what they say of themselves, and as whom we are registered there."""

from __future__ import annotations

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from integrations.catalogue import Address, OAuth, PersonalToken, Provider, SignIn
from integrations.connections.models import Discovery
from integrations.transport.sign_in import Application, Issuer, discover


def address_of(address: Address) -> str:
    """A base address: the operator's where the variable is set, else the provider's own."""
    return (settings.ENVIRONMENT.get(address.variable) or address.default).rstrip("/")


def offered_sign_ins(provider: Provider) -> list[SignIn]:
    """The ways to sign in that a person can take here. OAuth is offered only where the operator has registered us."""
    return [sign_in for sign_in in provider.sign_ins if not isinstance(sign_in, OAuth) or application_for(sign_in).id]


def application_for(sign_in: OAuth) -> Application:
    """Us at this place, as the operator registered us."""
    variables = settings.ENVIRONMENT
    return Application(
        id=variables.get(sign_in.client_id_variable, ""),
        secret=variables.get(sign_in.client_secret_variable, ""),
        redirect_uri=f"{settings.BASE_URL}{reverse('connections:callback')}",
        scopes=variables.get(sign_in.scopes_variable) or " ".join(sign_in.scopes),
    )


def known_issuer(sign_in: OAuth | PersonalToken) -> Issuer | None:
    """What is known of the place without asking it."""
    known = Discovery.objects.filter(address=_discovery_address(sign_in)).first()
    return Issuer(known.document, known.keys) if known and known.is_fresh else None


def ask_issuer(sign_in: OAuth | PersonalToken) -> Issuer:
    """Asks the place, and remembers the answer for a week. Only for tasks: it calls the provider."""
    address = _discovery_address(sign_in)
    found = discover(address)
    read = {"document": dict(found.document), "keys": dict(found.keys), "read_at": timezone.now()}
    Discovery.objects.update_or_create(address=address, defaults=read)
    return found


def issuer_of(sign_in: OAuth | PersonalToken) -> Issuer:
    """The place, asked only if it is not known. Raises `ProviderError`."""
    return known_issuer(sign_in) or ask_issuer(sign_in)


def _discovery_address(sign_in: OAuth | PersonalToken) -> str:
    return f"{address_of(sign_in.issuer)}{sign_in.discovery}"
