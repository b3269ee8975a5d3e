"""OAuth 2.0 and OpenID Connect: discovery, the way to the provider's sign-in page and back, tokens and their renewal.

The flow itself is authlib's, on a session of ours: its own httpx client is deprecated, and reads answers of any size.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import httpx
from authlib.integrations.base_client import OAuthError
from authlib.oauth2.client import OAuth2Client
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from integrations.transport.answers import decode
from integrations.transport.errors import BadAnswer, ProviderDown, SignedOut, Throttled
from integrations.transport.wire import exchange

ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")
SIGNATURES = {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"}  # never none, never a shared secret
USUAL_SIGNATURE = "RS256"
CLOCKS_DIFFER = 120  # seconds
NO_CLIENT = httpx.Auth()  # sends nothing; None would mean authlib's own choice
ANY_TENANT = "{tenantid}"  # https://learn.microsoft.com/entra/identity-platform/access-tokens#validate-the-issuer


@dataclass(frozen=True)
class Issuer:
    """A place to sign in, as its discovery document describes it."""

    document: Mapping[str, Any]
    keys: Mapping[str, Any]

    @property
    def name(self) -> str:
        return str(self.document["issuer"])

    @property
    def takes_pkce(self) -> bool:
        return "S256" in (self.document.get("code_challenge_methods_supported") or ())

    @property
    def signatures(self) -> list[str]:
        return sorted(SIGNATURES & set(self.document.get("id_token_signing_alg_values_supported") or ())) or [USUAL_SIGNATURE]


@dataclass(frozen=True, repr=False)
class Application:
    """Us, as we are registered at an issuer."""

    id: str
    secret: str
    redirect_uri: str
    scopes: str


@dataclass(frozen=True, repr=False)
class Flow:
    """The secrets of one way to the sign-in page and back."""

    state: str
    nonce: str
    verifier: str


@dataclass(frozen=True, repr=False)
class Tokens:
    """What a token endpoint gave. `refresh_token` is empty where it gave no new one."""

    access_token: str
    refresh_token: str
    id_token: str
    expires_at: datetime | None
    kept_until: datetime | None


def discover(address: str) -> Issuer:
    """Reads the discovery document at this address, and the keys that it names. Raises `ProviderDown` or `BadAnswer`."""
    document = _get(address)
    for name in ("issuer", *ENDPOINTS):
        _check_endpoint(name, document.get(name), address)
    return Issuer(document, _get(document["jwks_uri"]))


def authorization_address(issuer: Issuer, application: Application, flow: Flow) -> str:
    """Where to send the person."""
    endpoint = issuer.document["authorization_endpoint"]
    verifier = flow.verifier if issuer.takes_pkce else None
    client = _client(application)
    made = client.create_authorization_url(endpoint, state=flow.state, nonce=flow.nonce, code_verifier=verifier)
    return str(made[0])


def exchange_code(issuer: Issuer, application: Application, code: str, flow: Flow) -> Tokens:
    """Turns the code that the person came back with into tokens. A code can be used once.

    Raises `SignedOut` where it is not accepted.
    """
    verifier = {"code_verifier": flow.verifier} if issuer.takes_pkce else {}
    endpoint = issuer.document["token_endpoint"]
    parts = {"grant_type": "authorization_code", "code": code, "auth": _basic(application), **verifier}
    client = _client(application)
    return _tokens(lambda: client.fetch_token(endpoint, **parts))


def refresh(issuer: Issuer, application: Application | None, refresh_token: str) -> Tokens:
    """New tokens for a refresh token; for a personal one there is no application. The old one may be dead afterwards.

    Raises `SignedOut` where it is not accepted.
    """
    endpoint = issuer.document["token_endpoint"]
    client = _client(application)
    return _tokens(lambda: client.refresh_token(endpoint, refresh_token=refresh_token, auth=_basic(application)))


def verify_identity(issuer: Issuer, application: Application, id_token: str, nonce: str) -> dict[str, Any]:
    """The claims of an identity token that this issuer signed for us and for this flow. Raises `BadAnswer` for any other.

    https://openid.net/specs/openid-connect-core-1_0.html#IDTokenValidation
    """
    try:
        claims = jwt.decode(id_token, KeySet.import_key_set(dict(issuer.keys)), algorithms=issuer.signatures).claims  # type: ignore[arg-type]
        _registry(issuer, application, nonce, claims).validate(claims)
    except (JoseError, ValueError) as error:
        raise BadAnswer("Its proof of identity does not hold.") from error
    if isinstance(claims["aud"], list) and len(claims["aud"]) > 1 and claims.get("azp") != application.id:
        raise BadAnswer("Its proof of identity was made for somebody else.")
    return claims


def _registry(issuer: Issuer, application: Application, nonce: str, claims: Mapping[str, Any]) -> jwt.JWTClaimsRegistry:
    name = issuer.name.replace(ANY_TENANT, str(claims.get("tid", "")))
    return jwt.JWTClaimsRegistry(
        leeway=CLOCKS_DIFFER,
        iss={"essential": True, "value": name},
        aud={"essential": True, "value": application.id},
        nonce={"essential": True, "value": nonce},
        sub={"essential": True},
        exp={"essential": True},
    )


class _Client(OAuth2Client):  # type: ignore[misc]  # authlib has no types
    oauth_error_class = OAuthError  # the other one refuses descriptions with quotation marks


class _Session:
    """What authlib needs of an HTTP session: `post`, bounded, with what is no token answer told apart by its status."""

    def post(self, url: str, **parts: Any) -> httpx.Response:
        response = exchange("POST", url, **parts)
        if response.status_code == httpx.codes.TOO_MANY_REQUESTS:
            raise Throttled(retry_after=_seconds(response))
        if response.status_code >= 500:
            raise ProviderDown(f"The sign-in service answered {response.status_code}.")
        if response.has_redirect_location:
            raise BadAnswer("It wants to send us to another address.")
        return response


def _client(application: Application | None) -> _Client:
    if application is None:
        return _Client(_Session())
    return _Client(
        _Session(),
        client_id=application.id,
        client_secret=application.secret,
        scope=application.scopes,
        redirect_uri=application.redirect_uri,
        code_challenge_method="S256",
    )


def _tokens(ask: Any) -> Tokens:
    try:
        answer = ask()
    except OAuthError as error:
        raise SignedOut(str(error.description or error.error or "")) from error
    except (httpx.HTTPStatusError, ValueError, TypeError) as error:
        raise BadAnswer("The sign-in service did not answer with tokens.") from error
    if not isinstance(answer.get("access_token"), str):
        raise BadAnswer("The sign-in service gave no access token.")
    return Tokens(
        access_token=answer["access_token"],
        refresh_token=str(answer.get("refresh_token") or ""),
        id_token=str(answer.get("id_token") or ""),
        expires_at=_moment(answer.get("expires_in")),
        kept_until=_moment(answer.get("refresh_token_expires_in") or answer.get("refresh_expires_in")),
    )


def _get(address: str) -> dict[str, Any]:
    response = exchange("GET", address)
    if not response.is_success:
        raise ProviderDown(f"The sign-in service answered {response.status_code}.", status=response.status_code)
    found = decode(response.content)
    if not isinstance(found, dict):
        raise BadAnswer("The sign-in service does not describe itself.")
    return found


def _check_endpoint(name: str, value: Any, address: str) -> None:
    """Our secrets go to these addresses: never less protected than the one that named them."""
    if not isinstance(value, str) or urlsplit(value).scheme not in {"https", urlsplit(address).scheme}:
        raise BadAnswer(f"The sign-in service names no usable {name}.")


def _basic(application: Application | None) -> httpx.Auth:
    return httpx.BasicAuth(application.id, application.secret) if application else NO_CLIENT


def _seconds(response: httpx.Response) -> float | None:
    text = response.headers.get("retry-after", "")
    return float(text) if text.isdigit() else None


def _moment(seconds: Any) -> datetime | None:
    return datetime.now(UTC) + timedelta(seconds=int(seconds)) if seconds else None
