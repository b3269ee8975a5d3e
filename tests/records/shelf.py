"""The other side of one list, as a walk sees it: records in pages, which may break off, and what happens meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from typing import Any, cast

from integrations.connections.models import Connection
from integrations.connections.services import OpenConnection
from integrations.records.collecting import Progress, collect
from integrations.records.models import Change, Record, RecordList
from integrations.records.staging import Days, Difference
from integrations.transport.errors import ProviderDown, ProviderError
from portal.organizations.scope import scope

Data = dict[str, Any]


class Shelf:
    """Gives its records in pages of `size`. A page is what the shelf held when it was asked for."""

    def __init__(self, *records: Data, size: int = 100) -> None:
        self.records, self.size = list(records), size
        self.breaks_at: int | None = None
        self.error: ProviderError = ProviderDown("It burns.")
        self.meanwhile: dict[int, Callable[[], object]] = {}
        self.asked: list[tuple[str, Data]] = []

    def pages(self, operation: str, inputs: Mapping[str, Any]) -> Iterator[list[Data]]:
        self.asked.append((operation, dict(inputs)))
        for number, start in enumerate(range(0, max(len(self.records), 1), self.size)):
            if number == self.breaks_at:
                raise self.error
            page = deepcopy(self.records[start : start + self.size])
            if happens := self.meanwhile.pop(number, None):
                happens()
            yield page


def walk(record_list: RecordList, shelf: Shelf, days: Days | None = None, progress: Progress = lambda: None) -> Difference:
    """Collects a list from a shelf, as the task does: with the list as it stands now."""
    with scope():
        now = RecordList.objects.select_related("connection").get(pk=record_list.pk)
    return collect(now, cast(OpenConnection, shelf), days, progress)


def mirror(connection: Connection, entity: str) -> dict[str, Data]:
    """What the mirror holds, by remote id."""
    with scope():
        rows = Record.objects.filter(connection=connection, entity=entity, removed_at=None)
        return {record.remote_id: record.data for record in rows}


def changes(connection: Connection, entity: str) -> list[tuple[str, str]]:
    """Every change that was noted, oldest first: which record, and what became of it."""
    with scope():
        return list(Change.objects.filter(connection=connection, entity=entity).order_by("id").values_list("remote_id", "kind"))


def replay(connection: Connection, entity: str, ground: Mapping[str, Data]) -> dict[str, Data]:
    """What comes out when every change is done, one after the other, to what the first walk found."""
    found = dict(ground)
    with scope():
        for change in Change.objects.filter(connection=connection, entity=entity).order_by("id"):
            if change.kind == Change.Kind.REMOVED:
                assert found.pop(change.remote_id) == change.before
            else:
                assert (change.remote_id in found) == (change.kind == Change.Kind.CHANGED)
                assert change.kind == Change.Kind.CREATED or found[change.remote_id] == change.before
                assert change.after is not None
                found[change.remote_id] = change.after
    return found


def project(number: int, **fields: Any) -> Data:
    return {
        "id": number,
        "name": f"Project {number}",
        "status": "active",
        "client_id": None,
        "created_at": "2026-11-02T09:00:00Z",
        **fields,
    }


def by_id(*records: Data) -> dict[str, Data]:
    return {str(record["id"]): record for record in records}
