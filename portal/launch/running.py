"""`make run` starts everything and stays; `make demo` starts what the demonstration needs and runs it."""

from __future__ import annotations

import json
import sys
from contextlib import redirect_stdout

from portal.launch import ports, services
from portal.launch.environment import environment, unhurried
from portal.launch.failure import BROKE_DOWN, Failure
from portal.launch.keys import keys_of
from portal.launch.locks import only_one, running_environment
from portal.launch.ports import Port
from portal.launch.processes import Processes
from portal.launch.settings import Settings

LOOPBACK = "127.0.0.1"
PORT, SANDBOX_PORT = 8000, 8100


def run(settings: Settings, processes: Processes, words: list[str]) -> int:
    """Start everything, say where it is, and stay until somebody stops us."""
    with only_one(settings.data_dir) as instance:
        web = ports.choose("PORT", settings.port, PORT, settings.host)
        sandbox = ports.choose("SANDBOX_PORT", settings.sandbox_port, SANDBOX_PORT, LOOPBACK)
        told = serve_database(settings, processes, web.number, sandbox.number)
        static = processes.start("collectstatic", services.manage("collectstatic", "--noinput"), told, serves=False)
        start_background(settings, processes, told, sandbox)
        processes.require(static, "`manage.py collectstatic`")
        processes.start("web", services.web(settings.host, web.release()), told)
        person = load_demonstration(processes, told) if has_demonstration(told) else None
        health = f"http://{services.loopback(settings.host)}:{web.number}/healthz"
        services.wait_until_well(processes, "The portal", health, told["BASE_URL"])
        instance.announce(told)
        say(block(settings, told, person))
        processes.watch()
    return 0


def demo(settings: Settings, processes: Processes, words: list[str]) -> int:
    """Run `manage.py demo` against what runs on this data directory, or against services of its own."""
    told = running_environment(settings.data_dir)
    if told:
        return _demo(processes, told, words)
    with only_one(settings.data_dir):
        with redirect_stdout(sys.stderr):  # what the command prints may be read by a program
            sandbox = ports.choose("SANDBOX_PORT", settings.sandbox_port, SANDBOX_PORT, LOOPBACK)
            told = unhurried(serve_database(settings, processes, settings.port or PORT, sandbox.number))
            start_background(settings, processes, told, sandbox)
        return _demo(processes, told, words)


def serve_database(settings: Settings, processes: Processes, port: int, sandbox_port: int) -> dict[str, str]:
    """Start and prepare the database; return what every process is to be told."""
    say("Starting PostgreSQL …" if settings.database_url is None else "Preparing the database of DATABASE_URL …")
    keys = keys_of(settings.data_dir)
    return environment(settings, keys, services.database(settings, keys, processes), port, sandbox_port)


def start_background(settings: Settings, processes: Processes, told: dict[str, str], sandbox: Port) -> None:
    """Migrate, and start what works behind the pages."""
    say("Migrating, and starting the sandbox, the workers and the beat …")
    processes.start("sandbox", services.sandbox(settings.data_dir, sandbox.release()), told)
    processes.require(processes.start("migrate", services.manage("migrate"), told, serves=False), "`manage.py migrate`")
    for name, command in services.workers(told["TASK_QUEUE"]).items():
        processes.start(name, command, told)
    processes.start("beat", services.beat(settings.data_dir), told)
    services.wait_until_well(processes, "The sandbox", f"http://{LOOPBACK}:{sandbox.number}/health")


def has_demonstration(told: dict[str, str]) -> bool:
    """Say whether sample data are wanted; with real providers one turns them off."""
    return told["DEMONSTRATION"].lower() in ("1", "true", "yes", "on")


def load_demonstration(processes: Processes, told: dict[str, str]) -> dict[str, str]:
    """Load the demonstration organization, unless it is there, and return who may sign in to it."""
    say("Loading the demonstration organization …")
    command = services.manage("demonstration")
    child = processes.require(processes.start("demonstration", command, told, serves=False), "`manage.py demonstration`")
    try:
        person: dict[str, str] = json.loads(child.words().strip().splitlines()[-1])
    except (ValueError, IndexError):
        raise Failure(f"`manage.py demonstration` did not say who may sign in (see {child.log}).", BROKE_DOWN) from None
    return person


def block(settings: Settings, told: dict[str, str], person: dict[str, str] | None) -> str:
    """Return what a newcomer needs to know."""
    lines = {
        "Address": told["BASE_URL"],
        "Sign in": f"{person['email']}  /  {person['password']}" if person else "with your own account, or sign up",
        "Sandbox": told["SANDBOX_URL"],
        "Data": f"{settings.data_dir}  (logs in {settings.logs})",
        "Stop": "Ctrl-C",
    }
    return "\n".join(["", "Timebridge is running.", "", *(f"  {name:<9}{value}" for name, value in lines.items()), ""])


def say(words: str) -> None:
    """Tell the person at the terminal, at once."""
    print(words, flush=True)


def _demo(processes: Processes, told: dict[str, str], words: list[str]) -> int:
    child = processes.start("demo", services.manage("demo", *words), told, serves=False)
    return processes.finish(child, follow=True)
