"""A delivery on its way to a webhook: what is sent, what the answers mean, and when it is tried again."""

from __future__ import annotations

from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from integrations.alarms.causes import causes_in
from integrations.automations import delivering, messages, services
from integrations.automations.deeds import deliveries_of
from integrations.automations.faring import LONG, LONGEST_REST, SHORTEST_REST, _rest, again_at
from integrations.automations.models import Delivery, DeliveryAttempt, Destination
from integrations.automations.routing import route
from integrations.automations.tasks import deliver
from integrations.transport import outgoing
from integrations.triggers.registry import deeds_about
from portal.organizations.scope import scope
from tests.automations.deliveries.office import Clock, Office
from tests.automations.deliveries.receiver import DOWN, GONE, Receiver
from tests.factories import make_trigger

pytestmark = pytest.mark.django_db
PROMISED = [
    timedelta(seconds=5), timedelta(minutes=5), timedelta(minutes=30),
    timedelta(hours=2), timedelta(hours=5), timedelta(hours=10), timedelta(hours=10),
]  # fmt: skip
"""The waits between the tries, as the guide promises them."""


def attempts(office: Office) -> list[DeliveryAttempt]:
    with scope(office.organization.id):
        return list(DeliveryAttempt.objects.order_by("created_at", "number"))


def test_an_event_arrives_at_a_webhook_as_the_guide_says(office: Office, receiver: Receiver) -> None:
    office.webhook(receiver.url)
    before, after = {"name": "Relaunch", "rate": 1.5}, {"name": "Relaunch 2", "rate": None}
    event = office.tell("a1", kind="changed", before=before, after=after)[0]
    assert office.work() == 1
    request = receiver.requests[0]
    assert request.headers["content-type"] == "application/json"
    assert request.said["type"] == "hubstaff.project.changed"
    assert request.said["timestamp"] == request.said["data"]["happened_at"]
    said = {name: request.said["data"][name] for name in ("id", "entity", "remote_id", "title", "kind", "before", "after", "moment")}
    assert said == {
        "id": str(event.pk), "entity": "project", "remote_id": "a", "title": "a1", "kind": "changed",
        "before": before, "after": after, "moment": None,
    }  # fmt: skip
    assert request.said["data"]["trigger"] == {"id": str(office.trigger.pk), "name": "Projects created"}
    assert request.said["data"]["connection"]["name"] == "Our hubstaff"
    assert office.states() == {"a1": "delivered"}


def test_a_try_shows_what_was_sent_and_what_came_back(office: Office, receiver: Receiver) -> None:
    receiver.body = b"x" * 10_000 + b"\0\xff"
    office.webhook(receiver.url)
    office.tell("a1")
    office.work()
    attempt = attempts(office)[0]
    assert (attempt.number, attempt.status, attempt.problem, attempt.is_resent) == (1, 200, "", False)
    assert attempt.request_body == receiver.requests[0].body.decode()
    assert attempt.request_headers["webhook-signature"] == receiver.requests[0].headers["webhook-signature"]
    assert attempt.response_headers["x-receiver"] == "recording"
    assert attempt.response_body == "x" * 4096
    assert attempt.milliseconds is not None and attempt.ended_at is not None


def test_bytes_that_are_no_text_can_be_kept(office: Office, receiver: Receiver) -> None:
    receiver.body = b"a\0b\xffc"
    office.webhook(receiver.url)
    office.tell("a1")
    office.work()
    assert attempts(office)[0].response_body == "ab\N{REPLACEMENT CHARACTER}c"


def test_a_delivery_is_tried_by_the_schedule_and_then_given_up(office: Office, receiver: Receiver, clock: Clock) -> None:
    receiver.status = DOWN
    office.webhook(receiver.url)
    office.tell("a1")
    for wait in PROMISED:
        assert office.work() == 1
        due_at = office.deliveries()[0].due_at
        assert due_at is not None and wait <= due_at - clock() <= wait * 1.1
        clock.moment = due_at - timedelta(milliseconds=1)
        assert office.work() == 0
        clock.moment = due_at
    office.work()
    delivery = office.deliveries()[0]
    assert (delivery.state, delivery.due_at, delivery.problem) == (Delivery.State.FAILED, None, "It answered 503.")
    assert [attempt.number for attempt in attempts(office)] == list(range(1, 9))
    assert {request.message_id for request in receiver.requests} == {delivery.message_id}
    assert len({request.body for request in receiver.requests}) == 1


def test_there_is_some_chance_in_when_a_try_is_made_again(clock: Clock) -> None:
    assert len({again_at(3, clock()) for _ in range(20)}) > 1


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_every_2xx_is_success(office: Office, receiver: Receiver, status: int) -> None:
    receiver.status, receiver.body = status, b""
    office.webhook(receiver.url)
    office.tell("a1")
    office.work()
    assert office.states() == {"a1": "delivered"}


@pytest.mark.parametrize(("status", "words"), [
    (400, "It answered 400."),
    (404, "It answered 404."),
    (429, "It answered 429."),
    (500, "It answered 500."),
    (302, "It answered 302 and leads elsewhere. Redirects are not followed: give the address where it leads."),
])  # fmt: skip
def test_every_other_answer_is_tried_again(office: Office, receiver: Receiver, status: int, words: str) -> None:
    receiver.answers = [status]
    destination, _ = office.webhook(receiver.url)
    office.tell("a1")
    office.work()
    assert (office.deliveries()[0].problem, office.now(destination).state) == (words, Destination.State.FAILING)
    office.work_until(seconds=6)
    assert (office.states(), office.now(destination).state) == ({"a1": "delivered"}, Destination.State.OK)
    assert office.now(destination).problem == ""


def test_an_address_that_is_not_allowed_is_not_called_and_the_try_says_why(office: Office, receiver: Receiver, settings: Any) -> None:
    settings.OUTGOING_HOSTS = []
    destination, _ = office.webhook(receiver.url)
    office.tell("a1")
    office.work()
    assert not receiver.requests
    assert "not a public one" in attempts(office)[0].problem == office.now(destination).problem


def test_a_receiver_that_says_410_is_disabled_at_once_and_loses_nothing(office: Office, receiver: Receiver) -> None:
    receiver.answers = [GONE]
    destination, _ = office.webhook(receiver.url)
    office.tell("a1", "b1")
    office.work()
    disabled = office.now(destination)
    assert (disabled.state, "410" in disabled.problem, disabled.disabled_at is None) == (Destination.State.DISABLED, True, False)
    office.tell("c1")
    office.work_until(days=3)
    assert len(receiver.requests) == 1
    assert set(office.states().values()) == {"waiting"}
    office.does(services.enable, disabled)
    office.work()
    assert sorted(receiver.titles()) == ["a1", "b1", "c1"]
    assert office.now(destination).disabled_at is None


def test_after_a_day_of_failures_it_is_warned_and_after_five_disabled(office: Office, receiver: Receiver, clock: Clock) -> None:
    receiver.status = DOWN
    destination, _ = office.webhook(receiver.url)
    began = clock()
    office.tell("a1", "a2", "a3", "a4", "a5", "a6")
    office.work_until(hours=20)
    assert failing_alarms(office) == []
    office.work_until(hours=12)
    assert office.now(destination).state == Destination.State.FAILING
    assert failing_alarms(office) == ["Our webhook takes no deliveries"]
    office.work_until(days=5)
    disabled = office.now(destination)
    assert disabled.state == Destination.State.DISABLED and disabled.disabled_at is not None
    assert timedelta(days=5) <= disabled.disabled_at - began < timedelta(days=6)
    assert disabled.failing_since == began
    asked = len(receiver.requests)
    office.work_until(days=2)
    assert len(receiver.requests) == asked


def failing_alarms(office: Office) -> list[str]:
    with scope(office.organization.id):
        alarms = causes_in(office.organization.slug, office.clock())
    return [alarm.title for key, alarm in alarms.items() if key.startswith("failing/")]


def test_time_in_which_nothing_was_tried_does_not_count_as_failing(office: Office, receiver: Receiver, clock: Clock) -> None:
    receiver.answers = [DOWN] * 9
    destination, _ = office.webhook(receiver.url)
    office.tell("a1")
    office.work_until(days=2)
    assert office.states() == {"a1": "failed"}
    clock.forward(days=6)
    again = clock()
    office.tell("b1")
    office.work()
    failing = office.now(destination)
    assert (failing.state, failing.failing_since) == (Destination.State.FAILING, again)
    office.work_until(seconds=6)
    assert office.states() == {"a1": "failed", "b1": "delivered"}


def test_another_address_is_another_receiver_that_never_failed(office: Office, receiver: Receiver, clock: Clock) -> None:
    receiver.answers = [DOWN, GONE]
    destination, _ = office.webhook(receiver.url)
    office.tell("a1")
    office.work_until(seconds=6)
    disabled = office.now(destination)
    assert disabled.state == Destination.State.DISABLED
    disabled.name = "Renamed"
    office.does(services.edit_destination, disabled, [])
    assert office.now(destination).state == Destination.State.DISABLED
    disabled.url = f"{receiver.url}/mended"
    office.does(services.edit_destination, disabled, [])
    fresh = office.now(destination)
    assert (fresh.state, fresh.problem) == (Destination.State.OK, "")
    assert {fresh.failing_since, fresh.failed_at, fresh.disabled_at, fresh.rests_until} == {None}
    assert office.deliveries()[0].tries == 0
    office.work()
    assert office.states() == {"a1": "delivered"}


def test_what_waited_while_it_was_disabled_has_all_its_tries_again(office: Office, receiver: Receiver, clock: Clock) -> None:
    receiver.status = DOWN
    destination, _ = office.webhook(receiver.url)
    office.tell("a1")
    office.work_until(hours=17)
    with scope(office.organization.id):
        Destination.objects.update(failing_since=clock() - timedelta(days=5))
    office.work_until(hours=11)
    assert (office.now(destination).state, office.states()) == (Destination.State.DISABLED, {"a1": "waiting"})
    office.does(services.enable, office.now(destination))
    assert office.deliveries()[0].tries == 0
    receiver.status = 200
    office.work()
    assert office.states() == {"a1": "delivered"}


def test_a_receiver_that_fails_now_and_then_is_well_after_each_success(office: Office, receiver: Receiver) -> None:
    receiver.answers = [DOWN, 200, DOWN]
    destination, _ = office.webhook(receiver.url)
    office.tell("a1")
    office.work_until(seconds=6)
    assert office.now(destination).failing_since is None
    office.tell("b1")
    office.work()
    failing = office.now(destination)
    assert (failing.state, failing.failing_since) == (Destination.State.FAILING, office.clock())


def test_a_receiver_that_hangs_is_left_and_asked_again(office: Office, receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outgoing, "LONGEST", 0.0)
    office.webhook(receiver.url)
    office.tell("a1")
    office.work()
    assert office.deliveries()[0].problem.endswith(("in time.", "within 0 seconds.")), "its name was not even looked up, or it said nothing"
    monkeypatch.undo()
    assert office.states() == {"a1": "waiting"}


def test_one_that_does_not_answer_rests_and_the_others_wait_without_a_try(
    office: Office, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    destination, _ = office.webhook(receiver.url)
    well, _ = office.webhook(f"{receiver.url}/well")
    office.tell("a1", "b1", "c1")
    with monkeypatch.context() as hanging:
        hanging.setattr(outgoing, "LONGEST", 0.0)
        office.work_on(Delivery, office.deliveries(destination=destination)[0].pk)
    office.work()
    assert [each.tries for each in office.deliveries(destination=destination)] == [1, 0, 0]
    assert [each.state for each in office.deliveries(destination=well)] == ["delivered"] * 3
    rests_until = office.now(destination).rests_until
    assert rests_until == office.clock() + SHORTEST_REST
    office.work_until(seconds=6)
    assert [each.state for each in office.deliveries(destination=destination)] == ["delivered"] * 3
    assert office.now(destination).rests_until is None


def test_an_answer_is_no_reason_to_rest(office: Office, receiver: Receiver) -> None:
    receiver.answers = [DOWN]
    destination, _ = office.webhook(receiver.url)
    office.tell("a1", "b1")
    office.work()
    assert (len(receiver.requests), office.now(destination).rests_until) == (2, None)


@pytest.mark.parametrize("answer", [200, DOWN])
def test_one_that_takes_long_to_answer_rests_and_is_then_asked_by_one_alone(
    office: Office, receiver: Receiver, monkeypatch: pytest.MonkeyPatch, answer: int
) -> None:
    receiver.answers = [answer]
    destination, _ = office.webhook(receiver.url)
    office.tell("a1", "b1", "c1")
    with monkeypatch.context() as slow:
        slow.setattr(delivering, "monotonic", count(0, LONG + 1).__next__)
        office.work_on(Delivery, office.deliveries()[0].pk)
    office.work()
    assert len(receiver.requests) == 1
    assert office.now(destination).rests_until == office.clock() + SHORTEST_REST
    office.clock.forward(seconds=5)
    _, second, third = office.deliveries()
    post = outgoing.post

    def meanwhile(*given: Any) -> Any:
        monkeypatch.setattr(messages, "post", post)
        office.work_on(Delivery, third.pk)
        return post(*given)

    monkeypatch.setattr(messages, "post", meanwhile)
    office.work_on(Delivery, second.pk)
    assert len(receiver.requests) == 2, "the third one waits for what comes of the second"
    assert office.now(destination).rests_until is None
    office.work_until(minutes=1)
    assert set(office.states().values()) == {"delivered"}


@pytest.mark.parametrize(("number", "said"), [(2**64, str(2**64)), (-(2**63) - 1, str(-(2**63) - 1)), (2**64 - 1, 2**64 - 1), (True, True)])
def test_numbers_that_are_too_large_for_readers_arrive_as_text(office: Office, receiver: Receiver, number: int, said: Any) -> None:
    office.webhook(receiver.url)
    office.tell("a1", after={"id": number, "deep": [{"id": number}]})
    office.work()
    assert receiver.requests[0].said["data"]["after"] == {"id": said, "deep": [{"id": said}]}


def test_what_cannot_be_written_down_is_given_up_and_the_next_of_its_record_goes(office: Office, receiver: Receiver) -> None:
    office.webhook(receiver.url)
    deep: Any = 1
    for _ in range(300):
        deep = [deep]
    office.tell("a1", after={"deep": deep})
    office.tell("a2")
    office.work_until(minutes=1)
    assert office.states() == {"a1": "failed", "a2": "delivered"}
    assert "nested too deeply" in office.deliveries()[0].problem


def test_the_rest_grows_with_the_time_of_failing_and_stays_below_the_waits(clock: Clock) -> None:
    rests = [_rest(timedelta(seconds=seconds)) for seconds in (0, 5, 305, 2105, 86400)]
    assert rests == [SHORTEST_REST, SHORTEST_REST, timedelta(seconds=76.25), timedelta(seconds=526.25), LONGEST_REST]
    assert all(rest <= wait for rest, wait in zip(rests, PROMISED, strict=False))


def test_a_paused_destination_keeps_what_comes_and_goes_on_in_order(office: Office, receiver: Receiver) -> None:
    destination, _ = office.webhook(receiver.url)
    office.does(services.pause, destination)
    office.tell("a1", "b1", "a2")
    office.work_until(days=2)
    assert not receiver.requests
    office.does(services.resume, destination)
    office.work()
    assert sorted(receiver.titles()) == ["a1", "b1"]
    office.work()
    assert receiver.titles()[2:] == ["a2"]


def test_a_destination_that_was_ended_gets_nothing_more(office: Office, receiver: Receiver) -> None:
    destination, _ = office.webhook(receiver.url)
    office.tell("a1")
    office.does(services.end, destination)
    office.tell("b1")
    assert office.work() == 0
    assert office.states() == {"a1": "waiting"}


def test_a_message_that_came_too_late_sends_nothing(office: Office, receiver: Receiver) -> None:
    office.webhook(receiver.url)
    office.tell("a1")
    delivery = office.deliveries()[0]
    deliver(str(office.organization.id), str(delivery.pk), str(office.trigger.pk))
    assert not receiver.requests


def test_a_destination_takes_only_the_triggers_that_are_routed_there(office: Office, receiver: Receiver) -> None:
    destination, _ = office.webhook(receiver.url)
    with scope(office.organization.id):
        other = make_trigger(office.trigger.connection, name="Other")
        destination.takes_everything = False
        services.edit_destination(destination, [other], office.person)
    office.tell("a1")
    office.tell("b1", trigger=other)
    office.work()
    assert receiver.titles() == ["b1"]
    with scope(office.organization.id):
        services.set_routes(destination, [office.trigger])
    office.tell("c1", trigger=other)
    office.tell("d1")
    office.work()
    assert receiver.titles() == ["b1", "d1"]


@pytest.mark.parametrize("several", [2, 40])
def test_the_queries_of_telling_do_not_grow_with_the_events(office: Office, receiver: Receiver, several: int) -> None:
    for _ in range(2):
        office.webhook(receiver.url)
    mailbox = office.mailbox()
    with scope(office.organization.id), CaptureQueriesContext(connection) as asked:
        events = [office._event(f"{number % 7}{number}", office.trigger, {}) for number in range(several)]
        made = len(asked)
        route(events)
        assert len(asked) - made == 4
    assert len(office.deliveries()) == 3 * several
    assert len(office.deliveries(destination=mailbox)) == several


def test_what_was_done_about_events_is_told_with_one_query(office: Office, receiver: Receiver) -> None:
    receiver.answers = [200, DOWN]
    office.webhook(receiver.url)
    events = office.tell("a1", "b1", "c1")
    office.work()
    quiet = office.tell("d1")
    with scope(office.organization.id), CaptureQueriesContext(connection) as asked:
        deeds = deliveries_of(office.organization.slug, [*events, *quiet])
        assert len(asked) == 1
        assert deeds_about(office.organization.slug, events)[events[0].pk]
    words = sorted(deeds[event.pk][0].word for event in events)
    assert words == ["Delivered", "Delivered", "Waiting"]
    assert {deed.title for found in deeds.values() for deed in found} == {"Our webhook"}
