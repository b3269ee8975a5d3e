"""Asks a provider whose tokens these are. They are used for this one question and kept nowhere."""

from __future__ import annotations

from collections.abc import Mapping

import structlog

from integrations.catalogue import Me, OAuth
from integrations.connections import registry
from integrations.connections.budget import Budget, Urgency, bucket_of
from integrations.connections.clients import CallLog
from integrations.connections.issuers import address_of, offered_sign_ins
from integrations.connections.models import Authorization, Connection, Credential
from integrations.transport.client import Client
from integrations.transport.errors import BadAnswer, ProviderError, SignedOut
from integrations.transport.sign_in import Tokens
from portal.organizations.scope import current_organization_id, scope

log = structlog.get_logger(__name__)


class TokenHeader:
    """An access token as it came. There is never a fresher one."""

    def __init__(self, access_token: str) -> None:
        self._headers = {"authorization": f"Bearer {access_token}"}

    def headers(self, refresh: bool = False) -> Mapping[str, str]:
        if refresh:
            raise SignedOut
        return self._headers


def way_to_prove(connection: Connection) -> OAuth | None:
    """The sign-in by which people can show who they are at a connection's provider; None where there is none. Needs a scope.

    The connection itself has to be signed in this way: people then meet an application that their organization has let in already.
    """
    sign_in = connection.declared_sign_in
    is_offered = isinstance(sign_in, OAuth) and sign_in in offered_sign_ins(connection.declaration)
    return sign_in if is_offered and _me(connection) else None  # type: ignore[return-value]  # an OAuth, as just seen


def prove(authorization: Authorization, tokens: Tokens) -> str:
    """Finds out who signed in, and tells those who asked. Gives what is wrong, in words for the person; empty where all is well."""
    label = authorization.connection.provider_label
    try:
        person_id = _ask(authorization.connection, tokens)
    except ProviderError as error:
        log.info("nobody said who signed in", reason=type(error).__name__)
        return f"{label} did not say who signed in. Nothing was connected. Please try again in a while."
    with scope():
        return registry.tell_proved(authorization, person_id)


def _ask(connection: Connection, tokens: Tokens) -> str:
    me = _me(connection)
    assert me is not None  # or the person would not have been sent there
    calls = CallLog(connection, "proof of a person")
    with scope():
        credential = Credential.objects.filter(connection=connection).first()
        if credential is None:
            raise SignedOut(connection.problem)
        budget = Budget(bucket_of(connection, credential), current_organization_id(), Urgency.INTERACTIVE)
    provider = connection.declaration
    client = Client(provider, address_of(provider.address), TokenHeader(tokens.access_token), calls, budget)
    try:
        return _read(me, client.call(provider.operation(me.operation), {}, connection.workspace_id))
    finally:
        calls.write()


def _read(me: Me, answer: object) -> str:
    try:
        return me.read(answer)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BadAnswer("It does not say who signed in.") from error


def _me(connection: Connection) -> Me | None:
    parts = connection.declaration.parts
    return parts.person.me if parts else None
