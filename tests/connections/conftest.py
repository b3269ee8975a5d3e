"""A sandbox of our own as the other side, and a way to do by hand what the worker does."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from django.utils import timezone

from integrations.connections import tasks
from integrations.connections.models import Authorization, Connection, Discovery
from integrations.providers import get_provider
from portal.accounts.models import User
from portal.organizations.models import Organization
from portal.organizations.scope import bind, scope

ROOT = Path(__file__).resolve().parents[2]


class Sandbox:
    """The providers, played by a process of their own, and its back door."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._http = httpx.Client(base_url=url)

    def close(self) -> None:
        self._http.close()

    def control(self, path: str, **given: Any) -> Any:
        return self._http.post(f"/control/{path}", json=given).raise_for_status().json()

    def fault(self, match: str, fault: str, times: int = 1, after_commit: bool = False) -> None:
        self.control("faults", match=f"*{match}*", fault=fault, times=times, after_commit=after_commit)

    def requests(self, part: str = "") -> list[dict[str, Any]]:
        found = self._http.get("/control/requests").raise_for_status().json()["requests"]
        return [request for request in found if part in request["path"]]

    def calm(self) -> None:
        self._http.delete("/control/faults").raise_for_status()
        self._http.delete("/control/requests").raise_for_status()
        self.control("switches", latency=0, access_token_life=86400)

    def decide(self, address: str, decision: str = "authorize") -> dict[str, str]:
        """Answers the sign-in page as a person would; gives the query that the browser comes back with."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        page = self._http.get(address)
        assert page.status_code == 200, page.text
        person = page.text.split('<option value="', 1)[1].split('"', 1)[0]
        answer = self._http.post(address.split("?")[0], data={**asked, "person": person, "decision": decision})
        assert answer.status_code in {302, 303}, answer.text
        return {name: values[0] for name, values in parse_qs(urlsplit(answer.headers["location"]).query).items()}


@pytest.fixture(scope="session")
def sandbox_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folder = tmp_path_factory.mktemp("sandbox")
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "integrations.sandbox", "--port", str(port), "--data", str(folder)], cwd=ROOT, stdout=log, stderr=log
        )
    url = f"http://127.0.0.1:{port}"
    try:
        _wait_for(url, process)
        yield url
    finally:
        process.terminate()
        process.wait(10)


def _wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    for _ in range(300):
        assert process.poll() is None, "the sandbox ended"
        try:
            httpx.get(f"{url}/health").raise_for_status()
            return
        except httpx.HTTPError:
            time.sleep(0.1)
    raise AssertionError("the sandbox did not come up")


@pytest.fixture
def sandbox(sandbox_process: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    """The sandbox as the address of every provider, calm at the beginning."""
    for name, value in {
        "HUBSTAFF_API_URL": f"{sandbox_process}/hubstaff",
        "HUBSTAFF_ACCOUNT_URL": f"{sandbox_process}/hubstaff-account",
        "HUBSTAFF_CLIENT_ID": "timebridge-sandbox",
        "HUBSTAFF_CLIENT_SECRET": "sandbox-secret",
        "TIMEGHOST_API_URL": f"{sandbox_process}/timeghost/api",
        "MICROSOFT_LOGIN_URL": f"{sandbox_process}/entra",
        "MICROSOFT_CLIENT_ID": "timebridge-sandbox-entra",
        "MICROSOFT_CLIENT_SECRET": "sandbox-secret",
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("portal.work.claims.wake", lambda: None)
    monkeypatch.setattr("integrations.transport.client.FIRST_PAUSE", 0.01)
    sandbox = Sandbox(sandbox_process)
    sandbox.calm()
    yield sandbox
    sandbox.calm()
    sandbox.close()


class Office:
    """An organization with its owner, and the worker's part done by hand."""

    def __init__(self, organization: Organization, person: User) -> None:
        self.organization, self.person = organization, person

    def work(self) -> None:
        """Does everything that is due, as sweep and worker would, until nothing is."""
        while due := self._due():
            for row in due:
                self._run(row)

    def work_on(self, row: Connection | Authorization) -> None:
        with scope(self.organization.id):
            type(row).objects.filter(pk=row.pk).update(due_at=timezone.now())
        self.work()

    def connection(self) -> Connection:
        """The only one."""
        with scope(self.organization.id):
            return Connection.objects.get()

    def connections(self) -> list[Connection]:
        with scope(self.organization.id):
            return list(Connection.objects.all())

    def again(self, connection: Connection) -> Connection:
        """The connection as it is now."""
        with scope(self.organization.id):
            connection.refresh_from_db()
        return connection

    def connect(self, provider: str, sign_in: str, secret: str, name: str = "Ours") -> Connection:
        """A connection by secret, looked at once."""
        from integrations.connections.services import connect_with_secret

        declared = get_provider(provider)
        with scope(self.organization.id):
            connection = connect_with_secret(declared, declared.sign_in(sign_in), name, secret, self.person)
        self.work()
        return self.again(connection)

    def _due(self) -> list[Connection | Authorization]:
        with scope(self.organization.id):
            return [row for model in (Authorization, Connection) for row in model.objects.filter(due_at__lte=timezone.now())]

    def _run(self, row: Connection | Authorization) -> None:
        claim = uuid.uuid4()
        with scope(self.organization.id):
            type(row).objects.filter(pk=row.pk).update(claim=claim, claimed_until=timezone.now())
        task = tasks.verify if isinstance(row, Connection) else tasks.authorize
        task(str(self.organization.id), str(row.pk), str(claim))


@pytest.fixture
def office(organization: Organization, alice: User, sandbox: Sandbox) -> Iterator[Office]:
    """Alice's organization, bound for the length of the test."""
    with bind(organization.id):
        yield Office(organization, alice)


@pytest.fixture
def known_issuers(db: None, office: Office) -> None:
    """As if somebody had signed in this week."""
    from integrations.connections.issuers import ask_issuer

    for provider, sign_in in (("hubstaff", "oauth"), ("timeghost", "microsoft")):
        ask_issuer(get_provider(provider).sign_in(sign_in))  # type: ignore[arg-type]
    assert Discovery.objects.count() == 2
