"""Walking through a table page by page."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from integrations.connections.models import Connection
from integrations.records.models import Record, RecordList
from portal.organizations.models import Organization
from portal.organizations.scope import scope
from portal.ui.keyset import Order, Page, cursor_of, page_of
from tests.records.samples import BEGUN, destination, make_connection, make_list, make_run

pytestmark = pytest.mark.django_db

FIRST = datetime(2026, 1, 1, tzinfo=UTC)
MOMENTS = st.none() | st.integers(0, 5).map(lambda days: FIRST + timedelta(days=days, microseconds=7))
AMOUNTS = st.none() | st.floats(-3, 3) | st.integers(0, 2).map(float)
TITLES = st.text(st.characters(blacklist_characters="\0", blacklist_categories=["Cs"]), max_size=3)
ROWS = st.lists(st.fixed_dictionaries({"title": TITLES, "moment": MOMENTS, "amount": AMOUNTS}), max_size=25)
MOST_PAGES = 30
ORDERS = st.builds(Order, st.sampled_from(["title", "moment", "amount"]), st.booleans())


@pytest.fixture
def connection(organization: Organization) -> Any:
    with scope(organization.id):
        yield make_connection(destination())


def make_records(connection: Connection, rows: list[dict[str, Any]]) -> None:
    record_list: RecordList = make_list(connection, "task")
    Record.objects.bulk_create(
        Record(
            connection=connection, list=record_list, entity="task", remote_id=str(number), data={}, fingerprint=b"",
            first_seen_at=BEGUN, changed_at=BEGUN, **row,
        )
        for number, row in enumerate(rows)
    )  # fmt: skip


def walk_forward(order: Order, size: int) -> list[Page[Record]]:
    pages = [page_of(Record.objects.all(), order, size=size)]
    while pages[-1].after:
        pages.append(page_of(Record.objects.all(), order, after=pages[-1].after, size=size))
        assert len(pages) <= MOST_PAGES, "the walk has no end"
    return pages


def walk_back(last: Page[Record], order: Order, size: int) -> list[Page[Record]]:
    pages = [last]
    while pages[0].before:
        pages.insert(0, page_of(Record.objects.all(), order, before=pages[0].before, size=size))
        assert len(pages) <= MOST_PAGES, "the walk has no end"
    return pages


def ids(pages: list[Page[Record]]) -> list[int]:
    return [row.pk for page in pages for row in page.rows]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=ROWS, order=ORDERS, size=st.integers(1, 7))
def test_walking_forward_and_back_visits_each_row_once_in_order(
    connection: Connection, rows: list[dict[str, Any]], order: Order, size: int
) -> None:
    Record.objects.all().delete()
    make_records(connection, rows)
    there = walk_forward(order, size)
    assert len(ids(there)) == len(rows)
    assert ids(walk_back(there[-1], order, size)) == ids(there)
    assert all(len(page.rows) <= size for page in there)
    found = [row for page in there for row in page.rows]
    blank = [getattr(row, order.column) is None for row in found]
    assert blank == sorted(blank), "rows without a value come last"
    if order.column != "title":  # PostgreSQL collates text, Python does not
        keys = [(getattr(row, order.column), row.pk) for row in found if getattr(row, order.column) is not None]
        assert keys == sorted(keys, reverse=order.descending)


def test_the_first_page_has_nothing_before_it_and_the_last_nothing_after(connection: Connection) -> None:
    make_records(connection, [{"title": f"{number}"} for number in range(4)])
    first, last = walk_forward(Order("title"), 2)
    assert (first.before, last.after) == (None, None)
    assert first.after and last.before


@pytest.mark.parametrize(
    "cursor", ["", "nonsense", "%%%", "bnVsbA", "WzFd", "WyJhIiwieCJd", "WyJcdTAwMDAiLDFd", "eyJhIjoxLCJiIjoyfQ", "é" * 9]
)
def test_what_is_no_cursor_opens_the_first_page(connection: Connection, cursor: str) -> None:
    make_records(connection, [{"title": "a"}, {"title": "b"}])
    for order in (Order("title"), Order("moment"), Order("amount", descending=True)):
        assert len(page_of(Record.objects.all(), order, after=cursor).rows) == 2
        assert len(page_of(Record.objects.all(), order, before=cursor).rows) == 2


def test_a_cursor_with_nothing_behind_it_any_more_opens_the_first_page(connection: Connection) -> None:
    make_records(connection, [{"title": "a"}, {"title": "b"}])
    last = Record.objects.get(title="b")
    assert [row.title for row in page_of(Record.objects.all(), Order("title"), after=cursor_of(last, Order("title"))).rows] == ["a", "b"]


def test_a_row_that_goes_meanwhile_makes_no_row_missing(connection: Connection) -> None:
    make_records(connection, [{"title": letter} for letter in "abcd"])
    first = page_of(Record.objects.all(), Order("title"), size=2)
    first.rows[1].delete()
    assert [row.title for row in page_of(Record.objects.all(), Order("title"), after=first.after or "", size=2).rows] == ["c", "d"]


def test_rows_with_unguessable_keys_can_be_walked_too(connection: Connection) -> None:
    runs = {make_run(connection).pk for _ in range(3)}
    order = Order("created_at", descending=True)
    model = type(make_run(connection))
    first = page_of(model.objects.all(), order, size=2)
    second = page_of(model.objects.all(), order, after=first.after or "", size=2)
    assert runs < {row.pk for row in [*first.rows, *second.rows]}


def test_a_column_that_is_not_allowed_is_not_sorted_by() -> None:
    allowed, default = frozenset({"title"}), Order("moment", descending=True)
    assert Order.read("-title", allowed, default) == Order("title", descending=True)
    assert Order.read("data", allowed, default) == default
    assert Order.read("", allowed, default) == default
