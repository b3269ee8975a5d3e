"""Pages of a list, and records that ride along."""

from collections.abc import Callable, Iterable
from itertools import islice
from typing import Any

from starlette.responses import Response

from integrations.sandbox.exchange import JsonAnswer
from integrations.sandbox.hubstaff import shapes
from integrations.sandbox.hubstaff.fields import invalid, query_words
from integrations.sandbox.hubstaff.visit import Visit
from integrations.sandbox.kinds import HUBSTAFF_CLIENT, HUBSTAFF_PROJECT, HUBSTAFF_TASK, HUBSTAFF_USER, Kind
from integrations.sandbox.store import Body

PAGE, LARGEST_PAGE = 100, 500

COMPANIONS: dict[str, tuple[str, Kind, Callable[[Body], Body]]] = {
    "users": ("user_id", HUBSTAFF_USER, shapes.user),
    "projects": ("project_id", HUBSTAFF_PROJECT, shapes.project),
    "tasks": ("task_id", HUBSTAFF_TASK, shapes.task),
    "clients": ("client_id", HUBSTAFF_CLIENT, shapes.client),
}
"""What can ride along: the field that names it, its kind, its shape."""


def page_start(visit: Visit) -> int:
    """Return the id that the page begins at. Raises Refused when it is no number."""
    return _number(visit, "page_start_id", 0)


def page(visit: Visit, name: str, rows: Iterable[Body], *, identity: str = "id", **companions: list[Body]) -> Response:
    """Answer one page of rows, which come in the order of their identity and begin at or before the page's start."""
    start, limit = page_start(visit), _limit(visit)
    taken = list(islice((row for row in rows if row[identity] >= start), limit + 1))
    answer: dict[str, Any] = {name: taken[:limit], **companions}
    answer.update(_riding_along(visit, taken[:limit]))
    if len(taken) > limit:
        answer["pagination"] = {"next_page_start_id": taken[limit][identity]}
    return JsonAnswer(answer)


def _riding_along(visit: Visit, rows: list[Body]) -> dict[str, list[Body]]:
    """Return what `include` asks for, each record once."""
    asked = query_words(visit, "include", COMPANIONS)
    return {name: _companions(visit, name, rows) for name in sorted(asked)}


def _companions(visit: Visit, name: str, rows: list[Body]) -> list[Body]:
    field, kind, shape = COMPANIONS[name]
    wanted = {identity for row in rows for identity in _named(row, field)}
    records = (visit.store.get(kind, identity) for identity in sorted(wanted))
    return [shape(record) for record in records if record is not None]


def _named(row: Body, field: str) -> list[int]:
    """Return the ids that a row names: one, or several where it keeps a list (assignees, a client's projects)."""
    several = {"user_id": "assignee_ids", "project_id": "project_ids"}.get(field, "")
    return [identity for identity in (row.get(field), *row.get(several, [])) if identity is not None]


def _limit(visit: Visit) -> int:
    limit = _number(visit, "page_limit", PAGE)
    if not 1 <= limit <= LARGEST_PAGE:
        raise invalid("page_limit", f"must be 1 to {LARGEST_PAGE}")
    return limit


def _number(visit: Visit, name: str, default: int) -> int:
    text = visit.query(name)
    if text is not None and not text.isdigit():
        raise invalid(name, "must be an integer")
    return default if text is None else int(text)
