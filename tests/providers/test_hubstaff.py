"""Hubstaff's oddities: what its declaration does beyond the words of the catalogue."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.catalogue import FaultKind, InvalidInput
from integrations.providers import get_provider
from integrations.providers.hubstaff.parts import read_edited_days, read_project
from integrations.providers.hubstaff.windows import updates
from integrations.transport.answers import records

HUBSTAFF = get_provider("hubstaff")
RECORDINGS = Path(__file__).parent / "recordings" / "hubstaff"
WITH_BUDGETS = ("create_project", "update_project", "create_client", "update_client")
BY_COST = {"type": "cost", "cost": "2500"}
BY_HOURS = {"type": "hours", "hours": "40.5"}
with_budgets = pytest.mark.parametrize("name", WITH_BUDGETS)


def recorded(entity: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((RECORDINGS / f"{entity}.json").read_text(encoding="utf-8"))
    return found


def sent(name: str, **inputs: Any) -> Any:
    """The body that an operation sends."""
    needed = {"name": "Relaunch", "project_id": 5, "client_id": 6, "task_id": 7, "invite_id": 8}
    required = [field.name for field in HUBSTAFF.operation(name).inputs if field.required and field.name in needed]
    return HUBSTAFF.operation(name).request({**{field: needed[field] for field in required}, **inputs}, "411001").body


class TestProject:
    def test_its_client_comes_along_in_lists_and_may_be_missing(self) -> None:
        project = recorded("project")
        assert read_project({**project, "client": {"id": 6, "name": "Northern Rail"}}).client == "Northern Rail"
        assert read_project({**project, "client": None}).client == ""
        assert read_project({key: value for key, value in project.items() if key != "client"}).client == ""


class TestBudget:
    @with_budgets
    def test_by_cost_has_a_rate_and_a_limit_and_no_hours(self, name: str) -> None:
        budget = sent(name, budget={**BY_COST, "hours": "12", "rate": "pay_rate"})["budget"]
        assert budget == {"type": "cost", "rate": "pay_rate", "cost": 2500.0, "include_non_billable": True}

    @with_budgets
    def test_by_hours_has_hours_and_neither_rate_nor_cost(self, name: str) -> None:
        budget = sent(name, budget={**BY_HOURS, "cost": "12", "rate": "pay_rate", "include_non_billable": "off"})["budget"]
        assert budget == {"type": "hours", "hours": 40.5, "include_non_billable": False}

    @with_budgets
    def test_the_warning_stands_among_the_alerts(self, name: str) -> None:
        assert sent(name, budget={**BY_HOURS, "near_limit": "80"})["budget"]["alerts"] == {"near_limit": 80}

    @pytest.mark.parametrize("recurrence", ["never", "", None])
    @with_budgets
    def test_never_is_told_by_the_absence_of_the_word(self, name: str, recurrence: str | None) -> None:
        assert "recurrence" not in sent(name, budget={**BY_COST, "recurrence": recurrence})["budget"]

    @with_budgets
    def test_a_start_and_a_warning_can_be_taken_away(self, name: str) -> None:
        budget = sent(name, budget={**BY_HOURS, "start_date": None, "near_limit": None})["budget"]
        assert budget == {"type": "hours", "hours": 40.5, "include_non_billable": True}

    @with_budgets
    def test_monthly_is_told(self, name: str) -> None:
        assert sent(name, budget={**BY_COST, "recurrence": "monthly", "start_date": "2026-11-01"})["budget"] == {
            "type": "cost",
            "rate": "bill_rate",
            "cost": 2500.0,
            "start_date": "2026-11-01",
            "recurrence": "monthly",
            "include_non_billable": True,
        }

    @pytest.mark.parametrize(
        ("budget", "missing"),
        [
            ({}, "budget.type"),
            ({"cost": 5}, "budget.type"),
            ({"type": "cost"}, "budget.cost"),
            ({"type": "hours", "cost": 5}, "budget.hours"),
        ],
    )
    @with_budgets
    def test_a_partial_one_is_refused_before_it_is_sent(self, name: str, budget: dict[str, Any], missing: str) -> None:
        with pytest.raises(InvalidInput) as caught:
            sent(name, budget=budget)
        assert set(caught.value.errors) == {missing}

    @with_budgets
    def test_without_one_nothing_is_sent(self, name: str) -> None:
        assert "budget" not in sent(name)

    @pytest.mark.parametrize("name", ["update_project", "update_client"])
    def test_it_can_be_removed(self, name: str) -> None:
        assert sent(name, budget=None)["budget"] is None

    @pytest.mark.parametrize("recurrence", [None, "monthly"])
    @pytest.mark.parametrize("name", ["update_project", "update_client"])
    def test_what_stands_is_sent_whole_again(self, name: str, recurrence: str | None) -> None:
        """As a record shows it: every field, null where there is nothing."""
        standing = {
            "type": "hours",
            "rate": "bill_rate",
            "cost": None,
            "hours": 40.5,
            "start_date": "2026-11-01",
            "alerts": {"near_limit": 80},
            "recurrence": recurrence,
            "include_non_billable": False,
        }
        inputs = HUBSTAFF.operation(name).standing({"budget": standing})
        again = sent(name, **inputs)["budget"]
        assert again == {key: value for key, value in standing.items() if value is not None and key != "rate"}


class TestEmptying:
    @pytest.mark.parametrize(
        ("name", "field", "word"),
        [
            ("update_invite", "project_ids", "none"),
            ("update_invite", "pay_rate", "none"),
            ("update_project", "client_id", None),
            ("update_project", "description", ""),
            ("update_project", "bill_rate", None),
            ("update_task", "assignee_ids", []),
            ("update_task", "pay_rate", None),
            ("update_client", "project_ids", []),
            ("update_client", "emails", []),
            ("update_client", "phone", ""),
            ("update_client", "invoice_notes", None),
            ("update_client", "net_terms", None),
        ],
    )
    def test_a_field_is_emptied_with_the_word_that_hubstaff_takes_for_it(self, name: str, field: str, word: Any) -> None:
        needed = {"lock_version": 3} if name == "update_task" else {}
        assert sent(name, **{field: None}, **needed)[field] == word

    def test_a_new_project_ignores_what_is_emptied(self) -> None:
        assert sent("create_project", description=None, budget=None) == {"name": "Relaunch", "billable": True}

    def test_metadata_without_a_value_is_removed(self) -> None:
        rows = [{"key": "timebridge", "value": None}, {"key": "kind", "value": "relaunch"}]
        assert sent("update_project_metadata", metadata=rows) == {"metadata": rows}

    def test_metadata_of_a_new_task_must_have_a_value(self) -> None:
        with pytest.raises(InvalidInput) as caught:
            sent("create_task", summary="Draw", metadata=[{"key": "kind", "value": None}])
        assert set(caught.value.errors) == {"metadata.0.value"}


class TestWhatIsSent:
    def test_an_organization_is_asked_where_the_path_names_none_and_is_not_sent(self) -> None:
        request = HUBSTAFF.operation("get_task").request({"organization_id": 9, "project_id": 5, "task_id": 7}, "411001")
        assert (request.path, request.query, request.body) == ("/v2/tasks/7", {}, None)

    def test_members_travel_with_their_roles_and_rates(self) -> None:
        rows = [{"user_id": "1880001"}, {"user_id": 1880002, "role": "manager", "pay_rate": "38.50"}]
        assert sent("create_project", members=rows)["members"] == [
            {"user_id": 1880001, "role": "user"},
            {"user_id": 1880002, "role": "manager", "pay_rate": 38.5},
        ]

    def test_a_new_clients_projects_are_texts_and_a_changed_ones_numbers(self) -> None:
        assert sent("create_client", project_ids=[27, "28"])["project_ids"] == ["27", "28"]
        assert sent("update_client", project_ids=[27, "28"])["project_ids"] == [27, 28]

    def test_a_task_is_changed_with_its_version_only(self) -> None:
        with pytest.raises(InvalidInput) as caught:
            sent("update_task", status="completed")
        assert set(caught.value.errors) == {"lock_version"}

    def test_a_change_begins_with_the_newest_version(self) -> None:
        standing = HUBSTAFF.operation("update_task").standing(recorded("task"))
        assert standing == {
            "project_id": 2730001,
            "assignee_ids": [1880002],
            "summary": "Check contrast of the business cards",
            "lock_version": 3,
            "status": "active",
        }

    def test_line_items_and_days_of_invoices_are_asked_for(self) -> None:
        inputs = {"include_line_items": "on", "issue_date_start": "2026-11-01", "client_ids": [5, 6]}
        query = HUBSTAFF.operation("list_client_invoices").request(inputs, "411001").query
        assert query == {"include_line_items": "true", "issue_date[start]": "2026-11-01", "client_ids": "5,6"}

    @pytest.mark.parametrize("name", ["list_schedules", "list_shifts", "list_daily_activities"])
    def test_days_turned_round_are_refused(self, name: str) -> None:
        with pytest.raises(InvalidInput) as caught:
            HUBSTAFF.operation(name).request({"date_start": "2026-11-02", "date_stop": "2026-11-01"}, "411001")
        assert set(caught.value.errors) == {"date_stop"}


class TestRelatedRecords:
    def test_people_and_projects_that_were_asked_for_stand_in_the_tasks(self) -> None:
        tasks = [{"id": 1, "project_id": 5, "assignee_ids": [7, 8, 99]}, {"id": 2, "project_id": 6, "assignee_ids": []}]
        answer = {"tasks": tasks, "users": [{"id": 7, "name": "Ada"}, {"id": 8, "name": "Bo"}], "projects": [{"id": 5, "name": "Relaunch"}]}
        first, second = records(HUBSTAFF.operation("list_tasks"), answer)
        assert [each["name"] for each in first["assignees"]] == ["Ada", "Bo"]
        assert first["project"]["name"] == "Relaunch"
        assert (second["assignees"], "project" in second) == ([], False)

    def test_what_was_not_asked_for_leaves_no_trace(self) -> None:
        tasks = [{"id": 1, "project_id": 5, "assignee_ids": [7]}]
        assert records(HUBSTAFF.operation("list_tasks"), {"tasks": tasks}) == [{"id": 1, "project_id": 5, "assignee_ids": [7]}]

    @pytest.mark.parametrize("users", [None, {}, "Ada", [7], [{"name": "Ada"}], [{"id": {}}], [{"id": [7]}]])
    @pytest.mark.parametrize("ids", [None, 7, "7", {}, [[7]], [None, {}]])
    def test_odd_ones_do_no_harm(self, users: Any, ids: Any) -> None:
        answer = {"tasks": [{"id": 1, "assignee_ids": ids}], "users": users}
        assert records(HUBSTAFF.operation("list_tasks"), answer)[0]["id"] == 1


class TestFaults:
    @pytest.mark.parametrize(
        ("message", "fields"),
        [
            ("name is missing", {"name": "This is missing."}),
            ("role does not have a valid value", {"role": "This does not have a valid value."}),
            (
                "name is missing, role does not have a valid value",
                {"name": "This is missing.", "role": "This does not have a valid value."},
            ),
            (
                "budget[rate] is invalid: must be one of bill_rate, pay_rate",
                {"budget.rate": "This is invalid: must be one of bill_rate, pay_rate."},
            ),
            (
                "members[0][role] is missing, members[1][user_id] is invalid",
                {"members.0.role": "This is missing.", "members.1.user_id": "This is invalid."},
            ),
            (
                "date[stop] must be after date[start], by 7 days at most",
                {"date.stop": "This must be after date[start], by 7 days at most."},
            ),
            ("Could not find record", {}),
            ("Accepted invites cannot be updated", {}),
            ("You do not have permission to do this", {}),
            ("", {}),
        ],
    )
    def test_what_is_said_of_a_field_is_told_at_the_field(self, message: str, fields: dict[str, str]) -> None:
        fault = HUBSTAFF.read_fault(400, httpx.Headers(), {"code": "invalid_params", "error_code": 11001, "error": message})
        assert (fault.kind, dict(fault.fields)) == (FaultKind.REFUSED, fields)

    @pytest.mark.parametrize(
        ("name", "path", "field"),
        [
            ("create_project", "budget.rate", "budget.rate"),
            ("create_project", "budget.alerts.near_limit", "budget.near_limit"),
            ("create_project", "members.0.role", "members.0.role"),
            ("create_project", "members.user_id", "members"),
            ("list_shifts", "date.stop", "date_stop"),
            ("list_members", "search.email", "search_email"),
            ("create_task", "nothing_of_ours", None),
        ],
    )
    def test_the_field_is_found_by_its_name_on_the_wire(self, name: str, path: str, field: str | None) -> None:
        assert HUBSTAFF.operation(name).field_at(path) == field

    @pytest.mark.parametrize(
        "answer",
        [
            {"code": "stale_lock_version", "error_code": 11003, "error": "The task was changed since it was read"},
            {"code": "invalid_params", "error": "lock_version is stale: the task was changed since it was read"},
            {"code": "invalid_params", "error": "Attempted to update a stale object: Task"},
            {"code": "invalid_params", "error": "Lock version does not match"},
        ],
    )
    def test_a_stale_version_is_told_apart(self, answer: dict[str, Any]) -> None:
        fault = HUBSTAFF.read_fault(400, httpx.Headers(), answer)
        assert (fault.kind, fault.fields) == (FaultKind.STALE, {})

    @pytest.mark.parametrize("words", ["The timesheet is locked", "This user is blocked", "clock_in is missing"])
    def test_what_only_sounds_like_it_is_not(self, words: str) -> None:
        assert HUBSTAFF.read_fault(400, httpx.Headers(), {"error": words}).kind is FaultKind.REFUSED


class TestWindows:
    @given(st.dates(date(2020, 1, 1), date(2030, 1, 1)), st.integers(1, 100))
    def test_shifts_are_asked_for_a_month_at_a_time_each_day_once(self, first: date, count: int) -> None:
        asked = [(date.fromisoformat(call["date_start"]), date.fromisoformat(call["date_stop"])) for call in _calls("shift", first, count)]
        assert all((last - begin).days < 31 for begin, last in asked)
        assert [begin + timedelta(days=n) for begin, last in asked for n in range((last - begin).days + 1)] == _days(first, count)

    @given(
        st.dates(date(2020, 1, 1), date(2030, 1, 1)),
        st.integers(1, 100),
        st.sampled_from([("activity", "time_slot", 7), ("time_edit", "created", 31)]),
    )
    def test_moments_are_asked_for_without_a_gap_from_midnight_to_midnight(
        self, first: date, count: int, how: tuple[str, str, int]
    ) -> None:
        entity, name, longest = how
        asked = [
            (datetime.fromisoformat(call[f"{name}_start"]), datetime.fromisoformat(call[f"{name}_stop"]))
            for call in _calls(entity, first, count)
        ]
        assert all(timedelta() < stop - start <= timedelta(days=longest) for start, stop in asked)
        assert all(stop == start for (_, stop), (start, _) in pairwise(asked))
        assert (asked[0][0].date(), asked[-1][1].date()) == (first, first + timedelta(days=count))

    def test_schedules_are_asked_for_in_one_call_however_long(self) -> None:
        assert _calls("schedule", date(2026, 11, 1), 374) == [{"date_start": "2026-11-01", "date_stop": "2027-11-09"}]

    def test_a_refresh_of_the_shifts_takes_one_call(self) -> None:
        window = _window("shift")
        assert len(_calls("shift", date(2026, 11, 1), window.back + 1 + window.ahead)) == 1


class TestAttendance:
    @pytest.mark.parametrize(
        ("given", "title", "end"),
        [
            ({}, "09:00, 8 h, weekly: mon, tue, wed, thu, from 2026-03-02", "2026-12-31"),
            (
                {"repeat_until": None, "repeat_schedule": "bi_weekly", "weekdays": ["fri"]},
                "09:00, 8 h, bi-weekly: fri, from 2026-03-02",
                None,
            ),
            ({"repeat_schedule": "never", "repeat_until": None, "weekdays": None}, "09:00, 8 h, once, from 2026-03-02", "2026-03-02"),
            (
                {"start_time": "2000-01-01T13:30:00.000Z", "duration": 27000},
                "13:30, 7.5 h, weekly: mon, tue, wed, thu, from 2026-03-02",
                "2026-12-31",
            ),
        ],
    )
    def test_a_schedule_says_when_it_is(self, given: dict[str, Any], title: str, end: str | None) -> None:
        found = HUBSTAFF.entity("schedule").promoted({**recorded("schedule"), **given})
        assert (found["title"], found["moment"]) == (title, end)

    def test_a_shift_belongs_to_the_day_that_it_is_listed_under(self) -> None:
        """Its start may be on another day in UTC: then a walk of its day would take it for removed."""
        assert HUBSTAFF.entity("shift").promoted({**recorded("shift"), "start_time": "2026-11-15T22:30:00.000Z"})["moment"] == "2026-11-16"


class TestWatches:
    @pytest.mark.parametrize("status", ["early", "missed", "late"])
    def test_a_shift_counts_when_it_gets_the_status(self, status: str) -> None:
        watch = HUBSTAFF.watch_by_name[f"shifts_{status}"]
        planned, seen = {"status": "upcoming"}, {"status": status}
        assert watch.counts("changed", planned, seen)
        assert watch.counts("created", None, seen)
        assert not watch.counts("created", None, planned)
        assert not watch.counts("changed", seen, {**seen, "actual_duration": 7200})
        assert not watch.counts("changed", seen, planned)
        assert not watch.counts("removed", seen, None)

    def test_a_task_counts_when_it_is_completed_and_again_after_it_was_reopened(self) -> None:
        watch = HUBSTAFF.watch_by_name["tasks_completed"]
        active, completed = {"status": "active"}, {"status": "completed"}
        assert watch.counts("changed", active, completed)
        assert watch.counts("created", None, completed)
        assert not watch.counts("changed", completed, {**completed, "summary": "Renamed"})
        assert not watch.counts("changed", completed, active)

    @pytest.mark.parametrize(
        ("name", "entity", "changes"),
        [
            ("projects_created", "project", ("created",)),
            ("tasks_created", "task", ("created",)),
            ("clients_created", "client", ("created",)),
            ("schedules_created", "schedule", ("created",)),
            ("schedules_updated", "schedule", ("changed",)),
        ],
    )
    def test_the_others_count_every_change_of_their_kind(self, name: str, entity: str, changes: tuple[str, ...]) -> None:
        watch = HUBSTAFF.watch_by_name[name]
        told = [change for change in ("created", "changed", "removed") if watch.counts(change, {}, {})]
        assert (watch.entity, tuple(told)) == (entity, changes)

    def test_every_row_of_the_feature_list_is_served_once(self) -> None:
        rows = [*(operation.row for operation in HUBSTAFF.operations), *(watch.row for watch in HUBSTAFF.watches)]
        assert sorted(row for row in rows if row) == [f"H{number:02}" for number in range(1, 32)]


def _window(entity: str) -> Any:
    collect = HUBSTAFF.entity(entity).collect
    assert collect
    return collect.window


def _calls(entity: str, first: date, count: int) -> list[dict[str, Any]]:
    calls: list[dict[str, Any]] = _window(entity).inputs(first, first + timedelta(days=count - 1))
    return calls


def _days(first: date, count: int) -> list[date]:
    return [first + timedelta(days=number) for number in range(count)]


def test_the_own_links_of_an_integration_are_told_apart() -> None:
    first = recorded("project_link")
    link = HUBSTAFF.entity("project_link")
    assert len({link.id_of(first), link.id_of({**first, "project_id": 1}), link.id_of({**first, "integration_id": 1})}) == 3


class TestEditsOfTrackedTime:
    @pytest.mark.parametrize(
        ("edit", "first", "last"),
        [
            ({"starts_at": "2026-03-02T09:00:00Z", "stops_at": "2026-03-02T10:00:00Z"}, date(2026, 3, 2), date(2026, 3, 2)),
            (
                {
                    "starts_at": "2026-03-05T09:00:00Z",
                    "stops_at": "2026-03-05T10:00:00Z",
                    "original_starts_at": "2026-03-02T23:50:00Z",
                    "original_stops_at": "2026-03-03T00:10:00Z",
                },
                date(2026, 3, 2),
                date(2026, 3, 5),
            ),
            ({"starts_at": "2026-03-02T23:30:00-05:00", "stops_at": None}, date(2026, 3, 3), date(2026, 3, 3)),
            ({"starts_at": None, "original_starts_at": None}, date(2026, 3, 9), date(2026, 3, 9)),
        ],
    )
    def test_they_touch_the_days_of_the_time_as_it_was_and_as_it_is(self, edit: dict[str, Any], first: date, last: date) -> None:
        assert read_edited_days({"created_at": "2026-03-09T08:00:00Z", **edit}) == (first, last)


@given(st.datetimes(datetime(2026, 1, 1), datetime(2026, 2, 1), timezones=st.just(UTC)), st.timedeltas(timedelta(), timedelta(days=45)))
def test_updates_are_asked_for_without_a_gap_a_week_at_a_time(since: datetime, span: timedelta) -> None:
    calls = [[datetime.fromisoformat(moment) for moment in call.values()] for call in updates(since, since + span)]
    for (_, stop), (start, _) in pairwise(calls):
        assert stop == start
    assert all(timedelta() <= stop - start <= timedelta(days=7) for start, stop in calls)
    if calls:
        assert since - timedelta(seconds=1) < calls[0][0] <= since
        assert since + span - timedelta(seconds=1) < calls[-1][1] <= since + span
