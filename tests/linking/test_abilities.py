"""What each side can do, and what follows where it cannot, in words that fit whichever service stands there."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from integrations.catalogue import Parts
from integrations.connections.models import Connection
from integrations.linking.abilities import NOT_NEEDED, WITHOUT, abilities_of, can_of
from integrations.providers import all_providers
from portal.organizations.models import Organization
from portal.organizations.scope import bind, scope
from tests.factories import make_connection

pytestmark = pytest.mark.django_db
SIDES = ("left", "right")


@pytest.fixture(autouse=True)
def bound(organization: Organization) -> Iterator[None]:
    with bind(organization.id), scope():
        yield


def parts_of(connection: Connection) -> Parts:
    parts = connection.declaration.parts
    assert parts
    return parts


def test_words_are_only_said_of_what_linking_may_want(organization: Organization) -> None:
    known = set(parts_of(make_connection("hubstaff")).can)
    assert set(WITHOUT) == set(SIDES)
    assert all(set(WITHOUT[side]) <= known for side in SIDES)
    assert known == set(WITHOUT["left"]) | set(WITHOUT["right"]), "each ability matters on one side at least"


def test_the_words_name_no_service(organization: Organization) -> None:
    labels = [provider.label.lower() for provider in all_providers().values()]
    words = [note.lower() for side in SIDES for note in WITHOUT[side].values()]
    assert [note for note in words if any(label in note for label in labels)] == []


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("name", sorted(all_providers()))
def test_what_a_service_cannot_do_is_said_with_what_follows(organization: Organization, name: str, side: str) -> None:
    connection = make_connection(name)
    found = abilities_of(connection, side)
    assert {ability.word: ability.can for ability in found.all} == can_of(connection)
    assert all(bool(ability.note) is not ability.can for ability in found.all)
    assert [ability.word for ability in found.lacking] == [
        ability.word for ability in found.all if not ability.can and ability.word in WITHOUT[side]
    ]


def test_a_side_lacks_only_what_it_needs(organization: Organization) -> None:
    hubstaff, timeghost = make_connection("hubstaff"), make_connection("timeghost")
    assert abilities_of(hubstaff, "right").lacking == ()
    assert {ability.note for ability in abilities_of(hubstaff, "right").all if not ability.can} == {NOT_NEEDED}
    assert abilities_of(timeghost, "left").lacking == ()
    assert [ability.word for ability in abilities_of(hubstaff, "left").lacking] == [
        "take tracked time",
        "correct tracked time",
        "delete tracked time",
    ]
    assert [ability.word for ability in abilities_of(timeghost, "right").lacking] == [
        "add people to projects",
        "take people out of projects",
    ]
