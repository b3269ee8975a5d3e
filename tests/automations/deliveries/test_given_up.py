"""Of deliveries that were given up people are told, also while others arrive."""

from __future__ import annotations

import pytest

from integrations.alarms.causes import causes_in
from integrations.alarms.doors import organizations_to_look_after
from integrations.alarms.models import Alarm
from integrations.automations import services
from integrations.automations.models import Delivery
from portal.organizations.scope import scope
from tests.automations.deliveries.office import Office
from tests.automations.deliveries.receiver import DOWN, Receiver

pytestmark = pytest.mark.django_db


def given_up(office: Office) -> list[Alarm]:
    """The alarms about it; the door agrees that the organization has to be looked at."""
    with scope(office.organization.id):
        found = [alarm for key, alarm in causes_in(office.organization.slug, office.clock()).items() if key.startswith("given-up/")]
    assert not found or office.organization.id in organizations_to_look_after(office.clock())
    return found


def give_up(office: Office, receiver: Receiver, *titles: str) -> None:
    office.tell(*titles)
    receiver.status = DOWN
    with scope(office.organization.id):
        Delivery.objects.filter(event__title__in=titles).update(tries=7)
    office.work()
    receiver.status = 200


def test_people_are_told_of_what_was_given_up_while_others_arrive(office: Office, receiver: Receiver) -> None:
    destination, _ = office.webhook(receiver.url)
    assert given_up(office) == []
    give_up(office, receiver, "a1", "b1")
    office.tell("c1")
    office.work()
    assert office.states() == {"a1": "failed", "b1": "failed", "c1": "delivered"}
    (alarm,) = given_up(office)
    assert alarm.title == "2 deliveries to Our webhook were given up in the last day"
    assert alarm.url.endswith(f"?destination={destination.pk}&state=failed")


def test_it_is_over_when_they_are_resent(office: Office, receiver: Receiver) -> None:
    office.webhook(receiver.url)
    give_up(office, receiver, "a1")
    assert [alarm.title for alarm in given_up(office)] == ["1 delivery to Our webhook was given up in the last day"]
    with scope(office.organization.id):
        services.resend(Delivery.objects.all(), office.person)
    assert given_up(office) == []


def test_it_is_over_after_a_day(office: Office, receiver: Receiver) -> None:
    office.webhook(receiver.url)
    give_up(office, receiver, "a1")
    office.clock.forward(hours=23)
    assert len(given_up(office)) == 1
    office.clock.forward(hours=1)
    assert given_up(office) == []


def test_of_a_destination_that_is_ended_it_is_not_told(office: Office, receiver: Receiver) -> None:
    destination, _ = office.webhook(receiver.url)
    give_up(office, receiver, "a1")
    office.does(services.end, destination)
    assert given_up(office) == []
