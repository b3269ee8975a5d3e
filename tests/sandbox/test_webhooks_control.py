"""What goes wrong with webhooks: deliveries that fail, are held, doubled, turned round, lost or forged, and webhooks switched off."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.sandbox.conftest import Company, exchange_token, hubstaff_client, running
from tests.sandbox.receiver import Receiver, until
from tests.sandbox.test_webhooks_hubstaff import activated

Row = dict[str, Any]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as receiver:
        yield receiver


@pytest.fixture
def webhook(hubstaff: httpx.Client, company: Company, receiver: Receiver) -> Row:
    return activated(hubstaff, f"/organizations/{company.organization_id}", receiver)


def project_made(control: httpx.Client, name: str) -> None:
    assert control.post("/hubstaff/projects", json={"organization": 1, "name": name}).status_code == 201


def names(receiver: Receiver, count: int) -> list[str]:
    return [one.document["payload"]["name"] for one in receiver.wait(count)]


def sent(control: httpx.Client) -> list[Row]:
    """What was sent, but for secrets."""
    found: list[Row] = control.get("/deliveries").json()["deliveries"]
    return [one for one in found if one["kind"] != "handshake"]


def test_a_delivery_that_fails_is_tried_again_and_each_try_is_told(webhook: Row, control: httpx.Client, receiver: Receiver) -> None:
    receiver.statuses += [500, 503]
    project_made(control, "Thrice")
    assert names(receiver, 3) == ["Thrice"] * 3
    assert len({one.content for one in receiver.told}) == 1
    until(lambda: sent(control)[0]["state"] == "delivered", "the last answer")
    assert [one["status"] for one in sent(control)[0]["answers"]] == [500, 503, 200]


def test_a_delivery_to_nobody_is_given_up(webhook: Row, control: httpx.Client, receiver: Receiver) -> None:
    receiver.__exit__()
    project_made(control, "To nobody")
    until(lambda: sent(control)[0]["state"] == "failed", "the sandbox to give up")
    assert [one["status"] for one in sent(control)[0]["answers"]] == [0, 0, 0]
    assert all("ConnectError" in one["error"] for one in sent(control)[0]["answers"])
    receiver.__enter__()


def test_held_deliveries_come_when_they_are_let_go(webhook: Row, control: httpx.Client, receiver: Receiver) -> None:
    control.post("/switches", json={"webhooks_held": 1})
    for name in ("First", "Second"):
        project_made(control, name)
    assert [one["state"] for one in sent(control)] == ["held", "held"]
    assert receiver.told == []
    control.post("/switches", json={"webhooks_held": 0})
    assert names(receiver, 2) == ["First", "Second"]


def test_deliveries_come_in_order_unless_they_are_turned_round(webhook: Row, control: httpx.Client, receiver: Receiver) -> None:
    for number in range(5):
        project_made(control, str(number))
    assert names(receiver, 5) == ["0", "1", "2", "3", "4"]
    control.post("/switches", json={"webhooks_held": 1, "webhooks_reordered": 1})
    for name in ("First", "Second"):
        project_made(control, name)
    control.post("/switches", json={"webhooks_held": 0})
    assert names(receiver, 7)[5:] == ["Second", "First"]
    project_made(control, "Alone")
    assert names(receiver, 8)[7:] == ["Alone"]


def test_deliveries_are_doubled(webhook: Row, control: httpx.Client, receiver: Receiver) -> None:
    control.post("/switches", json={"webhooks_doubled": 1})
    project_made(control, "Twice")
    assert names(receiver, 2) == ["Twice", "Twice"]
    assert len({one.document["id"] for one in receiver.told}) == 1


def test_deliveries_are_lost_and_can_be_sent_after_all(webhook: Row, control: httpx.Client, receiver: Receiver) -> None:
    control.post("/switches", json={"webhooks_dropped": 1})
    project_made(control, "Lost")
    assert [one["state"] for one in sent(control)] == ["dropped"]
    control.post("/switches", json={"webhooks_dropped": 0})
    project_made(control, "Told")
    assert names(receiver, 1) == ["Told"]
    assert control.post("/webhooks/redeliver", json={"number": sent(control)[0]["number"]}).status_code == 200
    assert names(receiver, 2) == ["Told", "Lost"]
    assert control.post("/webhooks/redeliver", json={"number": 999_999}).status_code == 404


def test_a_delivery_is_sent_once_more_as_it_was(webhook: Row, control: httpx.Client, receiver: Receiver) -> None:
    project_made(control, "Again")
    receiver.wait(1)
    control.post("/webhooks/redeliver")
    first, second = receiver.wait(2)
    assert first == second


def test_a_forged_delivery_is_signed_with_another_secret(webhook: Row, control: httpx.Client, receiver: Receiver) -> None:
    given = {"webhook": webhook["id"], "event": "task.create", "payload": {"id": 7}}
    for signed in (False, True):
        control.post("/webhooks/forge", json={**given, "id": "de-1", "created_at": "2020-01-01T00:00:00Z", "signed": signed})
    forged, genuine = receiver.wait(2)
    assert forged.content == genuine.content
    assert forged.headers["x-hook-signature"] != genuine.headers["x-hook-signature"]
    assert forged.document == {"id": "de-1", "event": "task.create", "created_at": "2020-01-01T00:00:00Z", "payload": {"id": 7}}


def test_any_content_can_be_sent_and_is_tried_once(webhook: Row, control: httpx.Client, receiver: Receiver) -> None:
    receiver.statuses.append(400)
    control.post("/webhooks/forge", json={"webhook": webhook["id"], "content": "{no json", "signed": True})
    until(lambda: sent(control)[0]["state"] == "failed", "the answer")
    assert [one.content for one in receiver.told] == [b"{no json"]
    assert control.post("/webhooks/forge", json={"webhook": "nobody's"}).status_code == 404
    assert control.post("/webhooks/forge", json={}).status_code == 400


def test_timeghosts_deliveries_are_forged_with_another_password(timeghost: httpx.Client, control: httpx.Client, receiver: Receiver) -> None:
    config = {"url": receiver.url, "basicAuth": {"userName": "ada", "pass": "right"}}
    timeghost.post("/register_webhook/tags", json={"name": "Ours", "entity": "tags", "active": True, "config": config})
    [webhook] = control.get("/webhooks").json()["webhooks"]
    for signed in (False, True):
        control.post("/webhooks/forge", json={"webhook": webhook["id"], "payload": {"id": "ta-1"}, "signed": signed})
    forged, genuine = receiver.wait(2)
    assert forged.document == genuine.document == {"id": "ta-1"}
    assert forged.headers["authorization"] != genuine.headers["authorization"]


def test_a_webhook_that_was_switched_off_tells_nothing(
    webhook: Row, control: httpx.Client, hubstaff: httpx.Client, timeghost: httpx.Client, company: Company, receiver: Receiver
) -> None:
    ours = {"name": "Ours", "entity": "tags", "active": True, "config": {"url": receiver.url}}
    timeghost.post("/register_webhook/tags", json=ours)
    assert control.post("/webhooks/kill", json={"webhook": webhook["id"]}).json()["killed"] == 1
    assert hubstaff.get(f"/webhooks/{webhook['id']}").json()["webhook"]["status"] == "inactive"
    project_made(control, "Not told")
    assert control.post("/webhooks/kill").json()["killed"] == 2
    [listed] = timeghost.get(f"/get/workspaces/{company.workspace_id}").json()["webhooks"]
    assert listed["active"] is False
    timeghost.post("/add/tags", json={"name": "Not told", "tagType": 1})
    assert sent(control) == []


def test_a_reset_forgets_webhooks_and_what_is_on_its_way(webhook: Row, control: httpx.Client, receiver: Receiver) -> None:
    control.post("/switches", json={"webhooks_held": 1})
    project_made(control, "Held")
    control.post("/reset")
    project_made(control, "Unheard")
    assert control.get("/webhooks").json() == {"webhooks": []}
    assert control.get("/deliveries").json() == {"deliveries": []}
    assert receiver.told == []


def test_webhooks_survive_a_restart(tmp_path: Path, receiver: Receiver) -> None:
    with running(tmp_path) as address:
        token = exchange_token(address, "hubstaff-pat-1").json()["access_token"]
        organization = httpx.get(f"{address}/control/companies").json()["companies"][0]["organization_id"]
        with hubstaff_client(address, token) as hubstaff:
            activated(hubstaff, f"/organizations/{organization}", receiver)
    with running(tmp_path) as address, httpx.Client(base_url=f"{address}/control") as control:
        project_made(control, "After")
        assert names(receiver, 1) == ["After"]


def test_an_address_of_the_sandbox_takes_everything(address: str, control: httpx.Client) -> None:
    answer = httpx.post(f"{address}/control/echo", headers={"X-Hook-Secret": "abc"})
    assert (answer.status_code, answer.headers["x-hook-secret"]) == (200, "abc")
    assert "x-hook-secret" not in httpx.post(f"{address}/control/echo").headers
