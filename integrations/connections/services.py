"""What upper parts and pages do with connections."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from integrations.catalogue import OAuth, Provider, SignIn
from integrations.connections import code_flow, registry
from integrations.connections.budget import Urgency
from integrations.connections.clients import OpenConnection, opened
from integrations.connections.issuers import KEPT_AS, offered_sign_ins, own_application
from integrations.connections.models import Authorization, Connection, Credential, OwnApplication, State
from integrations.connections.proving import way_to_prove
from integrations.connections.retries import try_later
from integrations.connections.tokens import keep_credential, secrets_from
from integrations.connections.words import application_removed
from integrations.transport.errors import SignedOut
from portal.accounts.models import User
from portal.organizations.audit import audit
from portal.organizations.scope import scope
from portal.work.claims import make_due

__all__ = [
    "OpenConnection", "UnknownWorkspace", "Urgency", "begin_authorization", "begin_proof", "begin_reauthorization",
    "choose_workspace", "connect_with_secret", "disconnect", "keep_application", "offered_sign_ins", "open_client", "reconnect_with_secret",
    "remove_application", "rename", "signed_in_with", "try_later", "verify_now", "way_to_prove",
]  # fmt: skip


class UnknownWorkspace(ValueError):
    """A workspace was chosen that the sign-in does not reach."""


@contextmanager
def open_client(connection_id: UUID, asked_by: str, urgency: Urgency) -> Iterator[OpenConnection]:
    """Opens a connection for calls, in a task bound to its organization and outside of any transaction.

    `asked_by` says in the log who wanted it, in words: a person's name or the cause. `urgency` decides what part of the budget its calls
    may take. Raises `SignedOut` where the connection is not connected, and `ProviderError` as calls go wrong; a sign-in that turns out to
    be over is noted on the connection by itself.
    """
    with scope():
        connection = Connection.objects.get(pk=connection_id)
    if not connection.is_connected:
        raise SignedOut(connection.problem or f"{connection.name} is not connected.")
    with opened(connection, asked_by, urgency) as open_connection:
        yield open_connection


@transaction.atomic
def connect_with_secret(provider: Provider, sign_in: SignIn, name: str, secret: str, person: User | None) -> Connection:
    """Makes a connection with a secret that a person typed, or the operator where there is none; a task then looks whether it is
    accepted.
    """
    connection = _make(provider, sign_in, name, person)
    keep_credential(connection, secrets_from(sign_in, secret))
    make_due(connection)
    return connection


@transaction.atomic
def begin_authorization(provider: Provider, sign_in: OAuth, name: str, person: User, redirect_to: str = "") -> Authorization:
    """Makes a connection and sets out for the provider's sign-in page; see `code_flow` for the rest of the way."""
    return code_flow.begin(_make(provider, sign_in, name, person), sign_in, person, redirect_to)


@transaction.atomic
def reconnect_with_secret(connection: Connection, sign_in: SignIn, secret: str, person: User) -> None:
    """Signs an existing connection in anew. Its records and links stay; whoever is on the way to a sign-in page is too late."""
    Authorization.objects.filter(connection=connection).delete()
    connection.sign_in, connection.state, connection.problem = sign_in.name, State.CONNECTING, ""
    connection.save(update_fields=["sign_in", "state", "problem"])
    keep_credential(connection, secrets_from(sign_in, secret))
    make_due(connection)
    _note(person, "connection.reconnected", connection)


@transaction.atomic
def begin_reauthorization(connection: Connection, sign_in: OAuth, person: User, redirect_to: str = "") -> Authorization:
    """Sets out to sign an existing connection in anew; until the person is back it stays as it is."""
    _note(person, "connection.reconnection_begun", connection)
    return code_flow.begin(connection, sign_in, person, redirect_to)


@transaction.atomic
def begin_proof(connection: Connection, sign_in: OAuth, person: User, proof_for: UUID, back_to: str) -> Authorization:
    """Lets a person show at a connection's provider who they are; the connection stays as it is. Whoever asked for it with `proof_for` is
    told by `registry.when_proved`; the person comes back to `back_to`.
    """
    return code_flow.begin_proof(connection, sign_in, person, proof_for, back_to)


@transaction.atomic
def choose_workspace(connection: Connection, workspace_id: str, person: User | None) -> None:
    """Settles which workspace a connection is for. Raises `UnknownWorkspace`."""
    connection = Connection.objects.select_for_update().get(pk=connection.pk)
    chosen = next((each for each in connection.workspaces if each["id"] == workspace_id), None)
    if chosen is None or connection.state != State.CHOOSING:
        raise UnknownWorkspace(workspace_id)
    connection.workspace_id, connection.workspace_name = chosen["id"], chosen["name"][:200]
    connection.state = State.CONNECTED
    connection.save(update_fields=["workspace_id", "workspace_name", "state"])
    registry.tell_connected(connection)
    _note(person, "connection.workspace_chosen", connection, workspace=connection.workspace_name)


@transaction.atomic
def rename(connection: Connection, name: str, person: User) -> None:
    before, connection.name = connection.name, name
    connection.save(update_fields=["name"])
    _note(person, "connection.renamed", connection, before=before)


@transaction.atomic
def disconnect(connection: Connection, person: User) -> None:
    """Erases the sign-in. Mirrored records and links stay for a later reconnection; a connection that never worked goes whole.

    Nothing is revoked at the provider: neither Hubstaff nor timeghost has a call for it.
    """
    connection = Connection.objects.select_for_update().get(pk=connection.pk)
    _note(person, "connection.disconnected", connection)
    if not connection.was_ever_connected:
        connection.delete()
        return
    connection.state, connection.problem, connection.due_at = State.DISCONNECTED, "", None
    connection.save(update_fields=["state", "problem", "due_at"])
    Credential.objects.filter(connection=connection).delete()
    Authorization.objects.filter(connection=connection).delete()


@transaction.atomic
def keep_application(provider: Provider, sign_in: OAuth, client_id: str, client_secret: str, person: User) -> OwnApplication:
    """Notes an application of the organization's own; from now on it signs in with it. Connections keep the one that they were made with
    until they sign in anew. Of one that is there already only the secret is replaced.
    """
    application = own_application(provider, sign_in)
    action = "application.secret_replaced" if application else "application.added"
    application = application or OwnApplication(provider=provider.name, sign_in=sign_in.name, client_id=client_id, made_by=person)
    application.keep({KEPT_AS: client_secret})
    application.save()
    audit(person, action, application.client_id, provider=provider.name)
    return application


@transaction.atomic
def remove_application(application: OwnApplication, person: User) -> None:
    """Forgets it. Sign-ins that were made with it are over, because nobody can renew them any more; those under way come to nothing."""
    for authorization in application.authorizations.select_related("connection"):
        code_flow.drop(authorization)
    for connection in signed_in_with(application).select_for_update(of=("self",)):
        connection.state, connection.problem = State.ATTENTION, application_removed(connection)
        connection.save(update_fields=["state", "problem"])
    audit(person, "application.removed", application.client_id, provider=application.provider)
    application.delete()


def signed_in_with(application: OwnApplication) -> QuerySet[Connection]:
    """The connections that hold tokens of this application."""
    return Connection.objects.filter(credential__application=application)


def verify_now(connection: Connection) -> None:
    """Has the sign-in looked at now."""
    make_due(connection)


def _make(provider: Provider, sign_in: SignIn, name: str, person: User | None) -> Connection:
    connection = Connection(provider=provider.name, name=name, sign_in=sign_in.name, made_by=person)
    connection.save()
    _note(person, "connection.added", connection)
    return connection


def _note(person: User | None, action: str, connection: Connection, **detail: str) -> None:
    audit(person, action, connection.name, provider=connection.provider, **detail)
