"""Pages of a list, and records that ride along."""

from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from starlette.responses import Response

from integrations.sandbox.exchange import JsonAnswer
from integrations.sandbox.hubstaff import shapes
from integrations.sandbox.hubstaff.fields import Fields, asked_for
from integrations.sandbox.hubstaff.values import between, flag_word, listed, one_of, whole
from integrations.sandbox.hubstaff.visit import Visit
from integrations.sandbox.kinds import (
    HUBSTAFF_CLIENT,
    HUBSTAFF_PROJECT,
    HUBSTAFF_SCHEDULE,
    HUBSTAFF_TASK,
    HUBSTAFF_USER,
    Kind,
)
from integrations.sandbox.store import Body, Store

PAGE, LARGEST_PAGE = 100, 500


@dataclass
class Listing(Fields):
    """The query of a list: where its page begins, how long that is, what rides along, and the filters yet to be read."""

    start: int = 0
    limit: int = PAGE
    include: set[str] = field(default_factory=set)

    def flag(self, name: str) -> bool:
        """Return a flag, false when absent."""
        return self.read(name, flag_word) or False

    def numbers(self, name: str) -> set[int] | None:
        """Return a list of ids, or None when absent."""
        return self.read(name, listed(whole))

    def words(self, name: str, choices: Collection[str]) -> set[str]:
        """Return a list of words, empty when absent."""
        return self.read(name, listed(one_of(choices))) or set()


@contextmanager
def listing(visit: Visit, *companions: str) -> Iterator[Listing]:
    """Give the query of a list to be read. Raises Refused afterwards when a parameter was wrong."""
    asked = Listing(dict(asked_for(visit)))
    asked.start = asked.read("page_start_id", whole) or 0
    asked.limit = asked.read("page_limit", between(1, LARGEST_PAGE)) or PAGE
    asked.include = asked.words("include", companions) if companions else set()
    yield asked
    asked.settle()


def page(visit: Visit, asked: Listing, name: str, rows: Iterable[Body], identity: str = "id") -> Response:
    """Answer one page of rows, which come in the order of their identity and begin at or before the page's start."""
    taken = list(islice((row for row in rows if row[identity] >= asked.start), asked.limit + 1))
    answer: dict[str, Any] = {name: taken[: asked.limit]}
    for companion in sorted(asked.include):
        answer[companion] = COMPANIONS[companion].beside(visit.store, taken[: asked.limit])
    if len(taken) > asked.limit:
        answer["pagination"] = {"next_page_start_id": taken[asked.limit][identity]}
    return JsonAnswer(answer)


@dataclass(frozen=True)
class Companion:
    """Records that ride along with others, which name them in any of these fields."""

    kind: Kind
    show: Callable[[Store, Body], Body]
    fields: frozenset[str]

    def beside(self, store: Store, rows: list[Body]) -> list[Body]:
        """Return the records that the rows name, each once."""
        records = (store.get(self.kind, identity) for identity in sorted(set(self._named(rows))))
        return [self.show(store, record) for record in records if record is not None]

    def _named(self, value: Any) -> Iterator[int]:
        """Walk the ids that rows name, also deep within them (an invoice's line items)."""
        if isinstance(value, list):
            for one in value:
                yield from self._named(one)
        if isinstance(value, dict):
            for name, inner in value.items():
                yield from _ids(inner) if name in self.fields else self._named(inner)


def _ids(value: Any) -> Iterator[int]:
    yield from (one for one in (value if isinstance(value, list) else [value]) if one is not None)


COMPANIONS: dict[str, Companion] = {
    "users": Companion(
        HUBSTAFF_USER,
        lambda store, user: shapes.user(user),
        frozenset({"user_id", "user_ids", "assignee_ids", "author_id", "invited_by_id", "blame_user_id"}),
    ),
    "projects": Companion(
        HUBSTAFF_PROJECT,
        lambda store, project: shapes.project(project),
        frozenset({"project_id", "project_ids", "original_project_id"}),
    ),
    "tasks": Companion(
        HUBSTAFF_TASK,
        lambda store, task: shapes.task(task),
        frozenset({"task_id", "task_ids", "original_task_id"}),
    ),
    "clients": Companion(
        HUBSTAFF_CLIENT,
        lambda store, client: shapes.client(client, shapes.projects_of_clients(store, client["organization_id"])),
        frozenset({"client_id"}),
    ),
    "attendance_schedules": Companion(
        HUBSTAFF_SCHEDULE,
        lambda store, schedule: shapes.schedule(schedule),
        frozenset({"attendance_schedule_id"}),
    ),
}
"""What can ride along, by the word that asks for it."""
