"""The processes that make up a running portal: how each is started, and how one sees that it is well."""

from __future__ import annotations

import signal
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit

from portal.launch import external, postgres
from portal.launch.database import DatabaseAddresses, prepare_database
from portal.launch.failure import BROKE_DOWN, Failure
from portal.launch.keys import Keys
from portal.launch.postgres import Cluster, Spawn
from portal.launch.processes import Processes
from portal.launch.settings import Settings

STARTING = 60.0


def python(*words: str) -> list[str]:
    """Return a command of our own interpreter: console scripts do not survive every path."""
    return [sys.executable, *words]


def manage(*words: str) -> list[str]:
    return python("manage.py", *words)


def web(host: str, port: int) -> list[str]:
    # Two processes of one thread each were the fastest on this kind of machine.
    flags = ["--interface", "wsgi", "--workers", "2", "--blocking-threads", "1", "--no-ws"]
    return python("-m", "granian", *flags, "--host", host, "--port", str(port), "portal.wsgi:application")


def worker(name: str = "worker", queue: str = "") -> list[str]:
    """Return the command of a worker for one queue; without one it serves all."""
    # The name is fixed: brokers keep queues per name. Gossip, mingle and heartbeats are talk between workers that nobody needs.
    flags = ["--pool", "prefork", "--concurrency", "2", "--prefetch-multiplier", "1", "--hostname", f"{name}@timebridge"]
    quiet = ["--without-gossip", "--without-mingle", "--without-heartbeat"]
    served = ["--queues", queue] if queue else []
    return python("-m", "celery", "-A", "portal.celery", "worker", "--loglevel", "INFO", *flags, *quiet, *served)


def workers(queue: str) -> dict[str, list[str]]:
    """Return the two workers by their process's name: what takes long has one of its own, so that it holds up nothing else."""
    return {"worker": worker("quick", queue), "worker-long": worker("long", f"{queue}-long")}


def beat(data_dir: Path) -> list[str]:
    files = ["--schedule", str(data_dir / "beat-schedule"), "--pidfile="]
    return python("-m", "celery", "-A", "portal.celery", "beat", "--loglevel", "INFO", *files)


def sandbox(data_dir: Path, port: int) -> list[str]:
    place = ["--host", "127.0.0.1", "--port", str(port), "--data", str(data_dir / "sandbox")]
    return python("-m", "integrations.sandbox", *place)


def database(settings: Settings, keys: Keys, processes: Processes) -> DatabaseAddresses:
    """Serve the embedded PostgreSQL, or check the one that was named; prepare it and return the addresses."""
    if settings.broker_url:
        external.check_broker(settings.broker_url)
    if settings.database_url:
        external.check_server(settings.database_url)
        return prepare_database(settings.database_url, keys, with_broker=settings.broker_url is None)
    cluster = Cluster(settings.data_dir / "postgres", settings.logs / "postgres.log")
    postgres.stop(cluster)  # one that outlived a killed launcher
    server = postgres.start(cluster, keys.postgres, spawner(processes), processes.check_stop)
    return prepare_database(server.url(keys.postgres), keys, with_broker=settings.broker_url is None)


def spawner(processes: Processes) -> Spawn:
    """Return the way to start a database server among our processes."""

    def spawn(command: list[str], environment: dict[str, str]) -> subprocess.Popen[bytes]:
        return processes.start("postgres", command, environment, ending=signal.SIGINT, directory=Path("/")).process

    return spawn


def wait_until_well(processes: Processes, name: str, url: str, public: str = "") -> None:
    """Wait until an address answers 200, or fail with what it says instead. `public` is how the world knows it."""
    if not processes.wait_for(lambda: _ask(url, public)[0] == 200, STARTING):
        status, words = _ask(url, public)
        raise Failure(f"{name} is not well after {STARTING:.0f} seconds: {url} answers {status or 'nothing'} {words}", BROKE_DOWN)


def _ask(url: str, public: str) -> tuple[int, str]:
    # Asked as a proxy would: under another name, or over plain http, the portal would send us to the public address.
    seen = urlsplit(public or url)
    headers = {"Host": seen.netloc, "X-Forwarded-Proto": seen.scheme}
    request = urllib.request.Request(url, headers=headers)  # noqa: S310 - our own http address
    # No proxy of the environment may come between us and our own machine.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=3) as response:
            return response.status, ""
    except urllib.error.HTTPError as error:
        return error.code, error.read(2000).decode(errors="replace")
    except OSError:
        return 0, ""


def loopback(host: str) -> str:
    """Return the address at which a server bound to `host` is asked from this machine."""
    return {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104 - compared, not bound
