"""Starts the sandbox: python -m integrations.sandbox --data DIR."""

import argparse
import asyncio
import os
import sys
from pathlib import Path

from integrations.sandbox.runtime import Runtime
from integrations.sandbox.server import opened, serve


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="integrations.sandbox", description="Stand-ins for Hubstaff and timeghost.")
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen at")
    parser.add_argument("--port", type=int, default=9000, help="the port to listen at")
    parser.add_argument("--data", type=Path, required=True, help="the folder that keeps the state")
    parser.add_argument("--seed", type=int, default=1, help="which of the repeatable worlds to make")
    parser.add_argument("--fresh", action="store_true", help="forget kept state and seed anew")
    return parser.parse_args()


def main() -> None:
    """Open or seed the state, then serve until told to stop."""
    arguments = _arguments()
    runtime = opened(arguments.data, arguments.seed, arguments.fresh)
    try:
        asyncio.run(_serve_and_leave(runtime, arguments.host, arguments.port))
    finally:
        runtime.store.close()


async def _serve_and_leave(runtime: Runtime, host: str, port: int) -> None:
    """Serve, close the state and end at once: on a busy machine a thread of the server may wake while the interpreter and its loop are
    torn down, and abort the process.
    """
    await serve(runtime, host, port)
    runtime.store.close()
    sys.stdout.flush()
    os._exit(0)


main()
