"""Exports: asked for on a browse page, written by a task, downloaded for a day, then gone."""

from __future__ import annotations

import csv
import io
import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db.models import Q
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from integrations.connections.models import Connection
from integrations.records import exporting, sheets, tasks
from integrations.records.models import Export, ExportPart, Record
from portal.accounts.models import User
from portal.organizations.models import AuditEntry, Membership, Organization, Role
from portal.organizations.scope import bind, scope
from tests.conftest import make_organization
from tests.factories import make_export
from tests.records.samples import destination, make_connection, make_task, mirror, mirror_destination, sign_in

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def no_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portal.work.claims.wake", lambda: None)


@pytest.fixture
def connection(organization: Organization) -> Iterator[Connection]:
    with scope(organization.id):
        made = make_connection(destination())
        mirror_destination(made, tasks=30)
    with bind(organization.id):
        yield made


@pytest.fixture
def reader(client: Client, bob: User) -> Client:
    User.objects.filter(pk=bob.pk).update(time_zone="Europe/Berlin")
    return sign_in(client, bob)


def ask(client: Client, connection: Connection, entity: str = "task", file_format: str = "csv", **query: str) -> Any:
    kwargs = {"organization": "northwind", "connection": connection.pk, "entity": entity}
    return client.post(reverse("records:export", kwargs=kwargs), {"format": file_format, **query})


def the_export() -> Export:
    with scope():
        return Export.objects.select_related("connection").latest("created_at")


def claim() -> list[tuple[str, str, str]]:
    """What the sweep sends for exports that are due. Its own clock stands still within the transaction of a test."""
    now = timezone.now()
    sent = []
    with scope():
        for export in Export.objects.filter(Q(claimed_until=None) | Q(claimed_until__lt=now), due_at__lte=now):
            export.claim, export.claimed_until = uuid.uuid4(), now + timedelta(minutes=5)
            export.save(update_fields=["claim", "claimed_until"])
            sent.append((str(export.organization_id), str(export.pk), str(export.claim)))
    return sent


def work() -> Export | None:
    """What the sweep and a worker do with an export that is due."""
    found = None
    for message in claim():
        tasks.export(*message)
        with scope():
            found = Export.objects.filter(pk=message[1]).first()
    return found


def download(client: Client, export: Export) -> Any:
    return client.get(reverse("records:download", kwargs={"organization": "northwind", "export": export.pk}))


def content_of(client: Client, export: Export) -> bytes:
    answer = download(client, export)
    assert answer.status_code == 200
    content = b"".join(answer.streaming_content)
    assert answer["Content-Length"] == str(len(content)) == str(export.size)
    return content


def rows_of(client: Client, export: Export) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content_of(client, export).decode("utf-8-sig"), newline="")))


def exported(client: Client, connection: Connection, entity: str = "task", file_format: str = "csv", **query: str) -> Export:
    assert ask(client, connection, entity, file_format, **query).status_code == 303
    export = work()
    assert export is not None and export.state == Export.State.DONE
    return export


# --- what stands in the file ---------------------------------------------------------------------------------------------


def test_a_list_becomes_csv_with_names_and_ids(reader: Client, connection: Connection) -> None:
    heads, first, *rest = rows_of(reader, exported(reader, connection))
    assert heads == ["Id", "Task", "Project", "Project id", "Assignee", "Assignee id", "Status", "Changed (UTC)"]
    assert first == ["1", "Task 0001", "Website relaunch", "1", "Mei Tanaka", "5", "Active", "2026-11-02T09:01:00Z"]
    assert [row[1] for row in rest] == [f"Task {number:04}" for number in range(2, 31)]


def test_a_list_becomes_a_workbook_with_real_dates_and_numbers(reader: Client, connection: Connection) -> None:
    export = exported(reader, connection, "task", "xlsx")
    book = load_workbook(io.BytesIO(content_of(reader, export)))
    heads, first, *_ = [[cell.value for cell in row] for row in book["Tasks"].iter_rows()]
    assert heads[-1] == "Changed (Europe/Berlin)"
    assert first[-1] == datetime(2026, 11, 2, 10, 1), "the reader's clock"
    export = exported(reader, connection, "daily_activity", "xlsx")
    [[*heads], [*row]] = [[cell.value for cell in row] for row in load_workbook(io.BytesIO(content_of(reader, export))).worksheets[0]]
    told = dict(zip(heads, row, strict=True))
    assert (told["Day"], told["Tracked (hours)"]) == (datetime(2026, 11, 2), 1.5)


def test_the_file_holds_what_the_filters_show_in_their_order(reader: Client, connection: Connection) -> None:
    export = exported(reader, connection, status="active", parent="1", q="task 000", sort="-title")
    assert [row[1] for row in rows_of(reader, export)[1:]] == [f"Task {number:04}" for number in (9, 7, 5, 3, 1)]
    assert export.about == "“task 000”, Status: active, Project: Website relaunch"


def test_days_are_those_of_whoever_asked(reader: Client, connection: Connection) -> None:
    with scope():
        mirror(connection, "task", [make_task(100, updated_at="2026-11-08T23:30:00Z"), make_task(101, updated_at="2026-11-08T22:30:00Z")])
    export = exported(reader, connection, **{"from": "2026-11-09", "until": "2026-11-09"})
    assert [row[0] for row in rows_of(reader, export)[1:]] == ["100"]
    assert export.about == "2026-11-09 to 2026-11-09"


def test_the_button_sends_what_the_page_shows(reader: Client, connection: Connection) -> None:
    kwargs = {"organization": "northwind", "connection": connection.pk, "entity": "task"}
    answer = reader.get(reverse("records:list", kwargs=kwargs), {"q": '"<x>" Task', "status": "active", "sort": "-moment", "after": "x"})
    page = answer.content.decode()
    assert "format" not in page, "there is nothing to take"
    page = reader.get(reverse("records:list", kwargs=kwargs), {"q": "Task", "status": "active", "sort": "-moment"}).content.decode()
    for name, value in (("q", "Task"), ("status", "active"), ("sort", "-moment")):
        assert f'<input type="hidden" name="{name}" value="{value}">' in page


def test_titles_that_look_like_formulas_are_defused(reader: Client, connection: Connection) -> None:
    with scope():
        mirror(connection, "task", [make_task(100, summary="=HYPERLINK(1)")])
    assert rows_of(reader, exported(reader, connection, q="hyperlink"))[1][1] == "'=HYPERLINK(1)"


@pytest.mark.parametrize("order", ["title", "-moment", "status"])
def test_a_large_list_is_written_in_chunks_and_whole(
    reader: Client, connection: Connection, monkeypatch: pytest.MonkeyPatch, order: str
) -> None:
    monkeypatch.setattr(exporting, "CHUNK", 7)
    with scope():
        mirror(connection, "task", [make_task(100 + number, summary="Same", updated_at=None) for number in range(20)])
    export = exported(reader, connection, sort=order)
    ids = [row[0] for row in rows_of(reader, export)[1:]]
    assert (len(ids), len(set(ids)), export.rows) == (50, 50, 50)
    with scope():
        assert ExportPart.objects.count() == 8


def test_rows_that_go_while_the_file_is_written_do_not_begin_it_anew(
    reader: Client, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "CHUNK", 20)
    keep = exporting._keep

    def keep_and_lose(*given: Any) -> None:
        keep(*given)
        with scope():
            Record.objects.filter(entity="task", title__gt="Task 0020").update(removed_at=timezone.now())

    monkeypatch.setattr(exporting, "_keep", keep_and_lose)
    assert len(rows_of(reader, exported(reader, connection))) == 21


def test_an_empty_list_has_a_head_alone(reader: Client, connection: Connection) -> None:
    assert len(rows_of(reader, exported(reader, connection, q="no such thing"))) == 1


# --- on the way ----------------------------------------------------------------------------------------------------------


def test_whoever_asks_is_led_to_the_exports_and_is_noted(reader: Client, connection: Connection, bob: User) -> None:
    answer = ask(reader, connection)
    assert (answer.status_code, answer["Location"]) == (303, "/o/northwind/browse/exports/")
    page = reader.get(answer["Location"]).content.decode()
    assert "Being written" in page and "every 2s" in page
    with scope():
        entry = AuditEntry.objects.get(action="export.asked")
    assert (entry.actor, entry.target, entry.detail) == (bob, f"Tasks of {connection}", {"format": "CSV"})
    work()
    page = reader.get(answer["Location"], headers=HTMX).content.decode()
    assert "Download" in page and "every 2s" not in page and "<html" not in page


def test_an_export_without_a_file_cannot_be_downloaded(reader: Client, connection: Connection) -> None:
    ask(reader, connection)
    assert download(reader, the_export()).status_code == 404


@pytest.mark.parametrize("given", [{"file_format": "exe"}, {"file_format": ""}, {"from": "2026-11-09", "until": "2026-11-01"}])
def test_what_cannot_be_exported_is_refused_with_a_reason(reader: Client, connection: Connection, given: dict[str, str]) -> None:
    answer = ask(reader, connection, **given)
    assert answer.status_code == 303
    page = reader.get(answer["Location"]).content.decode()
    assert "Choose CSV or Excel." in page or "The last day lies before the first one." in page
    with scope():
        assert not Export.objects.exists()


def test_too_many_rows_for_excel_end_with_a_reason_and_no_file(
    reader: Client, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sheets, "MOST_ROWS", 10)
    ask(reader, connection, file_format="xlsx")
    export = work()
    assert export is not None
    assert (export.state, export.problem[:28]) == (Export.State.FAILED, "A sheet of Excel holds 9 row")
    assert "Narrow them by filters, or take CSV." in reader.get("/o/northwind/browse/exports/").content.decode()
    with scope():
        assert not ExportPart.objects.exists()


def test_a_list_that_is_not_declared_any_more_ends_with_a_reason(reader: Client, connection: Connection) -> None:
    ask(reader, connection)
    with scope():
        Export.objects.update(entity="spaceship")
    export = work()
    assert export is not None and (export.state, export.problem) == (Export.State.FAILED, exporting.GONE)
    assert "spaceship" in reader.get("/o/northwind/browse/exports/").content.decode()


def test_an_export_whose_worker_died_begins_anew(reader: Client, connection: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    ask(reader, connection)
    monkeypatch.setattr(exporting, "_end", lambda *_: None)  # as if the worker had died behind the last row
    work()
    with scope():
        assert ExportPart.objects.exists()
        Export.objects.update(claimed_until=timezone.now() - timedelta(seconds=1))
    monkeypatch.undo()
    export = work()
    assert export is not None and export.state == Export.State.DONE
    assert len(rows_of(reader, export)) == 31


def test_an_export_that_fails_again_and_again_ends(reader: Client, connection: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    def break_down(*_: Any) -> None:
        raise RuntimeError("It burns.")

    monkeypatch.setattr(exporting, "_fill", break_down)
    ask(reader, connection)
    for _ in range(exporting.MOST_TRIES):
        with pytest.raises(RuntimeError):
            work()
        with scope():
            Export.objects.update(due_at=timezone.now())
    export = work()
    assert export is not None and (export.state, export.problem) == (Export.State.FAILED, exporting.OUR_FAULT)


def test_an_export_that_kills_its_workers_ends(reader: Client, connection: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that is ended for its memory raises nothing: its claim runs out, and the export is due as before."""
    monkeypatch.setattr(exporting, "_write", lambda *_: None)
    ask(reader, connection)
    for _ in range(exporting.MOST_TRIES):
        begun = work()
        assert begun is not None and begun.state == Export.State.WRITING
        with scope():
            Export.objects.update(claimed_until=timezone.now() - timedelta(seconds=1), claim=None)
    export = work()
    assert export is not None and (export.state, export.problem) == (Export.State.FAILED, exporting.OUR_FAULT)


def test_a_person_has_three_files_written_at_once_and_loses_nothing_by_asking_for_more(
    reader: Client, connection: Connection, alice: User
) -> None:
    for _ in range(exporting.MOST_UNFINISHED):
        assert ask(reader, connection)["Location"] == "/o/northwind/browse/exports/"
    answer = ask(reader, connection, q="task 000", sort="-title", status="active")
    assert answer.status_code == 303
    page = reader.get(answer["Location"])
    assert exporting.TOO_MANY in page.content.decode()
    assert (page.context["filters"].search, page.context["filters"].chosen["status"], page.context["order"]) == (
        "task 000",
        "active",
        "-title",
    )
    with scope():
        assert Export.objects.count() == exporting.MOST_UNFINISHED
    assert ask(sign_in(Client(), alice), connection)["Location"] == "/o/northwind/browse/exports/", "another person has three of their own"
    with scope():
        Export.objects.filter(pk=Export.objects.order_by("created_at").values("pk")[:1]).update(state=Export.State.DONE)
    assert ask(reader, connection)["Location"] == "/o/northwind/browse/exports/"


def test_a_message_that_comes_twice_writes_once(reader: Client, connection: Connection) -> None:
    ask(reader, connection)
    [message] = claim()
    for _ in range(2):
        tasks.export(*message)
    assert len(rows_of(reader, the_export())) == 31


# --- afterwards ----------------------------------------------------------------------------------------------------------


def test_an_export_is_kept_for_a_day_and_then_thrown_away(reader: Client, connection: Connection) -> None:
    export = exported(reader, connection)
    assert export.due_at is not None
    assert timezone.now() + timedelta(hours=23) < export.due_at < timezone.now() + timedelta(hours=25)
    assert work() is None, "it is not due"
    with scope():
        Export.objects.update(due_at=timezone.now())
    work()
    with scope():
        assert not Export.objects.exists() and not ExportPart.objects.exists()
    assert download(reader, export).status_code == 404
    assert "No exports" in reader.get("/o/northwind/browse/exports/").content.decode()


def test_exports_are_found_again_on_their_page(reader: Client, connection: Connection) -> None:
    with scope():
        for _ in range(60):
            make_export(connection)
    first = reader.get("/o/northwind/browse/exports/")
    assert len(first.context["page"].rows) == 50
    rest = reader.get("/o/northwind/browse/exports/", {"after": first.context["page"].after})
    assert len(rest.context["page"].rows) == 10


def test_another_organizations_export_is_not_there(reader: Client, connection: Connection, charlie: User) -> None:
    other = make_organization("Contoso", owner=charlie)
    with scope(other.id):
        theirs = make_export()
        their_connection = theirs.connection
    assert download(reader, theirs).status_code == 404
    assert ask(reader, their_connection).status_code == 404
    assert reader.get(f"/o/northwind/browse/exports/{uuid.uuid4()}/").status_code == 404


def test_a_viewer_may_take_what_they_may_see(client: Client, charlie: User, connection: Connection) -> None:
    with scope():
        Membership.objects.create(user=charlie, role=Role.VIEWER)
    assert len(rows_of(client, exported(sign_in(client, charlie), connection))) == 31


def test_the_name_of_the_file_says_what_it_is(reader: Client, connection: Connection) -> None:
    answer = download(reader, exported(reader, connection))
    day = timezone.now().date()
    assert answer["Content-Disposition"] == f'attachment; filename="hubstaff-of-ours-task-{day}.csv"'
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
