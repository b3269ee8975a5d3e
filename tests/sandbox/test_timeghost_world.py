"""What stands in each timeghost workspace at the beginning, beside clients, projects, tasks and times."""

from datetime import date
from pathlib import Path
from random import Random

import httpx

from integrations.sandbox.kinds import TIMEGHOST_COMEGO, TIMEGHOST_FEED_EVENT, TIMEGHOST_TIME, Kind
from integrations.sandbox.seeding.companies import COMPANIES
from integrations.sandbox.seeding.company import World
from integrations.sandbox.seeding.working_hours import plant_working_hours
from integrations.sandbox.server import opened
from integrations.sandbox.store import Store
from tests.sandbox.conftest import timeghost_client
from tests.sandbox.test_timeghost_rules import told


def test_every_workspace_has_working_hours_feed_events_pins_and_tagged_times(address: str, control: httpx.Client) -> None:
    for number, company in enumerate(control.get("/companies").json()["companies"], start=1):
        with timeghost_client(address, f"timeghost-key-{number}", company["workspace_id"]) as client:
            entries = told(client.get("/get/comego"))
            assert {entry["type"] for entry in entries} == {"work", "break"}
            assert [entry["end"] for entry in entries].count(None) == 1
            assert len(told(client.get("/get/currentuser"))["pinnedProjects"]) == 2
            tags = {tag["id"]: tag["tagType"] for tag in told(client.get("/get/tags"))}
            used = [tag["id"] for time in told(client.get("/get/times?$filter-date-range=all_time")) for tag in time["tags"]]
            assert {tags[identity] for identity in used} == {1}
            assert any(project["tags"] for project in told(client.get("/get/projects")))


def test_what_was_planted_is_the_same_for_the_same_seed(address: str, control: httpx.Client, tmp_path: Path) -> None:
    store = opened(tmp_path, 1, fresh=True).store
    for number, company in enumerate(control.get("/companies").json()["companies"], start=1):
        workspace_id = company["workspace_id"]
        with timeghost_client(address, f"timeghost-key-{number}", workspace_id) as client:
            assert [entry["id"] for entry in told(client.get("/get/comego"))] == planted(store, TIMEGHOST_COMEGO, workspace_id)
            for identity in planted(store, TIMEGHOST_FEED_EVENT, workspace_id):
                assert client.post(f"/update/customfeedevent/{identity}", json={}).status_code == 200
            tagged = {
                time["id"]: [tag["id"] for tag in time["tags"]] for time in told(client.get("/get/times?$filter-date-range=all_time"))
            }
            assert tagged == {time["id"]: time["tags"] for time in store.of_tenant(TIMEGHOST_TIME, workspace_id)}
    store.close()


def planted(store: Store, kind: Kind, workspace_id: str) -> list[str]:
    return [record["id"] for record in store.of_tenant(kind, workspace_id)]


def test_working_hours_have_the_same_ids_whatever_the_day(tmp_path: Path) -> None:
    stores = [Store(tmp_path / name) for name in ("one", "other")]
    users = [{"id": str(number)} for number in range(4)]
    for store, today in zip(stores, (date(2024, 2, 29), date(2025, 1, 5)), strict=True):
        plant_working_hours(store, World(Random(1), today), COMPANIES[0], "here", users)
    first, second = (planted(store, TIMEGHOST_COMEGO, "here") for store in stores)
    assert first == second != []
    for store in stores:
        store.close()
