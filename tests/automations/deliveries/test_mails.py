"""Events by mail: one for each, or one a day at the hour of the organization; never twice."""

from __future__ import annotations

import smtplib
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest
from django.core import mail
from django.core.mail import EmailMultiAlternatives

from integrations.automations import digesting, services
from integrations.automations.digesting import next_daily_mail
from integrations.automations.mailing import MOST_LINES, REFUSED, UNKNOWN, changes_of
from integrations.automations.models import Delivery, DeliveryAttempt, Destination
from integrations.triggers.models import Event
from portal.organizations.models import Organization
from portal.organizations.scope import scope
from tests.automations.deliveries.office import Clock, Office

pytestmark = pytest.mark.django_db
DAILY = Destination.Rhythm.DAILY


def page_of(message: Any) -> str:
    return str(cast(EmailMultiAlternatives, message).alternatives[0][0])


def breaks(monkeypatch: pytest.MonkeyPatch, *errors: BaseException) -> None:
    """Has the mail server fail in turn; after that it takes mails."""
    left, really = list(errors), EmailMultiAlternatives.send

    def send(self: EmailMultiAlternatives, *_: Any) -> int:
        if left:
            raise left.pop(0)
        return really(self)

    monkeypatch.setattr(EmailMultiAlternatives, "send", send)


def morning(office: Office, hour: int = 6) -> None:
    """Puts the clock to an hour of a day, UTC."""
    office.clock.moment = datetime(2026, 11, 21, hour, tzinfo=UTC)


def due_at(office: Office, destination: Destination) -> datetime | None:
    return office.now(destination).due_at


# --- One mail for each ------------------------------------------------------------------------------------------------------------


def test_an_event_is_told_in_words_and_as_a_page(office: Office) -> None:
    office.mailbox(addresses=["team@example.com", "lead@example.com"])
    before, after = {"name": "Relaunch", "billable": True, "tags": []}, {"name": "Relaunch <2>", "billable": False, "tags": ["x"]}
    event = office.tell("a1", kind="changed", before=before, after=after)[0]
    office.work()
    message = mail.outbox[0]
    assert (message.to, message.subject) == (["team@example.com", "lead@example.com"], "Projects created: a1")
    address = f"http://localhost:8000/o/northwind/events/{event.pk}/"
    for text in (str(message.body), page_of(message)):
        assert address in text and "Our mail" in text and "Northwind" in text and "was changed" in text
    assert "- name: Relaunch → Relaunch <2>" in str(message.body)
    assert "- billable: yes → no" in str(message.body)
    assert "Relaunch &lt;2&gt;" in page_of(message)
    assert office.states() == {"a1": "delivered"}


def test_line_breaks_and_length_of_a_title_do_no_harm_to_the_subject(office: Office) -> None:
    office.mailbox()
    office.tell("a1\r\nBcc: charlie@example.com " + "x" * 300, key="long")
    office.work()
    assert "\n" not in mail.outbox[0].subject and len(mail.outbox[0].subject) <= 200
    assert mail.outbox[0].to == ["team@example.com"]


def test_a_try_by_mail_shows_what_was_sent(office: Office) -> None:
    office.mailbox()
    office.tell("a1")
    office.work()
    with scope(office.organization.id):
        attempt = DeliveryAttempt.objects.get()
    assert attempt.request_headers == {"to": "team@example.com", "subject": "Projects created: a1"}
    assert (attempt.request_body, attempt.status, attempt.problem) == (str(mail.outbox[0].body), None, "")


def test_a_mail_server_that_fails_is_asked_again_by_the_schedule(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    breaks(monkeypatch, ConnectionRefusedError(), smtplib.SMTPServerDisconnected())
    destination = office.mailbox()
    office.tell("a1")
    office.work()
    assert office.now(destination).state == Destination.State.FAILING
    office.work_until(minutes=6)
    assert (len(mail.outbox), office.states(), office.now(destination).state) == (1, {"a1": "delivered"}, Destination.State.OK)


def test_addresses_that_are_refused_are_told_and_not_tried_again(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    breaks(monkeypatch, smtplib.SMTPRecipientsRefused({}))
    destination = office.mailbox()
    office.tell("a1")
    office.work()
    assert (office.states(), office.now(destination).problem) == ({"a1": "failed"}, REFUSED)


@pytest.mark.parametrize("codes", [(450,), (550, 452)])
def test_addresses_that_are_refused_for_now_are_tried_again(
    office: Office, monkeypatch: pytest.MonkeyPatch, codes: tuple[int, ...]
) -> None:
    refused = {f"{number}@example.com": (code, b"Not now") for number, code in enumerate(codes)}
    breaks(monkeypatch, smtplib.SMTPRecipientsRefused(refused))
    office.mailbox()
    office.tell("a1")
    office.work()
    assert office.states() == {"a1": "waiting"}
    office.work_until(minutes=6)
    assert (len(mail.outbox), office.states()) == (1, {"a1": "delivered"})


def test_addresses_that_are_all_refused_for_good_are_not_tried_again(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    breaks(monkeypatch, smtplib.SMTPRecipientsRefused({"a@example.com": (550, b"Nobody"), "b@example.com": (553, b"No address")}))
    office.mailbox()
    office.tell("a1")
    office.work()
    assert office.states() == {"a1": "failed"}


def test_a_mail_whose_sending_broke_off_is_not_sent_again_unasked(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    breaks(monkeypatch, KeyboardInterrupt())
    office.mailbox()
    office.tell("a1", "a2")
    with pytest.raises(KeyboardInterrupt):
        office.work()
    office.work_until(minutes=6)
    assert office.states() == {"a1": "failed", "a2": "delivered"}
    assert office.deliveries()[0].problem == UNKNOWN
    with scope(office.organization.id):
        services.resend(Delivery.objects.filter(event__title="a1"), office.person)
    office.work()
    assert [message.subject for message in mail.outbox] == ["Projects created: a2", "Projects created: a1"]


def test_mail_is_never_disabled_because_of_the_mail_server(office: Office, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    destination = office.mailbox()
    breaks(monkeypatch, *[OSError()] * 3)
    office.tell("a1")
    office.work()
    with scope(office.organization.id):
        Destination.objects.update(failing_since=clock() - timedelta(days=6))
    office.work_until(seconds=6)
    failing = office.now(destination)
    assert (failing.state, failing.failing_since) == (Destination.State.FAILING, clock() - timedelta(days=6, seconds=6))
    office.work_until(hours=1)
    assert office.states() == {"a1": "delivered"}


def test_only_plain_fields_that_are_other_than_before_are_told() -> None:
    def event(before: Any, after: Any) -> Event:
        return Event(organization=Organization(), before=before, after=after)

    before = {"name": "A", "same": 1, "nested": {"a": 1}, "gone": 2, "empty": None}
    after = {"name": "B" * 200, "same": 1, "nested": {"a": 2}, "empty": 0, "new_one": True}
    told = changes_of(event(before, after))
    assert [name for name, _, _ in told] == ["name", "empty", "new one"]
    assert told[1:] == [("empty", "—", "0"), ("new one", "—", "yes")]
    assert len(told[0][2]) == 120
    assert changes_of(event(None, after)) == changes_of(event(before, None)) == []


# --- One mail a day ------------------------------------------------------------------------------------------------------------------


def test_the_events_of_a_day_come_in_one_mail_at_its_hour(office: Office) -> None:
    morning(office)
    destination = office.mailbox(rhythm=DAILY, hour=8)
    office.tell("a1", "b1")
    office.tell("a2")
    office.work_until(hours=1, minutes=59)
    assert not mail.outbox
    office.work_until(minutes=1)
    assert [message.subject for message in mail.outbox] == ["Our mail: 3 events"]
    assert all(title in str(mail.outbox[0].body) and title in page_of(mail.outbox[0]) for title in ("a1", "b1", "a2"))
    assert set(office.states().values()) == {"delivered"}
    assert due_at(office, destination) == datetime(2026, 11, 22, 8, tzinfo=UTC)
    office.tell("c1")
    office.work_until(days=1)
    assert [message.subject for message in mail.outbox][1:] == ["Our mail: 1 event"]


def test_on_a_day_without_events_no_mail_comes(office: Office) -> None:
    morning(office)
    destination = office.mailbox(rhythm=DAILY, hour=8)
    office.work_until(days=3)
    assert not mail.outbox
    assert due_at(office, destination) == datetime(2026, 11, 24, 8, tzinfo=UTC)


def test_of_very_many_events_the_mail_shows_the_first_and_counts_the_others(office: Office) -> None:
    morning(office)
    office.mailbox(rhythm=DAILY, hour=8)
    office.tell(*(f"{number % 10}x{number:03}" for number in range(MOST_LINES + 5)))
    office.work_until(hours=3)
    assert len(mail.outbox) == 1
    assert mail.outbox[0].subject == "Our mail: 105 events"
    assert "And 5 more" in str(mail.outbox[0].body) and "And 5 more" in page_of(mail.outbox[0])
    assert set(office.states().values()) == {"delivered"}


def test_each_event_of_a_daily_mail_has_its_try(office: Office) -> None:
    morning(office)
    office.mailbox(rhythm=DAILY, hour=8)
    office.tell("a1", "b1")
    office.work_until(hours=3)
    with scope(office.organization.id):
        attempts = list(DeliveryAttempt.objects.all())
    assert [attempt.request_headers["subject"] for attempt in attempts] == ["Our mail: 2 events"] * 2
    assert all(attempt.ended_at and attempt.number == 1 for attempt in attempts)


def test_a_daily_mail_that_failed_is_tried_again_and_takes_what_came_meanwhile(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    morning(office)
    destination = office.mailbox(rhythm=DAILY, hour=8)
    breaks(monkeypatch, OSError(), OSError())
    office.tell("a1")
    office.work_until(hours=2)
    assert office.now(destination).state == Destination.State.FAILING
    office.tell("b1")
    office.work_until(minutes=10)
    assert [message.subject for message in mail.outbox] == ["Our mail: 2 events"]
    with scope(office.organization.id):
        assert sorted(Delivery.objects.values_list("event__title", "tries")) == [("a1", 3), ("b1", 2)]
    assert due_at(office, destination) == datetime(2026, 11, 22, 8, tzinfo=UTC)


def test_a_daily_mail_that_never_gets_out_is_given_up(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    morning(office)
    destination = office.mailbox(rhythm=DAILY, hour=8)
    breaks(monkeypatch, *[OSError()] * 8)
    office.tell("a1")
    office.work_until(hours=40)
    assert office.states() == {"a1": "failed"}
    office.tell("b1")
    office.work_until(days=1)
    assert [message.subject for message in mail.outbox] == ["Our mail: 1 event"]
    assert office.now(destination).state == Destination.State.OK


def test_what_came_late_to_a_daily_mail_that_is_given_up_goes_with_the_next(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    morning(office)
    office.mailbox(rhythm=DAILY, hour=8)
    breaks(monkeypatch, *[OSError()] * 8)
    office.tell("a1")
    office.work_until(hours=6)
    office.tell("b1")
    office.work_until(hours=34)
    assert office.states() == {"a1": "failed", "b1": "waiting"}
    office.work_until(days=1)
    assert office.states() == {"a1": "failed", "b1": "delivered"}
    assert [message.subject for message in mail.outbox] == ["Our mail: 1 event"]


def test_a_daily_mail_of_very_many_events_is_noted_and_settled_in_slices(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(digesting, "IN_ONE_GO", 2)
    morning(office)
    office.mailbox(rhythm=DAILY, hour=8)
    breaks(monkeypatch, OSError())
    office.tell(*(f"a{number}" for number in range(5)))
    settled: list[int] = []
    really = digesting._settle

    def settle(hold: Any, ids: Any, *given: Any) -> None:
        really(hold, ids, *given)
        settled.append(len(ids))

    monkeypatch.setattr(digesting, "_settle", settle)
    office.work_until(hours=3)
    assert settled == [2, 2, 1] * 2
    assert [message.subject for message in mail.outbox] == ["Our mail: 5 events"]
    assert set(office.states().values()) == {"delivered"}
    with scope(office.organization.id):
        attempts = DeliveryAttempt.objects.order_by("number").values_list("number", "ended_at")
        assert [number for number, ended_at in attempts if ended_at] == [1] * 5 + [2] * 5


def test_a_daily_mail_that_is_settled_only_in_part_is_not_sent_again_unasked(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(digesting, "IN_ONE_GO", 1)
    morning(office)
    office.mailbox(rhythm=DAILY, hour=8)
    office.tell("a1", "b1")
    really, left = digesting._settle, [True]

    def settle(*given: Any) -> None:
        really(*given)
        if left:
            left.pop()
            raise KeyboardInterrupt

    monkeypatch.setattr(digesting, "_settle", settle)
    with pytest.raises(KeyboardInterrupt):
        office.work_until(hours=2)
    office.work_until(hours=1)
    assert sorted(office.states().values()) == ["delivered", "failed"]
    assert len(mail.outbox) == 1


def test_a_daily_mail_whose_hour_has_come_goes_although_its_destination_is_edited_just_then(office: Office) -> None:
    morning(office)
    destination = office.mailbox(rhythm=DAILY, hour=8)
    office.tell("a1")
    office.clock.forward(hours=2, seconds=1)
    destination.name = "Mail of the team"
    office.does(services.edit_destination, destination, [])
    office.work()
    assert [message.subject for message in mail.outbox] == ["Mail of the team: 1 event"]


def test_a_daily_mail_that_is_tried_again_is_not_put_off_by_an_edit_but_by_another_hour(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    morning(office)
    destination = office.mailbox(rhythm=DAILY, hour=8)
    breaks(monkeypatch, OSError())
    office.tell("a1")
    office.work_until(hours=2)
    tried_again = due_at(office, destination)
    destination = office.now(destination)
    destination.addresses = ["lead@example.com"]
    office.does(services.edit_destination, destination, [])
    assert due_at(office, destination) == tried_again
    destination = office.now(destination)
    destination.hour = 12
    office.does(services.edit_destination, destination, [])
    assert due_at(office, destination) == datetime(2026, 11, 21, 12, tzinfo=UTC)


def test_a_daily_mail_whose_sending_broke_off_is_not_sent_again_unasked(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    morning(office)
    office.mailbox(rhythm=DAILY, hour=8)
    breaks(monkeypatch, KeyboardInterrupt())
    office.tell("a1")
    with pytest.raises(KeyboardInterrupt):
        office.work_until(hours=2)
    office.tell("b1")
    office.clock.forward(hours=2)
    office.work_until(minutes=6)
    assert office.states() == {"a1": "failed", "b1": "delivered"}
    assert office.deliveries()[0].problem == UNKNOWN
    with scope(office.organization.id):
        services.resend(Delivery.objects.filter(event__title="a1"), office.person)
    office.work_until(days=1)
    assert [message.subject for message in mail.outbox] == ["Our mail: 1 event"] * 2


def test_a_paused_daily_mail_waits_for_the_next_hour_after_it_goes_on(office: Office) -> None:
    morning(office)
    destination = office.mailbox(rhythm=DAILY, hour=8)
    office.tell("a1")
    office.does(services.pause, destination)
    office.work_until(days=2)
    assert not mail.outbox
    office.does(services.resume, destination)
    office.work_until(days=1)
    assert len(mail.outbox) == 1


def test_another_rhythm_sends_what_waits_in_its_own_way(office: Office) -> None:
    morning(office)
    destination = office.mailbox(rhythm=DAILY, hour=8)
    office.tell("a1", "b1")
    destination.rhythm = Destination.Rhythm.SINGLE
    office.does(services.edit_destination, destination, [])
    office.work()
    assert len(mail.outbox) == 2 and due_at(office, destination) is None
    office.tell("c1")
    destination = office.now(destination)
    destination.rhythm = DAILY
    office.does(services.edit_destination, destination, [])
    assert office.work() == 0
    office.work_until(days=1)
    assert mail.outbox[-1].subject == "Our mail: 1 event"


@pytest.mark.parametrize(("zone", "hour", "now", "then"), [
    ("UTC", 8, "2026-11-21T07:59:59", "2026-11-21T08:00:00"),
    ("UTC", 8, "2026-11-21T08:00:00", "2026-11-22T08:00:00"),
    ("Europe/Vienna", 8, "2026-03-28T07:00:00", "2026-03-29T06:00:00"),  # the clocks go forward in between
    ("Europe/Vienna", 8, "2026-10-24T06:00:00", "2026-10-25T07:00:00"),  # and back
    ("Europe/Vienna", 2, "2026-03-29T00:00:00", "2026-03-29T01:00:00"),  # 2:00 is skipped: 3:00 counts
    ("Europe/Vienna", 2, "2026-03-29T01:00:00", "2026-03-30T00:00:00"),
    ("Europe/Vienna", 2, "2026-10-24T23:59:00", "2026-10-25T00:00:00"),  # 2:00 comes twice: the first counts
    ("Europe/Vienna", 2, "2026-10-25T00:00:00", "2026-10-26T01:00:00"),
    ("Pacific/Auckland", 8, "2026-11-21T18:59:00", "2026-11-21T19:00:00"),  # there it is the 22nd
    ("America/Los_Angeles", 23, "2026-11-21T08:00:00", "2026-11-22T07:00:00"),
])  # fmt: skip
def test_the_hour_is_that_of_the_organization_also_when_the_clocks_change(zone: str, hour: int, now: str, then: str) -> None:
    organization = Organization(time_zone=zone)
    destination = Destination(organization=organization, hour=hour)
    assert next_daily_mail(destination, datetime.fromisoformat(f"{now}+00:00")) == datetime.fromisoformat(f"{then}+00:00")


def test_over_a_year_each_day_has_one_daily_mail() -> None:
    for hour in (0, 2, 3, 23):
        destination = Destination(organization=Organization(time_zone="Europe/Vienna"), hour=hour)
        moment, days = datetime(2026, 1, 1, tzinfo=UTC), 0
        while (moment := next_daily_mail(destination, moment)) < datetime(2026, 12, 31, 12, tzinfo=UTC):
            days += 1
        assert days in {364, 365}
