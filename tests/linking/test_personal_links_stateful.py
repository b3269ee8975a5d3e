"""Any order of asking, opening, authorising, connecting, taking back, running out, disconnecting and undoing: people are connected through
the right order alone, and at most one secret counts.
"""

from __future__ import annotations

from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule, run_state_machine_as_test

from integrations.connections.models import Authorization
from integrations.linking import invitations
from integrations.linking.disconnecting import CannotUndo, disconnect, undo
from integrations.linking.models import Disconnection, Integration, PersonLink
from integrations.linking.people import WAITING, match_people
from portal.accounts.models import User
from portal.organizations.scope import scope
from tests.conftest import make_organization
from tests.linking.building import bridge
from tests.linking.mailbox import deliver, newest_link

pytestmark = pytest.mark.django_db
State = PersonLink.State
AN_HOUR = timedelta(hours=1)
REACHED: set[PersonLink.State] = set()
_number = count(1)


class PersonalLinks(RuleBasedStateMachine):
    """Ada's link. `step` is how far she has come by what the rules say; over it lie what ends a link and what parts people."""

    @initialize()
    def begin(self) -> None:
        number = next(_number)
        self.manager = User.objects.create(email=f"manager-{number}@example.com", name="Alice")
        self.organization = make_organization(f"Northwind {number}", owner=self.manager)
        self.ada, _ = User.objects.get_or_create(email="ada@example.org", defaults={"name": "Ada Brandt"})
        EmailAddress.objects.get_or_create(user=self.ada, email=self.ada.email, defaults={"verified": True, "primary": True})
        with scope(self.organization.id):
            self.integration = bridge()
            right = self.integration.right
            right.sign_in = "oauth"
            right.save()
            match_people(self.integration, self.manager)
        self.secrets: list[str] = []
        self.step, self.is_revoked, self.is_expired, self.is_parted, self.has_mail_due = State.MATCHED, False, False, False, False
        self.proof: Authorization | None = None
        self.parting: Disconnection | None = None

    # --- What stands in the database, and what should ---------------------------------------------------------------------------

    @property
    def link(self) -> PersonLink:
        with scope(self.organization.id):
            return PersonLink.objects.get(left_id="u1")

    @property
    def expected(self) -> PersonLink.State:
        if self.is_parted:
            return State.DISCONNECTED
        if self.step is State.CONNECTED:
            return State.CONNECTED
        if self.is_revoked:
            return State.REVOKED
        return State.EXPIRED if self.is_expired else self.step

    @property
    def is_open(self) -> bool:
        return self.expected in WAITING

    def counts(self, secret: str) -> bool:
        """Whether the newest secret was sent, and this is it."""
        return self.is_open and self.has_secret and secret == self.secrets[-1]

    has_secret = False

    # --- What the organization does -----------------------------------------------------------------------------------------------

    @rule()
    def ask(self) -> None:
        with scope(self.organization.id):
            PersonLink.objects.filter(invited_at__isnull=False).update(invited_at=timezone.now() - AN_HOUR)
            notified = invitations.notify(self.integration, ["u1"], self.manager)
        can = not self.is_parted and self.step is not State.CONNECTED
        assert bool(notified.links) is can and bool(notified.left_out) is not can
        if can:
            self.step, self.is_revoked, self.is_expired, self.has_mail_due, self.has_secret = State.INVITED, False, False, True, False
            self.proof = None

    @rule()
    def post_arrives(self) -> None:
        sent = len(mail.outbox)
        deliver(self.organization)
        assert len(mail.outbox) - sent == (1 if self.has_mail_due and self.is_open else 0)
        if self.has_mail_due and self.is_open:
            self.secrets.append(newest_link(self.ada.email).split("/")[2])
            self.has_secret = True
        self.has_mail_due = False

    @precondition(lambda self: self.step is not State.MATCHED)
    @rule()
    def revoke(self) -> None:
        with scope(self.organization.id):
            revoked = invitations.revoke(self.integration, [self.link.pk], self.manager)
        can = self.expected in WAITING | {State.EXPIRED}
        assert bool(revoked) is can
        if can:
            self.is_revoked, self.has_mail_due, self.proof = True, False, None

    @precondition(lambda self: self.is_open and self.step is not State.CONNECTED)
    @rule()
    def time_passes(self) -> None:
        with scope(self.organization.id):
            PersonLink.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
        self.is_expired = True

    @precondition(lambda self: not self.is_parted)
    @rule()
    def part(self) -> None:
        with scope(self.organization.id):
            self.parting = disconnect(PersonLink, self.integration, [self.link.pk], self.manager)
        self.is_parted = True

    @precondition(lambda self: self.parting is not None)
    @rule()
    def undo(self) -> None:
        assert self.parting
        before = self.link.connected_at
        with scope(self.organization.id):
            try:
                undo(self.parting, self.manager)
            except CannotUndo:
                assert not self.is_parted
        self.is_parted = False
        assert self.link.connected_at == before

    # --- What the person does -------------------------------------------------------------------------------------------------------

    @rule(which=st.integers(min_value=0, max_value=3))
    def open(self, which: int) -> None:
        for secret in self.secrets[-1 - which :][:1]:
            link = invitations.link_behind(secret)
            can = self.counts(secret)
            if link is not None:
                try:
                    invitations.note_opened(link, self.ada)
                except invitations.NotOpen:
                    assert not can
                else:
                    assert can
            if can:
                self.step = State.OPENED if self.step is State.INVITED else self.step

    @rule()
    def set_out(self) -> None:
        for secret in self.secrets[-1:]:
            link = invitations.link_behind(secret)
            can = self.counts(secret) and self.step in {State.OPENED, State.AUTHORISED}
            try:
                proof = invitations.set_out(link, self.ada, "/") if link else None
            except invitations.NotOpen:
                proof = None
            assert bool(proof) is can
            self.proof = proof or self.proof

    @precondition(lambda self: self.proof is not None)
    @rule(account=st.sampled_from(["21", "22"]))
    def come_back(self, account: str) -> None:
        assert self.proof
        with scope(self.organization.id):
            problem = invitations.note_proof(self.proof, account)
        can = self.is_open and account == "21"
        assert (problem == "") is can
        self.step = State.AUTHORISED if can else self.step
        self.proof = None

    @rule(which=st.integers(min_value=0, max_value=3))
    def connect(self, which: int) -> None:
        for secret in self.secrets[-1 - which :][:1]:
            link = invitations.link_behind(secret)
            can = self.counts(secret) and self.step is State.AUTHORISED
            try:
                if link is None:
                    raise invitations.NotOpen
                invitations.connect(link, self.ada)
            except invitations.NotOpen:
                assert not can
            else:
                assert can
                self.step = State.CONNECTED

    @rule(steps=st.integers(min_value=2, max_value=6))
    def as_it_is_meant(self, steps: int) -> None:
        """Some steps of the right way, each the next one from here."""
        for _ in range(steps):
            self._next_step()

    def _next_step(self) -> None:
        if self.is_parted or self.step is State.CONNECTED:
            return
        if not self.is_open:
            self.ask()
        elif not self.has_secret:
            self.post_arrives()
        elif self.step is State.INVITED:
            self.open(which=0)
        elif self.step is State.AUTHORISED:
            self.connect(which=0)
        elif self.proof is None:
            self.set_out()
        else:
            self.come_back(account="21")

    # --- What always holds ------------------------------------------------------------------------------------------------------------

    @invariant()
    def the_state_is_as_the_order_says(self) -> None:
        if hasattr(self, "organization"):
            assert self.link.state is self.expected
            REACHED.add(self.expected)
            with scope(self.organization.id):
                assert PersonLink.connected.exists() is (self.expected is State.CONNECTED)

    @invariant()
    def at_most_one_secret_counts(self) -> None:
        found = [link for secret in getattr(self, "secrets", []) if (link := invitations.link_behind(secret))]
        assert len(found) <= 1


def test_people_are_connected_through_the_right_order_alone(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    monkeypatch.setattr("portal.work.claims.wake", lambda: None)
    settings.ENVIRONMENT = {**settings.ENVIRONMENT, "HUBSTAFF_CLIENT_ID": "ours"}
    assert Integration.asks_people.field.default, "people are asked unless somebody decides otherwise"
    run_state_machine_as_test(PersonalLinks, settings=quick)
    assert set(State) == REACHED, "the machine has been everywhere"


quick = settings(max_examples=20, stateful_step_count=12, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
