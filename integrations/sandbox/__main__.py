"""Starts the sandbox: python -m integrations.sandbox --data DIR."""

import argparse
import asyncio
from pathlib import Path

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
        asyncio.run(serve(runtime, arguments.host, arguments.port))
    finally:
        runtime.store.close()


main()
