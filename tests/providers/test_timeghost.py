"""What is odd about timeghost: named ranges, lists of one entry, two types of tags, one deletion for all, and its ways to say no."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.catalogue import FaultKind, InvalidInput, Operation, Pick, RawCall
from integrations.catalogue.reading import Data
from integrations.providers import get_provider
from integrations.providers.timeghost import entities
from tests.providers.examples import recording

TIMEGHOST = get_provider("timeghost")
ACTIONS = {f"T{number:02}" for number in range(1, 35)}
TRIGGERS = {f"T{number:02}" for number in range(35, 40)}


def operation(name: str) -> Operation:
    return TIMEGHOST.operation(name)


def record(entity: str) -> dict[str, Any]:
    return recording(TIMEGHOST, TIMEGHOST.entity(entity))


def test_every_row_is_served_once() -> None:
    assert sorted(each.row for each in TIMEGHOST.operations if each.row) == sorted(ACTIONS)
    assert sorted(watch.row for watch in TIMEGHOST.watches if watch.row) == sorted(TRIGGERS)
    assert sum(isinstance(each, RawCall) for each in TIMEGHOST.operations) == 1


# --- What is sent ------------------------------------------------------------------------------------------------------


def test_working_hours_are_added_as_a_list_of_one_entry_in_the_connection_s_workspace() -> None:
    given = {"user": "u1", "start": "2026-11-02T09:00:00+01:00", "end": None, "type": "work"}
    assert operation("add_working_hours").request(given, "w1").body == [
        {"user": {"id": "u1"}, "start": "2026-11-02T08:00:00.000Z", "end": None, "type": "work", "workspace": {"id": "w1"}}
    ]


def test_an_estimation_is_asked_in_hours_and_sent_in_seconds() -> None:
    body = operation("add_task").request({"project": "p1", "name": "Draw", "estimation": "1.5"}, "w1").body
    assert body == {"project": {"id": "p1"}, "name": "Draw", "estimation": 5400}


def test_people_join_a_project_with_a_role_and_a_rate() -> None:
    users = [{"user": "u1", "role": "1", "billable_rate": "80.5"}, {"user": "u2", "role": 0, "removed": True}]
    body = operation("update_project_users").request({"project_id": "p1", "users": users}, "w1").body
    assert body == {"users": [{"id": "u1", "role": 1, "billable_rate": 80.5}, {"id": "u2", "role": 0, "removed": True}]}


@pytest.mark.parametrize("row", [{"user": "u1"}, {"user": "u1", "role": 2}, {"role": 1}])
def test_nobody_joins_a_project_without_a_role_that_there_is(row: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        operation("update_project_users").request({"project_id": "p1", "users": [row]}, "w1")


@pytest.mark.parametrize("name", ["update_project_tags", "update_time_tags"])
def test_tags_are_sent_as_objects_and_can_all_be_taken_away(name: str) -> None:
    changed = operation(name)
    subject = changed.subject({})
    assert subject
    assert changed.request({subject.name: "x", "tags": ["t1", "t2"]}, "w1").body == {"tags": [{"id": "t1"}, {"id": "t2"}]}
    assert changed.request({subject.name: "x", "tags": None}, "w1").body == {"tags": []}


def test_tags_are_listed_of_both_types_or_of_one_or_by_a_filter() -> None:
    listed = operation("list_tags")
    assert listed.request({}, "w1").query == {}
    assert listed.request({"tag_type": "tagType eq 0", "filter": "hidden"}, "w1").query == {"$filter": "tagType eq 0"}
    assert listed.request({"filter": "contains(name, 'a')"}, "w1").query == {"$filter": "contains(name, 'a')"}


@pytest.mark.parametrize(
    ("item_type", "entity"),
    [
        ("projects", "project"),
        ("tasks", "task"),
        ("times", "time"),
        ("clients", "client"),
        ("tags", "tag"),
        ("customfeedevent", "feed_event"),
        ("comego", "working_hours"),
    ],
)
def test_each_type_is_deleted_by_a_pick_of_its_own(item_type: str, entity: str) -> None:
    delete = operation("delete_item")
    subject = delete.subject({"type": item_type})
    assert isinstance(subject, Pick)
    assert subject.entity == entity
    assert delete.request({"type": item_type, subject.name: "x/1"}, "w1").path == f"/delete/{item_type}/x%2F1"
    with pytest.raises(InvalidInput) as caught:
        delete.request({"type": item_type}, "w1")
    assert set(caught.value.errors) == {subject.name}


def test_the_report_only_reads_although_it_is_posted_and_asks_in_the_query() -> None:
    report = operation("create_excel_report")
    request = report.request({"users": ["u1", "u2"], "rounding": True, "rounding_minutes": 15, "project_description": False}, "w1")
    assert (request.method, request.body, report.only_reads({})) == ("POST", None, True)
    assert request.query == {
        "$filter-date-range": "today",
        "users": "u1,u2",
        "groupedByProject": "true",
        "projectDescription": "false",
        "enabled": "true",
        "minutes": "15",
    }
    with pytest.raises(InvalidInput):
        report.request({"date_range": "all_time"}, "w1")


def test_the_client_of_a_project_is_named_only_where_it_is_given() -> None:
    listed = operation("list_tasks")
    assert listed.request({"project_id": "p1"}, "w1").headers == {"workspace-id": "w1"}
    assert listed.request({"project_id": "p1", "client": "c1"}, "w1").headers == {"workspace-id": "w1", "clientid": "c1"}


def test_a_raw_call_names_the_workspace_and_cannot_replace_the_key() -> None:
    call = operation("make_api_call")
    assert call.request({"path": "/get/projects"}, "w1").headers == {"workspace-id": "w1"}
    with pytest.raises(InvalidInput) as caught:
        call.request({"path": "/get/projects", "headers": [{"name": "X-Api-Key", "value": "other"}]}, "w1")
    assert set(caught.value.errors) == {"headers.0.name"}


# --- What stands already -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "entity"),
    [
        ("update_client", "client"),
        ("update_project", "project"),
        ("update_task", "task"),
        ("update_time", "time"),
        ("update_tag", "tag"),
        ("update_group", "group"),
        ("update_working_hours", "working_hours"),
        ("update_feed_event", "feed_event"),
    ],
)
def test_a_record_given_back_as_it_stands_says_nothing_new(name: str, entity: str) -> None:
    changed, found = operation(name), record(entity)
    subject = changed.subject({})
    assert subject
    body = changed.request({subject.name: found["id"], **changed.standing(found)}, "w1").body
    assert body["name" if found["name"] else "type"]
    assert _news(body, {**found, **found.get("meta", {})}) == {}


def test_what_timeghost_keeps_itself_is_asked_last_and_not_sent_back() -> None:
    for each in TIMEGHOST.operations:
        kept = [field.name for field in each.inputs if field.help.startswith("Kept by timeghost itself")]
        assert [field.name for field in each.inputs][len(each.inputs) - len(kept) :] == kept
        assert not [field.name for field in each.inputs if field.name in kept and (field.required or field.prefilled)]


def test_groups_of_a_project_keep_their_roles_when_the_project_changes() -> None:
    found = record("project")
    assert found["groups"]
    assert "groups" not in operation("update_project").standing(found)
    assert operation("update_project_groups").standing(found) == {
        "groups": [{"group": group["id"], "role": group["role"], "removed": group["removed"]} for group in found["groups"]]
    }


def test_a_task_keeps_who_it_is_assigned_to() -> None:
    found = record("task")
    assert operation("update_task").standing(found)["assigned_users"] == [person["id"] for person in found["assignedToUsers"]]


# --- What is shown -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "title", "length"),
    [
        ({}, "Work", 31500),
        ({"name": "Early shift"}, "Early shift", 31500),
        ({"end": None}, "Work", None),
        ({"type": "break"}, "Break", 31500),
        ({"type": None}, "Work", 31500),
    ],
)
def test_working_hours_without_a_name_or_an_end_are_shown(change: dict[str, Any], title: str, length: float | None) -> None:
    promoted = TIMEGHOST.entity("working_hours").promoted({**record("working_hours"), **change})
    assert (promoted["title"], promoted["amount"]) == (title, length)


def test_a_tag_tells_of_what_it_is() -> None:
    tag = TIMEGHOST.entity("tag")
    assert [tag.promoted({**record("tag"), "tagType": kind})["status"] for kind in (0, 1)] == ["project tag", "time tag"]


@pytest.mark.parametrize("gone", [{"deleted": True}, {"status": "deleted"}])
def test_what_was_deleted_is_gone(gone: Data) -> None:
    entity = TIMEGHOST.entity("tag")
    assert entity.is_gone
    assert entity.is_gone({**record("tag"), **gone})


def test_feed_events_are_kept_from_the_runs_that_write_them() -> None:
    kept = [entity.name for entity in TIMEGHOST.entities if entity.kept]
    assert kept == ["feed_event"]
    assert not [each for each in TIMEGHOST.operations if each.entity in kept and each.kind.reads]


def test_days_that_no_shorter_range_holds_are_asked_for_all_time() -> None:
    window = TIMEGHOST.entity("time").collect
    assert window
    assert window.window
    assert window.window.inputs(date(2001, 1, 1), date(2001, 1, 2)) == [{"date_range": "all_time"}]


ZONES = (-12, 0, 14)  # hours from UTC


@pytest.mark.parametrize("zone", ZONES)
@given(st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)), st.integers(0, 60), st.integers(0, 30))
def test_whatever_timeghosts_zone_all_that_has_begun_lies_in_the_ranges(zone: int, now: datetime, back: int, long: int) -> None:
    """It counts days by a clock that we do not know, and near midnight its today is another day than ours."""
    first = now.date() - timedelta(days=back)
    last = min(first + timedelta(days=long), now.date())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(entities, "datetime", SimpleNamespace(now=lambda _: now))
        names = [inputs["date_range"] for inputs in entities.named_ranges(first, last)]
    there = timedelta(hours=zone)
    spans = {**entities._spans((now + there).date()), "all_time": (date.min, date.max)}
    begins = (datetime.combine(first, time()) + there).date()
    ends = (min(datetime.combine(last, time.max), now) + there).date()
    assert spans[names[0]][0] <= begins <= ends <= spans[names[-1]][1]
    assert names != ["all_time"]


def test_days_to_come_are_asked_for_where_they_surely_lie() -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(entities, "datetime", SimpleNamespace(now=lambda _: datetime(2026, 11, 18, 12)))
        for last, names in ((20, ["this_week"]), (21, ["this_week"]), (22, ["this_month"]), (30, ["this_year"])):
            asked = entities.named_ranges(date(2026, 11, 18), date(2026, 11, last))
            assert [inputs["date_range"] for inputs in asked] == names


# --- How it says no ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "fields"),
    [
        ({"message": "name is required"}, {"name": "name is required"}),
        (
            {"message": "name is required; users[1].role must be 0 or 1"},
            {"name": "name is required", "users.1.role": "users[1].role must be 0 or 1"},
        ),
        ({"message": "[0].end must not be before start"}, {"end": "[0].end must not be before start"}),
        ("startDate is required", {"startDate": "startDate is required"}),
        ({"message": "$filter cannot be read"}, {"$filter": "$filter cannot be read"}),
        ({"message": "The header clientid is not that of the project"}, {"clientid": "The header clientid is not that of the project"}),
        ({"title": "One or more errors.", "errors": {"Name": ["Too long.", "Odd."]}}, {"name": "Too long. Odd."}),
        ({"errors": {"$.users[1].Billable_rate": ["No number."]}}, {"users.1.billable_rate": "No number."}),
        ({"message": "The request is invalid.", "modelState": {"body.Client.Id": "Needed."}}, {"client.id": "Needed."}),
        ({"message": "Rate limit is exceeded. Try again later."}, {}),
        ({"errors": ["Too long."]}, {}),
        ({"errors": {}}, {}),
        (None, {}),
    ],
)
def test_a_refusal_names_the_fields_that_it_means(answer: Any, fields: dict[str, str]) -> None:
    fault = TIMEGHOST.read_fault(400, {}, answer)
    assert fault.kind is FaultKind.REFUSED
    assert fault.message
    assert fault.fields == fields


def test_a_field_that_was_refused_leads_to_ours() -> None:
    told = TIMEGHOST.read_fault(400, {}, {"message": "client must be known; users[0].id must be known; estimation must be a number"})
    found = {operation("add_project").field_at(name) for name in told.fields}
    assert found == {"client", "users.0.user", "estimation"}


@pytest.mark.parametrize(
    ("status", "headers", "answer", "kind"),
    [
        (500, {}, {"message": "Message: The request rate is too large."}, FaultKind.THROTTLED),
        (500, {}, {"message": "Object reference not set"}, FaultKind.DOWN),
        (503, {}, None, FaultKind.DOWN),
        (408, {}, "", FaultKind.DOWN),
        (404, {"content-type": "text/html"}, "<h1>404</h1>", FaultKind.DOWN),
        (404, {"content-type": "application/json"}, {"message": "Project not found"}, FaultKind.NOT_FOUND),
    ],
)
def test_its_many_ways_to_ask_for_patience_are_told_apart(status: int, headers: dict[str, str], answer: Any, kind: FaultKind) -> None:
    fault = TIMEGHOST.read_fault(status, headers, answer)
    assert (fault.kind, fault.fields) == (kind, {})


# --- What is watched ---------------------------------------------------------------------------------------------------


def test_a_trigger_asks_for_a_name_and_which_changes_count() -> None:
    for watch in TIMEGHOST.watches:
        asked = {field.name: field for field in watch.inputs}
        assert asked["name"].required
        assert asked["run_on"].read(asked["run_on"].default) == list(watch.changes) == ["created", "changed", "removed"]
        assert watch.hook
        assert (watch.hook.topic, set(watch.hook.events.values())) == (f"{watch.entity}s", {"add", "update", "delete"})


def _news(sent: Any, standing: Any) -> Any:
    """What of a body does not stand in a record already; of lists the ids are compared."""
    if isinstance(sent, dict) and isinstance(standing, dict):
        inner = {name: _news(value, standing.get(name)) for name, value in sent.items()}
        return {name: value for name, value in inner.items() if value not in ({}, None)}
    if isinstance(sent, list) and isinstance(standing, list):
        pairs = [_news(one if isinstance(one, dict) else {"id": one}, other) for one, other in zip(sent, standing, strict=True)]
        return [pair for pair in pairs if pair] or None
    return None if sent == standing else sent
