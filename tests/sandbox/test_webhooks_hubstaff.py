"""Hubstaff's webhooks: proved by an echo, activated with the secret, signed, of whichever route a change came."""

import hashlib
import hmac
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.sandbox.conftest import Company, hubstaff_client, signed_in_token
from tests.sandbox.receiver import Receiver, until
from tests.sandbox.refusals import refused_fields

Row = dict[str, Any]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as receiver:
        yield receiver


@pytest.fixture
def webhook(hubstaff: httpx.Client, company: Company, receiver: Receiver) -> Row:
    """An active webhook for everything in the main company."""
    return activated(hubstaff, f"/organizations/{company.organization_id}", receiver)


def registered(hubstaff: httpx.Client, place: str, receiver: Receiver, *events: str) -> Row:
    answer = hubstaff.post(f"{place}/webhooks", json={"events": events or ["*"], "target_url": receiver.url})
    assert answer.status_code == 201, answer.text
    found: Row = answer.json()["webhook"]
    return found


def activated(hubstaff: httpx.Client, place: str, receiver: Receiver, *events: str) -> Row:
    before = len(receiver.secrets)
    webhook = registered(hubstaff, place, receiver, *events)
    until(lambda: len(receiver.secrets) > before, "the secret")
    answer = activate(hubstaff, webhook, receiver.secrets[-1])
    assert answer.status_code == 201, answer.text
    found: Row = answer.json()["webhook"]
    return found


def activate(hubstaff: httpx.Client, webhook: Row, secret: str) -> httpx.Response:
    return hubstaff.post(f"/webhooks/{webhook['id']}/activate", headers={"X-Hook-Secret": secret})


def events_of(receiver: Receiver, count: int) -> list[str]:
    return [one.document["event"] for one in receiver.wait(count)]


def test_it_waits_until_it_is_activated_with_the_secret_that_was_echoed(
    hubstaff: httpx.Client, company: Company, control: httpx.Client, receiver: Receiver
) -> None:
    webhook = registered(hubstaff, f"/organizations/{company.organization_id}", receiver, "task.create", "project.create")
    assert webhook["status"] == "pending"
    until(lambda: bool(receiver.secrets), "the secret")
    control.post("/hubstaff/projects", json={"organization": 1, "name": "Too early"})
    assert activate(hubstaff, webhook, "guessed").status_code == 403
    assert activate(hubstaff, webhook, receiver.secrets[0]).json()["webhook"]["status"] == "active"
    control.post("/hubstaff/projects", json={"organization": 1, "name": "In time"})
    assert [one.document["payload"]["name"] for one in receiver.wait(1)] == ["In time"]
    assert hubstaff.get(f"/webhooks/{webhook['id']}").json()["webhook"]["target_url"] == receiver.url


def test_an_address_that_does_not_echo_never_becomes_active(hubstaff: httpx.Client, company: Company) -> None:
    with Receiver(echoes=False) as receiver:
        webhook = registered(hubstaff, f"/organizations/{company.organization_id}", receiver)
        address = f"/webhooks/{webhook['id']}"
        until(lambda: hubstaff.get(address).json()["webhook"]["status"] == "failed", "the sandbox to give up")
        assert refused_fields(activate(hubstaff, webhook, receiver.secrets[0])) == {"target_url": "is invalid"}
        assert len(receiver.secrets) == 3


def test_each_delivery_is_signed_and_names_itself(webhook: Row, control: httpx.Client, receiver: Receiver) -> None:
    made = control.post("/hubstaff/projects", json={"organization": 1, "name": "Grüße 🙂"}).json()
    [told] = receiver.wait(1)
    expected = hmac.new(receiver.secrets[0].encode(), told.content, hashlib.sha256).hexdigest()
    assert told.headers["x-hook-signature"] == expected
    assert set(told.document) == {"id", "event", "created_at", "payload"}
    assert (told.document["event"], told.document["payload"]["id"], told.document["payload"]["name"]) == (
        "project.create", made["id"], "Grüße 🙂",
    )  # fmt: skip
    assert "organization_id" not in told.document["payload"], "as the list shows it"


def test_the_payload_may_stand_under_its_topic(webhook: Row, control: httpx.Client, receiver: Receiver) -> None:
    control.post("/switches", json={"hubstaff_payload_as": "topic"})
    made = control.post("/hubstaff/projects", json={"organization": 1, "name": "Below"}).json()
    assert receiver.wait(1)[0].document["payload"]["project"]["id"] == made["id"]


def test_changes_by_the_api_are_told(webhook: Row, hubstaff: httpx.Client, company: Company, project: Row, receiver: Receiver) -> None:
    organization, me = f"/organizations/{company.organization_id}", hubstaff.get("/users/me").json()["user"]["id"]
    hubstaff.post(f"{organization}/projects", json={"name": "New"})
    hubstaff.post(f"{organization}/clients", json={"name": "New"})
    task = hubstaff.post(f"/projects/{project['id']}/tasks", json={"summary": "New"}).json()["task"]
    for assignees in ([me], []):
        task = hubstaff.put(f"/tasks/{task['id']}", json={"lock_version": task["lock_version"], "assignee_ids": assignees}).json()["task"]
    assert events_of(receiver, 5) == ["project.create", "client.create", "task.create", "task.assign", "task.unassign"]


def test_changes_by_hand_and_by_the_pages_are_told(
    webhook: Row, address: str, control: httpx.Client, project: Row, receiver: Receiver
) -> None:
    control.post("/hubstaff/tasks", json={"project": project["id"], "name": "By hand"})
    httpx.post(f"{address}/hubstaff/projects/{project['id']}/tasks", data={"name": "By a page"})
    assert [one.document["payload"]["summary"] for one in receiver.wait(2)] == ["By hand", "By a page"]


def test_schedules_and_shifts_are_told(webhook: Row, control: httpx.Client, company: Company, receiver: Receiver) -> None:
    today = datetime.now(UTC).date()
    new = {"organization": 1, "user": company.owner, "start_date": (today - timedelta(days=2)).isoformat(), "start_time": "9:30"}
    schedule = control.post("/hubstaff/schedules", json=new).json()
    control.post(f"/hubstaff/schedules/{schedule['id']}/change", json={"duration": 18000})
    shift = control.post("/hubstaff/shifts", json={"schedule": schedule["id"], "date": new["start_date"], "status": "missed"}).json()
    control.post(f"/hubstaff/shifts/{shift['id']}/status", json={"status": "missed"})
    control.post(f"/hubstaff/shifts/{shift['id']}/status", json={"status": "late"})
    control.post(f"/hubstaff/schedules/{schedule['id']}/delete")
    assert events_of(receiver, 5) == ["schedule.create", "schedule.update", "shift.missed", "shift.late", "schedule.delete"]
    missed = receiver.told[2].document["payload"]
    assert (missed["id"], missed["status"], missed["date"]) == (shift["id"], "missed", new["start_date"])


def test_a_webhook_of_a_project_is_told_of_that_project_alone(
    hubstaff: httpx.Client, control: httpx.Client, company: Company, project: Row, receiver: Receiver
) -> None:
    activated(hubstaff, f"/projects/{project['id']}", receiver)
    other = hubstaff.get(f"/organizations/{company.organization_id}/projects").json()["projects"][1]
    for one in (other, project):
        control.post("/hubstaff/tasks", json={"project": one["id"], "name": "New"})
    assert [one.document["payload"]["project_id"] for one in receiver.wait(1)] == [project["id"]]


def test_a_webhook_of_a_person_is_told_of_what_is_about_them(
    hubstaff: httpx.Client, control: httpx.Client, company: Company, project: Row, receiver: Receiver
) -> None:
    activated(hubstaff, "/users/me", receiver)
    for assignees in ([], [company.owner]):
        control.post("/hubstaff/tasks", json={"project": project["id"], "name": f"For {len(assignees)}", "assignees": assignees})
    assert [one.document["payload"]["summary"] for one in receiver.wait(1)] == ["For 1"]


def test_only_what_was_asked_for_is_told_and_nothing_after_it_is_deleted(
    hubstaff: httpx.Client, control: httpx.Client, company: Company, receiver: Receiver
) -> None:
    organization = f"/organizations/{company.organization_id}"
    some, other = (activated(hubstaff, organization, receiver, event) for event in ("client.create", "project.create"))
    control.post("/hubstaff/projects", json={"organization": 1, "name": "Told"})
    assert events_of(receiver, 1) == ["project.create"]
    assert hubstaff.delete(f"/webhooks/{other['id']}").status_code == 204
    assert hubstaff.get(f"/webhooks/{other['id']}").status_code == 404
    control.post("/hubstaff/projects", json={"organization": 1, "name": "Not told"})
    hubstaff.post(f"{organization}/clients", json={"name": "Told"})
    assert events_of(receiver, 2) == ["project.create", "client.create"]
    assert hubstaff.get(f"/webhooks/{some['id']}").json()["webhook"]["status"] == "active"


def test_another_organization_is_not_told(webhook: Row, control: httpx.Client, receiver: Receiver) -> None:
    for organization in (2, 1):
        control.post("/hubstaff/projects", json={"organization": organization, "name": f"Of {organization}"})
    assert [one.document["payload"]["name"] for one in receiver.wait(1)] == ["Of 1"]


def test_webhooks_are_for_those_who_lead_and_are_nobody_elses(
    address: str, webhook: Row, colleague: httpx.Client, company: Company, receiver: Receiver
) -> None:
    body = {"events": ["task.create"], "target_url": receiver.url}
    assert colleague.post(f"/organizations/{company.organization_id}/webhooks", json=body).status_code == 403
    with hubstaff_client(address, signed_in_token(address, "jonas.weidner@northlight.example")) as other:
        assert other.get(f"/webhooks/{webhook['id']}").status_code == 404
        assert other.delete(f"/webhooks/{webhook['id']}").status_code == 404


@pytest.mark.parametrize("target", ["", "hooks", "ftp://example.com/x", "http://", "http://[", "https://a b/", "javascript:alert(1)"])
def test_an_address_that_cannot_be_posted_to_is_refused(hubstaff: httpx.Client, company: Company, target: str) -> None:
    body = {"events": ["task.made", "task.create"], "target_url": target}
    answer = hubstaff.post(f"/organizations/{company.organization_id}/webhooks", json=body)
    assert refused_fields(answer) == {"events": "is invalid", "target_url": "is invalid"}


def test_a_refused_request_tells_nothing(webhook: Row, hubstaff: httpx.Client, control: httpx.Client, receiver: Receiver) -> None:
    assert hubstaff.post("/projects/1/tasks", json={"summary": "Nowhere"}).status_code == 404
    control.post("/hubstaff/projects", json={"organization": 1, "name": "Told"})
    assert events_of(receiver, 1) == ["project.create"]
