"""Alice's organization, bound for the length of a test, and nobody to wake."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from integrations.triggers.models import Subscription
from portal.organizations.models import Organization
from portal.organizations.scope import bind, scope
from tests.triggers.hooks.over_there import OverThere, Worker
from tests.triggers.hooks.subscriptions import Sender, make_subscription


@pytest.fixture(autouse=True)
def wakes(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """How often the sweep was asked for."""
    asked: list[str] = []
    monkeypatch.setattr("portal.work.claims.wake", lambda: asked.append("wake"))
    return asked


@pytest.fixture
def bound(db: None, organization: Organization) -> Iterator[Organization]:
    with bind(organization.id):
        yield organization


def _made(provider: str) -> Subscription:
    with scope():
        return make_subscription(provider)


@pytest.fixture
def hubstaff(bound: Organization) -> Sender:
    """Delivers to an active subscription, signed."""
    return Sender(_made("hubstaff"))


@pytest.fixture
def timeghost(bound: Organization) -> Sender:
    """Delivers to an active subscription, with its user name and password."""
    return Sender(_made("timeghost"))


@pytest.fixture
def nothing_is_called(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever arrives, nobody is asked for anything while it is answered."""

    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("a provider was called from a web request")

    monkeypatch.setattr(httpx.Client, "send", refuse)


@pytest.fixture
def there(bound: Organization, monkeypatch: pytest.MonkeyPatch) -> OverThere:
    there = OverThere()
    monkeypatch.setattr("integrations.triggers.hooks.keeping.open_client", there.opened)
    return there


@pytest.fixture
def worker(there: OverThere) -> Worker:
    return Worker(there)
