"""Secrets that travel in addresses do not reach the log."""

from __future__ import annotations

import pytest

from portal.logs import without_secrets


@pytest.mark.parametrize(
    ("request_line", "logged"),
    [
        ("GET /connections/callback/?code=secret&state=secret", "GET /connections/callback/"),
        ("GET /invitations/s3cr3t-token/", "GET /invitations/…/"),
        ("GET /accounts/password/reset/key/1-s3cr3t/", "GET /accounts/password/reset/key/…/"),
        ("POST /hooks/s3cr3t-address/", "POST /hooks/…/"),
        ("GET /o/northlight/", "GET /o/northlight/"),
    ],
)
def test_an_address_is_logged_without_what_is_secret_in_it(request_line: str, logged: str) -> None:
    assert without_secrets(None, "info", {"request": request_line})["request"] == logged


def test_djangos_own_lines_lose_the_secret_too() -> None:
    assert without_secrets(None, "info", {"event": "Not Found: /invitations/s3cr3t/"})["event"] == "Not Found: /invitations/…/"
