"""What an answer makes of its run: files, raw calls, refusals at their fields, stale versions, deletions."""

from __future__ import annotations

import json
import uuid
from dataclasses import replace
from typing import Any

import pytest
from django.utils import timezone

from integrations.catalogue import InvalidInput
from integrations.connections.models import Connection
from integrations.operations.asking import again
from integrations.operations.models import Run, RunFile
from integrations.operations.running import perform, repeat
from integrations.operations.words import meanwhile
from integrations.records.collecting import list_of
from integrations.records.models import Change, Record, RecordList
from integrations.records.staging import merge, row_of, stage
from integrations.transport.answers import File
from integrations.transport.client import Answer
from integrations.transport.errors import LostAnswer, NotFound, ProviderDown, Refused, StaleVersion
from portal.organizations.scope import scope
from tests.factories import make_connection, make_record
from tests.operations.other_side import OtherSide, asked, mirrored, now, outcomes, told

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CALL = {"method": "POST", "path": "/v2/anything"}
TASK = {"id": 5, "summary": "Sitemap", "project_id": 1, "lock_version": 3, "assignee_ids": [], "status": "active"}
NEWEST = {**TASK, "summary": "Sitemap and menu", "lock_version": 4}
CHANGE = {"task_id": "5", "lock_version": "3", "summary": "My map"}


@pytest.fixture
def timeghost(bound: None) -> Connection:
    with scope():
        return make_connection("timeghost")


@pytest.fixture
def task(connection: Connection) -> Record:
    with scope():
        return make_record(connection, "task", TASK, remote_id="5", title="Sitemap", parent="1")


def seen_by(run: Run) -> Any:
    return run.seen


def performed(connection: Connection, operation: str, inputs: dict[str, Any], *answers: Any) -> Run:
    run = asked(connection, operation, inputs=inputs)
    perform(run, OtherSide(*answers).opened)
    return now(run)


# --- Files -------------------------------------------------------------------------------------------------------------


def test_a_file_is_kept_beside_the_run(timeghost: Connection) -> None:
    run = performed(timeghost, "create_excel_report", {}, File("times.xlsx", XLSX, b"PK\0\1"))
    assert (run.state, run.output) == (Run.State.DONE, {"name": "times.xlsx", "media_type": XLSX, "size": 4})
    with scope():
        assert bytes(RunFile.objects.get(run=run).content) == b"PK\0\1"


def test_a_file_that_is_too_large_is_not_kept_and_says_so(timeghost: Connection) -> None:
    run = performed(timeghost, "create_excel_report", {}, File("times.xlsx", XLSX, bytes(RunFile.largest + 1)))
    assert (run.state, run.message) == (Run.State.FAILED, "The file is larger than 25 MB, and so it was not kept.")
    with scope():
        assert not RunFile.objects.exists()
    other = OtherSide()
    repeat(run.pk, other.opened)
    assert other.calls == []


def test_another_try_replaces_the_file(timeghost: Connection) -> None:
    run = asked(timeghost, "create_excel_report", inputs={})
    for content in (b"first", b"second"):
        perform(run, OtherSide(File("times.xlsx", XLSX, content)).opened)
    with scope():
        assert bytes(RunFile.objects.get().content) == b"second"


# --- Long answers ------------------------------------------------------------------------------------------------------

LONG = "x" * (5 * 1024**2)


def test_a_long_list_is_kept_as_a_file(connection: Connection) -> None:
    run = performed(connection, "list_projects", {}, [{"id": 1, "name": LONG}])
    with scope():
        file = RunFile.objects.get(run=run)
    assert (run.state, run.output) == (Run.State.DONE, {"name": "answer.json", "media_type": "application/json", "size": len(file.content)})
    assert json.loads(bytes(file.content)) == [{"id": 1, "name": LONG}]


def test_a_long_record_that_was_written_stands_in_the_mirror_all_the_same(connection: Connection) -> None:
    made = {"id": 7, "name": "Website relaunch", "description": LONG}
    seen: list[Any] = []
    perform(asked(connection), OtherSide(made).opened, seen.append)
    assert (mirrored(), seen) == ({"7": made}, [made])


def test_what_is_too_long_for_a_file_too_was_done_and_says_that_it_was_not_kept(connection: Connection) -> None:
    run = performed(connection, "create_project", {"name": "X"}, {"success": LONG * 6})
    assert (run.state, run.output, run.message) == (Run.State.DONE, None, "The file is larger than 25 MB, and so it was not kept.")
    with scope():
        assert not RunFile.objects.exists()


@pytest.mark.parametrize(("data", "name"), [({"long": LONG}, "answer.json"), (f"{LONG}!".encode(), "answer.txt")])
def test_a_long_answer_to_a_raw_call_is_a_file_beside_its_status(connection: Connection, data: Any, name: str) -> None:
    run = performed(connection, "make_api_call", CALL, Answer(200, {"x-page": "1"}, data))
    assert (run.state, run.output) == (Run.State.DONE, {"status": 200, "headers": {"x-page": "1"}, "body": None})
    with scope():
        assert RunFile.objects.get(run=run).name == name


# --- Raw calls ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "state", "message"),
    [
        (200, Run.State.DONE, ""),
        (204, Run.State.DONE, ""),
        (302, Run.State.FAILED, "It was answered with 302, which leads to another address. Nobody went there."),
        (404, Run.State.REFUSED, "It was answered with 404."),
        (429, Run.State.REFUSED, "It was answered with 429."),
        (500, Run.State.FAILED, "It was answered with 500."),
    ],
)
def test_of_a_raw_call_everything_is_kept_whatever_its_status(connection: Connection, status: int, state: str, message: str) -> None:
    run = performed(connection, "make_api_call", CALL, Answer(status, {"x-page": "1", "set-cookie": "secret"}, {"a": [1]}))
    assert (run.state, run.message, run.fault) == (state, message, "")
    assert run.output == {"status": status, "headers": {"x-page": "1"}, "body": {"a": [1]}}
    assert outcomes(run) == [(1, state, message)]


def test_a_raw_write_that_failed_over_there_is_not_sent_again_by_itself(connection: Connection) -> None:
    run, other = performed(connection, "make_api_call", CALL, Answer(500, {}, None)), OtherSide()
    repeat(run.pk, other.opened)
    assert other.calls == []


@pytest.mark.parametrize(("method", "state"), [("POST", Run.State.UNKNOWN), ("GET", Run.State.FAILED)])
def test_a_lost_answer_to_a_raw_call_is_judged_by_its_method(connection: Connection, method: str, state: str) -> None:
    assert performed(connection, "make_api_call", {**CALL, "method": method}, LostAnswer()).state == state


def test_text_is_shown_and_anything_else_is_a_file(connection: Connection) -> None:
    text = performed(connection, "make_api_call", CALL, Answer(200, {}, "Grüße 🎡".encode()))
    assert told(text)["body"] == "Grüße 🎡"
    picture = performed(connection, "make_api_call", CALL, Answer(200, {"content-type": "image/png; q=1"}, b"\x89PNG\xff"))
    assert told(picture)["body"] is None
    with scope():
        file = RunFile.objects.get(run=picture)
    assert (file.name, file.media_type, bytes(file.content)) == ("answer.png", "image/png", b"\x89PNG\xff")


@pytest.mark.parametrize(("content", "name"), [(b"a\0b", "answer.bin"), (b"\xff\xfe", "answer.bin")])
def test_an_answer_that_no_text_column_holds_is_a_file(connection: Connection, content: bytes, name: str) -> None:
    run = performed(connection, "make_api_call", CALL, Answer(200, {}, content))
    with scope():
        assert RunFile.objects.get(run=run).name == name


# --- Refused input -----------------------------------------------------------------------------------------------------


def test_what_the_provider_says_of_single_inputs_is_kept_by_our_names(connection: Connection) -> None:
    said = {"name": "It is taken.", "members.0.user_id": "Nobody knows them.", "elsewhere": "Odd."}
    run = performed(connection, "create_project", {"name": "X"}, Refused("Look below.", fields=said))
    assert (run.state, run.fault) == (Run.State.REFUSED, "refused")
    assert run.errors == {"name": "It is taken.", "members.0.user_id": "Nobody knows them."}
    assert "Look below." in run.message


def test_what_the_catalogue_says_of_single_inputs_is_kept_too(connection: Connection) -> None:
    run = performed(connection, "create_project", {}, InvalidInput({"name": "This is needed."}))
    assert (run.state, run.errors) == (Run.State.REFUSED, {"name": "This is needed."})


def test_a_try_that_goes_well_forgets_what_was_wrong(connection: Connection) -> None:
    run = performed(connection, "create_project", {}, InvalidInput({"name": "This is needed."}))
    perform(run, OtherSide().opened)
    assert (now(run).errors, now(run).fault, now(run).message) == ({}, "", "")


# --- Stale versions ----------------------------------------------------------------------------------------------------


def test_a_stale_version_reads_the_record_anew_and_tells_what_changed(connection: Connection, task: Record) -> None:
    run, other = asked(connection, "update_task", inputs=CHANGE), OtherSide(StaleVersion("Old."), NEWEST)
    perform(run, other.opened)
    assert other.calls[1] == ("get_task", {"task_id": "5"})
    assert (now(run).state, now(run).is_stale, seen_by(now(run))["summary"]) == (Run.State.REFUSED, True, "Sitemap")
    assert mirrored()["5"] == NEWEST
    with scope():
        (changed,) = meanwhile(now(run), run.declaration)
    assert (changed.label, changed.seen.value, changed.now.value) == ("Summary", "Sitemap", "Sitemap and menu")
    assert changed.asked and changed.asked.value == "My map"


def test_sent_again_it_goes_with_the_newest_version(connection: Connection, task: Record) -> None:
    run = performed(connection, "update_task", CHANGE, StaleVersion("Old."), NEWEST)
    with scope():
        once_more = again(run)
    assert once_more.inputs == {**CHANGE, "lock_version": 4}
    assert seen_by(once_more)["summary"] == "Sitemap and menu"
    assert once_more.pk != run.pk


def test_what_a_person_had_seen_is_what_counts(connection: Connection, task: Record) -> None:
    seen = connection.declaration.operation("update_task").standing({**TASK, "summary": "Map"})
    run = asked(connection, "update_task", inputs=CHANGE, seen=seen)
    perform(run, OtherSide(StaleVersion("Old."), NEWEST).opened)
    with scope():
        assert [(each.label, each.seen.value) for each in meanwhile(now(run), run.declaration)] == [("Summary", "Map")]


@pytest.mark.parametrize("error", [NotFound(), ProviderDown(), Refused()])
def test_where_it_cannot_be_read_anew_the_list_is_asked_for(connection: Connection, task: Record, error: Exception) -> None:
    run = performed(connection, "update_task", CHANGE, StaleVersion("Old."), error)
    assert run.state == Run.State.REFUSED
    with scope():
        assert RecordList.objects.get(entity="task").due_at is not None
        assert meanwhile(run, run.declaration) == []


def test_a_stale_record_that_nobody_has_seen_is_read_all_the_same(connection: Connection) -> None:
    run = performed(connection, "update_task", CHANGE, StaleVersion("Old."), NEWEST)
    assert (run.state, run.seen, mirrored()["5"]) == (Run.State.REFUSED, None, NEWEST)


# --- The mirror --------------------------------------------------------------------------------------------------------


def test_what_was_deleted_is_removed_from_the_mirror_at_once(connection: Connection, task: Record) -> None:
    performed(connection, "delete_task", {"task_id": "5"}, None)
    with scope():
        record, change = Record.objects.get(remote_id="5"), Change.objects.get()
    assert record.removed_at is not None and record.removed_at == record.written_at
    assert (change.kind, change.remote_id, change.before, change.after) == ("removed", "5", TASK, None)


def test_a_walk_that_began_before_the_deletion_does_not_bring_it_back(connection: Connection, task: Record) -> None:
    begun, walk = timezone.now(), uuid.uuid4()
    performed(connection, "delete_task", {"task_id": "5"}, None)
    with scope():
        stage(walk, [row_of(connection.declaration.entity("task"), {**TASK, "summary": "Older"})])
        merge(list_of(connection, "task"), walk, begun, None)
    assert mirrored() == {}


def test_a_deletion_that_was_refused_or_lost_removes_nothing(connection: Connection, task: Record) -> None:
    for error in (Refused(), NotFound(), LostAnswer()):
        performed(connection, "delete_task", {"task_id": "5"}, error)
    assert "5" in mirrored()


def test_deleting_by_type_removes_the_record_of_that_type(timeghost: Connection) -> None:
    with scope():
        for entity in ("project", "task"):
            make_record(timeghost, entity, remote_id="x1")
    performed(timeghost, "delete_item", {"type": "tasks", "task": "x1", "project": "x1"}, None)
    with scope():
        assert list(Record.objects.filter(removed_at=None).values_list("entity", flat=True)) == ["project"]


def test_what_the_mirror_has_never_seen_can_be_deleted_too(connection: Connection) -> None:
    assert performed(connection, "delete_task", {"task_id": "99"}, None).state == Run.State.DONE
    with scope():
        assert not Change.objects.exists()


def test_what_has_no_list_over_there_is_kept_from_the_runs_that_write_it(timeghost: Connection) -> None:
    event = {"id": "e1", "name": "Standup", "start": "2026-11-02T09:00:00Z", "end": "2026-11-02T09:15:00Z"}
    performed(timeghost, "add_feed_event", {}, event)
    performed(timeghost, "update_feed_event", {"event": "e1"}, {**event, "name": "Standup 🎡"})
    with scope():
        record = Record.objects.get()
    assert (record.remote_id, record.data["name"]) == ("e1", "Standup 🎡")


@pytest.mark.parametrize("project", ["no object", {"id": [1]}, {}])
def test_a_write_is_done_also_where_its_answer_does_not_tell_where_it_belongs(
    timeghost: Connection, project: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    entity = timeghost.declaration.entity("task")
    odd = replace(entity, parent=lambda data: data["project"]["id"][0].strip())
    monkeypatch.setitem(timeghost.declaration.entity_by_name, "task", odd)
    run = performed(timeghost, "update_task", {"task_id": "t1"}, {"id": "t1", "name": "X", "project": project})
    assert run.state == Run.State.DONE


@pytest.mark.parametrize(("chosen", "shown"), [("27", True), ("", True), ("28", False)])
def test_what_is_written_into_another_workspace_stays_out_of_this_mirror(
    connection: Connection, task: Record, chosen: str, shown: bool
) -> None:
    there = {"organization_id": chosen}
    performed(connection, "create_project", {"name": "X", **there}, {"id": 7, "name": "X"})
    performed(connection, "update_task", {**CHANGE, **there}, NEWEST)
    assert ("7" in mirrored(), mirrored()["5"] == NEWEST) == (shown, shown)
    stale, other = asked(connection, "update_task", inputs={**CHANGE, **there}), OtherSide(StaleVersion("Old."), NEWEST)
    perform(stale, other.opened)
    assert len(other.calls) == 1 + shown
    performed(connection, "delete_task", {"task_id": "5", **there}, None)
    assert ("5" not in mirrored()) == shown


def test_a_change_that_answers_without_its_record_has_it_read_anew(connection: Connection) -> None:
    with scope():
        make_record(connection, "project", {"id": 7, "name": "Old"}, remote_id="7")
    inputs = {"project_id": "7", "members": [{"user_id": 1, "role": "user"}]}
    run, other = asked(connection, "update_project_members", inputs=inputs), OtherSide({"success": True}, {"id": 7, "name": "New"})
    perform(run, other.opened)
    assert other.calls[1] == ("get_project", {"project_id": "7"})
    assert (now(run).state, now(run).output, mirrored()["7"]["name"]) == (Run.State.DONE, {"success": True}, "New")


def test_where_nothing_reads_one_record_anew_its_list_is_asked_for(timeghost: Connection) -> None:
    run = asked(timeghost, "update_client", inputs={"client": "c1"})
    other = OtherSide(None)
    perform(run, other.opened)
    assert (now(run).state, len(other.calls)) == (Run.State.DONE, 1)
    with scope():
        assert RecordList.objects.get(entity="client").due_at is not None


def test_a_change_stays_done_where_its_record_cannot_be_read_anew(connection: Connection, task: Record) -> None:
    assert performed(connection, "update_task", CHANGE, None, ProviderDown()).state == Run.State.DONE
