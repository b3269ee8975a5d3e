"""Requests to addresses that people of an organization chose: only to public ones, each bounded in time and in size.

A name is resolved here, all that it resolves to is looked at, and the connection goes to the very addresses that were looked at: what the
name resolves to a moment later does not count. No redirect is followed, and no proxy of the environment is asked.
"""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from queue import Empty, SimpleQueue
from ssl import SSLContext
from time import monotonic

import httpcore
import httpx

from integrations.transport.addresses import is_public
from integrations.transport.wire import END, NEVER_LEFT, BoundedNetwork, ends_in

LONGEST = 15.0  # seconds for all of it: resolving, connecting, asking, reading
LONGEST_CONNECT = 10.0  # seconds for each address
LARGEST = 64 * 1024  # bytes that are read of an answer; whatever follows is left unread
PORTS = {"http": 80, "https": 443}
LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
NAME = re.compile(rf"{LABEL}(?:\.{LABEL})*")
NUMBER = re.compile(r"(?:.*\.)?(?:[0-9]+|0x[0-9a-f]*)")  # what ends so is no name: https://url.spec.whatwg.org/#ends-in-a-number-checker


class NotAnswered(Exception):
    """No answer came; it says why, in plain words."""


class RefusedAddress(NotAnswered):
    """Nothing was sent: requests do not go to this address. It says why."""


@dataclass(frozen=True)
class Target:
    """An address that was read: where it leads, and whether the operator lets it lead to places that are not public."""

    url: httpx.URL
    host: str
    port: int
    is_trusted: bool


@dataclass(frozen=True)
class Reply:
    """An answer of whatever status. `body` is as much of it as came, up to 64 kB."""

    status: int
    headers: dict[str, str]
    body: bytes


def post(url: str, headers: Mapping[str, str], body: bytes, trusted_hosts: Collection[str] = ()) -> Reply:
    """Sends a body to an address that somebody chose, and reads what comes back. Raises `RefusedAddress` before anything is sent, else
    `NotAnswered`.
    """
    target = read_address(url, trusted_hosts)
    with ends_in(LONGEST):
        addresses = checked_addresses(target)
        with _client(addresses) as http:
            return _exchange(http, target.url, headers, body)


def read_address(url: str, trusted_hosts: Collection[str] = ()) -> Target:
    """Where an address leads, as far as can be told without asking anybody. Raises `RefusedAddress`."""
    try:
        parsed = httpx.URL(url)
        parsed.host  # noqa: B018  # reads the name as people see it, which must be possible
    except (httpx.InvalidURL, UnicodeError) as error:
        raise RefusedAddress("This is no address that can be called.") from error
    if parsed.scheme not in PORTS:
        raise RefusedAddress("The address has to begin with https:// or http://.")
    if parsed.userinfo:
        raise RefusedAddress("The address must not hold a name or a password.")
    host, port = parsed.raw_host.decode("ascii"), PORTS[parsed.scheme] if parsed.port is None else parsed.port
    trusted = {each.lower() for each in trusted_hosts}
    if f"{host}:{port}" in trusted or (host in trusted and port in PORTS.values()):
        return Target(parsed, host, port, is_trusted=True)
    _check_host(host)
    if port not in PORTS.values():
        raise RefusedAddress("Only the ports 80 and 443 are called.")
    return Target(parsed, host, port, is_trusted=False)


def _check_host(host: str) -> None:
    """Raises `RefusedAddress` for what is neither a plain name nor a public address in its plain form."""
    if ":" in host or NUMBER.fullmatch(host):
        if not _is_plain(host):
            raise RefusedAddress("An address in numbers has to be written in its plain form, such as 198.41.0.4.")
        if not is_public(host):
            raise RefusedAddress("This address is not a public one: it leads into a private network or to this machine.")
    elif not NAME.fullmatch(host):
        raise RefusedAddress("The name of the host cannot be used. Write it plainly, without a dot at its end.")
    elif host == "localhost" or host.endswith(".localhost"):
        raise RefusedAddress("This address is not a public one: it leads to this machine.")


def _is_plain(host: str) -> bool:
    try:
        return bool(IPv6Address(host) if ":" in host else IPv4Address(host))
    except AddressValueError:
        return False


def checked_addresses(target: Target) -> list[str]:
    """What the name resolves to now, all of it public. Raises `RefusedAddress` or `NotAnswered`."""
    addresses = _resolved(target.host, target.port)
    if not target.is_trusted and not all(map(is_public, addresses)):
        raise RefusedAddress("The name leads to an address that is not public: into a private network or to this machine.")
    return addresses


def _resolved(host: str, port: int) -> list[str]:
    """Asks in a thread that is left behind where it takes too long: the system's resolver knows no limit of ours."""
    answers: SimpleQueue[list[str]] = SimpleQueue()
    threading.Thread(target=_resolve, args=(host, port, answers), daemon=True).start()
    try:
        addresses = answers.get(timeout=max(END.get() - monotonic(), 0))
    except Empty as error:
        raise NotAnswered("The name of the host was not resolved in time.") from error
    if not addresses:
        raise NotAnswered("The name of the host is not known.")
    return addresses


def _resolve(host: str, port: int, answers: SimpleQueue[list[str]]) -> None:
    found: list[str] = []
    with suppress(OSError, UnicodeError):
        found = [str(each[4][0]) for each in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    answers.put(list(dict.fromkeys(found)))


class PinnedNetwork(BoundedNetwork):
    """Connects to addresses that were checked, whatever the host's name would lead to now."""

    def __init__(self, addresses: Iterable[str]) -> None:
        self._addresses = list(addresses)

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        *others, last = self._addresses
        for address in others:
            with suppress(httpcore.ConnectError, httpcore.ConnectTimeout):
                return super().connect_tcp(address, port, timeout, local_address, socket_options)
        return super().connect_tcp(last, port, timeout, local_address, socket_options)


def _client(addresses: Iterable[str]) -> httpx.Client:
    """A client for one request: nothing of it is kept for the next."""
    transport = httpx.HTTPTransport(verify=_trust(), trust_env=False)
    transport._pool._network_backend = PinnedNetwork(addresses)  # httpx hands no network on to httpcore
    return httpx.Client(
        transport=transport, trust_env=False, follow_redirects=False, timeout=httpx.Timeout(LONGEST, connect=LONGEST_CONNECT)
    )


@cache
def _trust() -> SSLContext:
    """Whose certificates count. Reading them takes long enough to do it once."""
    return httpx.create_ssl_context()


def _exchange(http: httpx.Client, url: httpx.URL, headers: Mapping[str, str], body: bytes) -> Reply:
    sent = {"user-agent": "Timebridge", "accept": "*/*", "accept-encoding": "identity", "connection": "close", **headers}
    try:
        with http.stream("POST", url, headers=sent, content=body) as response:
            return Reply(response.status_code, dict(response.headers), _beginning(response))
    except httpx.TimeoutException as error:
        raise NotAnswered(f"It did not answer within {LONGEST:.0f} seconds.") from error
    except NEVER_LEFT as error:
        raise NotAnswered(f"No connection could be made{_because_of(error)}.") from error
    except httpx.TransportError as error:
        raise NotAnswered("The connection broke before an answer came.") from error


def _beginning(response: httpx.Response) -> bytes:
    """What came of the body, as it came. One that breaks off or trickles changes nothing about the answer: its status is there already."""
    found = bytearray()
    with suppress(httpx.TransportError):
        for chunk in response.iter_raw():
            found += chunk
            if len(found) >= LARGEST:
                break
    return bytes(found[:LARGEST])


def _because_of(error: Exception) -> str:
    return ": its certificate is not valid" if "CERTIFICATE_VERIFY_FAILED" in str(error) else ""
