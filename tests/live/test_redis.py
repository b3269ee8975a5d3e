"""The slice with the real Redis as the broker: one setting, and nothing else is different."""

from __future__ import annotations

import shutil
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from portal.launch.ports import free_loopback_port
from portal.launch.services import beat, worker
from tests.live.bridge import build
from tests.live.services import Process, Services
from tests.live.world import World, doubled, marks

MISSING = "there is no redis-server on this machine: apt-get install redis-server"
pytestmark = [pytest.mark.worker, pytest.mark.skipif(shutil.which("redis-server") is None, reason=MISSING)]


@pytest.fixture
def redis(services: Services, tmp_path: Path) -> Iterator[str]:
    """A real Redis on a free port, empty and without files; gives its address."""
    port = free_loopback_port()
    words = {"--port": str(port), "--bind": "127.0.0.1", "--save": "", "--appendonly": "no", "--dir": str(tmp_path)}
    process = services.start("redis", ["redis-server", *(word for pair in words.items() for word in pair)])
    services.until("redis answers", lambda: _answers(port))
    yield f"redis://127.0.0.1:{port}/0"
    services.end(process)


@pytest.fixture
def redis_processes(committed: None, services: Services, redis: str, world: World, tmp_path: Path) -> Iterator[list[Process]]:
    """A worker and a beat whose broker is Redis."""
    started = [
        services.start("worker-on-redis", worker(), CELERY_BROKER_URL=redis),
        services.start("beat-on-redis", beat(tmp_path), CELERY_BROKER_URL=redis),
    ]
    yield started
    for process in started:
        if process in services.running:
            services.kill(process)


def test_projects_and_tasks_travel_over_redis_and_a_killed_worker_loses_nothing(
    redis_processes: list[Process], redis: str, services: Services, world: World
) -> None:
    bridge = build(services)
    projects = [project["id"] for project in world.timeghost_projects() if not project["completed"]][:2]
    world.switch(latency=0.02)
    bridge.link(*projects)
    services.until("the first tasks are made", lambda: len(marks(world.hubstaff_tasks())) > 3)
    services.kill(redis_processes[0])
    redis_processes.append(services.start("worker-on-redis", worker(), CELERY_BROKER_URL=redis))
    world.switch(latency=0)
    bridge.wait_until_synced()

    found = marks(world.hubstaff_tasks())
    assert doubled(found) == {}
    assert set(found) == world.open_marks(projects)
    assert bridge.left_to_do() == []


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
