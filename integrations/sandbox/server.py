"""Puts the services together and serves them on one port."""

import asyncio
import signal
import socket
from contextlib import suppress
from pathlib import Path

from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server.embed import Server
from starlette.applications import Starlette

from integrations.sandbox.control.routes import LINES as CONTROL
from integrations.sandbox.exchange import routes
from integrations.sandbox.gate import Gate
from integrations.sandbox.hubstaff.routes import LINES as HUBSTAFF
from integrations.sandbox.kinds import WORLD
from integrations.sandbox.pages.routes import LINES as PAGES
from integrations.sandbox.runtime import Runtime
from integrations.sandbox.seeding.companies import begin_anew
from integrations.sandbox.sign_in.entra import LINES as ENTRA
from integrations.sandbox.sign_in.hubstaff_account import LINES as HUBSTAFF_ACCOUNT
from integrations.sandbox.store import Store
from integrations.sandbox.timeghost.routes import LINES as TIMEGHOST
from integrations.sandbox.webhooks.events import announce
from integrations.sandbox.webhooks.subscriptions import listen

FILES = ("sandbox.sqlite", "sandbox.sqlite-wal", "sandbox.sqlite-shm")


def opened(data: Path, seed: int, fresh: bool) -> Runtime:
    """Open the kept state in a folder, or seed it when there is none or a fresh one is asked for."""
    data.mkdir(parents=True, exist_ok=True)
    if fresh:
        for name in FILES:
            (data / name).unlink(missing_ok=True)
    runtime = Runtime(Store(data / FILES[0]))
    if runtime.store.get(WORLD, 1) is None:
        with runtime.store.transaction():
            begin_anew(runtime.store, seed)
    listen(runtime.store)
    return runtime


def application(runtime: Runtime) -> Gate:
    """Return the whole sandbox as one ASGI application."""
    lines = (*HUBSTAFF_ACCOUNT, *ENTRA, *CONTROL, *PAGES, *HUBSTAFF, *TIMEGHOST)
    return Gate(Starlette(routes=routes(runtime, lines, announce)), runtime)


async def serve(runtime: Runtime, host: str, port: int) -> None:
    """Serve until SIGTERM or SIGINT. Raises OSError when the port is taken."""
    refuse_taken(host, port)
    served = application(runtime)
    server = Server(served, address=host, port=port, interface=Interfaces.ASGINL, log_level=LogLevels.error)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, server.stop)
    announcement = loop.create_task(_announce(host, port))
    await server.serve()
    announcement.cancel()


def refuse_taken(host: str, port: int) -> None:
    """Raise OSError when somebody listens there: the server itself would silently share the port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind((host, port))


async def _announce(host: str, port: int) -> None:
    """Print one line as soon as the port answers."""
    while True:
        with suppress(OSError):
            _, writer = await asyncio.open_connection(host, port)
            writer.close()
            break
        await asyncio.sleep(0.01)
    print(f"The sandbox listens at http://{host}:{port}", flush=True)
