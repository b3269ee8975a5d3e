"""The places to sign in: their addresses, what they say of themselves, and as whom we are registered there."""

from __future__ import annotations

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from integrations.catalogue import Address, OAuth, PersonalToken, Provider, SignIn
from integrations.connections.models import Discovery, OwnApplication
from integrations.transport.sign_in import Application, Issuer, discover

KEPT_AS = "client_secret"  # its name among the sealed secrets of an application


def address_of(address: Address) -> str:
    """A base address: the operator's where the variable is set, else the provider's own."""
    return (settings.ENVIRONMENT.get(address.variable) or address.default).rstrip("/")


def offered_sign_ins(provider: Provider) -> list[SignIn]:
    """The ways to sign in that a person can take here. OAuth is offered only where we are registered: by the operator, or by the
    organization whose scope is open.
    """
    return [sign_in for sign_in in provider.sign_ins if not isinstance(sign_in, OAuth) or _is_registered(provider, sign_in)]


def missing_sign_ins(provider: Provider) -> list[SignIn]:
    """The ways that are not offered because nobody has registered us there. Needs a scope."""
    offered = offered_sign_ins(provider)
    return [sign_in for sign_in in provider.sign_ins if sign_in not in offered]


def own_application(provider: Provider, sign_in: OAuth) -> OwnApplication | None:
    """The organization's own application there, if it has brought one. Needs a scope."""
    return OwnApplication.objects.filter(provider=provider.name, sign_in=sign_in.name).first()


def application_for(sign_in: OAuth, own: OwnApplication | None) -> Application:
    """Us at this place, as an organization registered us itself, or as the operator did. Raises `SealBroken`."""
    variables = settings.ENVIRONMENT
    return Application(
        id=client_id_for(sign_in, own),
        secret=own.open()[KEPT_AS] if own else variables.get(sign_in.client_secret_variable, ""),
        redirect_uri=redirect_address(),
        scopes=variables.get(sign_in.scopes_variable) or " ".join(sign_in.scopes),
    )


def client_id_for(sign_in: OAuth, own: OwnApplication | None) -> str:
    """As which client we are known there; empty where nobody has registered us."""
    return own.client_id if own else settings.ENVIRONMENT.get(sign_in.client_id_variable, "")


def redirect_address() -> str:
    """Where every provider sends people back to."""
    return f"{settings.BASE_URL}{reverse('connections:callback')}"


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


def _is_registered(provider: Provider, sign_in: OAuth) -> bool:
    return bool(client_id_for(sign_in, None)) or own_application(provider, sign_in) is not None


def _discovery_address(sign_in: OAuth | PersonalToken) -> str:
    return f"{address_of(sign_in.issuer)}{sign_in.discovery}"
