"""Requests to addresses that strangers chose: what is refused, and where the connection really goes."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any

import httpcore
import httpx
import pytest

from integrations.transport import outgoing
from integrations.transport.addresses import is_public
from integrations.transport.outgoing import NotAnswered, RefusedAddress, post, read_address
from tests.transport.conftest import Reply, Server

PUBLIC = "198.41.0.4"
Resolve = Callable[..., Any]

NOT_PUBLIC = {
    "loopback": "127.0.0.1",
    "loopback elsewhere": "127.8.9.10",
    "any address": "0.0.0.0",
    "private 10": "10.1.2.3",
    "private 172": "172.31.255.1",
    "private 192": "192.168.0.1",
    "link-local": "169.254.169.254",
    "carrier NAT": "100.64.0.1",
    "the end of carrier NAT": "100.127.255.255",
    "multicast": "224.0.0.1",
    "broadcast": "255.255.255.255",
    "reserved": "240.0.0.1",
    "protocols": "192.0.0.192",
    "documentation": "203.0.113.7",
    "benchmarks": "198.19.0.1",
    "a cloud's host": "168.63.129.16",
    "IPv6 loopback": "::1",
    "IPv6 any": "::",
    "IPv6 private": "fd00:ec2::254",
    "IPv6 link-local": "fe80::1",
    "IPv6 multicast": "ff02::1",
    "IPv6 documentation": "2001:db8::1",
    "IPv4-mapped loopback": "::ffff:127.0.0.1",
    "IPv4-mapped in hex": "::ffff:7f00:1",
    "IPv4-mapped public": "::ffff:198.41.0.4",
    "IPv4-compatible": "::127.0.0.1",
    "6to4 of a private one": "2002:c0a8:1::1",
    "6to4 of loopback": "2002:7f00:1::",
    "Teredo": "2001:0:7f00:1::1",
    "NAT64 of loopback": "64:ff9b::7f00:1",
    "NAT64 of a private one": "64:ff9b::10.0.0.1",
    "NAT64 of a network's own": "64:ff9b:1::7f00:1",
}
ODD_FORMS = {
    "decimal": "2130706433",
    "hex": "0x7f000001",
    "hex by parts": "0x7f.0.0.1",
    "octal": "0177.0.0.1",
    "octal zeros": "127.000.000.001",
    "short": "127.1",
    "shorter": "127",
    "zero": "0",
    "too large": "256.1.1.1",
    "public, but decimal": "3324575748",
    "percent-encoded": "%31%32%37.0.0.1",
    "ideographic full stops": "127。0。0。1",
    "full-width digits": "\uff11\uff12\uff17.0.0.1",
    "circled letters": "ⓛocalhost",
    "circled digits": "①②⑦.0.0.1",
    "broken punycode": "xn--a",
    "localhost": "localhost",
    "localhost in capitals": "LOCALHOST",
    "below localhost": "app.localhost",
    "localhost with a trailing dot": "localhost.",
    "a trailing dot": "receiver.example.",
    "numbers with a trailing dot": "127.0.0.1.",
    "nothing": "",
    "a dot": ".",
    "an encoded zero": "receiver.example%00.localhost",
    "a backslash": "receiver.example\\@127.0.0.1",
    "a scope": "[fe80::1%25eth0]",
    "a scope on a public one": "[2001:7fd::1%25eth0]",
}


@pytest.mark.parametrize("address", NOT_PUBLIC.values(), ids=NOT_PUBLIC.keys())
def test_addresses_that_are_not_public_are_refused_as_numbers_and_behind_names(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not is_public(address)
    host = f"[{address}]" if ":" in address else address
    with pytest.raises(RefusedAddress, match="not a public one"):
        read_address(f"https://{host}/hook")
    resolves(monkeypatch, {"receiver.example": [[address]]})
    with pytest.raises(RefusedAddress, match="not public"):
        post("https://receiver.example/hook", {}, b"")


@pytest.mark.parametrize("host", ODD_FORMS.values(), ids=ODD_FORMS.keys())
def test_odd_ways_to_write_a_host_are_refused(host: str) -> None:
    with pytest.raises(RefusedAddress):
        read_address(f"http://{host}/hook")


@pytest.mark.parametrize("address", ["198.41.0.4", "100.128.0.1", "172.32.0.1", "2001:7fd::1", "2a00:1450:4001::1", "64:ff9b::198.41.0.4"])
def test_public_addresses_pass(address: str) -> None:
    assert is_public(address)
    host = f"[{address}]" if ":" in address else address
    assert read_address(f"https://{host}/hook").host == address


@pytest.mark.parametrize(
    "url", ["ftp://receiver.example/", "file:///etc/passwd", "gopher://receiver.example", "//receiver.example", "receiver.example", ""]
)
def test_other_schemes_are_refused(url: str) -> None:
    with pytest.raises(RefusedAddress, match="begin with https://"):
        read_address(url)


@pytest.mark.parametrize("port", ["8080", "22", "0", "5432", "99999"])
def test_other_ports_are_refused(port: str) -> None:
    with pytest.raises(RefusedAddress, match="ports 80 and 443"):
        read_address(f"https://receiver.example:{port}/")


@pytest.mark.parametrize("url", ["https://receiver.example:x/", "https://rece\tiver.example/", f"https://{'a' * 70000}/"])
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(RefusedAddress, match="no address"):
        read_address(url)


@pytest.mark.parametrize("who", ["alice@", "alice:secret@", ":secret@"])
def test_a_name_and_a_password_in_the_address_are_refused(who: str) -> None:
    with pytest.raises(RefusedAddress, match="name or a password"):
        read_address(f"https://{who}receiver.example/")


@pytest.mark.parametrize(("url", "host", "port"), [
    ("https://receiver.example/hook?key=1", "receiver.example", 443),
    ("http://Receiver.Example", "receiver.example", 80),
    ("http://receiver.example:443/", "receiver.example", 443),
    ("https://münchen.example/", "xn--mnchen-3ya.example", 443),
    ("https://my_app.example/", "my_app.example", 443),
])  # fmt: skip
def test_plain_addresses_are_taken(url: str, host: str, port: int) -> None:
    target = read_address(url)
    assert (target.host, target.port, target.is_trusted) == (host, port, False)


def test_a_trusted_host_passes_on_its_port_alone() -> None:
    trusted = ["Localhost:8300", "receiver.internal"]
    assert read_address("http://localhost:8300/", trusted).is_trusted
    assert read_address("http://receiver.internal/", trusted).is_trusted
    for url in ("http://localhost/", "http://localhost:8301/", "http://receiver.internal:22/", "http://127.0.0.1:8300/"):
        with pytest.raises(RefusedAddress):
            read_address(url, trusted)


def test_a_name_with_one_public_and_one_private_address_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    connected = connections(monkeypatch)
    resolves(monkeypatch, {"receiver.example": [[PUBLIC, "10.0.0.5"]]})
    with pytest.raises(RefusedAddress, match="not public"):
        post("https://receiver.example/hook", {}, b"")
    assert not connected


def test_the_connection_goes_to_the_address_that_was_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    connected = connections(monkeypatch)
    asked = resolves(monkeypatch, {"receiver.example": [[PUBLIC], ["127.0.0.1"]]})
    with pytest.raises(NotAnswered, match="No connection"):
        post("http://receiver.example/hook", {}, b"")
    assert (asked, connected) == (["receiver.example"], [(PUBLIC, 80)])


def test_a_name_that_leads_elsewhere_a_moment_later_is_not_asked_again(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    server.says(Reply({}))
    asked = resolves(monkeypatch, {"receiver.example": [["127.0.0.1"], ["192.0.2.1"]]})
    assert send(server, host="receiver.example").status == 200
    assert asked == ["receiver.example"]
    assert server.asked[0]["headers"]["Host"] == f"receiver.example:{port_of(server)}"


def test_the_next_address_is_tried_where_the_first_takes_no_connection(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    server.says(Reply({}))
    resolves(monkeypatch, {"receiver.example": [["127.0.0.9", "127.0.0.1"]]})
    assert send(server, host="receiver.example").status == 200


def test_a_name_that_is_not_known_is_told_in_plain_words(monkeypatch: pytest.MonkeyPatch) -> None:
    resolves(monkeypatch, {})
    with pytest.raises(NotAnswered, match="not known"):
        post("https://receiver.example/hook", {}, b"")


def test_a_resolver_that_hangs_is_left_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outgoing, "_resolve", lambda *_: None)
    monkeypatch.setattr(outgoing, "LONGEST", 0.05)
    with pytest.raises(NotAnswered, match="not resolved in time"):
        post("https://receiver.example/hook", {}, b"")


def test_a_request_arrives_as_it_was_given(server: Server) -> None:
    server.says(Reply({"thanks": True}, status=202, headers={"x-mark": "7"}))
    reply = send(server, {"content-type": "application/json", "webhook-id": "msg_1"}, b'{"a":1}')
    assert (reply.status, reply.headers["x-mark"], reply.body) == (202, "7", b'{"thanks": true}')
    asked = server.asked[0]
    assert (asked["method"], asked["body"], asked["headers"]["webhook-id"]) == ("POST", b'{"a":1}', "msg_1")
    assert asked["headers"]["user-agent"] == "Timebridge"


def test_a_redirect_is_not_followed(server: Server) -> None:
    server.says(Reply({}, status=307, headers={"location": "http://169.254.169.254/latest/"}))
    assert send(server).status == 307
    assert len(server.asked) == 1


def test_proxies_of_the_environment_are_not_asked(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    server.says(Reply({}))
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert send(server).status == 200


def test_of_a_huge_answer_only_the_beginning_is_read(server: Server) -> None:
    server.says(Reply(body=b"x" * 5_000_000))
    reply = send(server)
    assert (reply.status, len(reply.body)) == (200, outgoing.LARGEST)


def test_a_compressed_answer_is_not_unpacked(server: Server) -> None:
    server.says(Reply(body=b"\x1f\x8b bomb", headers={"content-encoding": "gzip"}))
    assert send(server).body == b"\x1f\x8b bomb"
    assert server.asked[0]["headers"]["accept-encoding"] == "identity"


def test_an_answer_whose_body_trickles_or_breaks_off_counts_by_its_status(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outgoing, "LONGEST", 0.3)
    server.says(Reply(trickles="body"))
    assert send(server).status == 200
    server.says(Reply({"long": "x" * 100}, breaks="middle"))
    assert send(server).status == 200


@pytest.mark.parametrize("reply", [Reply(trickles="head"), Reply({}, waits=30)], ids=["a trickling head", "silence"])
def test_who_does_not_answer_in_time_is_left(server: Server, reply: Reply, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outgoing, "LONGEST", 0.2)
    server.says(reply)
    with pytest.raises(NotAnswered, match="did not answer within"):
        send(server)


def test_a_line_that_breaks_before_the_answer_is_told(server: Server) -> None:
    server.says(Reply(breaks="before"))
    with pytest.raises(NotAnswered, match="broke before an answer"):
        send(server)


def test_where_nobody_listens_no_connection_can_be_made() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(NotAnswered, match="No connection could be made"):
        post(f"http://127.0.0.1:{port}/", {}, b"", [f"127.0.0.1:{port}"])


def port_of(server: Server) -> int:
    return httpx.URL(server.url).port or 0


def send(server: Server, headers: dict[str, str] | None = None, body: bytes = b"{}", host: str = "127.0.0.1") -> outgoing.Reply:
    """Posts to the server on this machine, which is trusted for it."""
    at = f"{host}:{port_of(server)}"
    return post(f"http://{at}/hook", headers or {}, body, [at])


def resolves(monkeypatch: pytest.MonkeyPatch, names: dict[str, list[list[str]]]) -> list[str]:
    """Lets names resolve to these addresses, one list for each time that it is asked; gives the names that were asked for."""
    asked: list[str] = []
    really: Resolve = socket.getaddrinfo

    def resolve(host: str, port: int, *rest: Any, **more: Any) -> Any:
        if host[:1].isdigit() or ":" in host:
            return really(host, port, *rest, **more)
        asked.append(host)
        if not names.get(host):
            raise socket.gaierror
        return [
            (socket.AF_INET6 if ":" in each else socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, port)) for each in names[host].pop(0)
        ]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    return asked


def connections(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """Where connections were asked for; none of them is made."""
    asked: list[tuple[str, int]] = []

    def connect(self: Any, host: str, port: int, *_: Any, **more: Any) -> Any:
        asked.append((host, port))
        raise httpcore.ConnectError

    monkeypatch.setattr(httpcore.SyncBackend, "connect_tcp", connect)
    return asked
