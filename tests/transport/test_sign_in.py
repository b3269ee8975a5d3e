"""OpenID Connect against a place that says whatever it is told to: what is not exactly right is not accepted."""

from __future__ import annotations

import time
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

from integrations.transport.errors import BadAnswer, LostAnswer, ProviderDown, SignedOut, Throttled
from integrations.transport.sign_in import (
    Application,
    Flow,
    Issuer,
    authorization_address,
    discover,
    exchange_code,
    refresh,
    verify_identity,
)
from tests.transport.conftest import Reply, Server

KEY = RSAKey.generate_key(2048, parameters={"kid": "one"})
OTHER_KEY = RSAKey.generate_key(2048, parameters={"kid": "one"})
KEYS = {"keys": [KEY.as_dict(private=False)]}
APPLICATION = Application("us", "our secret", "https://portal.example.org/back", "openid profile")
FLOW = Flow("the state", "the nonce", "the-verifier-" * 4)


def document(base: str, **changes: Any) -> dict[str, Any]:
    names = {"authorization_endpoint": "authorize", "token_endpoint": "token", "jwks_uri": "keys"}
    return {
        "issuer": base,
        **{name: f"{base}/{path}" for name, path in names.items()},
        "code_challenge_methods_supported": ["S256"],
        **changes,
    }


def issuer(base: str = "https://account.example.org", **changes: Any) -> Issuer:
    return Issuer(document(base, **changes), KEYS)


def id_token(key: Any = KEY, algorithm: str = "RS256", **changes: Any) -> str:
    now = int(time.time())
    claims = {"iss": "https://account.example.org", "sub": "7", "aud": "us", "exp": now + 60, "iat": now, "nonce": "the nonce", **changes}
    said = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode({"alg": algorithm, "kid": "one"}, said, key, algorithms=[algorithm])


def test_a_place_is_read_with_its_keys(server: Server) -> None:
    server.says(Reply(document(server.url)), Reply(KEYS))
    found = discover(f"{server.url}/.well-known/openid-configuration")
    assert (found.name, found.keys, found.takes_pkce) == (server.url, KEYS, True)


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (Reply(status=500), ProviderDown),
        (Reply(status=302, headers={"location": "https://elsewhere.example.org"}), ProviderDown),
        (Reply(body=b"<html>"), BadAnswer),
        (Reply([]), BadAnswer),
        (Reply({"issuer": "x"}), BadAnswer),
        (Reply(document("ftp://account.example.org")), BadAnswer),
        (Reply(document("https://account.example.org", token_endpoint=7)), BadAnswer),
        (Reply(breaks="before"), LostAnswer),
    ],
)
def test_a_place_that_does_not_describe_itself_is_not_used(server: Server, reply: Reply, error: type[Exception]) -> None:
    server.says(reply)
    with pytest.raises(error):
        discover(server.url)


def test_the_address_of_the_sign_in_page_carries_what_the_flow_needs() -> None:
    asked = {name: values[0] for name, values in parse_qs(urlsplit(authorization_address(issuer(), APPLICATION, FLOW)).query).items()}
    assert asked.pop("code_challenge") and asked.pop("code_challenge_method") == "S256"
    assert asked == {
        "response_type": "code",
        "client_id": "us",
        "redirect_uri": "https://portal.example.org/back",
        "scope": "openid profile",
        "state": "the state",
        "nonce": "the nonce",
    }
    assert "code_challenge" not in authorization_address(issuer(code_challenge_methods_supported=[]), APPLICATION, FLOW)


def test_a_code_is_exchanged_with_basic_authentication_and_verifier(server: Server) -> None:
    server.says(Reply({"access_token": "a", "refresh_token": "r", "id_token": "i", "expires_in": 60, "token_type": "bearer"}))
    tokens = exchange_code(issuer(server.url), APPLICATION, "the code", FLOW)
    assert (tokens.access_token, tokens.refresh_token, tokens.id_token) == ("a", "r", "i")
    assert tokens.expires_at is not None and tokens.kept_until is None
    (asked,) = server.asked
    form = {name: values[0] for name, values in parse_qs(asked["body"].decode()).items()}
    assert form == {
        "grant_type": "authorization_code",
        "code": "the code",
        "redirect_uri": APPLICATION.redirect_uri,
        "code_verifier": FLOW.verifier,
    }
    assert asked["headers"]["authorization" if "authorization" in asked["headers"] else "Authorization"].startswith("Basic ")


def test_a_personal_token_is_renewed_without_any_application(server: Server) -> None:
    server.says(Reply({"access_token": "a", "token_type": "bearer"}))
    tokens = refresh(issuer(server.url), None, "personal")
    assert (tokens.access_token, tokens.refresh_token) == ("a", "personal")
    (asked,) = server.asked
    assert parse_qs(asked["body"].decode()) == {"grant_type": ["refresh_token"], "refresh_token": ["personal"]}
    assert "authorization" not in {name.lower() for name in asked["headers"]}


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (Reply({"error": "invalid_grant", "error_description": 'It is "dead", ü'}, status=400), SignedOut),
        (Reply({"error": "invalid_client"}, status=401), SignedOut),
        (Reply({"error": "Slow down"}, status=429, headers={"retry-after": "7"}), Throttled),
        (Reply({"error": "oops"}, status=500), ProviderDown),
        (Reply(body=b"<html>", status=200), BadAnswer),
        (Reply(body=b"<html>", status=403), BadAnswer),
        (Reply({}), BadAnswer),
        (Reply([]), BadAnswer),
        (Reply({"access_token": 7}), BadAnswer),
        (Reply({"access_token": "a", "expires_in": "soon"}), BadAnswer),
        (Reply(status=302, headers={"location": "https://elsewhere.example.org"}), BadAnswer),
        (Reply({"access_token": "a"}, breaks="middle"), LostAnswer),
    ],
)
def test_what_is_no_token_is_told_apart(server: Server, reply: Reply, error: type[Exception]) -> None:
    server.says(reply)
    with pytest.raises(error):
        refresh(issuer(server.url), APPLICATION, "old")
    with pytest.raises(error):
        exchange_code(issuer(server.url), APPLICATION, "code", FLOW)


def test_a_proof_of_identity_is_read() -> None:
    assert verify_identity(issuer(), APPLICATION, id_token(), "the nonce")["sub"] == "7"
    assert verify_identity(issuer(), APPLICATION, id_token(aud=["us", "them"], azp="us"), "the nonce")


def test_a_place_for_all_tenants_is_held_to_the_tenant_of_the_proof() -> None:
    common = issuer(issuer="https://login.example.org/{tenantid}/v2.0")
    proof = id_token(iss="https://login.example.org/t1/v2.0", tid="t1")
    assert verify_identity(common, APPLICATION, proof, "the nonce")
    with pytest.raises(BadAnswer):
        verify_identity(common, APPLICATION, id_token(iss="https://login.example.org/t1/v2.0", tid="t2"), "the nonce")


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://evil.example.org"},
        {"iss": None},
        {"aud": "them"},
        {"aud": None},
        {"aud": ["us", "them"], "azp": "them"},
        {"nonce": "another"},
        {"nonce": None},
        {"exp": 1},
        {"exp": None},
        {"sub": None},
        {"iat": int(time.time()) + 3600},
    ],
)
def test_a_proof_that_was_made_for_something_else_does_not_hold(changes: dict[str, Any]) -> None:
    with pytest.raises(BadAnswer):
        verify_identity(issuer(), APPLICATION, id_token(**changes), "the nonce")


def test_a_proof_with_a_foreign_signature_does_not_hold() -> None:
    shared = OctKey.import_key("our secret that everybody could know", {"kid": "one"})
    for proof in (id_token(OTHER_KEY), id_token(shared, "HS256"), "", "no.proof.atall", id_token().rsplit(".", 1)[0] + "."):
        with pytest.raises(BadAnswer):
            verify_identity(issuer(), APPLICATION, proof, "the nonce")


def test_nothing_secret_is_in_a_repr() -> None:
    assert "secret" not in repr(APPLICATION)
    assert "verifier-" not in repr(FLOW)
