"""One sandbox for all tests, as a process of its own on a free port, as it began for each test that asks."""

import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

ROOT = Path(__file__).parents[2]
PATIENCE = 20


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(data: Path, *arguments: str, port: int | None = None) -> Iterator[str]:
    """A sandbox on a folder; gives its address."""
    process, address = _started(data, arguments, port)
    with process:
        try:
            yield address
        finally:
            process.terminate()
            assert process.wait(PATIENCE) == 0, "the sandbox stops cleanly"


def _started(data: Path, arguments: tuple[str, ...], port: int | None) -> tuple[subprocess.Popen[str], str]:
    """Between finding a free port and listening on it somebody else may take it: then another one is tried."""
    for _ in range(1 if port else 3):
        chosen = port or free_port()
        command = [sys.executable, "-m", "integrations.sandbox", "--port", str(chosen), "--data", str(data), *arguments]
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert process.stdout
        line = process.stdout.readline()
        if "listens" in line:
            return process, f"http://127.0.0.1:{chosen}"
        process.wait(PATIENCE)
        process.stdout.close()
    raise AssertionError(f"the sandbox said {line!r}")


@dataclass(frozen=True)
class Company:
    """The main company on both sides."""

    organization_id: int
    workspace_id: str
    owner: str


@pytest.fixture(scope="session")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running(tmp_path_factory.mktemp("sandbox")) as address:
        yield address


@pytest.fixture
def control(address: str) -> Iterator[httpx.Client]:
    """The switches of a sandbox that is as it was at the beginning."""
    with httpx.Client(base_url=f"{address}/control", timeout=PATIENCE) as client:
        client.post("/reset").raise_for_status()
        yield client


@pytest.fixture
def company(control: httpx.Client) -> Company:
    found = control.get("/companies").json()["companies"][0]
    return Company(found["organization_id"], found["workspace_id"], found["owner"])


def exchange_token(address: str, refresh_token: str) -> httpx.Response:
    """A personal access token needs no client."""
    form = {"grant_type": "refresh_token", "refresh_token": refresh_token}
    return httpx.post(f"{address}/hubstaff-account/access_tokens", data=form, timeout=PATIENCE)


def hubstaff_client(address: str, token: str) -> httpx.Client:
    headers = {"Authorization": f"Bearer {token}"}
    return httpx.Client(base_url=f"{address}/hubstaff/v2", headers=headers, timeout=PATIENCE)


def signed_in_token(address: str, email: str) -> str:
    """An access token of Hubstaff for somebody who authorized the sandbox's client in the browser."""
    client, there = ("timebridge-sandbox", "sandbox-secret"), f"{address}/hubstaff-account"
    back = "http://localhost/callback"
    asked = {"client_id": client[0], "redirect_uri": back, "response_type": "code", "state": "s", "nonce": "n"}
    form = {**asked, "scope": "openid hubstaff:read hubstaff:write", "person": email, "decision": "authorize"}
    code = httpx.post(f"{there}/authorizations/new", data=form).headers["location"].partition("code=")[2].partition("&")[0]
    grant = {"grant_type": "authorization_code", "code": code, "redirect_uri": back}
    return str(httpx.post(f"{there}/access_tokens", data=grant, auth=client).json()["access_token"])


@pytest.fixture
def colleague(address: str, control: httpx.Client) -> Iterator[httpx.Client]:
    """Hubstaff for somebody of the main company who leads nothing but may manage a project."""
    with hubstaff_client(address, signed_in_token(address, "jonas.weidner@northlight.example")) as client:
        yield client


@pytest.fixture
def hubstaff(address: str, control: httpx.Client) -> Iterator[httpx.Client]:
    """Hubstaff for the owner of the main company."""
    token = exchange_token(address, "hubstaff-pat-1").json()["access_token"]
    with hubstaff_client(address, token) as client:
        yield client


def timeghost_client(address: str, key: str, workspace_id: str) -> httpx.Client:
    headers = {"x-api-key": key, "workspace-id": workspace_id}
    return httpx.Client(base_url=f"{address}/timeghost/api", headers=headers, timeout=PATIENCE)


@pytest.fixture
def timeghost(address: str, company: Company) -> Iterator[httpx.Client]:
    """timeghost for an admin of the main company."""
    with timeghost_client(address, "timeghost-key-1", company.workspace_id) as client:
        yield client


@pytest.fixture
def member(address: str, company: Company) -> Iterator[httpx.Client]:
    """timeghost for a plain member of the main company."""
    with timeghost_client(address, "timeghost-key-member-1", company.workspace_id) as client:
        yield client


def walked(client: httpx.Client, path: str, name: str, **query: Any) -> list[dict[str, Any]]:
    """Every row of a paged list of Hubstaff's."""
    rows: list[dict[str, Any]] = []
    start: int | None = 0
    while start is not None:
        answer = client.get(path, params={"page_start_id": start, **query})
        assert answer.status_code == 200, answer.text
        rows += answer.json()[name]
        start = answer.json().get("pagination", {}).get("next_page_start_id")
    return rows


@pytest.fixture
def project(hubstaff: httpx.Client, company: Company) -> dict[str, Any]:
    """An active project of the main company, with members."""
    found: list[dict[str, Any]] = hubstaff.get(f"/organizations/{company.organization_id}/projects").json()["projects"]
    return found[0]


@pytest.fixture
def task(hubstaff: httpx.Client, project: dict[str, Any]) -> dict[str, Any]:
    """A new task in that project."""
    answer = hubstaff.post(f"/projects/{project['id']}/tasks", json={"summary": "Water the plants"})
    found: dict[str, Any] = answer.json()["task"]
    return found
