"""Looks whether a connection's sign-in holds: whose it is, and which workspaces it reaches."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog
from django.utils import timezone

from integrations.catalogue import Account, Identity, Workspace
from integrations.connections import registry
from integrations.connections.buckets import forget_unused
from integrations.connections.budget import Urgency
from integrations.connections.clients import OpenConnection, opened
from integrations.connections.models import Call, Connection, Credential, State
from integrations.connections.retries import try_later
from integrations.connections.sealing import SealBroken
from integrations.connections.words import no_workspace, other_workspace, problem_words, unknown_provider
from integrations.providers import UnknownProvider
from integrations.transport.errors import BadAnswer, LostAnswer, OverBudget, ProviderDown, ProviderError, SignedOut, Throttled
from portal.organizations.scope import scope
from portal.work.claims import Hold

EVERY = timedelta(days=1)  # also keeps a personal token alive, which dies when it is not used for 90 days
PASSING = (ProviderDown, Throttled, LostAnswer)
PATIENCE = 3  # passing failures in a row, before a connection that worked is said to need attention

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Found:
    """What a sign-in showed."""

    account: Account
    workspaces: list[Workspace]


def verify(hold: Hold[Connection]) -> None:
    """Looks at one connection, notes how it is, and when to look again."""
    connection = hold.read()
    credential_id = _credential_id(connection)
    if credential_id is None:
        hold.finish()
        return
    try:
        settle(hold, credential_id, **_state_after(connection, _look(connection)))
    except PASSING as error:
        _wait(hold, credential_id, connection, error)
    except UnknownProvider:
        settle(hold, credential_id, state=State.ATTENTION, problem=unknown_provider(connection))
    except (ProviderError, SealBroken) as error:
        log.warning("connection needs attention", connection=str(connection.pk), reason=type(error).__name__)
        known = error if isinstance(error, ProviderError) else SignedOut()
        settle(hold, credential_id, state=State.ATTENTION, problem=problem_words(known, connection))


def settle(hold: Hold[Connection], credential_id: UUID, **fields: Any) -> None:
    """Notes what was found, unless the person has signed in anew or disconnected meanwhile: then it is looked at again."""
    with scope():
        connection = Connection.objects.select_for_update().get(pk=hold.id)
        if _credential_id(connection) != credential_id:
            hold.finish(due_at=timezone.now())
            return
        before = connection.is_connected
        hold.finish(due_at=timezone.now() + EVERY, **fields)
        _prune_calls(connection)
        forget_unused()
        connection.refresh_from_db()
        if connection.is_connected and not before:
            registry.tell_connected(connection)


def _look(connection: Connection) -> Found:
    urgency = Urgency.POLL if connection.is_connected else Urgency.INTERACTIVE  # after signing in, a person waits
    with opened(connection, "check of the sign-in", urgency) as open_connection:
        return look(open_connection)


def look(open_connection: OpenConnection) -> Found:
    """Asks for account and workspaces. Raises `ProviderError`; `BadAnswer` where what comes is not as declared."""
    identity = open_connection.provider.identity
    account = _ask(open_connection, identity.account_operation)
    same = identity.workspaces_operation == identity.account_operation
    return _read(identity, account, account if same else _ask(open_connection, identity.workspaces_operation))


def _ask(open_connection: OpenConnection, name: str) -> Any:
    operation = open_connection.provider.operation(name)
    if operation.paging is None:
        return open_connection.client.call(operation, {})
    return [record for page in open_connection.client.pages(operation, {}) for record in page]


def _read(identity: Identity, account: Any, workspaces: Any) -> Found:
    try:
        return Found(identity.account(account), identity.workspaces(workspaces))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BadAnswer("It does not say who signed in.") from error


def _state_after(connection: Connection, found: Found) -> dict[str, Any]:
    facts = {
        "account_id": found.account.id[:200],
        "account_name": found.account.name[:200],
        "account_email": found.account.email[:254],
        "workspaces": [asdict(workspace) for workspace in found.workspaces],
        "verified_at": timezone.now(),
        "problem": "",
    }
    return {**facts, **_workspace_after(connection, found.workspaces)}


def _workspace_after(connection: Connection, workspaces: list[Workspace]) -> dict[str, Any]:
    """The records and links of a connection belong to its workspace: a later sign-in may not quietly swap it."""
    if not workspaces:
        return {"state": State.ATTENTION, "problem": no_workspace(connection)}
    if connection.workspace_id:
        same = next((each for each in workspaces if each.id == connection.workspace_id), None)
        return _connected_to(same) if same else {"state": State.ATTENTION, "problem": other_workspace(connection)}
    return _connected_to(workspaces[0]) if len(workspaces) == 1 else {"state": State.CHOOSING}


def _connected_to(workspace: Workspace) -> dict[str, Any]:
    return {"state": State.CONNECTED, "workspace_id": workspace.id, "workspace_name": workspace.name[:200]}


def _wait(hold: Hold[Connection], credential_id: UUID, connection: Connection, error: ProviderError) -> None:
    """What passes by itself is tried again; the page says so."""
    log.info("connection could not be verified", connection=str(connection.pk), reason=type(error).__name__)
    with scope():
        if _credential_id(connection) != credential_id:
            hold.finish(due_at=timezone.now())
            return
        if isinstance(error, OverBudget) and not connection.is_connected:  # somebody waits, and should know for what
            Connection.objects.filter(pk=hold.id).update(problem=problem_words(error, connection))
        try_later(hold, error, problem=problem_words(error, connection), state=_state_while_waiting(connection))


def _state_while_waiting(connection: Connection) -> str:
    lasting = connection.failures + 1 >= PATIENCE
    return State.ATTENTION if lasting and connection.is_connected else connection.state


def _credential_id(connection: Connection) -> UUID | None:
    with scope():
        return Credential.objects.filter(connection=connection).values_list("pk", flat=True).first()


def _prune_calls(connection: Connection) -> None:
    Call.objects.filter(connection=connection, at__lt=timezone.now() - Call.kept_for).delete()
