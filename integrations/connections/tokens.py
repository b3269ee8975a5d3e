"""The sign-in of a call. One class for each kind of sign-in that the catalogue knows."""

from __future__ import annotations

from functools import singledispatch
from uuid import UUID

from integrations.catalogue import ApiKey, OAuth, PersonalToken, SignIn
from integrations.connections.issuers import application_for, issuer_of
from integrations.connections.models import Connection, Credential, OwnApplication
from integrations.transport.client import Authorize
from integrations.transport.errors import ProviderError, SignedOut, Throttled, Unreachable
from integrations.transport.sign_in import Application, Issuer, Tokens, refresh
from portal.organizations.scope import scope

KEY, ACCESS, REFRESH = "key", "access_token", "refresh_token"


@singledispatch
def secrets_from(sign_in: SignIn, secret: str) -> dict[str, str]:
    """What is kept of a secret that a person typed in."""
    raise TypeError(f"{sign_in.label} takes no secret")


@secrets_from.register
def _(sign_in: ApiKey, secret: str) -> dict[str, str]:
    return {KEY: secret}


@secrets_from.register
def _(sign_in: PersonalToken, secret: str) -> dict[str, str]:
    return {REFRESH: secret}


@singledispatch
def authorize(sign_in: SignIn, credential: Credential) -> Authorize:
    """What signs the calls of a connection."""
    raise TypeError(f"nobody knows how {type(sign_in).__name__} signs a call")


@authorize.register
def _(sign_in: ApiKey, credential: Credential) -> Authorize:
    return KeyHeader(sign_in.header, credential.open()[KEY])


@authorize.register(OAuth)
@authorize.register(PersonalToken)
def _(sign_in: OAuth | PersonalToken, credential: Credential) -> Authorize:
    return BearerToken(sign_in, credential.pk)


class KeyHeader:
    """A key that is sent as it is. There is never a fresher one."""

    def __init__(self, header: str, key: str) -> None:
        self._headers = {header: key}

    def headers(self, refresh: bool = False) -> dict[str, str]:
        if refresh:
            raise SignedOut
        return self._headers


class BearerToken:
    """Short-lived access tokens. Many workers share one credential; exactly one of them renews it."""

    def __init__(self, sign_in: OAuth | PersonalToken, credential_id: UUID) -> None:
        self._sign_in, self._credential_id = sign_in, credential_id
        self._issuer: Issuer | None = None
        self._held: Credential | None = None
        self._token = ""

    def headers(self, refresh: bool = False) -> dict[str, str]:
        if refresh or self._held is None or self._held.is_stale:
            self._take(refused=self._token if refresh else "")
        return {"authorization": f"Bearer {self._token}"}

    def _take(self, refused: str) -> None:
        """Takes the newest token, renewing it first where it has run out or was refused.

        This is the one place where a transaction stays open across HTTP: the lock makes everybody else wait for the new token, because
        a refresh token that is used twice is dead (Hubstaff rotates it).
        """
        with scope():
            held = Credential.objects.select_for_update().filter(pk=self._credential_id).first()
            if held is None:
                raise SignedOut
            secrets = held.open()
            if held.is_stale or secrets.get(ACCESS, "") in {"", refused}:
                secrets = self._renew(held, secrets)
            self._held, self._token = held, secrets[ACCESS]

    def _renew(self, held: Credential, secrets: dict[str, str]) -> dict[str, str]:
        if not secrets.get(REFRESH):
            raise SignedOut
        renewed = self._ask(held, secrets[REFRESH])
        kept = secrets_of(renewed, secrets[REFRESH])
        held.keep(kept)
        held.expires_at = renewed.expires_at
        held.kept_until = renewed.kept_until or held.kept_until
        held.save(update_fields=["sealed", "expires_at", "kept_until"])
        return kept

    def _ask(self, held: Credential, refresh_token: str) -> Tokens:
        """Whatever fails here, the call itself was not sent."""
        try:
            self._issuer = self._issuer or issuer_of(self._sign_in)
            return refresh(self._issuer, self._application(held), refresh_token)
        except (SignedOut, Throttled, Unreachable):
            raise
        except ProviderError as error:
            raise Unreachable(error.message) from error

    def _application(self, held: Credential) -> Application | None:
        """The one that the tokens were made with; a personal token is renewed without any."""
        return application_for(self._sign_in, held.application) if isinstance(self._sign_in, OAuth) else None


def secrets_of(tokens: Tokens, refresh_token: str = "") -> dict[str, str]:
    """What is kept of tokens; an answer without a new refresh token leaves the old one standing."""
    return {ACCESS: tokens.access_token, REFRESH: tokens.refresh_token or refresh_token}


def keep_credential(
    connection: Connection, secrets: dict[str, str], tokens: Tokens | None = None, application: OwnApplication | None = None
) -> Credential:
    """Gives a connection a new credential in place of the one it had."""
    Credential.objects.filter(connection=connection).delete()
    credential = Credential(connection=connection, application=application)
    if tokens:
        credential.expires_at, credential.kept_until = tokens.expires_at, tokens.kept_until
    credential.keep(secrets)
    credential.save()
    return credential
