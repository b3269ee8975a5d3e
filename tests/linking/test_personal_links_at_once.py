"""Two people who press at the same moment: whatever the order, a link ends in one state, and nothing happens twice."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any, TypeAlias

import pytest
from django.core import mail
from django.db import connections
from django.utils import timezone

from integrations.linking import invitations
from integrations.linking.models import PersonLink
from portal.accounts.models import User
from portal.organizations.models import Organization
from portal.organizations.scope import scope
from tests.conftest import make_organization, make_person
from tests.linking.building import bridge
from tests.linking.mailbox import deliver, link_of, newest_link
from tests.linking.test_personal_links import ADA, events, verified

State = PersonLink.State
Opened: TypeAlias = tuple[Organization, PersonLink, User, User]


@pytest.fixture
def committed_link(committed: None, monkeypatch: pytest.MonkeyPatch) -> Opened:
    monkeypatch.setattr("portal.work.claims.wake", lambda: None)
    alice = make_person("Alice")
    organization = make_organization("Northwind", owner=alice)
    ada = verified("Ada Brandt", ADA)
    with scope(organization.id):
        invitations.notify(bridge(), ["u1"], alice)
    deliver(organization)
    link = invitations.link_behind(newest_link(ADA).split("/")[2])
    assert link
    invitations.note_opened(link, ada)
    return organization, link, alice, ada


def at_once(*deeds: Any) -> list[Exception | None]:
    """Does all of it at the same moment, each in a thread with a connection of its own; gives what each raised."""
    barrier, ends = threading.Barrier(len(deeds)), [None] * len(deeds)

    def run(number: int, deed: Any) -> None:
        try:
            barrier.wait(10)
            deed()
        except invitations.NotOpen as error:
            ends[number] = error  # type: ignore[call-overload]
        finally:
            connections["default"].close()

    threads = [threading.Thread(target=run, args=each) for each in enumerate(deeds)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return list(ends)


def test_of_two_presses_at_once_one_connects(committed_link: Opened) -> None:
    organization, link, _, ada = committed_link
    ends = at_once(lambda: invitations.connect(link, ada), lambda: invitations.connect(link, ada))
    assert sorted(end is None for end in ends) == [False, True]
    assert events(organization).count("connected") == 1


def test_revoking_while_somebody_connects_ends_in_one_of_both(committed_link: Opened) -> None:
    organization, link, alice, ada = committed_link

    def take_back() -> None:
        with scope(organization.id):
            invitations.revoke(link.integration, [link.pk], alice)

    ends = at_once(lambda: invitations.connect(link, ada), take_back)
    now = link_of(organization)
    assert now.state is (State.CONNECTED if ends[0] is None else State.REVOKED)
    assert (now.connected_at is None) is (now.revoked_at is not None)


def test_two_managers_who_notify_at_once_send_one_mail(committed_link: Opened) -> None:
    organization, link, alice, _ = committed_link
    with scope(organization.id):
        PersonLink.objects.update(invited_at=timezone.now() - timedelta(hours=1))
    before = len(mail.outbox)

    def notify() -> None:
        with scope(organization.id):
            invitations.notify(link.integration, ["u1"], alice)

    at_once(notify, notify)
    deliver(organization)
    assert len(mail.outbox) == before + 1
    assert events(organization).count("invited") == 2
