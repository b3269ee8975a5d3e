"""Starting, stopping and what survives it."""

import subprocess
import sys
from pathlib import Path

import httpx

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


def test_a_taken_port_is_refused(address: str, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "integrations.sandbox", "--port", address.rpartition(":")[2], "--data", str(tmp_path)]
    second = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=20, check=False)
    assert second.returncode != 0


def test_tokens_survive_a_restart(tmp_path: Path) -> None:
    with running(tmp_path) as address:
        token = exchange_token(address, "hubstaff-pat-1").json()["access_token"]
    with running(tmp_path) as address, hubstaff_client(address, token) as hubstaff:
        assert hubstaff.get("/users/me").status_code == 200
