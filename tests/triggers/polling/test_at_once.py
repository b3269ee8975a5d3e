"""Several who look at once, with commits of their own."""

from __future__ import annotations

from threading import Barrier

from integrations.records.collecting import keep_written
from integrations.triggers.polling import poll
from integrations.triggers.services import tell
from portal.organizations.models import Organization
from portal.organizations.scope import scope
from tests.records.shelf import project
from tests.records.threads import PATIENCE, at_once
from tests.triggers.polling.world import There, connected, grow_old, now, told, watching


def test_two_who_look_at_once_tell_each_change_once(office: Organization, shelf: There) -> None:
    trigger = watching(connected(shelf))
    shelf.records += [project(number) for number in range(2, 30)]
    grow_old()
    both = Barrier(2)

    def look_at_once() -> int:
        mine = now(trigger)
        both.wait(PATIENCE)
        return poll(mine, progress=lambda: None)

    assert sum(at_once(office.id, look_at_once, look_at_once)) == 28
    assert sorted(told(trigger), key=int) == [str(number) for number in range(2, 30)]


def test_whoever_writes_while_others_look_is_told_once(office: Organization, shelf: There) -> None:
    connection = connected(shelf)
    trigger = watching(connection)
    entity = connection.declaration.entity("project")

    def write() -> int:
        for number in range(2, 14):
            with scope():
                keep_written(connection, entity, project(number))
        return 0

    def look_often() -> int:
        return sum(tell(now(trigger)) for _ in range(12))

    found = sum(at_once(office.id, write, look_often, look_often)) + tell(now(trigger))
    assert found == 12
    assert sorted(told(trigger), key=int) == [str(number) for number in range(2, 14)]
