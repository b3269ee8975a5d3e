"""Plays account.hubstaff.com."""

from starlette.responses import Response

from integrations.sandbox.exchange import Call, JsonAnswer, RouteLine
from integrations.sandbox.sign_in.consent import ask, decide
from integrations.sandbox.sign_in.keys import ALGORITHM, public_keys
from integrations.sandbox.sign_in.services import HUBSTAFF
from integrations.sandbox.sign_in.tokens import exchange

BASE = "/hubstaff-account"


def discovery(call: Call) -> Response:
    """Answer OpenID Connect discovery; clients are asked to keep it for a week."""
    issuer = _issuer(call)
    document = {
        "issuer": issuer,
        "authorization_endpoint": f"{issuer}/authorizations/new",
        "token_endpoint": f"{issuer}/access_tokens",
        "jwks_uri": f"{issuer}/jwks.json",
        "scopes_supported": ["openid", "profile", "email", "hubstaff:read", "hubstaff:write"],
        "response_types_supported": ["code"],
        "grant_types_supported": ["authorization_code", "refresh_token"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": [ALGORITHM],
        "token_endpoint_auth_methods_supported": ["client_secret_basic"],
        "code_challenge_methods_supported": ["S256"],
    }
    return JsonAnswer(document, headers={"Cache-Control": "public, max-age=604800"})


def jwks(call: Call) -> Response:
    """Answer the public keys."""
    return JsonAnswer(public_keys(call.store, HUBSTAFF.name))


def authorize(call: Call) -> Response:
    """Show the authorization page."""
    return ask(call, HUBSTAFF)


def authorized(call: Call) -> Response:
    """Take the person's decision."""
    return decide(call, HUBSTAFF)


def access_tokens(call: Call) -> Response:
    """Answer a token request."""
    return exchange(call, HUBSTAFF, _issuer(call))


def _issuer(call: Call) -> str:
    return f"{call.origin}{BASE}"


LINES: tuple[RouteLine, ...] = (
    ("GET", f"{BASE}/.well-known/openid-configuration", discovery),
    ("GET", f"{BASE}/jwks.json", jwks),
    ("GET", f"{BASE}/authorizations/new", authorize),
    ("POST", f"{BASE}/authorizations/new", authorized),
    ("POST", f"{BASE}/access_tokens", access_tokens),
)
