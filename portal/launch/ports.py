"""Which TCP ports to listen on."""

from __future__ import annotations

import errno
import socket
from dataclasses import dataclass

from portal.launch.failure import Failure

TRIES = 100


@dataclass
class Port:
    """A port of ours: listened on until its server starts, and claimed among launchers until we end.

    The claim matters because web servers share a port silently (SO_REUSEPORT): two instances would answer in turns.
    """

    number: int
    holder: socket.socket
    claim: socket.socket

    def release(self) -> int:
        self.holder.close()
        return self.number


def choose(setting: str, wanted: int | None, default: int, host: str) -> Port:
    """Hold the wanted port, or when none is set the first free one from `default` on."""
    if wanted is not None:
        return _hold_wanted(setting, wanted, host)
    for number in range(default, default + TRIES):
        try:
            return _take(host, number)
        except OSError as error:
            _complain_about_host(host, error)
    raise Failure(f"No port from {default} to {default + TRIES - 1} is free: set {setting} to a free one.")


def free_loopback_port() -> int:
    """Return a port of 127.0.0.1 that nothing uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _hold_wanted(setting: str, number: int, host: str) -> Port:
    try:
        return _take(host, number)
    except PermissionError:
        raise Failure(f"{setting}={number}: this account may not listen on ports below 1024: choose a higher one.") from None
    except OSError as error:
        _complain_about_host(host, error)
        raise Failure(f"{setting}={number} is taken by another program: stop it, choose another, or leave {setting} unset.") from None


def _complain_about_host(host: str, error: OSError) -> None:
    if isinstance(error, socket.gaierror) or error.errno == errno.EADDRNOTAVAIL:
        raise Failure(f"HOST={host} is no address of this machine: use 127.0.0.1, or 0.0.0.0 for all of them.") from None


def _take(host: str, number: int) -> Port:
    claim = socket.socket(socket.AF_UNIX)
    try:
        claim.bind(f"\0timebridge-port-{number}")  # a name without a file, gone with its holder
        return Port(number, _listen(host, number), claim)
    except OSError:
        claim.close()
        raise


def _listen(host: str, number: int) -> socket.socket:
    family, *_, address = socket.getaddrinfo(host, number, type=socket.SOCK_STREAM)[0]
    holder = socket.socket(family, socket.SOCK_STREAM)
    try:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # connections that just ended do not count
        holder.bind(address)
        holder.listen(1)
    except OSError:
        holder.close()
        raise
    return holder
