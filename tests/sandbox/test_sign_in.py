"""Signing in at Hubstaff Account and at Microsoft Entra ID, and what tokens live through."""

import base64
import hashlib
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from tests.sandbox.conftest import Company, exchange_token, hubstaff_client

REDIRECT = "http://localhost:8000/callback"
CLIENT = ("timebridge-sandbox", "sandbox-secret")
ENTRA_CLIENT = ("timebridge-sandbox-entra", "sandbox-secret")
VERIFIER = "a-verifier-that-is-long-enough-for-the-standard-0123456789"
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()


def asked(**changes: str) -> dict[str, str]:
    usual = {
        "client_id": CLIENT[0],
        "redirect_uri": REDIRECT,
        "response_type": "code",
        "scope": "openid profile email hubstaff:read hubstaff:write",
        "state": "the-state",
        "nonce": "the-nonce",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
    }
    return {**usual, **changes}


def decided(endpoint: str, query: dict[str, str], person: str, decision: str = "authorize") -> dict[str, str]:
    """Submit the page as a browser does; return what the application gets back."""
    answer = httpx.post(endpoint, data={**query, "person": person, "decision": decision})
    assert answer.status_code == 303, answer.text
    return {name: values[0] for name, values in parse_qs(urlsplit(answer.headers["location"]).query).items()}


@pytest.fixture
def account(address: str, control: httpx.Client) -> dict[str, Any]:
    found: dict[str, Any] = httpx.get(f"{address}/hubstaff-account/.well-known/openid-configuration").json()
    return found


def redeemed(account: dict[str, Any], code: str, **changes: str) -> httpx.Response:
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT, "code_verifier": VERIFIER, **changes}
    return httpx.post(account["token_endpoint"], data=form, auth=CLIENT)


def test_a_person_authorizes_and_the_application_gets_a_signed_identity(account: dict[str, Any], company: Company) -> None:
    page = httpx.get(account["authorization_endpoint"], params=asked())
    assert page.status_code == 200
    assert all(word in page.text for word in ("Timebridge", "hubstaff:write", "Authorize", "Deny", company.owner))
    assert page.text.index("Maren Halvorsen") < page.text.index("Zoë van der Berg")
    back = decided(account["authorization_endpoint"], asked(), company.owner)
    assert back["state"] == "the-state"
    tokens = redeemed(account, back["code"]).json()
    keys = KeySet.import_key_set(httpx.get(account["jwks_uri"]).json())
    claims = jwt.decode(tokens["id_token"], keys, algorithms=["RS256"]).claims
    assert (claims["iss"], claims["aud"], claims["nonce"]) == (account["issuer"], CLIENT[0], "the-nonce")
    assert (claims["email"], tokens["expires_in"]) == (company.owner, 86400)


def test_whoever_denies_sends_an_error_back(account: dict[str, Any], company: Company) -> None:
    back = decided(account["authorization_endpoint"], asked(), company.owner, "deny")
    assert (back["error"], back["state"]) == ("access_denied", "the-state")


@pytest.mark.parametrize("name", ["scope", "state", "nonce"])
def test_a_request_without_a_needed_parameter_is_sent_back(account: dict[str, Any], name: str) -> None:
    answer = httpx.get(account["authorization_endpoint"], params=asked(**{name: ""}))
    assert "error=invalid_request" in answer.headers["location"]


@pytest.mark.parametrize("change", [{"client_id": "stranger"}, {"redirect_uri": "https://evil.example/"}])
def test_an_unknown_application_is_not_redirected(account: dict[str, Any], change: dict[str, str]) -> None:
    answer = httpx.get(account["authorization_endpoint"], params=asked(**change))
    assert answer.status_code == 400
    assert "location" not in answer.headers


@pytest.mark.parametrize("change", [{"redirect_uri": f"{REDIRECT}/other"}, {"code_verifier": "wrong"}, {"code": "wrong"}])
def test_a_code_must_fit_its_request(account: dict[str, Any], company: Company, change: dict[str, str]) -> None:
    code = decided(account["authorization_endpoint"], asked(), company.owner)["code"]
    answer = redeemed(account, **{"code": code, **change})
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")


def test_a_code_used_twice_is_refused_and_kills_its_tokens(address: str, account: dict[str, Any], company: Company) -> None:
    code = decided(account["authorization_endpoint"], asked(), company.owner)["code"]
    tokens = redeemed(account, code).json()
    with hubstaff_client(address, tokens["access_token"]) as hubstaff:
        assert hubstaff.get("/users/me").status_code == 200
        assert redeemed(account, code).json()["error"] == "invalid_grant"
        assert hubstaff.get("/users/me").status_code == 401


def test_wrong_client_credentials_are_refused(account: dict[str, Any], company: Company) -> None:
    code = decided(account["authorization_endpoint"], asked(), company.owner)["code"]
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT, "code_verifier": VERIFIER}
    assert httpx.post(account["token_endpoint"], data=form, auth=(CLIENT[0], "wrong")).status_code == 401
    assert httpx.post(account["token_endpoint"], data=form).status_code == 401


def test_a_refresh_token_dies_when_it_is_used(account: dict[str, Any], company: Company) -> None:
    code = decided(account["authorization_endpoint"], asked(), company.owner)["code"]
    first = redeemed(account, code).json()["refresh_token"]
    form = {"grant_type": "refresh_token", "refresh_token": first}
    assert httpx.post(account["token_endpoint"], data=form).status_code == 401
    second = httpx.post(account["token_endpoint"], data=form, auth=CLIENT)
    assert second.json()["refresh_token"] != first
    assert httpx.post(account["token_endpoint"], data=form, auth=CLIENT).json()["error"] == "invalid_grant"


def test_a_personal_token_rotates_but_the_well_known_one_stays(address: str, control: httpx.Client) -> None:
    strict = control.post("/personal-token", json={"organization": 1}).json()["refresh_token"]
    assert exchange_token(address, strict).status_code == 200
    assert exchange_token(address, strict).json()["error"] == "invalid_grant"
    assert exchange_token(address, "hubstaff-pat-1").status_code == 200
    assert exchange_token(address, "hubstaff-pat-1").status_code == 200


def test_a_token_that_may_only_read_cannot_write(address: str, account: dict[str, Any], company: Company) -> None:
    code = decided(account["authorization_endpoint"], asked(scope="openid hubstaff:read"), company.owner)["code"]
    with hubstaff_client(address, redeemed(account, code).json()["access_token"]) as hubstaff:
        path = f"/organizations/{company.organization_id}/projects"
        assert hubstaff.get(path).status_code == 200
        assert hubstaff.post(path, json={"name": "New"}).json()["error_code"] == 10003


def test_tokens_can_be_expired_and_consent_revoked(address: str, control: httpx.Client) -> None:
    tokens = exchange_token(address, "hubstaff-pat-1").json()
    with hubstaff_client(address, tokens["access_token"]) as hubstaff:
        assert control.post("/expire-access-tokens", json={"service": "hubstaff"}).json()["expired"] == 1
        assert hubstaff.get("/users/me").json()["code"] == "token_expired"
    tokens = exchange_token(address, tokens["refresh_token"]).json()
    assert control.post("/revoke-refresh-tokens", json={"refresh_token": tokens["refresh_token"]}).status_code == 200
    assert exchange_token(address, tokens["refresh_token"]).status_code == 400
    with hubstaff_client(address, tokens["access_token"]) as hubstaff:
        assert hubstaff.get("/users/me").status_code == 200
        control.post("/revoke-consent", json={"service": "hubstaff"})
        assert hubstaff.get("/users/me").status_code == 401


def entra_tokens(address: str, email: str) -> dict[str, Any]:
    found = httpx.get(f"{address}/entra/common/v2.0/.well-known/openid-configuration").json()
    query = asked(client_id=ENTRA_CLIENT[0], scope="openid profile email offline_access")
    code = decided(found["authorization_endpoint"], query, email)["code"]
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT, "code_verifier": VERIFIER}
    secret = {"client_id": ENTRA_CLIENT[0], "client_secret": ENTRA_CLIENT[1]}
    tokens: dict[str, Any] = httpx.post(found["token_endpoint"], data={**form, **secret}).json()
    return tokens


def test_timeghost_takes_a_token_of_entra(address: str, company: Company) -> None:
    tokens = entra_tokens(address, company.owner)
    headers = {"Authorization": f"Bearer {tokens['access_token']}"}
    user = httpx.get(f"{address}/timeghost/api/get/currentuser", headers=headers).json()
    assert (user["email"], "refresh_token" in tokens) == (company.owner, True)


def test_who_never_opened_timeghost_is_refused(address: str, control: httpx.Client) -> None:
    tokens = entra_tokens(address, "samuel.adeyemi@northlight.example")
    headers = {"Authorization": f"Bearer {tokens['access_token']}"}
    answer = httpx.get(f"{address}/timeghost/api/get/currentuser", headers=headers)
    assert answer.status_code == 403
    assert "open timeghost once" in answer.json()["message"]
