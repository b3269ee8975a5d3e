"""The PostgreSQL of the tests: a careless cluster of its own in `DATA_DIR/test`, which may stay up between runs."""

from __future__ import annotations

import fcntl
import shlex
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from portal.launch import postgres
from portal.launch.database import prepare_database
from portal.launch.environment import environment, system_environment
from portal.launch.keys import keys_of
from portal.launch.postgres import Cluster, Spawn
from portal.launch.processes import Processes
from portal.launch.settings import Settings, claim_data_dir


def for_tests(settings: Settings) -> Settings:
    """Return settings that nothing of the developer's `.env` or shell changes, but DATA_DIR."""
    given = system_environment()
    return replace(settings, data_dir=settings.data_dir / "test", database_url=None, broker_url=None, given=given)


def cluster_for_tests(settings: Settings) -> Cluster:
    """Return the cluster of the tests."""
    return Cluster(settings.data_dir / "postgres", settings.logs / "postgres.log", durable=False)


def database_for_tests(settings: Settings, spawn: Spawn) -> dict[str, str]:
    """Serve the tests' cluster, unless it is being served, and return the environment for tests."""
    claim_data_dir(settings.data_dir)
    cluster, keys = cluster_for_tests(settings), keys_of(settings.data_dir)
    with _one_at_a_time(settings):
        server = postgres.running(cluster)
        if server is None or not postgres.answers(cluster, server, keys.postgres):
            server = postgres.start(cluster, keys.postgres, spawn)
        addresses = prepare_database(server.url(keys.postgres), keys)
    return environment(settings, keys, addresses, port=8000, sandbox_port=8100)


def spawn_detached(cluster: Cluster) -> Spawn:
    """Return a way to start the server so that it outlives us."""

    def spawn(command: list[str], env: dict[str, str]) -> subprocess.Popen[bytes]:
        with cluster.log.open("ab") as log:
            return subprocess.Popen(command, env=env, cwd="/", stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)

    return spawn


def print_test_environment(settings: Settings, processes: Processes, words: list[str]) -> int:
    """`test-database`: start it if need be, leave it running, print what a shell needs for `pytest`."""
    mine = for_tests(settings)
    whole = database_for_tests(mine, spawn_detached(cluster_for_tests(mine)))
    for name, value in whole.items():
        if name not in mine.given:
            print(f"export {name}={shlex.quote(value)}")
    return 0


def stop_test_database(settings: Settings, processes: Processes, words: list[str]) -> int:
    """`stop-test-database`."""
    postgres.stop(cluster_for_tests(for_tests(settings)))
    return 0


@contextmanager
def _one_at_a_time(settings: Settings) -> Iterator[None]:
    with (settings.data_dir / "lock").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
