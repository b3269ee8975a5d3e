"""The sign-in library's pages stand in the portal's look."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import reverse

from portal.accounts.models import User

ENTRANCE = ["account_login", "account_signup", "account_reset_password", "account_reset_password_done", "account_email_verification_sent"]
MANAGE = ["account_email", "account_change_password", "mfa_index", "mfa_list_webauthn", "socialaccount_connections", "usersessions_list"]
GUARDED = ["mfa_activate_totp", "mfa_add_webauthn", "mfa_generate_recovery_codes"]
INLINE = re.compile(r'\s(style|on\w+)="|<script(?![^>]*\bsrc=)(?![^>]*type="application/json")', re.IGNORECASE)
PLAIN_BUTTON = re.compile(r"<button(?![^>]*class=)[^>]*>")

pytestmark = pytest.mark.django_db


def shown(client: Client, name: str) -> str:
    response = client.get(reverse(name), follow=True)
    assert response.status_code == 200
    return response.content.decode()


@pytest.mark.parametrize("name", ENTRANCE)
def test_a_page_before_sign_in_is_a_card_with_a_heading(client: Client, name: str) -> None:
    page = shown(client, name)
    assert 'class="plain__card account"' in page
    assert "<h1>" in page


@pytest.mark.parametrize("name", MANAGE)
def test_a_page_of_the_account_has_the_sidebar(client: Client, alice: User, name: str) -> None:
    client.force_login(alice)
    assert 'aria-label="Your account"' in shown(client, name)


@pytest.mark.parametrize("name", GUARDED)
def test_a_guarded_page_asks_for_the_password_in_the_same_look(client: Client, alice: User, name: str) -> None:
    client.force_login(alice)
    assert "Confirm that it is you" in shown(client, name)


@pytest.mark.parametrize("name", [*ENTRANCE, *MANAGE, *GUARDED])
def test_no_page_needs_an_unsafe_content_security_policy(client: Client, alice: User, name: str) -> None:
    if name not in ENTRANCE:
        client.force_login(alice)
    page = shown(client, name)
    assert not INLINE.search(page)
    assert not PLAIN_BUTTON.search(page)
