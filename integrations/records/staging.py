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
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

import orjson
from django.db import connection as database
from django.db.models import Value
from django.db.models.functions import Greatest
from django.utils import timezone

from integrations.catalogue import Entity
from integrations.catalogue.entities import Data
from integrations.records.models import Change, Record, RecordList
from integrations.transport.errors import ProviderError
from portal.organizations.scope import scope

COLUMNS = ("remote_id", "data", "fingerprint", "title", "status", "parent", "person", "moment", "amount")
TYPES = ("text", "jsonb", "bytea", "text", "text", "text", "text", "timestamptz", "float8")
PROMOTED = COLUMNS[3:]
NUL = re.compile(rb"(?<!\\)((?:\\\\)*)\\u0000")  # as JSON spells it; PostgreSQL's text holds none
LONGEST_ID = 128
LENGTHS = {"title": 500, "status": 64, "parent": 128, "person": 128}  # an index entry must stay below 2,700 bytes

STAGE = f"""
CREATE TEMP TABLE IF NOT EXISTS staged (
  number bigserial, walk uuid NOT NULL, {", ".join(f"{name} {kind}" for name, kind in zip(COLUMNS, TYPES, strict=True))})
"""
# Of a record that came twice the last counts. What was put down after this walk began is newer than what it saw: another walk may have
# begun later and ended earlier.
DIFFERING = """
SELECT staged.*, record.id AS record_id, record.data AS before, record.removed_at
FROM (SELECT DISTINCT ON (remote_id) * FROM staged WHERE walk = %(walk)s ORDER BY remote_id, number DESC) AS staged
LEFT JOIN {record} AS record
  ON record.organization_id = %(organization)s AND record.connection_id = %(connection)s
  AND record.entity = %(entity)s AND record.remote_id = staged.remote_id
WHERE record.id IS NULL OR (
    (record.fingerprint <> staged.fingerprint OR record.removed_at IS NOT NULL)
    AND greatest(record.changed_at, record.removed_at, record.written_at) <= %(begun)s)
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
  INSERT INTO {change} (organization_id, connection_id, entity, remote_id, kind, before, after, at)
  SELECT %(organization)s, %(connection)s, %(entity)s, remote_id,
    CASE WHEN record_id IS NULL OR removed_at IS NOT NULL THEN 'created' ELSE 'changed' END, before, data, %(begun)s
  FROM differing WHERE record_id IS NOT NULL OR NOT %(baseline)s
)
SELECT count(*) FILTER (WHERE record_id IS NULL OR removed_at IS NOT NULL),
  count(*) FILTER (WHERE record_id IS NOT NULL AND removed_at IS NULL)
FROM differing
"""
REMOVE = """
WITH gone AS (
  UPDATE {record} AS record SET removed_at = %(begun)s
  WHERE organization_id = %(organization)s AND connection_id = %(connection)s AND entity = %(entity)s AND list_id = %(list)s
    AND removed_at IS NULL AND greatest(changed_at, written_at) <= %(begun)s
    AND (%(first)s::timestamptz IS NULL OR moment >= %(first)s) AND (%(after_last)s::timestamptz IS NULL OR moment < %(after_last)s)
    AND NOT EXISTS (SELECT FROM staged WHERE staged.walk = %(walk)s AND staged.remote_id = record.remote_id)
  RETURNING remote_id, data
),
noted AS (
  INSERT INTO {change} (organization_id, connection_id, entity, remote_id, kind, before, after, at)
  SELECT %(organization)s, %(connection)s, %(entity)s, remote_id, 'removed', data, NULL, %(begun)s FROM gone
)
SELECT count(*) FROM gone
"""


class LostPages(ProviderError):
    """Pages that were staged are not there any more: the database session was replaced during the walk."""

    kind = "lost_pages"
    sentence = "Pages that were read got lost before they could be compared."
    passes = True


@dataclass(frozen=True)
class Days:
    """First and last day of a walk, both inclusive, in UTC."""

    first: date
    last: date


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


def merge(record_list: RecordList, walk: UUID, begun: datetime, days: Days | None, staged: int | None = None) -> Difference:
    """Merges a whole walk: new and changed rows are written, rows that it did not show are marked removed, and each difference is noted.

    The first walk of a list is the ground that later ones are compared with: of what it finds nothing is noted as new. Opens its own scope.
    `staged` is how many rows were staged; only who staged them in this very transaction may leave it out. Raises `LostPages` where
    they are not all there any more: nothing is written then.
    """
    facts = _facts(record_list, walk, begun) | {
        "first": _midnight(days.first) if days else None,
        "after_last": _midnight(days.last + timedelta(days=1)) if days else None,
    }
    with scope(), database.cursor() as cursor:
        if staged is not None:
            _check_whole(cursor, walk, staged)
        _one_at_a_time(cursor, record_list)
        stands = RecordList.objects.filter(pk=record_list.pk)
        created, changed = _merge_rows(cursor, facts | {"baseline": stands.filter(whole_at=None).exists()})
        cursor.execute(_sql(REMOVE), facts)
        (removed,) = cursor.fetchone()
        stands.update(whole_at=Greatest("whole_at", Value(begun)), problem="")
    return Difference(created, changed, removed)


def merge_written(record_list: RecordList, walk: UUID, remote_id: str) -> None:
    """Merges a record that we wrote ourselves. A walk that began before this moment will not overwrite it."""
    now = timezone.now()
    with scope(), database.cursor() as cursor:
        _one_at_a_time(cursor, record_list)
        _merge_rows(cursor, _facts(record_list, walk, now) | {"baseline": False})
        Record.objects.filter(connection=record_list.connection_id, entity=record_list.entity, remote_id=remote_id).update(written_at=now)


def _facts(record_list: RecordList, walk: UUID, begun: datetime) -> dict[str, Any]:
    return {
        "organization": record_list.organization_id,
        "connection": record_list.connection_id,
        "list": record_list.pk,
        "entity": record_list.entity,
        "walk": walk,
        "begun": begun,
    }


def _check_whole(cursor: Any, walk: UUID, staged: int) -> None:
    """A row that is missing here would count as removed over there."""
    cursor.execute(STAGE)
    cursor.execute("SELECT count(*) FROM staged WHERE walk = %s", [walk])
    (found,) = cursor.fetchone()
    if found != staged:
        raise LostPages(f"Of {staged} records {found} are left.")


def _one_at_a_time(cursor: Any, record_list: RecordList) -> None:
    """One merge at a time for a connection and entity: the ids of changes then grow in the order of commits."""
    cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"{record_list.connection_id}/{record_list.entity}"])


def _merge_rows(cursor: Any, facts: dict[str, Any]) -> tuple[int, int]:
    cursor.execute(_sql(MERGE), facts)
    created, changed = cursor.fetchone()
    return created, changed


def _sql(statement: str) -> str:
    tables = {"record": f'"{Record._meta.db_table}"', "change": f'"{Change._meta.db_table}"'}
    return statement.format(
        differing=DIFFERING.format(**tables),
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


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=UTC)


def rows_of(entity: Entity, page: Iterable[Data]) -> Iterator[Row]:
    """The rows of a page; records that the list shows although they were deleted are left out, and so become removed."""
    return (row_of(entity, data) for data in page if not (entity.is_gone and entity.is_gone(data)))
