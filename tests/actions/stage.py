"""An organization that is connected to every provider there is, with a worker that does what its people ask for."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit

import httpx
import pytest
from django.test import Client

from integrations.catalogue import Provider
from integrations.connections.models import Connection, State
from integrations.connections.services import connect_with_secret
from integrations.demonstration.company import found as found_organization
from integrations.operations.models import Run
from integrations.providers import EXTRA_FOLDERS_VARIABLE, all_providers
from integrations.records.models import Record, RecordList
from portal.accounts.models import User
from portal.launch import services as commands
from portal.organizations.models import Organization
from portal.organizations.scope import scope
from tests.live.services import Services, addresses
from tests.providers.choosing import Found, found
from tests.providers.wishes import Wishes, wishes_of

Heard = set[tuple[str, str]]  # methods and paths
FOLDER = "tests.providers.folder"
SO_MANY = "1000000/60"  # calls: how a budget is kept has tests of its own


class Player(Protocol):
    """Who plays a provider."""

    def heard(self) -> Heard:
        """What it was asked since it last forgot."""

    def forget(self) -> None: ...


@dataclass(frozen=True)
class SandboxPlayer:
    """The sandbox, by its back door. It plays several providers, so it is asked about all of them."""

    control: httpx.Client

    def heard(self) -> Heard:
        logged = self.control.get("/requests").raise_for_status().json()["requests"]
        return {(each["method"], _path(each["path"])) for each in logged}

    def forget(self) -> None:
        self.control.delete("/requests").raise_for_status()


@dataclass(frozen=True)
class StandIn:
    """A provider's own stand-in, which writes down what it is `asked`: method and address of each request."""

    asked: list[str]

    def heard(self) -> Heard:
        return {(method, _path(address)) for method, _, address in (each.partition(" ") for each in self.asked)}

    def forget(self) -> None:
        self.asked.clear()


@dataclass(frozen=True)
class Counterpart:
    """A provider with its connection, that of somebody who may do less there, and who plays it."""

    provider: Provider
    wishes: Wishes
    connection: Connection
    guest: Connection | None
    player: Player


@dataclass(frozen=True)
class Stage:
    services: Services
    organization: Organization
    client: Client  # the owner's browser
    counterparts: dict[str, Counterpart]

    def records(self, counterpart: Counterpart) -> list[Found]:
        """What the mirror holds of a provider, in the order of its ids."""
        with scope(self.organization.pk):
            rows = Record.objects.filter(connection=counterpart.connection, removed_at=None).order_by("entity", "remote_id")
            return [found(counterpart.provider.entity(row.entity), row.data) for row in rows]

    def record(self, counterpart: Counterpart, entity: str, remote_id: str) -> Record | None:
        """One mirrored record, also one that is gone."""
        with scope(self.organization.pk):
            return Record.objects.filter(connection=counterpart.connection, entity=entity, remote_id=remote_id).first()

    def run(self, run_id: str) -> Run:
        with scope(self.organization.pk):
            return Run.objects.select_related("connection").get(pk=run_id)

    def forget(self) -> None:
        """Lets the providers forget what they were asked before."""
        for each in self.counterparts.values():
            each.player.forget()

    def wait_for(self, run_ids: list[str]) -> None:
        self.services.until(f"{len(run_ids)} runs have ended", lambda: not self._open(run_ids))

    def _open(self, run_ids: list[str]) -> bool:
        with scope(self.organization.pk):
            return Run.objects.filter(pk__in=run_ids, state__in=(Run.State.WAITING, Run.State.RUNNING)).exists()


@contextmanager
def staged(services: Services, sandbox: str) -> Iterator[Stage]:
    """Everything at work, and all lists read. Needs real commits."""
    with ExitStack() as stack:
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        control = stack.enter_context(httpx.Client(base_url=f"{sandbox}/control", timeout=20))
        control.post("/reset").raise_for_status()
        stack.callback(all_providers.cache_clear)
        environment = _set(patch, {**addresses(sandbox), EXTRA_FOLDERS_VARIABLE: FOLDER})
        all_providers.cache_clear()
        players: dict[str, Player] = {name: SandboxPlayer(control) for name in all_providers()}
        for provider in [each for each in all_providers().values() if wishes_of(each).stand_in]:
            stand_in = stack.enter_context(_made(wishes_of(provider).stand_in))
            environment |= _set(patch, {provider.address.variable: stand_in.url})
            players[provider.name] = StandIn(stand_in.asked)
        services.forget_messages()
        limits = ",".join(f"{name}={SO_MANY}" for name in all_providers())
        worker = services.start("worker", commands.worker(), **environment, RATE_LIMITS=limits)
        stack.callback(services.kill, worker)
        yield _connected(services, players)


def _set(patch: pytest.MonkeyPatch, environment: dict[str, str]) -> dict[str, str]:
    """What this process and the worker are told."""
    for name, value in environment.items():
        patch.setenv(name, value)
    return environment


def _made(named: str) -> Any:
    module, _, name = named.partition(":")
    return getattr(importlib.import_module(module), name)()


def _path(address: str) -> str:
    return unquote(urlsplit(address).path)


def _connected(services: Services, players: dict[str, Player]) -> Stage:
    owner = User.objects.create_user("owner@actions.example", name="Alice")
    organization = Organization(name="Actions", slug="actions", time_zone="Europe/Berlin")
    found_organization(organization, owner)
    browser = Client()
    browser.force_login(owner)
    with scope(organization.pk):
        made = {name: _connections(each, owner) for name, each in all_providers().items()}
    services.until("every list of every provider is read", lambda: all(_are_ready(organization, *each) for each in made.values()))
    return Stage(services, organization, browser, {name: _counterpart(*made[name], players[name]) for name in made})


def _connections(provider: Provider, owner: User) -> tuple[Connection, Connection | None]:
    """That of somebody who may do everything, and of a guest where there is one."""
    wishes = wishes_of(provider)
    sign_in = provider.sign_in(wishes.sign_in)
    connection = connect_with_secret(provider, sign_in, f"Our {provider.label}", wishes.secret, owner)
    return connection, connect_with_secret(provider, sign_in, f"{provider.label} of a guest", wishes.guest, owner) if wishes.guest else None


def _are_ready(organization: Organization, connection: Connection, guest: Connection | None) -> bool:
    with scope(organization.pk):
        for each in (connection, guest):
            if each and not _is_connected(each):
                return False
        lists = list(RecordList.objects.filter(connection=connection))
    assert not [each.problem for each in lists if each.problem]
    wanted = {entity.name for entity in connection.declaration.entities if entity.collect}
    return wanted <= {each.entity for each in lists} and all(each.whole_at for each in lists)


def _is_connected(connection: Connection) -> bool:
    connection.refresh_from_db()
    assert connection.state != State.ATTENTION, connection.problem
    return connection.is_connected


def _counterpart(connection: Connection, guest: Connection | None, player: Player) -> Counterpart:
    return Counterpart(connection.declaration, wishes_of(connection.declaration), connection, guest, player)
