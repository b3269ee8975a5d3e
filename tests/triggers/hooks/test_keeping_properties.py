"""Whatever goes wrong, in whatever order: once all is well again, a webhook is active at the address that its row knows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from integrations.transport.errors import LostAnswer, OverBudget, ProviderDown, Refused, SignedOut
from integrations.triggers.hooks.noticing import MISSES, note_missed
from integrations.triggers.hooks.subscribing import look_again, renew, subscribe
from integrations.triggers.models import ListedWebhooks, Subscription, Trigger
from portal.organizations.models import Organization
from portal.organizations.scope import scope
from tests.factories import make_connection, make_trigger
from tests.triggers.hooks.over_there import OverThere, Worker, subscription_of
from tests.triggers.hooks.subscriptions import Sender, again, body_of

State = Subscription.State
OPERATIONS = ("register_webhook", "activate_webhook", "get_webhook", "get_workspace", "remove_webhook", "sign in")
ERRORS: dict[str, Callable[[], BaseException]] = {
    "down": lambda: ProviderDown("down"),
    "lost": lambda: LostAnswer("timeout"),
    "refused": lambda: Refused("no"),
    "budget": lambda: OverBudget("no call left", 60),
    "signed out": lambda: SignedOut("over"),
    "killed": KeyboardInterrupt,
}
FAULT = st.tuples(st.just("fault"), st.sampled_from(OPERATIONS), st.sampled_from(sorted(ERRORS)))
DEED = st.tuples(
    st.sampled_from(["work", "lost", "die", "kill", "late", "never", "during", "edit", "renew", "miss", "deliver", "look", "hide"]),
    st.just(""),
    st.just(""),
)


class Story:
    """One webhook, and what happens to it."""

    def __init__(self, provider: str, there: OverThere) -> None:
        self.there, self.worker = there, Worker(there)
        with scope():
            watch = {"hubstaff": "projects_created", "timeghost": "project_changes"}[provider]
            self.trigger = make_trigger(make_connection(provider), watch, inputs={"name": "First"})
            subscribe(self.trigger)
        self.subscription = subscription_of(self.trigger)

    def happens(self, deed: str, operation: str, error: str) -> None:
        if deed == "fault":
            self.there.faults.setdefault(operation, []).append(ERRORS[error]())
            return
        getattr(self, deed)()

    def work(self) -> None:
        with scope():
            ListedWebhooks.objects.update(listed_at=timezone.now() - timedelta(hours=1))
        try:
            self.worker.later(self.subscription)
        except KeyboardInterrupt:
            return

    def lost(self) -> None:
        self.there.lost["register_webhook"] = LostAnswer("timeout")

    def die(self) -> None:
        self.there.webhooks.clear()

    def kill(self) -> None:
        for webhook in self.there.webhooks:
            webhook.is_active = False

    def late(self) -> None:
        """The first requests of those that wait for theirs come now."""
        for webhook in self.there.webhooks:
            if not webhook.name and not webhook.secret:
                self.there.shake(webhook)

    def never(self) -> None:
        self.there.handshake = "never"

    def during(self) -> None:
        self.there.handshake = "during"

    def edit(self) -> None:
        with scope():
            trigger = Trigger.objects.select_related("connection").get(pk=self.trigger.pk)
            trigger.inputs = {"name": trigger.inputs["name"] + "!"}
            trigger.save()
            subscribe(trigger)

    def renew(self) -> None:
        with scope():
            renew(again(self.subscription))

    def miss(self) -> None:
        with scope():
            note_missed(self.trigger, MISSES)

    def deliver(self) -> None:
        """Somebody who does not know the proof tries his luck."""
        assert Sender(again(self.subscription)).send(body_of(), headers={}).status_code in {401, 404}

    def look(self) -> None:
        with scope():
            look_again(self.trigger.connection)

    def hide(self) -> None:
        self.there.is_slow_to_list = not self.there.is_slow_to_list

    def ends_well(self) -> None:
        self.there.faults, self.there.lost, self.there.handshake, self.there.is_slow_to_list = {}, {}, "during", False
        if again(self.subscription).state == State.FAILED:
            self.renew()  # by itself, what cannot be removed is registered a few times only
        for _ in range(6):
            self.work()
        now = again(self.subscription)
        assert (now.state, now.problem, now.failures) == (State.ACTIVE, "", 0)
        assert Sender(now).tell().status_code == 200
        ours = [webhook for webhook in self.there.webhooks if webhook.is_active and now.open()["address"] in webhook.url]
        assert len(ours) == 1
        if not ours[0].name:
            assert [webhook for webhook in self.there.webhooks if webhook.is_active] == ours, "what was replaced is removed"


@pytest.mark.parametrize("provider", ["hubstaff", "timeghost"])
@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(is_set_up=st.booleans(), deeds=st.lists(FAULT | DEED, min_size=3, max_size=10))
def test_whatever_happens_it_ends_well(
    bound: Organization, monkeypatch: pytest.MonkeyPatch, provider: str, is_set_up: bool, deeds: list[tuple[str, str, str]]
) -> None:
    there = OverThere()
    monkeypatch.setattr("integrations.triggers.hooks.keeping.open_client", there.opened)
    with transaction.atomic():
        story = Story(provider, there)
        if is_set_up:
            story.work()
        for deed in deeds:
            story.happens(*deed)
        story.ends_well()
        transaction.set_rollback(True)
