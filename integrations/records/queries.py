"""What the browse pages ask of the mirror. Each function is one query, whatever the number of rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.postgres.aggregates import JSONBAgg
from django.db import connection as database
from django.db.models import Count, Max, Min, Q, QuerySet, Sum, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from integrations.catalogue import Collect, Entity
from integrations.connections.models import Connection
from integrations.providers import UnknownProvider
from integrations.records.days import Days, read_days, shared
from integrations.records.models import Change, Record, RecordList
from integrations.records.search import matching

MOST_STATUSES = 50

Name = tuple[str, str]  # an entity and the id of one of its records
Row = tuple[str, str, str]  # the same, and its title

# Hops through the index from one status to the next instead of reading every record.
STATUSES = f"""
SELECT 'statuses', '', status, status FROM (
  WITH RECURSIVE found AS (
    (SELECT status FROM {Record._meta.db_table} WHERE {{these}} ORDER BY status LIMIT 1)
    UNION ALL
    SELECT (SELECT status FROM {Record._meta.db_table} WHERE {{these}} AND status > found.status ORDER BY status LIMIT 1)
    FROM found WHERE found.status IS NOT NULL
  )
  SELECT status FROM found WHERE status <> '' LIMIT {MOST_STATUSES}
) AS occurring
"""
THESE = "organization_id = %s AND connection_id = %s AND entity = %s AND removed_at IS NULL"


@dataclass(frozen=True)
class Freshness:
    """How well the lists behind an entity are known. `whole_at` is the oldest of their whole walks, None while one never was."""

    lists: int = 0
    waiting: int = 0
    whole_at: datetime | None = None
    problem: str = ""
    held_back_until: datetime | None = None  # while our own budget holds back a walk of one of them
    pages: int = 0  # that arrived of the walks under way
    calls: int = 1  # that the last walks took together; a list that was never walked counts as one
    is_cost_known: bool = False
    days: tuple[Days, ...] = ()  # of lists by days: those that all of them know

    @property
    def is_waiting(self) -> bool:
        return self.waiting > 0

    @property
    def walked(self) -> int:
        return self.lists - self.waiting


def freshness_of_all(connections: Iterable[Connection]) -> dict[tuple[UUID, str], Freshness]:
    """How fresh each list of these connections is, by connection and entity."""
    return _freshness(RecordList.objects.filter(connection__in=connections).exclude(_rests(connections)))


def freshness_of(connection: Connection, entity: Entity) -> Freshness:
    """How fresh the list of one entity is."""
    return _freshness(live_lists(connection, entity)).get((connection.pk, entity.name), Freshness())


def live_lists(connection: Connection, entity: Entity) -> QuerySet[RecordList]:
    """The lists that are asked for an entity; those of parents that were removed rest."""
    lists = RecordList.objects.filter(connection=connection, entity=entity.name)
    return lists.filter(each__in=parents_of(connection, entity.collect)) if entity.collect and entity.collect.each else lists


def parents_of(connection: Connection, how: Collect) -> QuerySet[Record, str]:
    """The ids of the records that a list is asked for one by one."""
    return records_of(connection, how.each).values_list("remote_id", flat=True)


def _rests(connections: Iterable[Connection]) -> Q:
    """Matches the lists whose parent was removed."""
    resting = Q(pk=None)
    for connection in connections:
        for entity in entities_of(connection).values():
            if entity.collect and entity.collect.each:
                resting |= Q(connection=connection, entity=entity.name) & ~Q(each__in=parents_of(connection, entity.collect))
    return resting


def _freshness(lists: QuerySet[RecordList]) -> dict[tuple[UUID, str], Freshness]:
    facts = lists.values("connection_id", "entity").annotate(
        all=Count("id"),
        never=Count("id", filter=Q(whole_at=None)),
        due=Count("id", filter=Q(due_at__lte=timezone.now())),
        oldest=Min("whole_at"),
        trouble=Max("problem"),
        held=Max("held_back_until"),
        arrived=Sum("pages"),
        cost=Sum(Coalesce("calls", 1)),
        unknown=Count("id", filter=Q(calls=None)),
        known=JSONBAgg("days_known"),
    )
    return {(each["connection_id"], each["entity"]): _as_freshness(each) for each in facts.order_by()}


def _as_freshness(facts: Mapping[str, Any]) -> Freshness:
    return Freshness(
        lists=facts["all"],
        waiting=facts["due"],
        whole_at=None if facts["never"] else facts["oldest"],
        problem=facts["trouble"],
        held_back_until=facts["held"],
        pages=facts["arrived"],
        calls=facts["cost"],
        is_cost_known=not facts["unknown"],
        days=tuple(shared(read_days(days) for days in facts["known"])),
    )


def entities_of(connection: Connection) -> dict[str, Entity]:
    """The entities of a connection that can be browsed: they have a list, or are kept. None where the provider's folder is gone."""
    try:
        declared = connection.declaration.entity_by_name
    except UnknownProvider:
        return {}
    return {name: entity for name, entity in declared.items() if entity.collect or entity.kept}


def records_of(connection: Connection, entity: str) -> QuerySet[Record]:
    """The records that stand over there, as far as the mirror knows."""
    return Record.objects.filter(connection=connection, entity=entity, removed_at=None)


def titles_of(connection: Connection, names: Iterable[Name]) -> dict[Name, str]:
    """The titles of mirrored records by entity and id; removed ones still tell theirs, unknown ones are missing."""
    wanted = {name for name in names if all(name)}
    found = name_rows(connection, wanted).values_list("entity", "remote_id", "title") if wanted else []
    return {(entity, remote_id): title for entity, remote_id, title in found}


def name_rows(connection: Connection, names: Iterable[Name]) -> QuerySet[Record]:
    """The records with these names, removed ones too."""
    ids: dict[str, list[str]] = {}
    for entity, remote_id in names:
        ids.setdefault(entity, []).append(remote_id)
    named = Q(pk=None)
    for entity, remote_ids in ids.items():
        named |= Q(entity=entity, remote_id__in=remote_ids)
    return Record.objects.filter(named, connection=connection)


def read_together(queries: Mapping[str, QuerySet[Record]], statuses_of: tuple[Connection, Entity] | None = None) -> dict[str, list[Row]]:
    """Entity, id and title of the records that several queries find, by the name of each, and under `statuses` the statuses that occur in
    an entity; in one round trip.
    """
    told = [rows.annotate(query=Value(name)).values_list("query", "entity", "remote_id", "title") for name, rows in queries.items()]
    sql, facts = told[0].union(*told[1:], all=True).query.sql_with_params()
    if statuses_of:
        connection, entity = statuses_of
        sql = f"({sql}) UNION ALL {STATUSES.format(these=THESE)}"
        facts = (*facts, *(connection.organization_id, connection.pk, entity.name) * 2)
    found: dict[str, list[Row]] = {name: [] for name in (*queries, "statuses")}
    with database.cursor() as cursor:
        cursor.execute(sql, facts)
        for name, *row in cursor.fetchall():
            found[name].append((row[0], row[1], row[2]))
    return found


def names_of(entity: Entity, record: Record) -> dict[str, Name]:
    """What a record belongs to, by the promoted column that says so."""
    related = {"parent": entity.parent_entity, "person": entity.person_entity}
    return {column: (other, getattr(record, column)) for column, other in related.items() if other and getattr(record, column)}


def choices(
    connection: Connection, entity: str, words: str = "", narrowed: Mapping[str, str] | None = None, most: int = 20
) -> list[tuple[str, str]]:
    """Id and title of the first records by title that hold the words. `narrowed` gives the id of a parent or person that they belong to.

    Needs a scope.
    """
    found = choice_rows(connection, entity, words, narrowed or {}).values_list("remote_id", "title")[:most]
    return [(remote_id, title or remote_id) for remote_id, title in found]


def choice_rows(connection: Connection, entity: str, words: str, narrowed: Mapping[str, str]) -> QuerySet[Record]:
    rows = records_of(connection, entity).filter(matching(connection, entity, words), **narrowed)
    return rows.order_by("title", "id")


def changes_of(record: Record, most: int = 10) -> list[Change]:
    """What lately became different in a record, newest first."""
    changes = Change.objects.filter(connection=record.connection_id, entity=record.entity, remote_id=record.remote_id)
    return list(changes.order_by("-id")[:most])


def relations_to(entities: Iterable[Entity], entity: Entity) -> list[tuple[Entity, str]]:
    """The entities whose records say that they belong to one of this entity, each with the filter that finds them."""
    relations: Mapping[str, str] = {"parent": "parent_entity", "person": "person_entity"}
    return [
        (other, column)
        for other in entities
        for column, declared in relations.items()
        if (other.collect or other.kept) and getattr(other, declared) == entity.name
    ]
