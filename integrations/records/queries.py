"""What the browse pages ask of the mirror. Each function is one query, whatever the number of rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection as database
from django.db.models import Count, Max, Min, Q, QuerySet
from django.utils import timezone

from integrations.catalogue import Entity
from integrations.connections.models import Connection
from integrations.records.models import Change, Record, RecordList

MOST_STATUSES = 50
MOST_CHOICES = 500

Name = tuple[str, str]  # an entity and the id of one of its records

STATUSES = f"""
WITH RECURSIVE found AS (
  (SELECT status FROM {Record._meta.db_table} WHERE {{these}} ORDER BY status LIMIT 1)
  UNION ALL
  SELECT (SELECT status FROM {Record._meta.db_table} WHERE {{these}} AND status > found.status ORDER BY status LIMIT 1)
  FROM found WHERE found.status IS NOT NULL
)
SELECT status FROM found WHERE status <> '' LIMIT {MOST_STATUSES}
"""
THESE = "organization_id = %(organization)s AND connection_id = %(connection)s AND entity = %(entity)s AND removed_at IS NULL"


@dataclass(frozen=True)
class Freshness:
    """How well the lists behind an entity are known. `whole_at` is the oldest of their whole walks, None while one never was."""

    lists: int = 0
    waiting: int = 0
    whole_at: datetime | None = None
    problem: str = ""

    @property
    def is_waiting(self) -> bool:
        return self.waiting > 0

    @property
    def walked(self) -> int:
        return self.lists - self.waiting


def freshness_of_all() -> dict[tuple[UUID, str], Freshness]:
    """How fresh each list of the organization is, by connection and entity."""
    return _freshness(RecordList.objects.all())


def freshness_of(connection: Connection, entity: Entity) -> Freshness:
    """How fresh the list of one entity is."""
    found = _freshness(RecordList.objects.filter(connection=connection, entity=entity.name))
    return found.get((connection.pk, entity.name), Freshness())


def _freshness(lists: QuerySet[RecordList]) -> dict[tuple[UUID, str], Freshness]:
    facts = lists.values("connection_id", "entity").annotate(
        all=Count("id"),
        never=Count("id", filter=Q(whole_at=None)),
        due=Count("id", filter=Q(due_at__lte=timezone.now())),
        oldest=Min("whole_at"),
        trouble=Max("problem"),
    )
    return {
        (each["connection_id"], each["entity"]): Freshness(
            each["all"], each["due"], None if each["never"] else each["oldest"], each["trouble"]
        )
        for each in facts.order_by()
    }


def records_of(connection: Connection, entity: str) -> QuerySet[Record]:
    """The records that stand over there, as far as the mirror knows."""
    return Record.objects.filter(connection=connection, entity=entity, removed_at=None)


def titles_of(connection: Connection, names: Iterable[Name]) -> dict[Name, str]:
    """The titles of mirrored records by entity and id; removed ones still tell theirs, unknown ones are missing."""
    wanted = {name for name in names if all(name)}
    if not wanted:
        return {}
    entities, ids = {entity for entity, _ in wanted}, {remote_id for _, remote_id in wanted}
    found = Record.objects.filter(connection=connection, entity__in=entities, remote_id__in=ids).values_list("entity", "remote_id", "title")
    return {(entity, remote_id): title for entity, remote_id, title in found if (entity, remote_id) in wanted}


def names_of(entity: Entity, record: Record) -> dict[str, Name]:
    """What a record belongs to, by the promoted column that says so."""
    related = {"parent": entity.parent_entity, "person": entity.person_entity}
    return {column: (other, getattr(record, column)) for column, other in related.items() if other and getattr(record, column)}


def statuses_of(connection: Connection, entity: Entity) -> list[str]:
    """The statuses that occur. Hops through the index from one to the next instead of reading every record."""
    facts = {"organization": connection.organization_id, "connection": connection.pk, "entity": entity.name}
    with database.cursor() as cursor:
        cursor.execute(STATUSES.format(these=THESE), facts)
        return [status for (status,) in cursor.fetchall()]


def choices_of(connection: Connection, entity: str, chosen: str) -> list[tuple[str, str]]:
    """The first records of an entity by title, for a drop-down list, and the chosen one wherever it stands."""
    rows = records_of(connection, entity).order_by("title", "id").values_list("remote_id", "title")
    choices = [(remote_id, title or remote_id) for remote_id, title in rows[:MOST_CHOICES]]
    is_listed = not chosen or any(remote_id == chosen for remote_id, _ in choices)
    return choices if is_listed else [*titles_for(connection, entity, chosen), *choices]


def titles_for(connection: Connection, entity: str, remote_id: str) -> list[tuple[str, str]]:
    title = titles_of(connection, [(entity, remote_id)]).get((entity, remote_id))
    return [(remote_id, title or remote_id)]


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
        if other.collect and getattr(other, declared) == entity.name
    ]
