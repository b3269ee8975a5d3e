"""Staging pages and merging them into the mirror.

Pages wait in a temporary table of this database session, so that no transaction stays open across HTTP. The merge then compares
fingerprints in the
database and writes only what differs, together with the changes, in one short transaction. The table is gone with its session, so the
merge first counts whether everything that was staged still lies there.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
from django.db import connection as database
from django.db.models import Value
from django.db.models.functions import Greatest
from django.utils import timezone

from integrations.catalogue import Entity
from integrations.catalogue.reading import Data
from integrations.connections.models import Connection
from integrations.records.days import Days as Days
from integrations.records.days import united
from integrations.records.models import Change, Record, RecordList
from integrations.transport.errors import ProviderError
from portal.organizations.scope import scope

COLUMNS = ("remote_id", "data", "fingerprint", "title", "status", "parent", "person", "moment", "amount")
TYPES = ("text", "jsonb", "bytea", "text", "text", "text", "text", "timestamptz", "float8")
PROMOTED = COLUMNS[3:]
NUL = re.compile(rb"(?<!\\)((?:\\\\)*)\\u0000")  # as JSON spells it; PostgreSQL's text holds none
LONGEST_ID = 128
LENGTHS = {"title": 500, "status": 64, "parent": 128, "person": 128}  # an index entry must stay below 2,700 bytes

# Its index is for walks of whose list the database has no statistics yet: it then takes one look for each record, as long as that is quick.
STAGE = f"""
CREATE TEMP TABLE IF NOT EXISTS staged (
  number bigserial, walk uuid NOT NULL, {", ".join(f"{name} {kind}" for name, kind in zip(COLUMNS, TYPES, strict=True))},
  UNIQUE (walk, remote_id, number))
"""
# What was put down after a walk began is newer than what it saw: another walk may have begun later and ended earlier. What lies further
# ahead than clocks differ was put down before the clock was set back: nobody knows when, and the walk is believed.
CLOCKS_DIFFER = timedelta(minutes=5)
NEWER = " OR ".join(
    f"coalesce(record.{moment} > %(begun)s AND record.{moment} < %(ahead)s, FALSE)" for moment in ("changed_at", "removed_at", "written_at")
)
# Of a record that came twice the last counts.
DIFFERING = """
SELECT staged.*, record.id AS record_id, record.data AS before, record.removed_at
FROM (SELECT DISTINCT ON (remote_id) * FROM staged WHERE walk = %(walk)s ORDER BY remote_id, number DESC) AS staged
LEFT JOIN {record} AS record
  ON record.organization_id = %(organization)s AND record.connection_id = %(connection)s
  AND record.entity = %(entity)s AND record.remote_id = staged.remote_id
WHERE record.id IS NULL OR (
    (record.fingerprint <> staged.fingerprint OR record.removed_at IS NOT NULL) AND NOT ({newer}))
"""
MERGE = """
WITH differing AS ({differing}),
merged AS (
  INSERT INTO {record} (organization_id, connection_id, list_id, entity, {columns}, first_seen_at, changed_at)
  SELECT %(organization)s, %(connection)s, %(list)s, %(entity)s, {columns}, %(begun)s, %(begun)s FROM differing
  ON CONFLICT (organization_id, connection_id, entity, remote_id) DO UPDATE SET
    list_id = excluded.list_id, changed_at = excluded.changed_at, removed_at = NULL, {updates}
),
noted AS (
  INSERT INTO {change} (organization_id, connection_id, entity, remote_id, kind, before, after, at, run_id)
  SELECT %(organization)s, %(connection)s, %(entity)s, remote_id,
    CASE WHEN record_id IS NULL OR removed_at IS NOT NULL THEN 'created' ELSE 'changed' END, before, data, %(begun)s, %(run)s
  FROM differing WHERE record_id IS NOT NULL OR NOT %(baseline)s AND ({known})
)
SELECT count(*) FILTER (WHERE record_id IS NULL OR removed_at IS NOT NULL),
  count(*) FILTER (WHERE record_id IS NOT NULL AND removed_at IS NULL)
FROM differing
"""
# What first shows itself because a walk reaches further than all before it is not new over there. A record without a moment has no end.
KNOWN = """
%(known_from)s::timestamptz[] IS NULL OR EXISTS (
  SELECT FROM unnest(%(known_from)s::timestamptz[], %(known_until)s::timestamptz[]) AS known(first, behind)
  WHERE coalesce(moment, 'infinity') >= known.first AND (known.behind IS NULL OR moment < known.behind))
"""
MISSING = """
organization_id = %(organization)s AND connection_id = %(connection)s AND entity = %(entity)s AND list_id = %(list)s
  AND removed_at IS NULL AND NOT ({newer})
  AND (%(first)s::timestamptz IS NULL OR coalesce(moment, 'infinity') >= %(first)s)
  AND (%(after_last)s::timestamptz IS NULL OR moment < %(after_last)s)
  AND NOT EXISTS (SELECT FROM staged WHERE staged.walk = %(walk)s AND staged.remote_id = record.remote_id)
"""
IS_ANY_MISSING = "SELECT EXISTS (SELECT FROM {record} AS record WHERE {missing})"
REMOVE = """
WITH gone AS (
  UPDATE {record} AS record SET removed_at = %(begun)s WHERE {missing} RETURNING remote_id, data
),
noted AS (
  INSERT INTO {change} (organization_id, connection_id, entity, remote_id, kind, before, after, at, run_id)
  SELECT %(organization)s, %(connection)s, %(entity)s, remote_id, 'removed', data, NULL, %(begun)s, %(run)s FROM gone
)
SELECT count(*) FROM gone
"""
REMOVE_ONE = """
WITH gone AS (
  UPDATE {record} SET removed_at = %(now)s, written_at = %(now)s
  WHERE organization_id = %(organization)s AND connection_id = %(connection)s AND entity = %(entity)s AND remote_id = %(remote_id)s
    AND removed_at IS NULL
  RETURNING remote_id, data
)
INSERT INTO {change} (organization_id, connection_id, entity, remote_id, kind, before, after, at, run_id)
SELECT %(organization)s, %(connection)s, %(entity)s, remote_id, 'removed', data, NULL, %(now)s, %(run)s FROM gone
"""


class LostPages(ProviderError):
    """Pages that were staged are not there any more: the database session was replaced during the walk."""

    kind = "lost_pages"
    sentence = "Pages that were read got lost before they could be compared."
    passes = True


@dataclass(frozen=True)
class Difference:
    """What a walk found to be different from the mirror."""

    created: int = 0
    changed: int = 0
    removed: int = 0


@dataclass(frozen=True)
class Row:
    """A record on its way into the mirror."""

    remote_id: str
    data: bytes
    fingerprint: bytes
    promoted: tuple[Any, ...]


def row_of(entity: Entity, data: Data) -> Row:
    """Reads a record by its entity's declaration. Raises `KeyError` where it has no id, `ValueError` where that is no usable one."""
    packed = NUL.sub(rb"\1", orjson.dumps(data, option=orjson.OPT_SORT_KEYS))
    promoted = entity.promoted(data)
    values = tuple(_promote(name, promoted[name]) for name in PROMOTED)
    return Row(_id(entity, data), packed, hashlib.blake2b(packed, digest_size=16).digest(), values)


def stage(walk: UUID, rows: Iterable[Row]) -> int:
    """Lets a page wait for the merge of its walk. Gives how many rows it has."""
    staged = 0
    with database.cursor() as cursor:
        cursor.execute(STAGE)
        with cursor.copy(f"COPY staged (walk, {', '.join(COLUMNS)}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row((walk, row.remote_id, row.data.decode(), row.fingerprint, *row.promoted))
                staged += 1
    return staged


def forget(walk: UUID) -> None:
    """Empties the stage of a walk, merged or not."""
    with database.cursor() as cursor:
        cursor.execute(STAGE)
        cursor.execute("DELETE FROM staged WHERE walk = %s", [walk])


def merge(
    record_list: RecordList,
    walk: UUID,
    begun: datetime,
    days: Days | None,
    staged: int | None = None,
    calls: int | None = None,
    run_id: UUID | None = None,
) -> Difference:
    """Merges a whole walk: new and changed rows are written, rows that it did not show are marked removed, and each difference is noted.

    The first walk of a list is the ground that later ones are compared with: of what it finds nothing is noted as new. Of a list by days
    the same holds for every day that is seen for the first time, unless the day has only begun since. Opens its own scope.
    `staged` is how many rows were staged; only who staged them in this very transaction may leave it out. `calls` is how many calls it
    took, `run_id` the run of ours that made what is different. Raises `LostPages` where the rows are not all there any more: nothing is
    written then.
    """
    facts = _facts(record_list, walk, begun, run_id)
    with scope(), database.cursor() as cursor:
        if staged is not None:
            _check_whole(cursor, walk, staged)
        _one_at_a_time(cursor, record_list.connection_id, record_list.entity)
        stands = RecordList.objects.select_related("connection").get(pk=record_list.pk)
        created, changed = _merge_rows(cursor, facts | _known_before(stands))
        cursor.execute(_sql(REMOVE), facts | _seen(stands, days, begun))
        (removed,) = cursor.fetchone()
        _note_whole(stands, begun, days, calls)
    return Difference(created, changed, removed)


def _known_before(stands: RecordList) -> dict[str, Any]:
    """What counts as known before this walk: what is new there is noted. Nothing tells when a lasting record begins, so it counts as known
    from its end on; and what is planned may have stood there long before its day comes into sight.
    """
    if stands.window is None:
        return {"baseline": stands.whole_at is None and not _is_of_new_parent(stands), "known_from": None, "known_until": None}
    known = [(span.begins, None if stands.window.lasting else span.ends) for span in stands.days]
    if stands.whole_at and not stands.window.ahead:
        known.append((stands.whole_at, None))
    return {"baseline": False, "known_from": [first for first, _ in known], "known_until": [behind for _, behind in known]}


def _is_of_new_parent(stands: RecordList) -> bool:
    """Whether a list belongs to a record that was made while we watched: then all that stands in it is new as well."""
    how = stands.declaration.collect
    if how is None or not how.each:
        return False
    parent = Change.objects.filter(connection=stands.connection_id, entity=how.each, remote_id=stands.each, kind=Change.Kind.CREATED)
    return parent.exists()


def _seen(stands: RecordList, days: Days | None, begun: datetime) -> dict[str, Any]:
    """Where a walk shows whatever there is, by the moments of the records. One that ends behind the last day has been seen too, if no walk
    ever reached further: then it begins before. Of a list that does not look ahead, what is still to come counts as not seen: in the
    provider's zone it may lie on a day that was not asked for.
    """
    if days is None or stands.window is None:
        return {"first": None, "after_last": None}
    if stands.window.lasting and all(span.last <= days.last for span in stands.days):
        return {"first": days.begins, "after_last": None}
    return {"first": days.begins, "after_last": days.ends if stands.window.ahead or stands.window.lasting else min(days.ends, begun)}


def _note_whole(stands: RecordList, begun: datetime, days: Days | None, calls: int | None) -> None:
    """Days that lie behind us say nothing about how fresh the list is."""
    fields: dict[str, Any] = {"problem": "", "held_back_until": None}
    if days is not None:
        fields["days_known"] = [span.as_json() for span in united([*stands.days, days])]
    if days is None or days.last >= begun.date():
        fields |= {"whole_at": Greatest("whole_at", Value(begun)), "calls": calls}
    RecordList.objects.filter(pk=stands.pk).update(**fields)


def merge_seen(record_list: RecordList, walk: UUID, begun: datetime, staged: int) -> Difference:
    """Merges records that were seen somewhere else than in a walk of the whole list: what they do not show may stand there all the same.

    Nothing is marked removed, and no day counts as known by it. Opens its own scope. Raises `LostPages` as `merge` does.
    """
    with scope(), database.cursor() as cursor:
        _check_whole(cursor, walk, staged)
        _one_at_a_time(cursor, record_list.connection_id, record_list.entity)
        stands = RecordList.objects.select_related("connection").get(pk=record_list.pk)
        created, changed = _merge_rows(cursor, _facts(record_list, walk, begun) | _known_before(stands))
    return Difference(created, changed)


def is_any_missing(record_list: RecordList, walk: UUID, begun: datetime, days: Days | None) -> bool:
    """Whether a merge of what this walk has staged so far would mark anything removed. Opens its own scope."""
    with scope(), database.cursor() as cursor:
        cursor.execute(STAGE)
        cursor.execute(_sql(IS_ANY_MISSING), _facts(record_list, walk, begun) | _seen(record_list, days, begun))
        (is_missing,) = cursor.fetchone()
    return bool(is_missing)


def merge_written(record_list: RecordList, walk: UUID, remote_id: str, run_id: UUID | None = None) -> None:
    """Merges a record that we wrote ourselves. A walk that began before this moment will not overwrite it."""
    now = timezone.now()
    with scope(), database.cursor() as cursor:
        _one_at_a_time(cursor, record_list.connection_id, record_list.entity)
        _merge_rows(cursor, _facts(record_list, walk, now, run_id) | {"baseline": False, "known_from": None, "known_until": None})
        Record.objects.filter(connection=record_list.connection_id, entity=record_list.entity, remote_id=remote_id).update(written_at=now)


def remove_written(connection: Connection, entity: str, remote_id: str, run_id: UUID | None = None) -> None:
    """Marks a record removed that we removed ourselves. A walk that began before this moment will not bring it back."""
    facts = {"organization": connection.organization_id, "connection": connection.pk, "entity": entity, "remote_id": remote_id}
    with scope(), database.cursor() as cursor:
        _one_at_a_time(cursor, connection.pk, entity)
        cursor.execute(_sql(REMOVE_ONE), facts | {"now": timezone.now(), "run": run_id})


def _facts(record_list: RecordList, walk: UUID, begun: datetime, run_id: UUID | None = None) -> dict[str, Any]:
    return {
        "organization": record_list.organization_id,
        "connection": record_list.connection_id,
        "list": record_list.pk,
        "entity": record_list.entity,
        "walk": walk,
        "begun": begun,
        "run": run_id,
        "ahead": timezone.now() + CLOCKS_DIFFER,
    }


def _check_whole(cursor: Any, walk: UUID, staged: int) -> None:
    """A row that is missing here would count as removed over there."""
    cursor.execute(STAGE)
    cursor.execute("SELECT count(*) FROM staged WHERE walk = %s", [walk])
    (found,) = cursor.fetchone()
    if found != staged:
        raise LostPages(f"Of {staged} records {found} are left.")


def _one_at_a_time(cursor: Any, connection_id: UUID, entity: str) -> None:
    """One merge at a time for a connection and entity: the ids of changes then grow in the order of commits."""
    cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"{connection_id}/{entity}"])


def _merge_rows(cursor: Any, facts: dict[str, Any]) -> tuple[int, int]:
    cursor.execute(_sql(MERGE), facts)
    created, changed = cursor.fetchone()
    return created, changed


def _sql(statement: str) -> str:
    tables = {"record": f'"{Record._meta.db_table}"', "change": f'"{Change._meta.db_table}"'}
    return statement.format(
        differing=DIFFERING.format(newer=NEWER, **tables),
        known=KNOWN,
        missing=MISSING.format(newer=NEWER),
        columns=", ".join(COLUMNS),
        updates=", ".join(f"{name} = excluded.{name}" for name in COLUMNS[1:]),
        **tables,
    )


def _id(entity: Entity, data: Data) -> str:
    remote_id = entity.id_of(data)
    if len(remote_id) > LONGEST_ID or "\x00" in remote_id:
        raise ValueError(f"{remote_id[:LONGEST_ID]!r} is no usable id")
    return remote_id


def _promote(name: str, value: Any) -> Any:
    if name == "moment":
        return _moment(value)
    if name == "amount":
        return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
    return "" if value is None else str(value).replace("\x00", "")[: LENGTHS.get(name)]


def _moment(value: Any) -> datetime | None:
    if not isinstance(value, str) or not value:
        return None
    try:
        moment = datetime.fromisoformat(value)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def rows_of(entity: Entity, page: Iterable[Data]) -> Iterator[Row]:
    """The rows of a page; records that the list shows although they were deleted are left out, and so become removed."""
    return (row_of(entity, data) for data in page if not (entity.is_gone and entity.is_gone(data)))
