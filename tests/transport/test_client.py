"""What the transport makes of every kind of answer, and when it tries again."""

from __future__ import annotations

import gzip
import socket
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from integrations.catalogue import InvalidInput, Request
from integrations.transport import client as transport
from integrations.transport import wire
from integrations.transport.client import Client
from integrations.transport.errors import (
    BadAnswer,
    Forbidden,
    LostAnswer,
    NotFound,
    OverBudget,
    ProviderDown,
    ProviderError,
    Refused,
    SignedOut,
    StaleVersion,
    Throttled,
    Unreachable,
)
from tests.transport.conftest import PROVIDER, Budget, Keys, Log, Reply, Server

Call = Callable[..., Any]
THING = {"id": 1, "name": "One"}


def test_a_record_is_picked_out_of_the_answer(server: Server, call: Call) -> None:
    server.says(Reply({"thing": THING}))
    assert call("get_thing", thing="1") == THING
    assert server.asked[0]["path"] == "/base/things/1"


def test_a_list_of_one_counts_as_a_record(server: Server, call: Call) -> None:
    server.says(Reply([THING]))
    assert call("touch_thing", thing="1") == THING


def test_secrets_are_taken_out_however_deep_they_lie(server: Server, call: Call) -> None:
    server.says(Reply({"thing": {"id": 1, "secret": "x", "rows": [{"secret": "y", "kept": [{"deep": {"secret": "z"}}]}]}}))
    assert call("get_thing", thing="1") == {"id": 1, "rows": [{"kept": [{"deep": {}}]}]}


def test_the_workspace_travels_as_declared(server: Server, client: Client) -> None:
    server.says(Reply([]))
    client.call(PROVIDER.operation("list_things"), {"filter": "a eq 'ü'"}, workspace="house-7")
    asked = server.asked[0]
    assert asked["headers"]["x-house"] == "house-7"
    assert asked["path"] == "/base/things?%24filter=a+eq+%27%C3%BC%27"


def test_pages_are_walked_to_the_end_with_what_is_side_loaded(server: Server, walk: Call) -> None:
    people = [{"id": 5, "name": "Ada"}]
    server.says(
        Reply({"things": [{"id": 1, "person_id": 5}, {"id": 2, "person_id": 6}], "people": people, "pagination": {"next": 3}}),
        Reply({"things": [{"id": 3}], "pagination": {}}),
    )
    assert walk("walk_things") == [[{"id": 1, "person_id": 5, "person": people[0]}, {"id": 2, "person_id": 6}], [{"id": 3}]]
    assert [asked["path"] for asked in server.asked] == ["/base/things?limit=2", "/base/things?limit=2&start=3"]


def test_pages_that_go_round_in_a_circle_end_with_an_error(server: Server, walk: Call) -> None:
    server.says(Reply({"things": [], "pagination": {"next": 3}}))
    with pytest.raises(BadAnswer, match="circle"):
        walk("walk_things")
    assert len(server.asked) == 2


NO_LISTS = [None, {}, {"things": None}, {"things": {"id": 1}}, {"things": [1, 2]}, {"things": [[{"id": 1}]]}, "text", 7]


@pytest.mark.parametrize("answer", NO_LISTS)
def test_a_page_that_is_no_list_of_records_is_a_bad_answer(server: Server, walk: Call, answer: Any) -> None:
    server.says(Reply(answer))
    with pytest.raises(BadAnswer):
        walk("walk_things")


@pytest.mark.parametrize("answer", [None, {}, {"thing": None}, {"thing": 7}, {"thing": "text"}, {"thing": [THING, THING]}, [[THING]]])
def test_something_else_than_a_record_is_a_bad_answer(server: Server, call: Call, answer: Any) -> None:
    server.says(Reply(answer))
    with pytest.raises(BadAnswer):
        call("get_thing", thing="1")


@pytest.mark.parametrize(
    "reply",
    [
        Reply(body=b"<html>Back soon</html>", headers={"content-type": "text/html"}),
        Reply(body=b""),
        Reply(body=b'{"thing": {"id": 1'),
        Reply(body=b"\xff\xfe"),
        Reply(body=b"no gzip", headers={"content-encoding": "gzip"}),
        Reply(status=302, headers={"location": "https://elsewhere.example.org/"}),
    ],
)
def test_what_is_no_answer_of_the_provider_is_bad_for_a_read_and_lost_for_a_write(server: Server, call: Call, reply: Reply) -> None:
    server.says(reply)
    with pytest.raises(BadAnswer):
        call("get_thing", thing="1")
    with pytest.raises(LostAnswer):
        call("create_thing", name="One")
    assert len(server.asked) == 2


@pytest.mark.parametrize("zipped", [False, True])
def test_an_answer_without_end_is_not_read_to_the_end(server: Server, call: Call, monkeypatch: pytest.MonkeyPatch, zipped: bool) -> None:
    monkeypatch.setattr(wire, "LARGEST", 1 << 20)
    body = b'"' + b"x" * (3 << 20) + b'"'
    server.says(Reply(body=gzip.compress(body), headers={"content-encoding": "gzip"}) if zipped else Reply(body=body))
    with pytest.raises(BadAnswer, match="larger than 1 MB"):
        call("get_thing", thing="1")


@pytest.mark.parametrize("trickles", ["head", "body"])
def test_an_answer_that_trickles_is_given_up(server: Server, call: Call, monkeypatch: pytest.MonkeyPatch, trickles: str) -> None:
    monkeypatch.setattr(wire, "LONGEST", 0.2)
    server.says(Reply(trickles=trickles))
    began = time.monotonic()
    with pytest.raises(LostAnswer, match="in time"):
        call("create_thing", name="One")
    assert time.monotonic() - began < 5
    assert len(server.asked) == 1


@pytest.fixture
def short_call(monkeypatch: pytest.MonkeyPatch) -> float:
    """After how many seconds a call is certainly over: half a second, and what a busy machine adds."""
    monkeypatch.setattr(transport, "LONGEST_CALL", 0.5)
    monkeypatch.setattr(transport, "LAST_TRY", 0.4)
    monkeypatch.setattr(wire, "SHORTEST", 0.01)
    return 2.0


def test_a_call_with_all_its_tries_has_one_deadline(server: Server, call: Call, walk: Call, client: Client, short_call: float) -> None:
    get, send = partial(call, "get_thing", thing="1"), partial(client.send, Request("GET", "/things"))
    asks: list[Call] = [get, partial(walk, "walk_things"), send]
    for number, ask in enumerate(asks, start=1):
        server.says(Reply(status=401 if number == 3 else 500, waits=0.2), Reply(waits=4))
        began = time.monotonic()
        with pytest.raises(LostAnswer, match="in time"):
            ask()
        assert time.monotonic() - began < short_call
        assert len(server.asked) == 2 * number


def test_a_write_that_the_deadline_cuts_may_have_been_done(server: Server, call: Call, short_call: float) -> None:
    server.says(Reply({"thing": THING}, waits=4))
    with pytest.raises(LostAnswer, match="in time"):
        call("create_thing", name="One")
    assert len(server.asked) == 1


def test_what_the_deadline_leaves_no_time_for_is_not_sent(
    server: Server, call: Call, short_call: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wire, "SHORTEST", 0.3)
    server.says(Reply(status=401, waits=0.3), Reply({"thing": THING}))
    with pytest.raises(Unreachable, match="no time left"):
        call("create_thing", name="One")
    assert len(server.asked) == 1, "it was turned away once, and not sent again"


def test_the_renewal_of_a_token_is_held_to_the_deadline_of_its_call(server: Server, log: Log, short_call: float) -> None:
    class Slow:
        def headers(self, refresh: bool = False) -> dict[str, str]:
            try:
                wire.exchange("POST", f"{server.url}/token")
            except LostAnswer as error:
                raise Unreachable(error.message) from error
            return {}

    server.says(Reply(waits=4))
    began = time.monotonic()
    client = Client(PROVIDER, server.url, Slow(), log, Budget())
    with pytest.raises(Unreachable):
        client.call(PROVIDER.operation("create_thing"), {"name": "One"})
    assert time.monotonic() - began < short_call
    assert {asked["path"] for asked in server.asked} == {"/base/token"}


def test_what_comes_after_a_call_has_its_own_time(server: Server, call: Call, short_call: float) -> None:
    server.says(Reply({"thing": THING}, waits=0.3))
    assert [call("get_thing", thing="1") for _ in range(3)] == [THING] * 3


@pytest.mark.parametrize(("status", "error"), [(400, Refused), (403, Forbidden), (404, NotFound), (409, StaleVersion), (422, Refused)])
def test_a_clear_no_goes_up_at_once_with_the_providers_words(server: Server, call: Call, status: int, error: type[ProviderError]) -> None:
    server.says(Reply({"error": "Not like this"}, status=status))
    for name, inputs in (("get_thing", {"thing": "1"}), ("create_thing", {"name": "One"})):
        with pytest.raises(error, match="Not like this") as raised:
            call(name, **inputs)
        assert raised.value.status == status
        assert str(raised.value).startswith(error.sentence)
    assert len(server.asked) == 2


@pytest.mark.parametrize(
    "trouble", [Reply(status=500), Reply(status=502), Reply(status=503), Reply(breaks="before"), Reply(body=b"x" * 100, breaks="middle")]
)
def test_a_read_is_tried_three_times_and_a_write_once(server: Server, call: Call, log: Log, trouble: Reply) -> None:
    server.says(trouble, trouble, Reply({"thing": THING}))
    assert call("get_thing", thing="1") == THING
    assert [attempt.attempt for attempt in log.attempts] == [1, 2, 3]
    server.says(trouble)
    with pytest.raises((ProviderDown, LostAnswer)):
        call("get_thing", thing="1")
    assert len(server.asked) == 6
    with pytest.raises(LostAnswer):
        call("create_thing", name="One")
    assert len(server.asked) == 7


def test_a_write_that_never_left_is_tried_again_and_then_was_not_done(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("integrations.transport.client.FIRST_PAUSE", 0.001)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{free.getsockname()[1]}"
    client = Client(PROVIDER, address, Keys("one"), log, Budget())
    with pytest.raises(Unreachable):
        client.call(PROVIDER.operation("create_thing"), {"name": "One"})
    assert [(attempt.status, attempt.attempt) for attempt in log.attempts] == [(None, 1), (None, 2), (None, 3)]


def test_a_short_wait_is_waited_and_a_long_one_goes_up(server: Server, call: Call) -> None:
    for name, inputs in (("get_thing", {"thing": "1"}), ("create_thing", {"name": "One"})):
        server.says(Reply(status=429, headers={"retry-after": "0"}), Reply({"thing": THING}))
        assert call(name, **inputs) == THING
        server.says(Reply(status=429, headers={"retry-after": "11"}), Reply({"thing": THING}))
        with pytest.raises(Throttled) as raised:
            call(name, **inputs)
        assert raised.value.retry_after == 11
    assert len(server.asked) == 6


def test_a_write_that_is_throttled_with_another_status_may_have_been_done(server: Server, call: Call) -> None:
    server.says(Reply({"error": "Request rate is too large"}, status=500))
    with pytest.raises(LostAnswer, match="too large") as raised:
        call("create_thing", name="One")
    assert (raised.value.status, len(server.asked)) == (500, 1)
    with pytest.raises(Throttled):
        call("get_thing", thing="1")


def test_a_write_whose_token_could_not_be_renewed_for_now_was_not_done(server: Server, log: Log) -> None:
    class Slowed:
        def headers(self, refresh: bool = False) -> dict[str, str]:
            raise Throttled(retry_after=900)

    with pytest.raises(Throttled) as raised:
        Client(PROVIDER, server.url, Slowed(), log, Budget()).call(PROVIDER.operation("create_thing"), {"name": "One"})
    assert (raised.value.retry_after, server.asked) == (900, [])


def test_a_list_that_comes_too_slowly_ends_before_its_next_page(server: Server, call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "LONGEST_LIST", -1.0)
    server.says(Reply({"things": [{"id": 1}, {"id": 2}], "pagination": {"next": 3}}))
    assert len(call("walk_things", limit=2)) == 2
    with pytest.raises(ProviderDown, match="only 2 records came in time"):
        call("walk_things", limit=100)
    assert len(server.asked) == 2


def test_a_token_that_ran_out_is_renewed_once_also_for_a_write(server: Server, call: Call) -> None:
    server.says(Reply(status=401), Reply({"thing": THING}))
    assert call("create_thing", name="One") == THING
    assert [asked["headers"]["authorization"] for asked in server.asked] == ["Bearer first", "Bearer second"]


def test_a_fresh_token_that_is_refused_means_signed_out(server: Server, call: Call) -> None:
    server.says(Reply(status=401))
    with pytest.raises(SignedOut):
        call("get_thing", thing="1")
    assert len(server.asked) == 2


def test_a_deletion_may_answer_nothing(server: Server, call: Call) -> None:
    server.says(Reply(status=204, body=b""))
    assert call("delete_thing", thing="1") is None
    assert call("touch_thing", thing="1") is None


@pytest.mark.parametrize("thing", [".", "..", "../..", "a/../b"])
def test_no_id_leads_out_of_the_providers_address(server: Server, call: Call, thing: str) -> None:
    with pytest.raises(InvalidInput):
        call("get_thing", thing=thing)
    assert server.asked == []


ELSEWHERE = ["//evil.example.org/", "@evil.example.org/", "https://evil.example.org/", "/../x", "/%2e%2e/x", "/a/%2E/b"]


@pytest.mark.parametrize("path", ELSEWHERE)
def test_no_path_leads_to_another_host_or_above_the_base(server: Server, client: Client, path: str) -> None:
    server.says(Reply({}))
    try:
        client.send(Request("GET", path))
    except InvalidInput:
        assert server.asked == []
    else:
        assert server.asked[0]["path"].startswith("/base/")


@pytest.mark.parametrize("house", ["a\r\nx-other: 1", "ümlaut", "🙂"])
def test_no_value_adds_a_header_line(server: Server, client: Client, house: str) -> None:
    with pytest.raises(InvalidInput):
        client.call(PROVIDER.operation("list_things"), {}, workspace=house)
    assert server.asked == []


@pytest.mark.parametrize("headers", [{"x a": "1"}, {"": "1"}, {"x-a\r\nx-b": "1"}, {"x-ä": "1"}, {"x-a": " 1"}, {"x-a": "1\t"}])
def test_a_header_that_http_does_not_know_is_refused_before_it_is_sent(server: Server, client: Client, headers: dict[str, str]) -> None:
    with pytest.raises(InvalidInput):
        client.send(Request("GET", "/things", headers=headers))
    assert server.asked == []


@pytest.mark.parametrize("path", ["/a\x00b", "/a\nb", "/\x7f"])
def test_a_path_with_unprintable_signs_is_refused_and_not_logged(server: Server, client: Client, log: Log, path: str) -> None:
    with pytest.raises(InvalidInput):
        client.send(Request("GET", path))
    assert not server.asked and not log.attempts


def test_an_address_that_is_too_long_is_refused_before_it_is_sent(server: Server, call: Call) -> None:
    with pytest.raises(InvalidInput):
        call("list_things", filter="x" * 100_000)
    assert server.asked == []


def test_a_plain_request_gives_whatever_came(server: Server, client: Client) -> None:
    server.says(Reply({"error": "no", "secret": "x"}, status=418, headers={"x-more": "1"}))
    answer = client.send(Request("GET", "/things"))
    assert (answer.status, answer.data, answer.headers["x-more"]) == (418, {"error": "no"}, "1")
    server.says(Reply(body=b"PK\x03\x04", headers={"content-type": "application/zip"}))
    assert client.send(Request("GET", "/file")).data == b"PK\x03\x04"
    server.says(Reply(status=401), Reply({"id": 1}))
    assert client.send(Request("GET", "/things")).data == {"id": 1}


def test_calls_are_logged_without_values(server: Server, call: Call, log: Log) -> None:
    server.says(Reply([]))
    call("list_things", filter="a secret thing")
    (attempt,) = log.attempts
    assert (attempt.method, attempt.path, attempt.status, attempt.attempt) == ("GET", "/things?$filter", 200, 1)
    assert attempt.milliseconds >= 0


def test_a_record_nested_beyond_measure_breaks_nothing(server: Server, call: Call) -> None:
    server.says(Reply(body=b'{"thing": ' + b'{"a": ' * 1000 + b"1" + b"}" * 1000 + b"}"))
    assert call("get_thing", thing="1")["a"]
    server.says(Reply(body=b"[" * 100_000))
    with pytest.raises(BadAnswer):
        call("get_thing", thing="1")


def test_every_error_has_a_sentence_of_its_own() -> None:
    errors = [SignedOut, Forbidden, NotFound, Refused, StaleVersion, Throttled, ProviderDown, Unreachable, LostAnswer, BadAnswer]
    assert len({error.sentence for error in errors}) == len(errors)


@pytest.mark.parametrize(
    ("body", "kept"),
    [
        (
            rb'{"thing": {"na\u0000me": "a\u0000b\u0000", "rows": [["\u0000", {"c": "\u0000d"}]]}}',
            {"name": "ab", "rows": [["", {"c": "d"}]]},
        ),
        (rb'{"thing": {"name": "the letters \\u0000"}}', {"name": "the letters \\u0000"}),
        (rb'{"thing": {"name": "\\\u0000"}}', {"name": "\\"}),
    ],
)
def test_nul_characters_are_dropped_because_no_text_column_keeps_them(server: Server, call: Call, body: bytes, kept: Any) -> None:
    server.says(Reply(body=body))
    assert call("get_thing", thing="1") == kept


@pytest.mark.parametrize("body", [b"a\x00b", rb'{"error": "a\u0000b"}'])
def test_the_words_of_a_refusal_hold_no_nul_either(server: Server, client: Client, call: Call, body: bytes) -> None:
    server.says(Reply(body=body, status=422))
    with pytest.raises(Refused) as raised:
        call("get_thing", thing="1")
    assert "\x00" not in str(raised.value)


def test_each_exchange_takes_from_the_budget(server: Server, call: Call, walk: Call, client: Client, budget: Budget) -> None:
    server.says(Reply(status=500), Reply({"thing": THING}))
    call("get_thing", thing="1")
    server.says(Reply({"things": [], "pagination": {"next": 3}}), Reply({"things": []}))
    walk("walk_things")
    server.says(Reply(status=401), Reply({}))
    client.send(Request("GET", "/things"))
    assert budget.taken == len(server.asked) == 6


def test_what_is_over_budget_was_not_sent(server: Server, call: Call, client: Client, walk: Call, budget: Budget, log: Log) -> None:
    asks: list[Call] = [partial(call, "get_thing", thing="1"), partial(call, "create_thing", name="One"), partial(walk, "walk_things")]
    asks.append(partial(client.send, Request("GET", "/things")))
    for ask in asks:
        budget.waits = [700.0]
        with pytest.raises(OverBudget) as raised:
            ask()
        assert raised.value.retry_after == 700
    assert not server.asked and not log.attempts


def test_a_short_wait_for_the_budget_is_waited_in_place_and_is_no_try(server: Server, call: Call, budget: Budget, log: Log) -> None:
    server.says(Reply({"thing": THING}))
    budget.waits = [0.0] * 5
    assert call("create_thing", name="One") == THING
    assert [attempt.attempt for attempt in log.attempts] == [1]


def test_when_the_provider_asks_to_wait_the_budget_is_told(server: Server, call: Call, client: Client, budget: Budget) -> None:
    server.says(Reply(status=429, headers={"retry-after": "11"}))
    with pytest.raises(Throttled):
        call("get_thing", thing="1")
    client.send(Request("GET", "/things"))
    server.says(Reply({"error": "Request rate is too large"}, status=500))
    with pytest.raises(LostAnswer):
        call("create_thing", name="One")
    assert budget.told == [11, 11, None]
