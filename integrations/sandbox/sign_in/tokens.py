"""The token endpoint of both services: codes and refresh tokens in, fresh tokens out (RFC 6749, OpenID Connect)."""

import base64
import binascii
import hashlib
import hmac
import time
from typing import Any
from urllib.parse import unquote

from starlette.responses import Response

from integrations.sandbox.exchange import Call, JsonAnswer, Refusal
from integrations.sandbox.kinds import CODE, REFRESH_TOKEN
from integrations.sandbox.sign_in.grants import (
    Grant,
    grant_of,
    issue_access_token,
    issue_refresh_token,
    kill_grant,
    living,
)
from integrations.sandbox.sign_in.keys import signed
from integrations.sandbox.sign_in.people import person_of
from integrations.sandbox.sign_in.services import Service
from integrations.sandbox.store import Body

NEVER_STORE = {"Cache-Control": "no-store"}


class TokenRefused(Refusal):
    """A token request that is refused, in the words of RFC 6749 section 5.2."""

    def __init__(self, error: str, description: str, status: int = 400) -> None:
        """Refuse with an error of the standard's list."""
        super().__init__(description)
        self.error, self.description, self.status = error, description, status

    def answer(self) -> Response:
        """Return the refusal as the standard asks."""
        body = {"error": self.error, "error_description": self.description}
        return JsonAnswer(body, status_code=self.status, headers=NEVER_STORE)


def exchange(call: Call, service: Service, issuer: str) -> Response:
    """Answer a token request."""
    form = call.form()
    trusted = _trusted_client(call, service, form)
    grant_type = form.get("grant_type")
    if grant_type == "authorization_code":
        return _from_code(call, service, issuer, form, trusted)
    if grant_type == "refresh_token":
        return _from_refresh_token(call, service, form, trusted)
    raise TokenRefused("unsupported_grant_type", "grant_type must be authorization_code or refresh_token")


def _trusted_client(call: Call, service: Service, form: dict[str, str]) -> bool:
    """Whether the application proved itself. False when it did not try; refused when it tried and failed."""
    client_id, client_secret = _basic(call.header("authorization"))
    if not client_id and service.takes_secret_in_form:
        client_id, client_secret = form.get("client_id", ""), form.get("client_secret", "")
    if not client_id:
        return False
    if not service.admits(client_id, client_secret):
        raise TokenRefused("invalid_client", "Client authentication failed", status=401)
    return True


def _basic(header: str) -> tuple[str, str]:
    """Return user and password of HTTP Basic, each form-encoded as RFC 6749 section 2.3.1 has it."""
    scheme, _, value = header.partition(" ")
    if scheme.lower() != "basic":
        return "", ""
    try:
        name, _, password = base64.b64decode(value).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return unquote(name), unquote(password)


def _from_code(call: Call, service: Service, issuer: str, form: dict[str, str], trusted: bool) -> Response:
    if not trusted:
        raise TokenRefused("invalid_client", "Client authentication is needed", status=401)
    code = living(call.store, CODE, form.get("code", ""))
    if code is None or code["service"] != service.name:
        raise TokenRefused("invalid_grant", "The code is not known or has expired")
    if code["used"]:
        # Returned, not raised: the killing must be committed.
        kill_grant(call.store, code["grant"])
        return TokenRefused("invalid_grant", "The code was used before; its tokens are revoked").answer()
    _check_code(code, form)
    call.store.put(CODE, {**code, "used": True})
    grant = grant_of(code)
    return _issued(call, service, grant, {"id_token": _id_token(call, service, issuer, grant, code["nonce"])})


def _check_code(code: Body, form: dict[str, str]) -> None:
    if form.get("redirect_uri") != code["redirect_uri"]:
        raise TokenRefused("invalid_grant", "redirect_uri differs from the one of the authorization request")
    digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
    challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    if code["code_challenge"] and not hmac.compare_digest(challenge, code["code_challenge"]):
        raise TokenRefused("invalid_grant", "code_verifier does not match code_challenge")


def _from_refresh_token(call: Call, service: Service, form: dict[str, str], trusted: bool) -> Response:
    token = living(call.store, REFRESH_TOKEN, form.get("refresh_token", ""))
    if token is None or token["service"] != service.name:
        raise TokenRefused("invalid_grant", "The refresh token is not known, has expired, or was used before")
    if token["client_id"] and not trusted:
        raise TokenRefused("invalid_client", "Client authentication is needed", status=401)
    if service.rotates and not token["reusable"]:
        call.store.remove(REFRESH_TOKEN, token["id"])
    return _issued(call, service, grant_of(token), {})


def _issued(call: Call, service: Service, grant: Grant, extra: dict[str, Any]) -> Response:
    life = call.runtime.switches.access_token_life
    body = {
        "access_token": issue_access_token(call.store, grant, life),
        "token_type": "bearer",
        "expires_in": life,
        "scope": grant.scope,
        **extra,
    }
    if service.rotates or "offline_access" in grant.scope.split():
        body["refresh_token"] = issue_refresh_token(call.store, grant)
    return JsonAnswer(body, headers=NEVER_STORE)


def _id_token(call: Call, service: Service, issuer: str, grant: Grant, nonce: str) -> str:
    person = person_of(call.store, service, grant.email)
    moment = int(time.time())
    claims = {
        "iss": issuer,
        "sub": person.identity if person else grant.email,
        "aud": grant.client_id,
        "iat": moment,
        "exp": moment + 3600,
        "email": grant.email,
        "email_verified": True,
        "name": person.name if person else grant.email,
        **({"nonce": nonce} if nonce else {}),
    }
    return signed(call.store, service.name, claims)
