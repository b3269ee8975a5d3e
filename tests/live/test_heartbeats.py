"""The signs of life of real processes: each worker for the queue that it serves, and the watch in the web server."""

from __future__ import annotations

import httpx

from portal.launch import services as commands
from portal.work.heartbeats import is_alive
from tests.live.conftest import StartWorker
from tests.live.services import Services


def test_each_worker_shows_that_it_lives_for_the_queue_that_it_serves(start_worker: StartWorker, services: Services) -> None:
    queues = commands.workers(services.environment["TASK_QUEUE"])
    start_worker(queues["worker-long"])
    services.until("the long worker shows that it lives", lambda: is_alive("worker-long"))
    assert not is_alive("worker")
    start_worker(queues["worker"])
    services.until(
        "the quick worker shows that it lives, and its sweeps come to their end", lambda: is_alive("worker") and is_alive("sweep")
    )


def test_a_worker_for_everything_shows_it_for_both_queues(start_worker: StartWorker, services: Services) -> None:
    start_worker()
    services.until("it shows that it lives", lambda: is_alive("worker") and is_alive("worker-long"))


def test_the_web_server_watches_and_ends_cleanly(committed: None, services: Services) -> None:
    """Each of its processes has a thread; one that is cut off while the interpreter ends could take the process down."""
    port = services.environment["PORT"]
    web = services.start("web", commands.web("127.0.0.1", int(port)))
    services.until("the watch goes its rounds", lambda: is_alive("watch"))
    services.until("the web server answers", lambda: speaks(f"http://127.0.0.1:{port}/healthz"))
    services.end(web)
    assert web.popen.returncode == 0
    assert not {"Fatal", "Traceback", "panicked"} & set(web.words().split())


def speaks(address: str) -> bool:
    """Whether a server answers, whatever it says."""
    try:
        httpx.get(address, timeout=5)
    except httpx.HTTPError:
        return False
    return True
