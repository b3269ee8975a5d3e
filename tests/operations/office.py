"""An organization that is connected to the sandbox, and the worker's part done by hand."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from integrations.connections import tasks
from integrations.connections.models import Connection, State
from integrations.connections.services import choose_workspace, connect_with_secret
from integrations.operations.models import Run
from integrations.operations.tasks import execute
from integrations.providers import get_provider
from integrations.records.collecting import list_of
from integrations.records.models import Record
from integrations.records.tasks import refresh
from portal.accounts.models import User
from portal.organizations.models import Organization
from portal.organizations.scope import scope
from portal.work.models import DueModel
from tests.operations.filling import Page, fill
from tests.sandbox.conftest import PATIENCE, running

SIGN_INS = {"hubstaff": ("personal_token", "hubstaff-pat-1"), "timeghost": ("api_key", "timeghost-key-1")}


@contextmanager
def sandbox_of(folder: Path) -> Iterator[httpx.Client]:
    """A sandbox, and its back door."""
    with running(folder) as address, httpx.Client(base_url=address, timeout=PATIENCE) as client:
        yield client


class Office:
    """What a member does in the browser, and what workers do meanwhile. Its organization is bound."""

    def __init__(self, organization: Organization, person: User, browser: Client, sandbox: httpx.Client) -> None:
        self.organization, self.person, self.browser, self.sandbox = organization, person, browser, sandbox

    def connect(self, provider_name: str) -> Connection:
        provider, (sign_in, secret) = get_provider(provider_name), SIGN_INS[provider_name]
        with scope():
            connection = connect_with_secret(provider, provider.sign_in(sign_in), f"Our {provider.label}", secret, self.person)
        self._work(tasks.verify, connection)
        with scope():
            connection.refresh_from_db()
            if connection.state == State.CHOOSING:
                choose_workspace(connection, connection.workspaces[0]["id"], self.person)
            connection.refresh_from_db()
        assert connection.is_connected, connection.problem
        return connection

    def collect(self, connection: Connection, *entities: str) -> None:
        for entity in entities:
            with scope():
                record_list = list_of(connection, entity)
            self._work(refresh, record_list)

    def address(self, connection: Connection, operation: str) -> str:
        place = {"organization": self.organization.slug, "connection": connection.pk, "operation": operation}
        return reverse("operations:action", kwargs=place)

    def form(self, connection: Connection, operation: str, *presses: str, **given: Any) -> Page:
        """The form of an operation, filled in and drawn anew after each press, such as `change=add:members`."""
        page = Page(self.browser.get(self.address(connection, operation)).content.decode())
        for press in presses or (["change=update"] if given else []):
            page = Page(fill(self.browser, self.address(connection, operation), press, page, **given).content.decode())
        return page

    def run(self, connection: Connection, operation: str, page: Page | None = None, /, **given: Any) -> Run:
        """Fills in the form, sends it, and has the worker do the run."""
        answer = fill(self.browser, self.address(connection, operation), "sure=yes", page, **given)
        assert answer.status_code == 303, answer.content.decode()
        return self.work(answer["Location"])

    def work(self, location: str) -> Run:
        """Has the worker do the run that a page leads to."""
        with scope():
            run = Run.objects.get(pk=location.rstrip("/").rpartition("/")[2])
        self._work(execute, run)
        with scope():
            return Run.objects.select_related("connection").get(pk=run.pk)

    def page_of(self, run: Run) -> str:
        answer = self.browser.get(reverse("operations:run", kwargs={"organization": self.organization.slug, "run": run.pk}))
        assert answer.status_code == 200
        return answer.content.decode()

    def records(self, connection: Connection, entity: str) -> dict[str, dict[str, Any]]:
        """What the mirror holds of an entity, by id."""
        with scope():
            found = Record.objects.filter(connection=connection, entity=entity, removed_at=None).order_by("remote_id")
            return dict(found.values_list("remote_id", "data"))

    def fault(self, match: str, fault: str, times: int = 1) -> None:
        self.sandbox.post("/control/faults", json={"match": match, "fault": fault, "times": times}).raise_for_status()

    def _work(self, task: Any, row: DueModel) -> None:
        claim = uuid.uuid4()
        with scope():
            type(row).objects.filter(pk=row.pk).update(claim=claim, claimed_until=timezone.now() + timedelta(minutes=1))
        task(str(row.organization_id), str(row.pk), str(claim))


def at_the_sandbox(sandbox: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sandbox as it was at the beginning, as the address of every provider."""
    paths = {"HUBSTAFF_API_URL": "hubstaff", "HUBSTAFF_ACCOUNT_URL": "hubstaff-account", "TIMEGHOST_API_URL": "timeghost/api"}
    for name, path in paths.items():
        monkeypatch.setenv(name, f"{sandbox.base_url}/{path}")
    monkeypatch.setattr("portal.work.claims.wake", lambda: None)
    monkeypatch.setattr("integrations.transport.client.FIRST_PAUSE", 0.01)
    sandbox.post("/control/reset").raise_for_status()
