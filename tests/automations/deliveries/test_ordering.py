"""Deliveries of one record arrive in the order of what happened; other records do not wait for them."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from integrations import automations
from integrations.automations import messages, services
from integrations.automations.models import Delivery, Destination
from integrations.transport import outgoing
from portal.organizations.scope import scope
from tests.automations.deliveries.office import Clock, Office
from tests.automations.deliveries.receiver import DOWN, WELL, Receiver
from tests.factories import make_connection, make_trigger

pytestmark = pytest.mark.django_db
STEPS = tuple(str(Path(automations.__file__).parent / f"{name}.py") for name in ("delivering", "ordering", "faring"))


class Killed(BaseException):
    """The worker died here."""


@contextmanager
def killed_at(line: int) -> Iterator[None]:
    """Kills whoever makes a try before the line that is run as the so-manieth; their transaction goes with them."""
    left = line

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        nonlocal left
        if frame.f_code.co_filename not in STEPS:
            return None
        if event == "line":
            left -= 1
            if left == 0:
                raise Killed
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        yield
    except Killed:
        return
    finally:
        sys.settrace(before)


def test_the_next_of_a_record_waits_until_the_one_before_it_has_arrived(office: Office, receiver: Receiver) -> None:
    office.webhook(receiver.url)
    office.tell("a1", "a2", "b1", "a3")
    office.work()
    assert sorted(receiver.titles()) == ["a1", "b1"]
    office.work()
    office.work()
    assert [title for title in receiver.titles() if title[0] == "a"] == ["a1", "a2", "a3"]


def test_one_that_was_made_due_too_early_does_not_leave(office: Office, receiver: Receiver) -> None:
    office.webhook(receiver.url)
    office.tell("a1", "a2")
    office.work_on(Delivery, office.deliveries(event__title="a2")[0].pk)
    assert not receiver.requests
    assert [each.due_at is None for each in office.deliveries()] == [False, True]
    office.work_until(seconds=1)
    assert receiver.titles() == ["a1", "a2"]


def test_records_of_the_same_id_in_two_connections_do_not_wait_for_each_other(office: Office, receiver: Receiver) -> None:
    office.webhook(receiver.url)
    with scope(office.organization.id):
        other = make_trigger(make_connection("timeghost"))
    receiver.answers = [DOWN]
    office.tell("a1")
    office.work()
    office.tell("a2", trigger=other)
    office.work()
    assert receiver.titles() == ["a2"]


def test_one_destination_that_fails_does_not_hold_up_another(office: Office, receiver: Receiver) -> None:
    broken, _ = office.webhook(f"http://{receiver.host}:1/")
    well, _ = office.webhook(receiver.url)
    office.tell("a1", "a2")
    office.work()
    office.work()
    assert receiver.titles() == ["a1", "a2"]
    assert {each.state for each in office.deliveries(destination=broken)} == {"waiting"}
    assert office.now(well).state == Destination.State.OK


def test_when_one_is_given_up_the_next_of_its_record_goes(office: Office, receiver: Receiver) -> None:
    receiver.answers = [DOWN] * 8
    office.webhook(receiver.url)
    office.tell("a1", "a2")
    office.work_until(days=2)
    assert office.states() == {"a1": "failed", "a2": "delivered"}


def test_what_is_told_later_but_happened_earlier_goes_first(office: Office, receiver: Receiver) -> None:
    receiver.answers = [DOWN]
    office.webhook(receiver.url)
    office.tell("a2")
    office.work()
    office.tell("a1", position=0)
    office.work()
    office.work()
    assert receiver.titles() == ["a1", "a2"]


def test_nothing_is_lost_and_order_holds_while_a_receiver_is_down_for_a_day(office: Office, receiver: Receiver) -> None:
    receiver.status = DOWN
    destination, _ = office.webhook(receiver.url)
    for hour in range(0, 24, 2):
        office.tell(f"a{hour:02}", f"{'bcdefgh'[hour // 2 % 7]}{hour:02}")
        office.work_until(hours=2)
    assert not receiver.taken
    assert len(office.deliveries(state=Delivery.State.WAITING)) == 24
    assert office.now(destination).state == Destination.State.FAILING
    receiver.status = WELL
    office.work_until(hours=11)
    assert len(set(receiver.titles())) == 24
    assert in_order(receiver.titles())
    assert set(office.states().values()) == {"delivered"}


def test_a_worker_killed_at_any_line_still_delivers_and_in_order(office: Office, receiver: Receiver) -> None:
    office.webhook(receiver.url)
    for line in range(1, 400):
        office.tell(f"a{line:03}")
        ended = 0
        with killed_at(line):
            ended = office.work()
        office.work_until(minutes=6)
        if ended:
            break
    assert line > 40  # it ran to its end, so each line before was the last one once
    assert set(office.states().values()) == {"delivered"}
    assert len(set(receiver.titles())) == line
    assert in_order(list(dict.fromkeys(receiver.titles())))
    assert len(receiver.titles()) > line + 5  # some were killed when the request had left


def test_a_try_that_broke_off_says_so(office: Office, receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    office.webhook(receiver.url)
    office.tell("a1")

    def killed(*_: Any) -> None:
        raise Killed

    with monkeypatch.context() as dying:
        dying.setattr(messages, "post", killed)
        with pytest.raises(Killed):
            office.work()
    office.clock.forward(minutes=6)
    office.work()
    first, second = attempts_of(office)
    assert "broke off" in first.problem and first.ended_at is not None
    assert (second.number, second.status) == (2, 200)


def test_one_that_breaks_off_at_every_try_is_given_up(office: Office, receiver: Receiver, clock: Clock) -> None:
    office.webhook(receiver.url)
    office.tell("a1", "a2")
    with scope(office.organization.id):
        Delivery.objects.filter(event__title="a1").update(tries=8)
    office.work()
    office.work()
    assert office.states() == {"a1": "failed", "a2": "delivered"}


def test_a_destination_paused_while_a_try_is_under_way_waits_after_it(
    office: Office, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    destination, _ = office.webhook(receiver.url)
    office.tell("a1", "a2")
    receiver.answers = [DOWN]
    meanwhile(monkeypatch, lambda: office.does(services.pause, destination))
    office.work()
    assert [each.due_at for each in office.deliveries()] == [None, None]
    office.does(services.resume, destination)
    office.work()
    office.work()
    assert receiver.titles() == ["a1", "a2"]


def test_resending_while_a_try_is_under_way_sends_it_once_more_at_most(
    office: Office, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.webhook(receiver.url)
    office.tell("a1", "a2")
    receiver.answers = [DOWN]
    meanwhile(monkeypatch, lambda: resend(office, event__title="a1"))
    office.work()
    office.work()
    office.work()
    assert receiver.titles() == ["a1", "a2"]
    assert [each.due_at for each in office.deliveries()] == [None, None]


def resend(office: Office, **fields: Any) -> int:
    office.clock.forward(seconds=1)
    with scope(office.organization.id):
        return services.resend(Delivery.objects.filter(**fields), office.person)


def meanwhile(monkeypatch: pytest.MonkeyPatch, doing: Any) -> None:
    """Does something while the first request is under way."""
    really, left = outgoing.post, [doing]

    def post(*given: Any) -> Any:
        reply = really(*given)
        if left:
            left.pop()()
        return reply

    monkeypatch.setattr(messages, "post", post)


def attempts_of(office: Office) -> list[Any]:
    with scope(office.organization.id):
        return list(Delivery.objects.get(event__title="a1").attempts.order_by("number"))


def in_order(titles: list[str]) -> bool:
    """Whether the titles of each record, which begin with its letter, stand in order."""
    return all(mine == sorted(mine) for mine in ([title for title in titles if title[0] == letter] for letter in set("abcdefgh")))
