"""Starting, stopping and what survives it."""

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from integrations.sandbox import moments
from integrations.sandbox.kinds import (
    HUBSTAFF_CLIENT_INVOICE,
    HUBSTAFF_INTEGRATION,
    HUBSTAFF_INVITE,
    HUBSTAFF_SCHEDULE,
    HUBSTAFF_TEAM_INVOICE,
    WORLD,
)
from integrations.sandbox.seeding.companies import begin_anew
from integrations.sandbox.server import opened
from tests.sandbox.conftest import ROOT, exchange_token, hubstaff_client, running


def test_the_state_survives_a_stop(tmp_path: Path) -> None:
    with running(tmp_path) as address:
        made = httpx.post(f"{address}/control/hubstaff/projects", json={"organization": 1, "name": "Kept"}).json()
    with running(tmp_path) as address:
        assert httpx.get(f"{address}/control/hubstaff/projects/{made['id']}").json()["name"] == "Kept"


def test_a_fresh_start_forgets(tmp_path: Path) -> None:
    with running(tmp_path) as address:
        made = httpx.post(f"{address}/control/hubstaff/projects", json={"organization": 1, "name": "Gone"}).json()
    with running(tmp_path, "--fresh") as address:
        assert httpx.get(f"{address}/control/hubstaff/projects/{made['id']}").status_code == 404


def test_the_same_seed_makes_the_same_world_and_another_seed_another(tmp_path: Path) -> None:
    def workspaces(folder: str, seed: str) -> list[str]:
        with running(tmp_path / folder, "--seed", seed) as address:
            return [one["workspace_id"] for one in httpx.get(f"{address}/control/companies").json()["companies"]]

    assert workspaces("one", "7") == workspaces("two", "7") != workspaces("three", "8")


def test_a_world_that_an_older_edition_made_is_no_beginning_to_return_to(tmp_path: Path) -> None:
    runtime = opened(tmp_path, seed=1, fresh=True)
    world = runtime.store.get(WORLD, 1) or {}
    with runtime.store.transaction():
        runtime.store.put(WORLD, {**world, "edition": world["edition"] - 1})
        for invite in list(runtime.store.every(HUBSTAFF_INVITE)):
            runtime.store.remove(HUBSTAFF_INVITE, invite["id"])
        begin_anew(runtime.store, 1)
    assert runtime.store.get(WORLD, 1) == world
    assert list(runtime.store.every(HUBSTAFF_INVITE))
    runtime.store.close()


def test_what_surrounds_the_work_has_the_same_ids_whatever_the_day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kinds = (HUBSTAFF_INVITE, HUBSTAFF_TEAM_INVOICE, HUBSTAFF_CLIENT_INVOICE, HUBSTAFF_SCHEDULE, HUBSTAFF_INTEGRATION)

    def ids(day: datetime) -> list[list[int]]:
        monkeypatch.setattr(moments, "now", lambda: day)
        runtime = opened(tmp_path / day.date().isoformat(), seed=1, fresh=True)
        found = [[record["id"] for record in runtime.store.every(kind)] for kind in kinds]
        runtime.store.close()
        return found

    some, other = (ids(datetime(2026, month, day, 12, tzinfo=UTC)) for month, day in ((3, 1), (8, 31)))
    assert some == other
    assert all(some)


def test_a_taken_port_is_refused(address: str, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "integrations.sandbox", "--port", address.rpartition(":")[2], "--data", str(tmp_path)]
    second = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=20, check=False)
    assert second.returncode != 0


def test_tokens_survive_a_restart(tmp_path: Path) -> None:
    with running(tmp_path) as address:
        token = exchange_token(address, "hubstaff-pat-1").json()["access_token"]
    with running(tmp_path) as address, hubstaff_client(address, token) as hubstaff:
        assert hubstaff.get("/users/me").status_code == 200
