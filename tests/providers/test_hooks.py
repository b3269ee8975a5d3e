"""How the deliveries and answers of the providers that we know are read, and when what they tell of happened."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from integrations.catalogue import HookDraft, Registered, Told, Watch
from integrations.catalogue.reading import read
from integrations.providers import get_provider
from integrations.providers.hubstaff import hooks as hubstaff
from integrations.providers.timeghost import hooks as timeghost
from tests.providers.examples import recording

HUBSTAFF, TIMEGHOST = get_provider("hubstaff"), get_provider("timeghost")
DRAFT = HookDraft("https://us.example/hooks/1", "Tasks · Timebridge 0a1b2c3d", "tasks", ("add", "delete"), "ada", "hush")
NOON = "2026-11-16T12:00:00.000Z"


def recorded(provider: Any, entity: str) -> dict[str, Any]:
    return recording(provider, provider.entity(entity))


def happened(watch: Watch, data: dict[str, Any]) -> Any:
    """When it happened, as the record tells."""
    assert watch.moment
    return read(watch.moment, data)


class TestHubstaff:
    @pytest.mark.parametrize(
        "payload", [{"id": 7, "project_id": 5}, {"task": {"id": 7, "project_id": 5}, "id": 99}, {"task": 99, "id": 7, "project_id": 5}]
    )
    def test_a_delivery_names_its_record_whatever_the_payload_looks_like(self, payload: Any) -> None:
        body = {"id": "de-1", "event": "task.create", "created_at": NOON, "payload": payload}
        assert hubstaff.read_delivery(body) == Told("task.create", "de-1", datetime(2026, 11, 16, 12, tzinfo=UTC), "7", "5")

    @pytest.mark.parametrize("body", [None, [], "task.create", 7, {}, {"payload": []}, {"event": {}, "id": True, "payload": {"id": [7]}}])
    def test_a_delivery_of_another_shape_tells_nothing(self, body: Any) -> None:
        assert hubstaff.read_delivery(body) == Told()

    @pytest.mark.parametrize("answer", [{"webhook": {"id": "wh-1"}}, {"id": "wh-1"}])
    def test_a_registration_answers_the_id(self, answer: Any) -> None:
        assert hubstaff.registered(answer) == "wh-1"

    def test_one_that_is_active_lives(self) -> None:
        assert hubstaff.is_alive({"webhook": {"status": "active"}})
        assert hubstaff.is_alive({"status": "active"})
        assert not hubstaff.is_alive({"webhook": {"status": "inactive"}})
        assert not hubstaff.is_alive({"webhook": {"status": "pending"}})
        assert not hubstaff.is_alive(None)

    def test_the_secret_travels_in_its_header(self) -> None:
        request = HUBSTAFF.operation("activate_webhook").request(hubstaff.activation("wh-1", "hush"), "411001")
        assert (request.method, request.path, request.headers) == ("POST", "/v2/webhooks/wh-1/activate", {"X-Hook-Secret": "hush"})
        assert request.body is None

    def test_a_webhook_is_registered_for_the_organization(self) -> None:
        request = HUBSTAFF.operation("register_webhook").request(hubstaff.registration(DRAFT), "411001")
        assert request.path == "/v2/organizations/411001/webhooks"
        assert request.body == {"events": ["add", "delete"], "target_url": "https://us.example/hooks/1"}

    def test_a_shift_happened_when_somebody_came_or_should_have(self) -> None:
        """It is listed under a day of its schedule's zone: here Monday morning in Tokyo, which is Sunday in UTC."""
        late, shift = HUBSTAFF.watch_by_name["shifts_late"], recorded(HUBSTAFF, "shift")
        tokyo = {**shift, "date": "2026-11-16", "start_time": "2026-11-15T23:30:00.000Z", "actual_start_time": None}
        assert happened(late, tokyo) == "2026-11-15T23:30:00.000Z"
        assert happened(late, {**tokyo, "actual_start_time": "2026-11-15T23:50:00.000Z"}) == "2026-11-15T23:50:00.000Z"

    def test_a_status_that_is_corrected_back_and_forth_is_one_event(self) -> None:
        late = HUBSTAFF.watch_by_name["shifts_late"]
        on_time, came_late = ({**recorded(HUBSTAFF, "shift"), "status": status} for status in ("ontime", "late"))
        assert late.counts("changed", on_time, came_late)
        assert late.key_of("changed", "7", 100) == late.key_of("changed", "7", 300)

    def test_a_schedule_counts_as_updated_once_it_was_changed(self) -> None:
        updated, schedule = HUBSTAFF.watch_by_name["schedules_updated"], recorded(HUBSTAFF, "schedule")
        assert updated.has_happened(schedule)
        assert not updated.has_happened({**schedule, "updated_at": schedule["created_at"]})
        assert not updated.has_happened({**schedule, "updated_at": None})

    def test_a_task_was_completed_when_it_says_so(self) -> None:
        completed, task = HUBSTAFF.watch_by_name["tasks_completed"], recorded(HUBSTAFF, "task")
        assert happened(completed, {**task, "completed_at": NOON}) == NOON
        assert happened(completed, task) == task["updated_at"]


class TestTimeghost:
    RECORD = {"id": "ta-1", "status": "deleted", "project": {"id": "pr-1"}}

    @pytest.mark.parametrize("body", [RECORD, [RECORD], {"data": RECORD}, {"payload": RECORD}, [{"record": RECORD}]])
    def test_a_delivery_hints_at_its_record_and_project(self, body: Any) -> None:
        assert timeghost.read_delivery(body) == Told("delete", record_id="ta-1", parent_id="pr-1")

    @pytest.mark.parametrize("body", [None, [], [[]], "add", 7, {}, {"status": []}, {"project": "pr-1"}, {"data": [7], "id": {}}])
    def test_a_delivery_of_another_shape_hints_at_nothing(self, body: Any) -> None:
        assert timeghost.read_delivery(body) == Told()

    def test_an_event_that_is_named_counts(self) -> None:
        assert timeghost.read_delivery({"event": "update", "data": self.RECORD}).event == "update"

    def test_webhooks_are_told_apart_by_their_names(self) -> None:
        workspace = {"webhooks": [{"name": "Ours", "entity": "tasks", "active": True}, {"name": "Off"}, "odd", None]}
        assert timeghost.listed(workspace) == [Registered("Ours", True, "tasks"), Registered("Off", False)]
        assert timeghost.listed({"webhooks": None}) == timeghost.listed([]) == []

    def test_a_webhook_is_registered_with_credentials(self) -> None:
        request = TIMEGHOST.operation("register_webhook").request(timeghost.registration(DRAFT), "ws-1")
        assert (request.path, request.headers) == ("/register_webhook/tasks", {"workspace-id": "ws-1"})
        assert request.body == {
            "name": "Tasks · Timebridge 0a1b2c3d",
            "entity": "tasks",
            "active": True,
            "events": ["add", "delete"],
            "config": {"url": "https://us.example/hooks/1", "basicAuth": {"userName": "ada", "pass": "hush"}},
        }

    def test_what_a_person_may_see_of_webhooks_holds_no_credentials(self) -> None:
        """A workspace can be got by hand, and its answer is kept and shown."""
        assert "config" in TIMEGHOST.secret_keys

    def test_tasks_and_times_are_narrowed_to_a_project(self) -> None:
        narrowed = {watch.entity for watch in TIMEGHOST.watches for field in watch.inputs if field.name == "project"}
        assert narrowed == {"task", "time"}
