"""What silences an organization is an alarm; what is well, or a person's own wish, is none."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from integrations.alarms.causes import PILE, causes_in
from integrations.alarms.doors import DOOR, organizations_to_look_after
from integrations.alarms.models import Alarm
from integrations.automations.models import Automation, AutomationRun, Delivery, Destination
from integrations.connections.models import Connection
from integrations.triggers.models import Event, Subscription, Trigger
from portal.organizations.models import Organization
from portal.organizations.scope import scope
from portal.work.models import Outage
from tests.alarms.conftest import Office
from tests.conftest import make_organization
from tests.factories import make_connection, make_event, make_trigger

pytestmark = pytest.mark.django_db


def causes(office: Office) -> dict[str, Alarm]:
    with office.change():
        return causes_in(office.organization.slug, office.now)


def kinds(office: Office) -> list[str]:
    """The kinds of alarms, and the door agrees that the organization has to be looked at."""
    found = sorted(alarm.kind for alarm in causes(office).values())
    assert not found or office.organization.id in organizations_to_look_after(office.now)
    return found


def set_trigger(office: Office, **fields: Any) -> None:
    with office.change():
        Trigger.objects.update(**fields)


def make_destination(office: Office, **fields: Any) -> Destination:
    with office.change():
        return Destination.objects.create(**{"name": "Warehouse", "kind": "webhook", "url": "https://warehouse.example/in"} | fields)


def make_deliveries(office: Office, destination: Destination, count: int = 1, **fields: Any) -> None:
    with office.change():
        trigger = Trigger.objects.first() or make_trigger()
        events = Event.objects.bulk_create(
            Event(trigger=trigger, key=f"{destination.pk}/{number}", happened_at=office.now) for number in range(count)
        )
        Delivery.objects.bulk_create(
            Delivery(destination=destination, event=event, record_key=str(event.pk), position=0, **fields) for event in events
        )


def test_all_is_well(office: Office, trigger: Trigger) -> None:
    assert kinds(office) == []
    assert organizations_to_look_after(office.now) == []


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        (lambda now: {"due_at": now - timedelta(minutes=11)}, "late"),
        (lambda now: {"polled_at": now - timedelta(minutes=16)}, "late"),  # put off again and again
        (lambda now: {"polled_at": None, "created_at": now - timedelta(minutes=16)}, "late"),  # put off before it ever looked
        (lambda now: {"watermark_at": now - timedelta(hours=1), "created_at": now - timedelta(days=2)}, "frozen"),
        (lambda now: {"failures": 7, "problem": "Hubstaff does not answer."}, "looking"),
        (lambda now: {"failures": 7}, "looking"),  # it breaks off in the portal itself, and nobody says why
        (lambda now: {"watch": "unheard_of", "failures": 1}, "looking"),
        (lambda now: {"held_at": now, "held_count": 240}, "held"),
    ],
)
def test_a_trigger_that_fell_silent_is_an_alarm(
    fields: Callable[[Any], dict[str, Any]], kind: str, office: Office, trigger: Trigger
) -> None:
    set_trigger(office, **fields(office.now))
    assert kinds(office) == [kind]
    set_trigger(office, is_paused=True)
    assert kinds(office) == []
    set_trigger(office, is_paused=False, ended_at=office.now)
    assert kinds(office) == []


def test_two_things_that_are_wrong_with_a_trigger_are_two_alarms_unless_they_take_each_others_place(
    office: Office, trigger: Trigger
) -> None:
    set_trigger(office, held_at=office.now, held_count=240, failures=7, problem="Down.", due_at=office.now - timedelta(hours=1))
    assert kinds(office) == ["held", "looking"]


def test_an_outage_of_a_provider_is_one_alarm_for_all_triggers_of_the_connection(office: Office, trigger: Trigger) -> None:
    with office.change():
        make_trigger(trigger.connection, name="New tasks", polled_at=office.now)
        make_trigger(trigger.connection, name="Gone", watch="unheard_of")
        make_trigger(make_connection(), name="Elsewhere", polled_at=office.now, due_at=office.now)
        Trigger.objects.filter(name__startswith="New").update(failures=7, problem="Hubstaff does not answer.")
    both, gone = sorted(causes(office).values(), key=lambda alarm: alarm.title)
    assert both.title == f"2 triggers of {trigger.connection.name}: could not look"
    assert (both.key, both.text) == (f"looking/{trigger.connection_id}", "New projects, for one: Hubstaff does not answer.")
    assert both.url.endswith(f"/connections/{trigger.connection_id}/")
    assert gone.title == "Gone: not offered any more"
    with office.change():
        Trigger.objects.filter(name="New tasks").update(failures=0, problem="")
        alone = causes_in(office.organization.slug, office.now)[both.key]
    assert alone.title == "New projects: could not look"


def test_calls_that_are_used_up_are_one_alarm_for_all_triggers_of_the_connection(office: Office, trigger: Trigger) -> None:
    with office.change():
        make_trigger(trigger.connection, name="New tasks")
    set_trigger(office, polled_at=office.now - timedelta(hours=1), due_at=office.now + timedelta(minutes=4))
    assert [alarm.title for alarm in causes(office).values()] == [f"2 triggers of {trigger.connection.name}: late"]


def test_a_look_that_failed_once_is_no_alarm(office: Office, trigger: Trigger) -> None:
    set_trigger(office, failures=1, problem="Hubstaff does not answer.")
    assert kinds(office) == []


@pytest.mark.parametrize("state", ["silent", "failed"])
def test_a_webhook_that_is_silent_or_failed_is_an_alarm(state: str, office: Office, trigger: Trigger) -> None:
    with office.change():
        Subscription.objects.create(
            trigger=trigger, connection=trigger.connection, topic="project", name="x", address_hash="a", state=state
        )
    assert kinds(office) == ["webhook"]
    set_trigger(office, is_paused=True)
    assert kinds(office) == []


def test_a_connection_that_is_signed_out_is_one_alarm_for_all_its_triggers(office: Office, trigger: Trigger) -> None:
    set_trigger(office, due_at=office.now - timedelta(hours=5))
    with office.change():
        Connection.objects.update(state="attention", problem="Sign in again.")
    assert kinds(office) == ["connection"]


@pytest.mark.parametrize("fields", [{"state": "disconnected"}, {"state": "attention", "workspace_id": ""}])
def test_a_connection_that_a_person_ended_or_never_finished_is_no_alarm(fields: dict[str, str], office: Office) -> None:
    with office.change():
        make_connection(**fields)
    assert kinds(office) == []


def test_a_destination_that_fails_for_a_day_is_an_alarm_and_another_one_when_it_is_disabled(office: Office) -> None:
    destination = make_destination(office, state="failing", failing_since=office.now - timedelta(hours=23), problem="It answers 500.")
    assert kinds(office) == []
    office.now += timedelta(hours=2)
    assert list(causes(office)) == [f"failing/{destination.pk}"]
    with office.change():
        Destination.objects.update(state="disabled", disabled_at=office.now)
    assert list(causes(office)) == [f"failing/{destination.pk}", f"disabled/{destination.pk}"]
    with office.change():
        Destination.objects.update(is_paused=True)
    assert kinds(office) == []


def test_an_endpoint_that_is_gone_is_disabled_at_once(office: Office) -> None:
    destination = make_destination(office, state="disabled", disabled_at=office.now, problem="It answered 410.")
    assert list(causes(office)) == [f"disabled/{destination.pk}"]


def test_a_delivery_that_nobody_takes_up_is_an_alarm(office: Office, trigger: Trigger) -> None:
    make_deliveries(office, make_destination(office), due_at=office.now - timedelta(minutes=14))
    assert kinds(office) == []
    office.now += timedelta(minutes=2)
    assert kinds(office) == ["deliveries"]


@pytest.mark.parametrize(("fields", "found"), [({}, ["deliveries"]), ({"is_paused": True}, []), ({"kind": "email", "rhythm": "daily"}, [])])
def test_too_many_deliveries_that_wait_are_an_alarm(
    fields: dict[str, Any], found: list[str], office: Office, trigger: Trigger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("integrations.alarms.causes.PILE", 3)
    make_deliveries(office, make_destination(office, **fields), count=4)
    assert sorted(alarm.kind for alarm in causes(office).values()) == found


def test_the_door_counts_what_the_rule_counts() -> None:
    """The numbers stand in SQL too."""
    assert f"count(*) > {PILE}" in DOOR
    assert f"run.depth > {Automation.deepest})" in DOOR


@pytest.mark.parametrize(
    ("fields", "is_named"),
    [({}, True), ({"is_paused": True}, False), ({"state": "failing"}, False), ({"kind": "email", "rhythm": "daily"}, False)],
)
def test_the_door_leaves_out_deliveries_that_wait_for_a_good_reason(
    fields: dict[str, Any], is_named: bool, office: Office, trigger: Trigger
) -> None:
    make_deliveries(office, make_destination(office), count=PILE)
    assert organizations_to_look_after(office.now) == []
    make_deliveries(office, make_destination(office, name="Other", **fields))
    assert bool(organizations_to_look_after(office.now)) == (is_named or fields.get("state") == "failing")
    assert kinds(office) == (["deliveries"] if is_named else [])


def test_an_automation_whose_newest_run_failed_is_an_alarm_until_one_goes_well(office: Office, trigger: Trigger) -> None:
    with office.change():
        automation = Automation.objects.create(name="Mirror", trigger=trigger, is_on=True, edited_at=office.now)
        for state in ("done", "failed"):
            AutomationRun.objects.create(automation=automation, event=make_event(trigger), state=state, message="Refused.")
        AutomationRun.objects.create(automation=automation, event=make_event(trigger), state="running")
        AutomationRun.objects.create(automation=automation, event=make_event(trigger), state="done", is_test=True)
    assert kinds(office) == ["automation"]
    with office.change():
        AutomationRun.objects.create(automation=automation, event=make_event(trigger), state="done")
    assert kinds(office) == []


def test_an_automation_that_was_stopped_for_its_depth_is_an_alarm_until_it_is_switched_off(office: Office, trigger: Trigger) -> None:
    with office.change():
        automation = Automation.objects.create(name="Loop", trigger=trigger, is_on=True, edited_at=office.now)
        stopped = AutomationRun.objects.create(automation=automation, event=make_event(trigger), state="stopped", depth=6)
    assert kinds(office) == ["automation"]
    with office.change():
        Automation.objects.update(is_on=False)
    assert kinds(office) == []
    with office.change():
        Automation.objects.update(is_on=True)
        AutomationRun.objects.filter(pk=stopped.pk).update(depth=5)
    assert kinds(office) == []  # a person stopped it
    assert organizations_to_look_after(office.now) == []


def test_an_automation_that_was_edited_since_it_failed_is_no_alarm(office: Office, trigger: Trigger) -> None:
    with office.change():
        automation = Automation.objects.create(name="Mirror", trigger=trigger, is_on=True, edited_at=office.now)
        AutomationRun.objects.create(automation=automation, event=make_event(trigger), state="failed", message="Refused.")
    assert kinds(office) == ["automation"]
    with office.change():
        Automation.objects.update(edited_at=office.now + timedelta(minutes=5))
    assert kinds(office) == []
    assert organizations_to_look_after(office.now) == []


def test_what_is_late_because_a_process_is_down_is_not_told_of_a_second_time(office: Office, trigger: Trigger) -> None:
    set_trigger(office, due_at=office.now - timedelta(hours=1))
    outage = Outage.objects.create(key="worker", title="Down", raised_at=office.now)
    assert kinds(office) == []
    outage.ended_at = office.now
    outage.save()
    assert kinds(office) == []
    office.now += timedelta(minutes=11)
    assert kinds(office) == ["late"]


@pytest.mark.parametrize(("part", "found"), [("worker-long", ["late"]), ("beat", []), ("worker", []), ("sweep", [])])
def test_only_what_hands_out_looks_excuses_a_late_trigger(part: str, found: list[str], office: Office, trigger: Trigger) -> None:
    set_trigger(office, due_at=office.now - timedelta(hours=1))
    Outage.objects.create(key=part, title="Down", raised_at=office.now)
    assert kinds(office) == found


@pytest.mark.parametrize(("is_mailed", "found"), [(True, []), (False, ["late"])])
def test_an_outage_of_which_nobody_was_told_does_not_stay_an_excuse(
    is_mailed: bool, found: list[str], office: Office, trigger: Trigger
) -> None:
    set_trigger(office, due_at=office.now - timedelta(hours=1))
    ago = office.now - timedelta(minutes=11)
    Outage.objects.create(key="worker", title="Down", raised_at=ago, mailed_at=ago if is_mailed else None)
    assert kinds(office) == found


def test_alarms_that_are_open_stand_while_a_process_is_down(office: Office, trigger: Trigger) -> None:
    """Whoever looks at the wrong moment must not take the silence of a dead process for health."""
    with office.change():
        make_trigger(trigger.connection, name="New tasks", polled_at=office.now, due_at=office.now)
        Alarm.objects.bulk_create(
            Alarm(kind=kind, key=key, title=key, url="/", raised_at=office.now)
            for key, kind in {"looking/1": "late", "looking/2": "frozen", "deliveries": "deliveries", "held/3": "held"}.items()
        )
    outage = Outage.objects.create(key="worker", title="Down", raised_at=office.now)
    assert sorted(causes(office)) == ["deliveries", "looking/1", "looking/2"]
    office.after(minutes=1)
    assert office.open() == ["deliveries", "looking/1", "looking/2"]
    outage.delete()
    office.after(minutes=1)
    assert office.open() == []


def test_only_organizations_in_which_something_is_wrong_are_looked_at(office: Office, trigger: Trigger, charlie: Any) -> None:
    other: Organization = make_organization("Southwind", owner=charlie)
    with scope(other.id):
        make_trigger(held_at=office.now, polled_at=office.now, due_at=office.now)
    assert organizations_to_look_after(office.now) == [other.id]


def test_the_number_of_queries_does_not_grow(office: Office, trigger: Trigger, django_assert_max_num_queries: Any) -> None:
    destination = make_destination(office, state="disabled")
    make_deliveries(office, destination, 20, due_at=office.now - timedelta(hours=1))
    with office.change():
        for _ in range(20):
            make_trigger(trigger.connection, held_at=office.now)
    with django_assert_max_num_queries(12):
        assert len(causes(office)) == 22
