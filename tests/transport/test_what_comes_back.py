"""Lists end at their limit, downloads are files, and a raw call shows whatever came."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

import orjson
import pytest

from integrations.catalogue import Download, Kind, RawCall
from integrations.transport.answers import File
from integrations.transport.client import Client
from integrations.transport.errors import BadAnswer, LostAnswer, Refused
from tests.transport.conftest import Reply, Server, operation

WORKBOOK = b"PK\x03\x04 a workbook"
PAGED = "list_pages"
REPORT = operation("make_report", Kind.GET, "POST", "/report", download=Download("times.xlsx", "application/x-sheet"))
RAW = RawCall()


def page(first: int, size: int, following: int | None = None) -> Reply:
    return Reply({"rows": [{"id": number} for number in range(first, first + size)], "next": following})


@pytest.fixture
def paged(client: Client) -> Any:
    from integrations.catalogue import CursorPaging

    paging = CursorPaging(start="from", limit="size", size=50, next="next")
    listed = operation(PAGED, Kind.LIST, "GET", "/pages", result="rows", paging=paging)
    return lambda **inputs: client.call(listed, inputs)


def test_a_list_stops_at_its_limit_and_asks_no_page_more(server: Server, paged: Any) -> None:
    server.says(page(0, 50, 50), page(50, 50, 100))
    assert [each["id"] for each in paged(limit=70)] == list(range(70))
    assert [each["path"] for each in server.asked] == ["/base/pages?size=50", "/base/pages?size=50&from=50"]


def test_a_small_limit_asks_for_a_small_page(server: Server, paged: Any) -> None:
    server.says(page(0, 3, 3))
    assert len(paged(limit=3)) == 3
    assert [each["path"] for each in server.asked] == ["/base/pages?size=3"]


def test_a_short_list_is_whole(server: Server, paged: Any) -> None:
    server.says(page(0, 4))
    assert len(paged()) == 4


@pytest.mark.parametrize(
    "sent",
    [WORKBOOK, b64encode(WORKBOOK), b'"' + b64encode(WORKBOOK) + b'"', b64encode(WORKBOOK) + b"\n"],
    ids=["bytes", "base64", "base64 in JSON", "base64 line"],
)
def test_a_file_comes_as_bytes_or_as_base64(server: Server, client: Client, sent: bytes) -> None:
    server.says(Reply(body=sent))
    assert client.call(REPORT, {}) == File("times.xlsx", "application/x-sheet", WORKBOOK)


@pytest.mark.parametrize("sent", [b"", b" ", b"<html>Maintenance</html>", b'{"message": "later"}'])
def test_what_is_no_file_is_none(server: Server, client: Client, sent: bytes) -> None:
    server.says(Reply(body=sent))
    with pytest.raises(BadAnswer):
        client.call(REPORT, {})


def test_a_file_that_is_refused_is_refused(server: Server, client: Client) -> None:
    server.says(Reply({"error": "no range"}, status=400))
    with pytest.raises(Refused, match="no range"):
        client.call(REPORT, {})


@pytest.mark.parametrize("status", [200, 204, 302, 404, 422, 500])
def test_a_raw_call_shows_any_status(server: Server, client: Client, status: int) -> None:
    server.says(Reply({"said": 1}, status=status, headers={"x-trace": "7", "location": "https://evil.example/"}))
    answer = client.call(RAW, {"method": "POST", "path": "/things?deep=1", "body": '{"name": "🙂"}'})
    assert (answer.status, answer.headers["x-trace"]) == (status, "7")
    assert len(server.asked) == 1
    assert (server.asked[0]["method"], server.asked[0]["path"]) == ("POST", "/base/things?deep=1")
    assert orjson.loads(server.asked[0]["body"]) == {"name": "🙂"}


def test_a_raw_call_shows_no_secret(server: Server, client: Client) -> None:
    server.says(Reply({"secret": "x", "kept": 1}))
    assert client.call(RAW, {"path": "/things"}).data == {"kept": 1}


def test_the_lost_answer_of_a_raw_write_is_lost(server: Server, client: Client) -> None:
    server.says(Reply(breaks="before"))
    with pytest.raises(LostAnswer):
        client.call(RAW, {"method": "POST", "path": "/things"})
    assert len(server.asked) == 1
