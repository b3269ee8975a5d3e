"""Requests as the shell meets them, without a database."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from django.contrib.messages.storage.cookie import CookieStorage
from django.http import HttpRequest
from django.test import RequestFactory
from django_htmx.middleware import HtmxDetails

from portal.accounts.models import User
from portal.organizations.models import Role

MakeRequest = Callable[..., HttpRequest]


@dataclass
class SomeOrganization:
    name: str = "Nordlicht Studio"
    slug: str = "nordlicht"


@dataclass
class SomeMembership:
    role: Role = Role.OWNER
    organization_name: str = "Nordlicht Studio"
    organization_slug: str = "nordlicht"


@pytest.fixture
def make_request() -> MakeRequest:
    def make(path: str = "/", *, role: Role | None = Role.OWNER, **headers: Any) -> HttpRequest:
        request = RequestFactory().get(path, headers=headers)
        request.user = User(pk=1, email="ada@example.org", name="Ada Brandt")
        request.htmx = HtmxDetails(request)  # type: ignore[attr-defined]
        request._messages = CookieStorage(request)  # type: ignore[attr-defined]
        membership = SomeMembership(role) if role else None
        request.memberships = [SomeMembership()]  # type: ignore[attr-defined]
        request.membership = membership  # type: ignore[attr-defined]
        request.organization = SomeOrganization() if membership else None  # type: ignore[attr-defined]
        return request

    return make
