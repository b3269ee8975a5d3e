"""What the tests of the ground need beside the people and the organization of `tests/conftest.py`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as portal_settings
from django.test import Client

from portal.accounts.models import User
from portal.organizations.models import Organization
from tests.conftest import make_organization

SignIn = Any


@pytest.fixture(scope="session", autouse=True)
def static_root() -> None:
    """Whitenoise warns of a folder that is not there."""
    Path(portal_settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)


@pytest.fixture(autouse=True)
def quick_passwords(settings: Any) -> None:
    """Making a person takes half a millisecond in place of half a second."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(autouse=True)
def no_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody listens in these tests, so nobody is woken."""
    monkeypatch.setattr("portal.work.claims.wake", lambda: None)


@pytest.fixture
def other(charlie: User) -> Organization:
    """Another organization, owned by Charlie, who is a stranger to Alice's."""
    return make_organization("Southwind", owner=charlie)


@pytest.fixture
def signed_in() -> SignIn:
    """`signed_in(alice)`: a browser in which Alice is signed in."""

    def sign_in(person: User) -> Client:
        browser = Client()
        browser.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
        return browser

    return sign_in
