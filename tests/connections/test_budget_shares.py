"""Twenty organizations on one application, one of them greedy, against a provider that counts: real connections, threads and commits."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import cycle
from statistics import median
from typing import Any
from uuid import UUID

import pytest
from django.db import connections

from integrations.connections import buckets, code_flow
from integrations.connections.buckets import Claim
from integrations.connections.models import Connection, Credential
from integrations.connections.services import Urgency, begin_authorization, open_client
from integrations.providers import get_provider
from integrations.transport.errors import OverBudget
from portal.organizations.doors import memberships_of
from portal.organizations.models import Organization
from portal.organizations.scope import bind, scope
from tests.conftest import make_organization
from tests.connections.conftest import Office, Sandbox
from tests.factories import make_connection

CALLS, SECONDS = 60, 3
ORGANIZATIONS = 20
GREEDY_THREADS = 8
FAIR = 5  # calls that everybody gets while it is observed
PATIENCE = 120
Take = Callable[..., float]


@dataclass
class Ledger:
    """What was granted and refused, by organization and urgency; and when the observation is over."""

    take: Take
    granted: Counter[tuple[UUID, int]] = field(default_factory=Counter)
    refused: Counter[tuple[UUID, int]] = field(default_factory=Counter)
    changed: threading.Condition = field(default_factory=threading.Condition)
    is_over: bool = False

    def __call__(self, bucket: str, organization_id: UUID, capacity: int, seconds: int, claim: Claim) -> float:
        pause = self.take(bucket, organization_id, capacity, seconds, claim)
        with self.changed:
            (self.refused if pause else self.granted)[organization_id, claim.rank] += 1
            self.changed.notify_all()
        return pause

    def wait_for(self, calls: int) -> None:
        """Until so many more were granted, or it is over."""
        with self.changed:
            goal = self.granted.total() + calls
            assert self.changed.wait_for(lambda: self.is_over or self.granted.total() >= goal, PATIENCE)

    def wait_for_each(self, organizations: Iterable[Organization], urgency: Urgency, calls: int) -> None:
        """Until each was granted so many more. However slow the machine is, a fair share comes; one that is starved never does."""
        with self.changed:
            goals = {(each.id, urgency.value.rank): self.granted[each.id, urgency.value.rank] + calls for each in organizations}
            assert self.changed.wait_for(lambda: all(self.granted[who] >= goal for who, goal in goals.items()), PATIENCE)

    def end(self) -> None:
        with self.changed:
            self.is_over = True
            self.changed.notify_all()


@pytest.fixture
def limited(sandbox: Sandbox, settings: Any) -> Iterator[None]:
    """A provider that counts as the portal believes it does."""
    settings.RATE_LIMITS = [f"hubstaff={CALLS}/{SECONDS}"]
    yield
    sandbox.control("switches", hubstaff_rate_limit=None, hubstaff_rate_window=3600)


@pytest.fixture
def ledger(monkeypatch: pytest.MonkeyPatch) -> Ledger:
    ledger = Ledger(buckets.take)
    monkeypatch.setattr(buckets, "take", ledger)
    return ledger


@pytest.fixture
def offices(committed: None, office: Office, sandbox: Sandbox) -> dict[Organization, Connection]:
    """Connections of twenty organizations, signed in through the same application."""
    tokens = _tokens_of_the_application(office, sandbox)
    made = [make_organization(f"Office {number}") for number in range(ORGANIZATIONS)]
    return {organization: _signed_in(organization, tokens) for organization in made}


def _tokens_of_the_application(office: Office, sandbox: Sandbox) -> dict[str, str]:
    hubstaff = get_provider("hubstaff")
    with scope():
        authorization = begin_authorization(hubstaff, hubstaff.sign_in("oauth"), "Ours", office.person)  # type: ignore[arg-type]
    office.work()
    with scope():
        address = code_flow.way_there(authorization)
    code_flow.receive(office.person, memberships_of(office.person.pk), sandbox.decide(address))
    office.work()
    with scope():
        return Credential.objects.get().open()


def _signed_in(organization: Organization, tokens: dict[str, str]) -> Connection:
    with scope(organization.id):
        connection = make_connection("hubstaff", sign_in="oauth")
        credential = Credential(connection=connection)
        credential.keep(tokens)
        credential.save()
    return connection


def calls(ledger: Ledger, organization: Organization, connection: Connection, urgency: Urgency) -> None:
    """Calls as fast as the budget lets it."""
    try:
        with bind(organization.id), open_client(connection.pk, "a test", urgency) as opened:
            while not ledger.is_over:
                with suppress(OverBudget):  # it has waited as long as one waits in place, and comes back
                    opened.call("get_current_user", {})
    finally:
        connections.close_all()


def people_call(ledger: Ledger, offices: dict[Organization, Connection]) -> None:
    """A person here and there, one call after every dozen that others got."""
    try:
        for organization, connection in cycle(offices.items()):
            ledger.wait_for(12)
            if ledger.is_over:
                return
            with bind(organization.id), open_client(connection.pk, "a person", Urgency.INTERACTIVE) as opened:
                opened.call("get_current_user", {})
    finally:
        connections.close_all()


def test_twenty_organizations_share_one_application(
    offices: dict[Organization, Connection], limited: None, ledger: Ledger, sandbox: Sandbox
) -> None:
    greedy = next(iter(offices))
    pollers = [*offices.items(), *[(greedy, offices[greedy])] * (GREEDY_THREADS - 1)]
    sandbox.calm()
    sandbox.control("switches", hubstaff_rate_limit=CALLS, hubstaff_rate_window=SECONDS)
    with ThreadPoolExecutor(len(pollers) + 1) as pool:
        working = [pool.submit(calls, ledger, *each, Urgency.POLL) for each in pollers]
        working.append(pool.submit(people_call, ledger, offices))
        ledger.wait_for(CALLS)  # until then it was first come, first served
        before = Counter(ledger.granted)
        ledger.wait_for_each(offices, Urgency.POLL, FAIR)
        ledger.end()
        after = Counter(ledger.granted)
        for each in working:
            each.result(PATIENCE)

    statuses = Counter(request["status"] for request in sandbox.requests("/v2/"))
    assert statuses.keys() == {200}, "the provider never had to turn us away"
    urgent = [ledger.refused[organization.id, Urgency.INTERACTIVE.value.rank] for organization in offices]
    assert not any(urgent), "nobody's person waited behind a poll"
    polled = {organization: (after - before)[organization.id, Urgency.POLL.value.rank] for organization in offices}
    # First come, first served would give the greedy one, with its many threads, eight times as much as any other.
    assert polled[greedy] <= median(polled.values()) * 2, "the greedy one got not much more than everybody else"
    assert ledger.refused[greedy.id, Urgency.POLL.value.rank], "although it asked for more"
