"""Make an API call: whatever is below the provider's address, signed by the portal, and never anywhere else."""

from __future__ import annotations

import os
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integrations.catalogue import InvalidInput, Kind, RawCall, Request

RAW = RawCall(row="X1", own_headers=frozenset({"X-Api-Key"}), workspace_header="workspace-id")


def mistakes(**given: Any) -> dict[str, str]:
    with pytest.raises(InvalidInput) as caught:
        RAW.request(given, "house")
    return caught.value.errors


def test_it_is_sent_as_it_was_given() -> None:
    call = RAW.request(
        {
            "method": "PUT",
            "path": "/v2/tasks/7",
            "query": [{"name": "include", "value": "users"}],
            "headers": [{"name": "X-Trace", "value": "1"}],
            "body": '{"summary": "Sitemap 🙂"}',
        },
        "house",
    )
    assert call == Request("PUT", "/v2/tasks/7", {"include": "users"}, {"workspace-id": "house", "x-trace": "1"}, {"summary": "Sitemap 🙂"})


def test_a_query_may_stand_behind_the_path() -> None:
    call = RAW.request({"path": "/v2/tasks?status=active&empty=", "query": [{"name": "page_limit", "value": "5"}]})
    assert (call.method, call.path) == ("GET", "/v2/tasks")
    assert call.query == {"status": "active", "empty": "", "page_limit": "5"}
    assert call.body is None


def test_a_name_may_stand_in_the_query_more_than_once() -> None:
    rows = [{"name": "b", "value": "1"}, {"name": "b", "value": "2"}, {"name": "a", "value": "3"}]
    assert RAW.request({"path": "/v2/tasks?a=1&a=2", "query": rows}).query == {"a": ["1", "2", "3"], "b": ["1", "2"]}


def test_another_workspace_may_be_named() -> None:
    call = RAW.request({"path": "/get/tags", "headers": [{"name": "Workspace-Id", "value": "other"}]}, "house")
    assert call.headers == {"workspace-id": "other"}


def test_only_a_get_may_be_repeated() -> None:
    assert RAW.kind is Kind.CALL
    assert RAW.only_reads({})
    assert RAW.only_reads({"method": "GET"})
    assert not RAW.only_reads({"method": "POST"})


@pytest.mark.parametrize(
    "path",
    [
        "v2/organizations",
        "https://evil.example/v2",
        "//evil.example/v2",
        "/%2f%2fevil.example\\@x://",
        "/v2/../admin",
        "/v2/%2e%2e/admin",
        "/v2/%252e%252e/admin",
        "/v2/..%5c..%5cadmin",
        "/v2/./tasks",
        "/v2/..;/admin",
        "/v2/%25252e%25252e/admin",
        "/v2/%2525252525252525252e",
        "/v2/tasks#end",
        "/v2/a task",
        "/v2/tasks%0d%0aHost: evil.example",
        "",
    ],
)
def test_no_path_leads_elsewhere(path: str) -> None:
    assert set(mistakes(path=path)) == {"path"}


@pytest.mark.parametrize(
    "name",
    ["Authorization", "authorization", "X-API-KEY", "Host", "Cookie", "Content-Length", "Proxy-Authorization", "X-HTTP-Method-Override"],
)
def test_no_header_replaces_the_sign_in_or_the_address(name: str) -> None:
    errors = mistakes(path="/v2", headers=[{"name": "x-fine", "value": "1"}, {"name": name, "value": "1"}])
    assert set(errors) == {"headers.1.name"}


def test_headers_are_plain() -> None:
    headers = [{"name": "x y", "value": "1"}, {"name": "x", "value": "a\r\nb"}, {"name": "y", "value": "ü"}]
    assert set(mistakes(path="/v2", headers=headers)) == {"headers.0.name", "headers.1.value", "headers.2.value"}


def test_every_mistake_is_told_at_once() -> None:
    assert set(mistakes(path="https://evil.example", body="{", headers=[{"name": "Host", "value": "x"}])) == {
        "path", "body", "headers.0.name",
    }  # fmt: skip
    assert set(mistakes(method="TRACE", path="/v2", words="x")) == {"method", "words"}


@settings(max_examples=200, deadline=None, derandomize="CI" in os.environ)
@given(st.text(alphabet=st.sampled_from("/.%2eE5cF\\:@?#ab"), max_size=14))
def test_whatever_is_let_through_stays_below_the_base(path: str) -> None:
    try:
        call = RAW.request({"path": path})
    except InvalidInput:
        return
    sent = urlsplit(f"https://api.example/base{call.path}")
    assert sent.netloc == "api.example"
    assert sent.path.startswith("/base/")
    assert not {".", ".."} & set(unquote(unquote(sent.path)).replace("\\", "/").split("/"))
