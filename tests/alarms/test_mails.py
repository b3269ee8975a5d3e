"""One mail when a cause begins, one when it is over, and no flood between."""

from __future__ import annotations

from datetime import timedelta
from smtplib import SMTPServerDisconnected
from typing import Any

import pytest
from django.core import mail
from django.core.mail import EmailMultiAlternatives
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from integrations.alarms.causes import causes_in
from integrations.alarms.models import Alarm
from integrations.triggers.models import Trigger
from portal.accounts.models import User
from portal.organizations.models import Membership, Role
from portal.organizations.scope import scope
from portal.work.models import Outage
from tests.alarms.conftest import Office
from tests.conftest import make_organization
from tests.factories import make_trigger

pytestmark = pytest.mark.django_db
HELD = "New projects: holds a burst (Northwind)"


def hold(office: Office, count: int = 240) -> None:
    with office.change():
        Trigger.objects.update(held_at=office.now, held_count=count)


def release(office: Office) -> None:
    with office.change():
        Trigger.objects.update(held_at=None, held_count=0)


def keep_looking(office: Office) -> None:
    """The trigger itself goes on looking, however much time the test lets pass."""
    with office.change():
        Trigger.objects.update(polled_at=office.now, watermark_at=office.now, due_at=office.now + timedelta(days=9), minutes=9999)


@pytest.fixture(autouse=True)
def looks(office: Office, trigger: Trigger) -> None:
    keep_looking(office)


def test_a_cause_is_mailed_once_and_its_end_once(office: Office) -> None:
    hold(office)
    office.after(seconds=30)
    assert office.open() == ["New projects: holds a burst"]
    assert office.mailed() == []
    office.after(minutes=1)
    assert office.mailed() == [HELD]
    for _ in range(5):
        office.after(minutes=30)
    assert office.mailed() == []
    release(office)
    office.after(seconds=30)
    assert (office.open(), office.mailed()) == ([], [])
    office.after(minutes=10)
    assert office.mailed() == [f"Over: {HELD}"]
    office.after(minutes=30)
    assert office.mailed() == []


def test_what_is_gone_within_the_minute_is_neither_mailed_nor_kept(office: Office) -> None:
    hold(office)
    office.after(seconds=5)
    release(office)
    office.after(seconds=30)
    office.after(hours=1)
    assert office.mailed() == []
    with office.change():
        assert not Alarm.objects.exists()


def test_what_comes_back_within_the_calm_goes_on_without_another_mail(office: Office) -> None:
    hold(office)
    office.after(seconds=30)
    office.after(minutes=1)
    assert office.mailed() == [HELD]
    for _ in range(6):
        release(office)
        office.after(minutes=4)
        hold(office)
        office.after(minutes=4)
    assert office.mailed() == []
    with office.change():
        assert Alarm.objects.get().returns == 6
    release(office)
    office.after(minutes=1)
    office.after(minutes=100)
    assert office.mailed() == []  # it came back six times: now it must be well for two hours
    office.after(minutes=21)
    assert office.mailed() == [f"Over: {HELD}"]


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.booleans(), st.integers(1, 60)), min_size=8, max_size=30))
def test_however_it_flaps_each_beginning_has_one_end_and_a_day_has_few_mails(office: Office, steps: list[tuple[bool, int]]) -> None:
    with office.change():
        Alarm.objects.all().delete()
    mail.outbox.clear()
    began_at = office.now
    for is_held, minutes in steps:
        hold(office) if is_held else release(office)
        office.after(minutes=minutes)
    release(office)
    office.after(minutes=1)
    office.after(hours=3)
    subjects = office.mailed()
    assert subjects == [HELD, f"Over: {HELD}"] * (len(subjects) // 2)
    assert len(subjects) <= 2 * (5 + (office.now - began_at) / timedelta(hours=2))


def test_managers_and_owners_get_it_in_words_and_as_a_page(office: Office, bob: User, charlie: User) -> None:
    with office.change():
        Membership.objects.create(user=charlie, role=Role.MANAGER)
    hold(office)
    office.after(seconds=30)
    office.after(minutes=1)
    message = mail.outbox[0]
    assert isinstance(message, EmailMultiAlternatives)
    assert message.to == ["alice@example.com", "charlie@example.com"]
    page = str(message.alternatives[0][0])
    for text in (str(message.body), page):
        assert "240 events came at once" in text
        assert "/o/northwind/triggers/" in text
        assert "You get this mail because you manage Northwind." in text
    assert "<" not in str(message.body)


def test_people_who_may_not_sign_in_any_more_get_none(office: Office, alice: User) -> None:
    User.objects.update(is_active=False)
    hold(office)
    office.after(seconds=30)
    office.after(minutes=1)
    assert office.mailed() == []


def test_what_begins_together_comes_in_one_mail(office: Office, trigger: Trigger) -> None:
    with office.change():
        make_trigger(trigger.connection, name="New tasks", polled_at=office.now, due_at=office.now + timedelta(days=9), minutes=9999)
    hold(office)
    office.after(seconds=30)
    office.after(minutes=1)
    text = str(mail.outbox[0].body)
    assert office.mailed() == ["2 things need attention (Northwind)"]
    assert "New tasks: holds a burst" in text and "New projects: holds a burst" in text


def test_a_mail_that_the_server_does_not_take_is_tried_again_and_sent_once(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    tries = refuse(monkeypatch)
    hold(office)
    office.after(seconds=30)
    office.after(minutes=1)
    office.after(seconds=5)
    assert len(tries) == 1
    office.after(minutes=1)
    assert len(tries) == 2
    monkeypatch.undo()
    office.after(minutes=5)
    assert office.mailed() == [HELD]
    office.after(minutes=5)
    assert office.mailed() == []


@pytest.mark.parametrize("step", ["portal.work.telling.compose", "django.core.mail.EmailMultiAlternatives.send"])
def test_a_mail_that_cannot_be_written_is_tried_again_and_stops_no_other(
    step: str, office: Office, charlie: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = make_organization("Southwind", owner=charlie)
    with scope(other.id):
        make_trigger(name="Theirs", held_at=office.now, polled_at=office.now, due_at=office.now, minutes=9999)
    hold(office)
    office.after(seconds=30)
    tries: list[None] = []

    def fail(*_: Any, **__: Any) -> None:
        tries.append(None)
        raise UnicodeEncodeError("idna", "x" * 64, 0, 64, "label too long")

    monkeypatch.setattr(step, fail)
    office.after(minutes=1)
    assert len(tries) == 2
    monkeypatch.undo()
    office.after(minutes=5)
    assert sorted(office.mailed()) == [HELD, "Theirs: holds a burst (Southwind)"]


def test_what_goes_wrong_soon_after_a_mail_is_gathered_for_the_next(office: Office, trigger: Trigger) -> None:
    hold(office)
    office.after(seconds=30)
    office.after(minutes=1)
    assert office.mailed() == [HELD]
    for name in ("New tasks", "New people"):
        with office.change():
            make_trigger(trigger.connection, name=name, held_at=office.now, due_at=office.now, minutes=9999)
        office.after(minutes=3)
    assert office.mailed() == []
    office.after(minutes=3)
    assert office.mailed() == []
    office.after(minutes=1)
    assert office.mailed() == ["2 things need attention (Northwind)"]


def test_no_mail_says_that_a_trigger_is_late_or_well_again_while_a_process_is_down(office: Office) -> None:
    with office.change():
        Trigger.objects.update(minutes=5, due_at=office.now - timedelta(minutes=11))
    office.after(seconds=1)
    outage = Outage.objects.create(key="worker", title="Down", raised_at=office.now, mailed_at=office.now)
    office.after(minutes=2)
    assert (office.open(), office.mailed()) == (["New projects: late"], [])
    outage.delete()
    office.after(seconds=1)
    assert office.mailed() == ["New projects: late (Northwind)"]
    keep_looking(office)
    office.after(seconds=1)
    assert office.open() == []
    Outage.objects.create(key="worker", title="Down", raised_at=office.now, mailed_at=office.now)
    office.after(hours=1)
    assert office.mailed() == []


def test_a_mail_that_never_went_out_needs_no_recovery(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    refuse(monkeypatch)
    hold(office)
    office.after(seconds=30)
    office.after(minutes=1)
    release(office)
    monkeypatch.undo()
    office.after(minutes=1)
    office.after(hours=3)
    assert office.mailed() == []


def test_whoever_breaks_off_while_a_mail_is_sent_does_not_send_it_twice(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    class Killed(BaseException):
        pass

    def break_off(self: Any) -> None:
        raise Killed

    monkeypatch.setattr(EmailMultiAlternatives, "send", break_off)
    hold(office)
    office.after(seconds=30)
    with pytest.raises(Killed):
        office.after(minutes=1)
    monkeypatch.undo()
    office.after(minutes=5)
    assert office.mailed() == []
    assert office.open() == ["New projects: holds a burst"]


def test_a_mail_server_that_takes_none_is_asked_once_a_round(office: Office, charlie: User, monkeypatch: pytest.MonkeyPatch) -> None:
    other = make_organization("Southwind", owner=charlie)
    with scope(other.id):
        make_trigger(held_at=office.now, polled_at=office.now, due_at=office.now, minutes=9999)
    hold(office)
    office.after(seconds=30)
    tries = refuse(monkeypatch)
    office.after(minutes=1)
    assert len(tries) == 1


def test_what_goes_wrong_in_one_organization_keeps_no_other_from_being_looked_after(
    office: Office, charlie: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = make_organization("Southwind", owner=charlie)
    with scope(other.id):
        make_trigger(name="Theirs", held_at=office.now, polled_at=office.now, due_at=office.now, minutes=9999)
    hold(office)
    broken = {"northwind"}
    monkeypatch.setattr("integrations.alarms.services.causes_in", lambda slug, now: {}[slug] if slug in broken else causes_in(slug, now))
    office.after(seconds=30)
    office.after(minutes=1)
    assert office.mailed() == ["Theirs: holds a burst (Southwind)"]
    broken.clear()
    office.after(seconds=30)
    office.after(minutes=1)
    assert office.mailed() == [HELD]


def test_an_alarm_says_what_is_so_now(office: Office) -> None:
    hold(office)
    office.after(seconds=30)
    hold(office, 900)
    office.after(seconds=30)
    with office.change():
        assert "900 events" in Alarm.objects.get().text


def refuse(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The mail server hangs up from now on; gives the subjects of the tries."""
    tries: list[str] = []

    def send(self: EmailMultiAlternatives) -> None:
        tries.append(str(self.subject))
        raise SMTPServerDisconnected

    monkeypatch.setattr(EmailMultiAlternatives, "send", send)
    return tries
