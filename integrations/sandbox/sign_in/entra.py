"""Plays Microsoft Entra ID; any tenant name will do."""

from starlette.responses import Response

from integrations.sandbox.exchange import Call, JsonAnswer, RouteLine
from integrations.sandbox.sign_in.consent import ask, decide
from integrations.sandbox.sign_in.keys import ALGORITHM, public_keys
from integrations.sandbox.sign_in.services import ENTRA
from integrations.sandbox.sign_in.tokens import exchange

BASE = "/entra/{tenant}"


def discovery(call: Call) -> Response:
    """Answer OpenID Connect discovery."""
    base = _base(call)
    document = {
        "issuer": f"{base}/v2.0",
        "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
        "token_endpoint": f"{base}/oauth2/v2.0/token",
        "jwks_uri": f"{base}/discovery/v2.0/keys",
        "scopes_supported": ["openid", "profile", "email", "offline_access"],
        "response_types_supported": ["code"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": [ALGORITHM],
        "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
        "code_challenge_methods_supported": ["S256"],
    }
    return JsonAnswer(document)


def jwks(call: Call) -> Response:
    """Answer the public keys."""
    return JsonAnswer(public_keys(call.store, ENTRA.name))


def authorize(call: Call) -> Response:
    """Show the authorization page."""
    return ask(call, ENTRA)


def authorized(call: Call) -> Response:
    """Take the person's decision."""
    return decide(call, ENTRA)


def token(call: Call) -> Response:
    """Answer a token request."""
    return exchange(call, ENTRA, f"{_base(call)}/v2.0")


def _base(call: Call) -> str:
    return f"{call.origin}/entra/{call.segment('tenant')}"


LINES: tuple[RouteLine, ...] = (
    ("GET", f"{BASE}/v2.0/.well-known/openid-configuration", discovery),
    ("GET", f"{BASE}/discovery/v2.0/keys", jwks),
    ("GET", f"{BASE}/oauth2/v2.0/authorize", authorize),
    ("POST", f"{BASE}/oauth2/v2.0/authorize", authorized),
    ("POST", f"{BASE}/oauth2/v2.0/token", token),
)
