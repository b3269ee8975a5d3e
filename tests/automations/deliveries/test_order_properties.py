"""However a receiver fails, workers die, and people pause, enable and resend: every event arrives at least once, and those of a record
arrive in order.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from integrations.automations import messages, services
from integrations.automations.models import Delivery
from integrations.transport import outgoing
from portal.organizations.scope import scope
from portal.work.models import DueModel
from tests.automations.deliveries.office import Clock, Office
from tests.automations.deliveries.receiver import GONE, WELL, Receiver
from tests.automations.deliveries.test_ordering import Killed, in_order
from tests.conftest import make_organization, make_person

pytestmark = pytest.mark.django_db
_number = count(1)


class Deliveries(RuleBasedStateMachine):
    """Events of three records, on their way to one receiver."""

    receiver: Receiver
    clock: Clock
    patch: pytest.MonkeyPatch

    @initialize()
    def begin(self) -> None:
        number = next(_number)
        self.receiver.requests, self.receiver.answers, self.receiver.status = [], [], WELL
        person = make_person(f"Alice {number}".replace(" ", ""))
        self.office = Office(make_organization(f"Northwind {number}", owner=person), person, self.clock)
        self.destination, _ = self.office.webhook(self.receiver.url)
        self.told: list[str] = []

    @rule(records=st.lists(st.sampled_from("abc"), min_size=1, max_size=3))
    def things_happen(self, records: list[str]) -> None:
        titles = [f"{record}{len(self.told) + number:03}" for number, record in enumerate(records)]
        self.office.tell(*titles)
        self.told += titles

    @rule(answers=st.lists(st.sampled_from([200, 500, 404, 302, GONE]), max_size=4))
    def the_receiver_answers(self, answers: list[int]) -> None:
        self.receiver.answers = answers

    @rule(rounds=st.integers(1, 3))
    def workers_work(self, rounds: int) -> None:
        for _ in range(rounds):
            self.office.work()
            self.clock.forward(seconds=6)

    @rule(before=st.booleans())
    def a_worker_dies(self, before: bool) -> None:
        """Before the request left, or after it arrived."""

        def dies(*given: Any) -> Any:
            if not before:
                outgoing.post(*given)
            raise Killed

        with self.patch.context() as dying:
            dying.setattr(messages, "post", dies)
            for model, pk in self._due()[:1]:
                with pytest.raises(Killed):
                    self.office.work_on(model, pk)

    @rule(minutes=st.integers(1, 400))
    def time_passes(self, minutes: int) -> None:
        self.clock.forward(minutes=minutes)

    @rule()
    def somebody_pauses(self) -> None:
        self.office.does(services.pause, self.destination)

    @rule()
    def somebody_goes_on(self) -> None:
        self.office.does(services.resume, self.destination)
        self.office.does(services.enable, self.destination)

    @rule(record=st.sampled_from("abc"))
    def somebody_resends(self, record: str) -> None:
        """What has arrived or is on its way; what was given up would come behind what arrived since."""
        with scope(self.office.organization.id):
            chosen = Delivery.objects.filter(event__remote_id=record).exclude(state=Delivery.State.FAILED)
            count = services.count_resend(chosen)
            assert services.resend(chosen, self.office.person) == count.deliveries

    @invariant()
    def of_each_record_one_is_due_at_most(self) -> None:
        due = [each.record_key for each in self.office.deliveries(due_at__isnull=False, state=Delivery.State.WAITING)]
        assert len(due) == len(set(due))

    @invariant()
    def those_of_a_record_arrive_in_order(self) -> None:
        assert in_order(list(dict.fromkeys(self.receiver.titles())))

    def teardown(self) -> None:
        """In the end the receiver is well, the destination open, and what was given up is sent again: everything has arrived."""
        if not hasattr(self, "office"):
            return
        self.receiver.answers = []
        self.somebody_goes_on()
        self.office.work_until(hours=12)
        self.those_of_a_record_arrive_in_order()
        with scope(self.office.organization.id):
            services.resend(Delivery.objects.filter(state=Delivery.State.FAILED), self.office.person)
        self.office.work_until(hours=1)
        assert self.office.states() == dict.fromkeys(self.told, "delivered")
        assert set(self.receiver.titles()) == set(self.told)

    def _due(self) -> list[tuple[type[DueModel], Any]]:
        return [(Delivery, pk) for pk in self.office._due(Delivery)]


def test_every_event_arrives_and_those_of_a_record_in_order(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(datetime.now(UTC))
    monkeypatch.setattr("django.utils.timezone.now", clock)

    class Here(Deliveries):
        pass

    Here.receiver, Here.clock, Here.patch = receiver, clock, monkeypatch
    run_state_machine_as_test(
        Here,
        settings=settings(
            max_examples=12, stateful_step_count=16, deadline=None, derandomize="CI" in os.environ, suppress_health_check=list(HealthCheck)
        ),
    )
