"""When people came to work and went, as timeghost keeps it: the last weeks, with a break at noon."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

from integrations.sandbox import moments
from integrations.sandbox.kinds import TIMEGHOST_COMEGO
from integrations.sandbox.seeding.company import Company, World
from integrations.sandbox.store import Body, Store

WEEKDAYS = 30
"""Always as many, so that the ids are the same whatever the day."""
ABSENT = 0.1


def plant_working_hours(store: Store, world: World, company: Company, workspace_id: str, users: list[Body]) -> None:
    """Write the entries of everybody; one person is still at work."""
    days = world.weekdays()[-WEEKDAYS:]
    drafts = [draft for user in users for day in days for draft in _day(world.chance, company, user, day)]
    drafts.append(_ongoing(company, users[3]))
    store.put_all(TIMEGHOST_COMEGO, [_entry(world, workspace_id, draft) for draft in drafts])


def _day(chance: Random, company: Company, user: Body, day: date) -> Iterator[Body]:
    if chance.random() < ABSENT:
        return
    zone = ZoneInfo(company.trade.time_zone)
    came = datetime.combine(day, time(7, 30), zone) + timedelta(minutes=chance.randrange(0, 120, 5))
    noon = datetime.combine(day, time(12), zone) + timedelta(minutes=chance.randrange(0, 60, 5))
    went = came + timedelta(minutes=chance.randrange(480, 560, 5))
    yield _draft(company, user, "work", came, went)
    yield _draft(company, user, "break", noon, noon + timedelta(minutes=chance.choice((20, 30, 45, 60))))


def _ongoing(company: Company, user: Body) -> Body:
    return {**_draft(company, user, "work", moments.now() - timedelta(hours=1), None), "name": "At the client's office"}


def _draft(company: Company, user: Body, what: str, start: datetime, end: datetime | None) -> Body:
    return {
        "user_id": user["id"],
        "type": what,
        "name": None,
        "start": moments.written(start),
        "end": moments.written(end) if end else None,
        "timeZone": company.trade.time_zone,
    }


def _entry(world: World, workspace_id: str, draft: Body) -> Body:
    books = {"author": draft["user_id"], "editor": draft["user_id"], "created": draft["start"], "modified": draft["end"] or draft["start"]}
    kept = {"id": world.identity(), "workspace_id": workspace_id, "deleted": False, "status": "new", "tags": []}
    return {**kept, **books, **draft}
