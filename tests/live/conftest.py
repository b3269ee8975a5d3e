"""A sandbox, a beat and workers for the live tests: real processes on the tests' database, with a queue of their own."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator
from typing import Protocol
from urllib.parse import urlsplit

import httpx
import pytest

from portal.launch import services as commands
from portal.launch.ports import free_loopback_port
from tests.live.bridge import Bridge, build
from tests.live.services import Process, Services, addresses, serving
from tests.live.visitor import Visitor, album, chromium
from tests.live.world import World


class StartWorker(Protocol):
    """Starts one more worker, which serves everything unless the command says otherwise, with settings of its own."""

    def __call__(self, command: list[str] | None = None, **settings: str) -> Process: ...


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Function, call: pytest.CallInfo[None]) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A failed test shows what the browser showed and what the processes said last."""
    report = yield
    services, visitor = item.funcargs.get("services"), item.funcargs.get("visitor")
    if report.failed and isinstance(visitor, Visitor) and call.when == "call":
        report.sections.append(("what the browser shows", visitor.sight()))
    if report.failed and isinstance(services, Services):
        report.sections.extend(services.tails())
    return report


@pytest.fixture(scope="session")
def services(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    with serving(tmp_path_factory.mktemp("live"), os.environ["TEST_DATABASE_NAME"]) as services:
        yield services


@pytest.fixture(scope="session")
def sandbox(services: Services) -> str:
    """The address of a sandbox, to which every process that is started later is led."""
    port = free_loopback_port()
    address = f"http://127.0.0.1:{port}"
    services.start("sandbox", commands.sandbox(services.folder, port))
    services.environment.update(addresses(address), OUTGOING_HOSTS=urlsplit(address).netloc)
    services.until("the sandbox answers", lambda: answers(f"{address}/health"))
    return address


@pytest.fixture(scope="session")
def beat(services: Services, sandbox: str) -> Process:
    return services.start("beat", commands.beat(services.folder))


@pytest.fixture
def world(sandbox: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """The sandbox as it was at the beginning."""
    for name, value in addresses(sandbox).items():
        monkeypatch.setenv(name, value)
    with httpx.Client(base_url=f"{sandbox}/control", timeout=20) as control:
        World.told(control.post("/reset"))
        world = World(sandbox, control)
        yield world
        world.close()


@pytest.fixture
def start_worker(committed: None, services: Services, beat: Process, world: World) -> Iterator[StartWorker]:
    """Starts workers. Those that still live are killed before the tables are emptied, and nobody minds: that is the point."""
    started: list[Process] = []
    services.forget_messages()

    def start(command: list[str] | None = None, **settings: str) -> Process:
        started.append(services.start("worker", command or commands.worker(), **settings))
        return started[-1]

    yield start
    for process in started:
        if process in services.running:
            services.kill(process)


@pytest.fixture
def worker(start_worker: StartWorker) -> Process:
    return start_worker()


@pytest.fixture
def bridge(worker: Process, services: Services) -> Bridge:
    """A connected organization, and the worker that connected it."""
    return build(services)


@pytest.fixture
def portal(start_worker: StartWorker, services: Services) -> Iterator[str]:
    """The portal with its production settings, server and workers, as `make run` starts them; gives its address."""
    static = services.start("collectstatic", commands.manage("collectstatic", "--noinput"))
    for command in commands.workers(services.environment["TASK_QUEUE"]).values():
        start_worker(command)
    assert services.finish(static) == 0, static.words()
    server = services.start("web", commands.web("127.0.0.1", int(services.environment["PORT"])))
    address = services.environment["BASE_URL"]
    services.until("the portal is well", lambda: answers(f"{address}/healthz"))
    yield address
    services.end(server)


@pytest.fixture
def visitor(portal: str, sandbox: str) -> Iterator[Visitor]:
    with chromium() as page:
        yield Visitor(page, portal, sandbox, album())


def answers(address: str) -> bool:
    try:
        return httpx.get(address, timeout=5).is_success
    except httpx.HTTPError:
        return False
