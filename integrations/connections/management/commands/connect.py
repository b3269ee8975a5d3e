"""`manage.py connect`: makes a connection with a secret and looks at once whether it is accepted, without a browser or a worker."""

from __future__ import annotations

import sys
import uuid
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from integrations.catalogue import ApiKey, PersonalToken, Provider, SignIn
from integrations.connections import tasks
from integrations.connections.models import Connection, State
from integrations.connections.operator import NotFound, organization_named
from integrations.connections.services import UnknownWorkspace, choose_workspace, connect_with_secret
from integrations.providers import UnknownProvider, all_providers, get_provider
from portal.organizations.scope import bind, scope
from portal.work.claims import lease


class Command(BaseCommand):
    help = "Connects an organization to a provider with a token or key, and prints the connection's id."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("organization", help="The organization's address, as it stands behind /o/.")
        parser.add_argument("provider", help="The provider's name, such as hubstaff.")
        parser.add_argument("sign_in", help="The way to sign in, such as personal_token or api_key.")
        parser.add_argument("--name", required=True, help="What the connection is called.")
        parser.add_argument("--secret", required=True, metavar="FILE", help="Where the token or key stands; - reads it from stdin.")
        parser.add_argument("--workspace", default="", metavar="ID", help="Which workspace it is for, where the sign-in reaches several.")

    def handle(self, *args: Any, **options: Any) -> None:
        provider = _provider(options["provider"])
        sign_in = _sign_in(provider, options["sign_in"])
        secret = _secret(options["secret"])
        with bind(_organization(options["organization"])):
            with scope():
                connection = connect_with_secret(provider, sign_in, options["name"], secret, None)
            connection = self._settled(_looked_at(connection), options["workspace"])
        self.stdout.write(str(connection.pk))

    def _settled(self, connection: Connection, workspace: str) -> Connection:
        """Connected to the workspace that is wanted, or the reason why not."""
        if connection.state == State.CHOOSING:
            _choose(connection, workspace)
        if not (connection.is_connected or connection.state == State.CHOOSING):
            raise CommandError(f"{connection.problem or 'It could not be connected.'} It is kept as {connection.pk}.")
        return connection


def _organization(slug: str) -> UUID:
    try:
        return organization_named(slug)
    except NotFound as error:
        raise CommandError(str(error)) from error


def _provider(name: str) -> Provider:
    try:
        return get_provider(name)
    except UnknownProvider:
        raise CommandError(f"There is no provider {name}. There are: {', '.join(all_providers())}.") from None


def _sign_in(provider: Provider, name: str) -> SignIn:
    """A sign-in that takes nothing but a secret."""
    ways = {each.name: each for each in provider.sign_ins if isinstance(each, ApiKey | PersonalToken)}
    if name not in ways:
        raise CommandError(f"{provider.label} has no sign-in {name} that takes a secret. There are: {', '.join(ways)}.")
    return ways[name]


def _secret(place: str) -> str:
    try:
        text = sys.stdin.read() if place == "-" else Path(place).read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"The secret cannot be read: {error}") from error
    if not text.strip():
        raise CommandError("The secret is empty.")
    return text.strip()


def _looked_at(connection: Connection) -> Connection:
    """Does what a worker does with a new connection."""
    claim = uuid.uuid4()
    with scope():
        Connection.objects.filter(pk=connection.pk).update(claim=claim, claimed_until=timezone.now() + lease())
    tasks.verify(str(connection.organization_id), str(connection.pk), str(claim))
    with scope():
        return Connection.objects.get(pk=connection.pk)


def _choose(connection: Connection, workspace: str) -> None:
    try:
        with scope():
            choose_workspace(connection, workspace, None)
    except UnknownWorkspace:
        ways = "\n  ".join(f"{each['id']}  {each['name']}" for each in connection.workspaces)
        word = connection.declaration.workspace_word
        raise CommandError(f"Which {word} is it for? Choose one with --workspace. It is kept as {connection.pk}.\n  {ways}") from None
