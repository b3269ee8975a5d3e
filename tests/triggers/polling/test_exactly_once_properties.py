"""Whatever happens over there, however deliveries come, and wherever a worker dies: in the end each change stands in the ledger exactly
once, and upper parts heard of each exactly once, in the order in which they happened to a record.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from integrations.connections.models import Connection, State
from integrations.connections.registry import tell_connected
from integrations.records.collecting import keep_removed, keep_written, list_of
from integrations.records.models import Change
from integrations.triggers import polling, registry, telling
from integrations.triggers.models import Event, Notice, Subscription, Trigger
from integrations.triggers.services import edit, pause, replay, resume, tell
from portal.organizations.audit import audit
from portal.organizations.models import AuditEntry
from portal.organizations.scope import scope
from tests.factories import make_connection
from tests.records.shelf import Data, mirror, walk
from tests.triggers.polling.world import Killed, There, due, events, grow_old, now, run, watching

EXAMPLES, STEPS = 8, 18
NUMBERS = st.integers(1, 6)
WHICH = st.integers(0, 1)
DEATHS = (
    (polling, "aim_of"), (polling, "collect"), (polling, "collect_one"), (polling, "tell_some"), (polling, "_note"),
    (polling, "mark_handled"),
    (telling, "begin"), (telling, "waiting_behind"), (telling, "_write"), (telling, "tell_above"), (telling, "note_missed"),
)  # fmt: skip


def hear(told: Any) -> None:
    """What an upper part does: it writes down what it was told, in the same transaction."""
    for event in told:
        audit(None, "heard", event.key, trigger=str(event.trigger_id), record=event.remote_id, position=event.position)


class World(RuleBasedStateMachine):
    """Records over there, two triggers here, and a worker that may die."""

    provider, entity, watches = "hubstaff", "task", ("tasks_created", "tasks_completed")
    patch: Callable[[Any, str, Any], None]

    @initialize()
    def begin(self) -> None:
        self.began = timezone.now() - timedelta(minutes=1)
        self.there = There(self.record(1), self.record(2))
        self.patch(polling, "open_client", self.there.open_client)
        with scope():
            self.connection = make_connection(self.provider)
            record_list = list_of(self.connection, self.entity)
        walk(record_list, self.there)
        self.triggers = [watching(self.connection, name, inputs=self.inputs()) for name in self.watches]

    def inputs(self) -> dict[str, Any]:
        return {}

    def record(self, number: int, **fields: Any) -> Data:
        return {"id": number, "summary": f"Task {number}", "status": "active", "project_id": 4, **fields}

    # --- over there ---------------------------------------------------------------------------------------------------

    @rule(number=NUMBERS)
    def somebody_creates(self, number: int) -> None:
        if not self.find(number):
            self.there.records.append(self.record(number))

    @rule(number=NUMBERS, status=st.sampled_from(["completed", "active"]))
    def somebody_completes_or_reopens(self, number: int, status: str) -> None:
        self.put(number, status=status)

    @rule(number=NUMBERS, words=st.sampled_from(["Mow", "Dig", "Rake"]))
    def somebody_renames(self, number: int, words: str) -> None:
        self.put(number, summary=words, name=words)

    @rule(number=NUMBERS)
    def somebody_removes(self, number: int) -> None:
        self.there.records[:] = [record for record in self.there.records if record["id"] != self.id_of(number)]

    @rule(number=NUMBERS, status=st.sampled_from(["completed", "active"]))
    def we_write(self, number: int, status: str) -> None:
        self.put(number, status=status)
        if found := self.find(number):
            with scope():
                keep_written(self.connection, self.connection.declaration.entity(self.entity), found)

    @rule(number=NUMBERS)
    def we_delete(self, number: int) -> None:
        if self.find(number):
            self.somebody_removes(number)
            with scope():
                keep_removed(self.connection, self.connection.declaration.entity(self.entity), str(self.id_of(number)))

    def id_of(self, number: int) -> Any:
        return self.record(number)["id"]

    def find(self, number: int) -> Data | None:
        return next((record for record in self.there.records if record["id"] == self.id_of(number)), None)

    def put(self, number: int, **fields: Any) -> None:
        self.there.records[:] = [{**each, **fields} if each["id"] == self.id_of(number) else each for each in self.there.records]

    # --- here ---------------------------------------------------------------------------------------------------------

    @rule(which=WHICH)
    def the_interval_is_over(self, which: int) -> None:
        due(self.triggers[which])

    @rule()
    def both_are_due(self) -> None:
        due(*self.triggers)

    @rule(which=WHICH, minutes=st.integers(0, 3))
    def it_is_polled_soon_again(self, which: int, minutes: int) -> None:
        grow_old(timedelta(minutes=minutes))
        run(self.triggers[which])

    @rule(which=WHICH, death=st.sampled_from(DEATHS), is_late=st.booleans())
    def the_worker_dies(self, which: int, death: tuple[Any, str], is_late: bool) -> None:
        with self.dying(*death, is_late=is_late), suppress(Killed):
            due(self.triggers[which])

    @rule(which=WHICH)
    def the_provider_fails(self, which: int) -> None:
        self.there.breaks_at = 0
        due(self.triggers[which])
        self.there.breaks_at = None

    @rule(which=WHICH, number=NUMBERS, times=st.integers(1, 7))
    def deliveries_come(self, which: int, number: int, times: int) -> None:
        """Some come twice, some late, and many never."""
        trigger = self.triggers[which]
        facts = {"connection": self.connection, "topic": "x", "name": "x", "address_hash": str(trigger.pk), "state": "active"}
        with scope():
            subscription, _ = Subscription.objects.get_or_create(trigger=trigger, defaults=facts)
            for _ in range(times):
                told = {"event": "x", "record_id": str(self.id_of(number)), "received_at": timezone.now()}
                Notice.objects.create(subscription=subscription, **told)

    @rule(which=WHICH)
    def it_is_paused_and_looked_at(self, which: int) -> None:
        with scope():
            pause(now(self.triggers[which]), None)
        due(self.triggers[which])

    @rule(which=WHICH)
    def it_is_resumed(self, which: int) -> None:
        with scope():
            resume(now(self.triggers[which]), None)

    @rule(which=WHICH, limit=st.integers(1, 4), minutes=st.integers(1, 30))
    def it_is_edited(self, which: int, limit: int, minutes: int) -> None:
        with scope():
            trigger = now(self.triggers[which])
            edit(trigger, None, title="Edited", inputs=trigger.inputs, minutes=minutes, limit=limit, holds_bursts=True)

    @rule(which=WHICH)
    def it_is_reconnected(self, which: int) -> None:
        self.be(State.DISCONNECTED)
        due(self.triggers[which])
        self.be(State.CONNECTED)

    @rule(which=WHICH)
    def it_is_replayed(self, which: int) -> None:
        with scope():
            replay(now(self.triggers[which]), self.began, None)

    @rule(which=WHICH)
    def two_tell_with_the_same_copy(self, which: int) -> None:
        copy = now(self.triggers[which])
        tell(copy)
        tell(copy)

    @rule(past=st.sampled_from([timedelta(days=-2), timedelta(hours=5)]))
    def the_clock_jumps(self, past: timedelta) -> None:
        grow_old(past)

    # --- the end ------------------------------------------------------------------------------------------------------

    def teardown(self) -> None:
        if not hasattr(self, "triggers"):
            return
        for trigger in self.triggers:
            with scope():
                resume(now(trigger), None)
        self.be(State.CONNECTED)
        self.tell_everything()
        assert mirror(self.connection, self.entity) == {str(each["id"]): each for each in self.there.records}
        for trigger in self.triggers:
            self.check(trigger)

    def tell_everything(self) -> None:
        for trigger in self.triggers:
            known = -1
            while known != (known := len(events(trigger))):
                due(trigger)
                run(trigger)

    def check(self, trigger: Trigger) -> None:
        expected = self.expected(trigger)
        with scope():
            ledger = list(Event.objects.filter(trigger=trigger).values_list("key", flat=True))
            heard = list(AuditEntry.objects.filter(action="heard", detail__trigger=str(trigger.pk)).order_by("id"))
        assert sorted(ledger) == sorted(expected)
        assert sorted(entry.target for entry in heard) == sorted(expected)
        places: dict[str, list[int]] = {}
        for entry in heard:
            places.setdefault(entry.detail["record"], []).append(entry.detail["position"])
        assert all(each == sorted(each) for each in places.values())

    def expected(self, trigger: Trigger) -> list[str]:
        """A key for each change that counts, as the watch itself says."""
        watch = trigger.declaration
        with scope():
            noted = list(Change.objects.filter(connection=self.connection, entity=self.entity).order_by("id"))
        counting = [each for each in noted if watch.counts(each.kind, each.before, each.after)]
        return list(dict.fromkeys(watch.key_of(each.kind, each.remote_id, each.pk) for each in counting))

    def be(self, state: str) -> None:
        with scope():
            Connection.objects.filter(pk=self.connection.pk).update(state=state)
            if state == State.CONNECTED:
                tell_connected(Connection.objects.get(pk=self.connection.pk))

    @contextmanager
    def dying(self, where: Any, step: str, is_late: bool) -> Iterator[None]:
        """Dies at a step: before it, or right after it."""
        real = getattr(where, step)

        def die(*given: Any, **named: Any) -> None:
            if is_late:
                real(*given, **named)
            raise Killed

        setattr(where, step, die)
        try:
            yield
        finally:
            setattr(where, step, real)


class Projects(World):
    """A provider whose deliveries are not believed, and whose triggers tell of every kind of change."""

    provider, entity, watches = "timeghost", "project", ("project_changes", "project_changes")

    def inputs(self) -> dict[str, Any]:
        return {"name": "Projects", "run_on": ["created", "changed", "removed"]}

    def record(self, number: int, **fields: Any) -> Data:
        return {"id": f"p{number}", "name": f"Project {number}", **fields}


@pytest.mark.parametrize("world", [World, Projects])
def test_each_change_is_told_exactly_once_and_in_order(bound: None, monkeypatch: pytest.MonkeyPatch, world: type[World]) -> None:
    monkeypatch.setattr(registry, "when_told", [hear])
    monkeypatch.setattr(world, "patch", staticmethod(monkeypatch.setattr), raising=False)
    run_state_machine_as_test(
        world,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            derandomize="CI" in os.environ,
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )
