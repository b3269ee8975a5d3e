"""A connection, opened for calls: signed in, at the right address, with each call logged."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection as database
from django.utils import timezone

from integrations.catalogue import Request
from integrations.connections.budget import Budget, Urgency, bucket_of
from integrations.connections.issuers import address_of
from integrations.connections.models import Call, Connection, Credential, State
from integrations.connections.tokens import authorize
from integrations.connections.words import signed_out_later
from integrations.transport.answers import Record
from integrations.transport.client import Answer, Attempt, Client
from integrations.transport.errors import SignedOut
from portal.organizations.scope import current_organization_id, scope

WRITTEN_AT_ONCE = 20  # calls: a long walk shows in the log while it goes on


class OpenConnection:
    """A connection for the length of a `with`: runs its provider's operations in its workspace."""

    def __init__(self, connection: Connection, credential_id: UUID, client: Client, log: CallLog) -> None:
        self.connection, self.client = connection, client
        self.provider = connection.declaration
        self.workspace_id = connection.workspace_id
        self._credential_id, self._log = credential_id, log

    @property
    def calls(self) -> int:
        """How many exchanges there were so far, those that were repeated among them."""
        return self._log.count

    @contextmanager
    def on_behalf_of(self, run_id: UUID) -> Iterator[None]:
        """Calls within the block are logged as those of a run."""
        self._log.run_id = run_id
        try:
            yield
        finally:
            self._log.run_id = None

    def call(self, operation_name: str, inputs: Mapping[str, Any]) -> Any:
        """Runs an operation; see `Client.call`."""
        with self._watched():
            return self.client.call(self.provider.operation(operation_name), inputs, self.workspace_id)

    def pages(self, operation_name: str, inputs: Mapping[str, Any]) -> Iterator[list[Record]]:
        """Walks a list; see `Client.pages`."""
        with self._watched():
            yield from self.client.pages(self.provider.operation(operation_name), inputs, self.workspace_id)

    def send(self, request: Request) -> Answer:
        """Sends a request as it is; see `Client.send`."""
        with self._watched():
            return self.client.send(request)

    @contextmanager
    def _watched(self) -> Iterator[None]:
        try:
            yield
        except SignedOut:
            mark_signed_out(self.connection, self._credential_id)
            raise


class CallLog:
    """Writes down the calls of one opening, some at a time."""

    def __init__(self, connection: Connection, asked_by: str) -> None:
        self._connection, self._asked_by = connection, asked_by
        self._attempts: list[tuple[datetime, UUID | None, Attempt]] = []
        self.run_id: UUID | None = None
        self.count = 0

    def record(self, attempt: Attempt) -> None:
        self._attempts.append((timezone.now(), self.run_id, attempt))
        self.count += 1
        if len(self._attempts) >= WRITTEN_AT_ONCE:
            self.write()

    def write(self) -> None:
        with scope():
            Call.objects.bulk_create(self._row(*each) for each in self._attempts)
        self._attempts.clear()

    def _row(self, at: datetime, run_id: UUID | None, attempt: Attempt) -> Call:
        return Call(
            connection=self._connection,
            run_id=run_id,
            at=at,
            method=attempt.method,
            path=attempt.path[:300],
            status=attempt.status,
            milliseconds=attempt.milliseconds,
            attempt=attempt.attempt,
            asked_by=self._asked_by[:100],
        )


@contextmanager
def opened(connection: Connection, asked_by: str, urgency: Urgency) -> Iterator[OpenConnection]:
    """Opens a connection of whatever state. Raises `SignedOut` where it has no credential."""
    _refuse_in_transaction()
    log = CallLog(connection, asked_by)
    with scope():
        credential = Credential.objects.filter(connection=connection).first()
        if credential is None:
            raise SignedOut(connection.problem)
        signs = authorize(connection.declared_sign_in, credential)
        budget = Budget(bucket_of(connection, credential), current_organization_id(), urgency)
    provider = connection.declaration
    try:
        yield OpenConnection(connection, credential.pk, Client(provider, address_of(provider.address), signs, log, budget), log)
    finally:
        log.write()


def mark_signed_out(connection: Connection, credential_id: UUID) -> None:
    """Notes that a sign-in is over, unless the person has signed in anew meanwhile."""
    with scope():
        now = Connection.objects.select_for_update().get(pk=connection.pk)
        if now.is_connected and Credential.objects.filter(pk=credential_id).exists():
            now.state, now.problem = State.ATTENTION, signed_out_later(now)
            now.save(update_fields=["state", "problem"])


def _refuse_in_transaction() -> None:
    if database.in_atomic_block and not settings.TESTING:
        raise RuntimeError("A provider is never called while a transaction is open: close the scope first.")
