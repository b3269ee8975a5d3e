"""Searching titles: what is found, that nobody looks past the walls, and that a hundred thousand rows are no matter."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection as database
from django.db import connections, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from integrations.connections.models import Connection
from integrations.records import search
from integrations.records.doors import FOUND, pattern_of, records_with_words
from integrations.records.models import Record
from integrations.records.queries import records_of
from integrations.records.search import matching, words_in
from portal.accounts.models import User
from portal.organizations.models import Membership, Organization, Role
from portal.organizations.scope import scope
from tests.conftest import make_organization
from tests.factories import make_connection, make_record

TITLES = ("Landing page", "100% landing_page", "back\\slash", "Über das Büro", "🙂 smile", "Page of the landing", "x", "")


@pytest.fixture
def connection(organization: Organization) -> Iterator[Connection]:
    with scope(organization.id):
        made = make_connection()
        for number, title in enumerate(TITLES):
            make_record(made, "task", remote_id=f"t{number}", title=title)
        yield made


def found(connection: Connection, text: str) -> set[str]:
    rows = records_of(connection, "task").filter(matching(connection, "task", text))
    return set(rows.values_list("title", flat=True))


SEARCHES = [
    ("landing", {"Landing page", "100% landing_page", "Page of the landing"}),
    ("PAGE landing", {"Landing page", "100% landing_page", "Page of the landing"}),
    ("landing of", {"Page of the landing"}),
    ("100%", {"100% landing_page"}),
    ("g_p", {"100% landing_page"}),
    ("back\\", {"back\\slash"}),
    ("über büro", {"Über das Büro"}),
    ("🙂", {"🙂 smile"}),
    ("🙂 smi", {"🙂 smile"}),
    ("x", {"x"}),
    ("t7", {""}),
    ("nothing", set()),
    ("", set(TITLES)),
    ("   ", set(TITLES)),
]


@pytest.mark.django_db
@pytest.mark.parametrize("is_common", [False, True])
@pytest.mark.parametrize(("text", "expected"), SEARCHES)
def test_titles_that_hold_every_word_are_found(
    connection: Connection, monkeypatch: pytest.MonkeyPatch, text: str, expected: set[str], is_common: bool
) -> None:
    """Whether the word is rare and found by index, or so common that the rows are read in their order."""
    if is_common:
        monkeypatch.setattr(search, "MOST_RARE", 0)
    assert found(connection, text) == expected


@pytest.mark.django_db
def test_a_record_is_found_by_its_id(connection: Connection) -> None:
    make_record(connection, "task", remote_id="98100044", title="By its id")
    assert found(connection, "98100044") == {"By its id"}


@pytest.mark.django_db
def test_what_is_gone_and_what_is_of_another_kind_is_not_found(connection: Connection) -> None:
    make_record(connection, "project", title="Landing")
    make_record(make_connection(), "task", title="Landing")
    gone = make_record(connection, "task", title="Landing gone")
    Record.objects.filter(pk=gone.pk).update(removed_at=gone.changed_at)
    assert found(connection, "landing") == {"Landing page", "100% landing_page", "Page of the landing"}
    assert records_with_words(connection.pk, "task", ["gone"], gone.remote_id, 10) == []


def test_words_are_few_and_short_enough() -> None:
    assert words_in(" a\0 b  a ") == ["a", "b"]
    assert len(words_in(" ".join(str(number) for number in range(100)))) == search.MOST_WORDS
    assert words_in("x" * 500) == ["x" * search.LONGEST_WORD]


@pytest.mark.django_db
def test_the_door_shows_nothing_of_another_organization(connection: Connection, charlie: User) -> None:
    other = make_organization("Contoso", owner=charlie)
    with scope(other.id):
        assert records_with_words(connection.pk, "task", ["landing"], "t0", 10) == []
    assert len(records_with_words(connection.pk, "task", ["landing"], "t0", 10)) == 3


@pytest.mark.django_db
def test_the_door_shows_nothing_without_a_scope(organization: Organization) -> None:
    with scope(organization.id):
        made = make_connection()
        make_record(made, "task", title="Landing")
    assert records_with_words(made.pk, "task", ["landing"], "", 10) == []


# --- a hundred thousand tasks --------------------------------------------------------------------------------------------

MANY = 100_000
MOST_QUERIES = 12
FILL = """
INSERT INTO records_record (organization_id, connection_id, list_id, entity, remote_id, data, fingerprint, title, status, parent, person,
  moment, amount, first_seen_at, changed_at)
SELECT %(organization)s, %(connection)s, %(list)s, %(entity)s, n::text, '{"updated_at": "2026-11-02"}', decode(md5(n::text), 'hex'),
  (ARRAY['Prepare', 'Review', 'Write', 'Design', 'Fix'])[1 + n %% 5] || ' the ' || md5(n::text), (ARRAY['active', 'completed'])[1 + n %% 2],
  (n %% 500)::text, (n %% 200)::text, CASE WHEN n %% 10 > 0 THEN now() - n * interval '1 minute' END, n, now(), now()
FROM generate_series(1, %(count)s) AS n
"""


@pytest.fixture
def many(committed: None) -> Connection:
    """An organization with that many tasks, 500 projects and 200 members, and another one with some."""
    _fill(make_organization("Contoso"), tasks=MANY // 20)
    ours = _fill(make_organization("Northwind"), tasks=MANY)
    with connections["owner"].cursor() as cursor:
        cursor.execute("ANALYZE records_record")
    return ours


def _fill(organization: Organization, tasks: int) -> Connection:
    """By the owner of the tables, who may write without a look at each row's organization."""
    with scope(organization.id):
        made = make_connection("hubstaff", name=f"Hubstaff of {organization}")
        lists = {entity: make_record(made, entity, remote_id="0").list_id for entity in ("task", "project", "member")}
    facts = {"organization": str(organization.id), "connection": str(made.pk)}
    with transaction.atomic(using="owner"), connections["owner"].cursor() as cursor:
        for entity, count in (("task", tasks), ("project", 500), ("member", 200)):
            cursor.execute(FILL, {**facts, "list": str(lists[entity]), "entity": entity, "count": count})
    return made


PAGES: list[dict[str, str]] = [
    {},
    {"sort": "-moment"},
    {"sort": "status", "q": "prepare"},
    {"q": "c4ca42"},
    {"q": "c4ca42", "sort": "-moment"},
    {"q": "zzzz no such thing"},
    {"status": "active", "parent": "77", "person": "77", "sort": "moment"},
    {"from": "2026-01-01", "until": "2026-12-31"},
]


def test_a_page_of_a_hundred_thousand_tasks_takes_few_queries_each_by_an_index(many: Connection, client: Client) -> None:
    with scope(many.organization_id):
        viewer = Membership.objects.create(user=User.objects.create(email="viewer@example.com"), role=Role.VIEWER).user
    client.force_login(viewer, backend="django.contrib.auth.backends.ModelBackend")
    path = reverse("records:list", kwargs={"organization": "northwind", "connection": many.pk, "entity": "task"})
    for query in PAGES:
        first = _opened(client, path, query, many.organization_id)
        if after := first.context["page"].after:
            _opened(client, path, {**query, "after": after}, many.organization_id)
    for word in ("c4ca42", "zzzz"):
        assert "record_words" in _plan_in_the_door(many, word)


def _opened(client: Client, path: str, query: dict[str, str], organization_id: Any) -> Any:
    client.get(path, query)  # whoever comes for the first time gets a cookie
    with CaptureQueriesContext(database) as queries:
        answer: Any = client.get(path, query)
    assert answer.status_code == 200
    asked = [each["sql"] for each in queries if not each["sql"].startswith(("BEGIN", "COMMIT"))]
    assert len(asked) <= MOST_QUERIES, "\n".join(asked)
    of_records = [sql for sql in asked if re.search(r"records_record\b", sql)]
    assert of_records
    for sql in of_records:
        plan = _plan_of(sql, organization_id)
        assert "Index" in plan and "Seq Scan on records_record" not in plan, f"{query}\n{sql}\n{plan}"
    return answer


def _plan_of(sql: str, organization_id: Any) -> str:
    with scope(organization_id), database.cursor() as cursor:
        cursor.execute(f"EXPLAIN {sql}")
        return "\n".join(line for (line,) in cursor.fetchall())


def _plan_in_the_door(connection: Connection, word: str) -> str:
    """It cannot be seen from outside, so the statement in there is explained as its owner runs it."""
    statement = FOUND
    for number, value in enumerate(
        [f"'{connection.pk}'::uuid", "'task'", f"'{pattern_of(word)}'", "'{}'::text[]", "'77'", "1000"], start=1
    ):
        statement = statement.replace(f"${number}", value)
    with transaction.atomic(using="owner"), connections["owner"].cursor() as cursor:
        cursor.execute("SELECT set_config('app.organization_id', %s, true)", [str(connection.organization_id)])
        cursor.execute(f"EXPLAIN {statement}")
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "Seq Scan" not in plan, plan
    return plan
