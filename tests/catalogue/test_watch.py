"""What names an event, what has happened already, and which deliveries are accepted."""

from __future__ import annotations

import base64
import hashlib
import hmac

import pytest

from integrations.catalogue import BasicDeliveries, SignedDeliveries, Watch

SIGNED = SignedDeliveries(secret_header="x-hook-secret", signature_header="x-hook-signature")
BODY = b'{"id": 7}'


def watch(**more: object) -> Watch:
    return Watch(**{"name": "seen", "label": "Seen", "entity": "thing", "changes": ("created", "changed"), **more})  # type: ignore[arg-type]


def test_what_is_created_is_named_by_its_record_and_what_changes_by_the_change() -> None:
    assert watch().key_of("created", "7", 100) == watch().key_of("created", "7", 200) == "thing/7/created"
    assert watch().key_of("changed", "7", 100) != watch().key_of("changed", "7", 200)


def test_what_a_condition_decides_can_happen_to_a_record_again() -> None:
    done = watch(when=lambda before, after: True)
    assert done.key_of("created", "7", 100) != done.key_of("created", "7", 200)


def test_what_happens_once_has_one_name_for_each_watch() -> None:
    late, early = watch(name="late", once=True), watch(name="early", once=True)
    assert late.key_of("created", "7", 100) == late.key_of("changed", "7", 200)
    assert late.key_of("changed", "7", 200) != early.key_of("changed", "7", 200)


def test_a_record_that_is_there_tells_whether_it_has_happened() -> None:
    assert watch().has_happened({})
    assert not watch(changes=("changed",)).has_happened({})
    edited = watch(changes=("changed",), standing=lambda data: bool(data.get("edited")))
    assert (edited.has_happened({"edited": 1}), edited.has_happened({})) == (True, False)


def test_what_happened_is_told_by_the_watch_or_by_the_kind_of_change() -> None:
    assert [watch().verb_of(kind) for kind in ("created", "changed", "removed")] == ["was created", "was changed", "was removed"]
    assert watch(verb="was late").verb_of("created") == "was late"


def signature(secret: str, body: bytes = BODY) -> dict[str, str]:
    return {"x-hook-signature": hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}


def test_a_signed_delivery_is_accepted_with_our_secret_alone() -> None:
    secrets = {SIGNED.SECRET: "söcret"}
    assert SIGNED.accepts(signature("söcret"), BODY, secrets)
    assert not SIGNED.accepts(signature("other"), BODY, secrets)
    assert not SIGNED.accepts(signature("söcret"), BODY + b" ", secrets)
    assert not SIGNED.accepts({}, BODY, secrets)
    assert not SIGNED.accepts({"x-hook-signature": "grüße"}, BODY, secrets)
    assert SIGNED.is_believed


def test_nothing_is_accepted_while_there_is_no_secret() -> None:
    assert not SIGNED.accepts(signature(""), BODY, {})
    assert not BasicDeliveries().accepts(basic(":"), BODY, {})


def test_the_first_request_brings_the_secret() -> None:
    assert SIGNED.handshake({"x-hook-secret": "abc"}) == "abc"
    assert SIGNED.handshake({}) == ""
    assert BasicDeliveries().handshake({"x-hook-secret": "abc"}) == ""


def basic(credentials: str) -> dict[str, str]:
    return {"authorization": f"Basic {base64.b64encode(credentials.encode()).decode()}"}


@pytest.mark.parametrize(
    "headers",
    [
        {},
        basic("ada:wrong"),
        basic("bo:p:w ü"),
        basic("ada"),
        {"authorization": "Basic"},
        {"authorization": "Basic %%%"},
        {"authorization": "Basic ü"},
        {"authorization": f"Bearer {base64.b64encode('ada:p:w ü'.encode()).decode()}"},
    ],
)
def test_a_delivery_with_other_credentials_is_not_accepted(headers: dict[str, str]) -> None:
    deliveries = BasicDeliveries()
    secrets = {deliveries.USER_NAME: "ada", deliveries.PASSWORD: "p:w ü"}
    assert deliveries.accepts(basic("ada:p:w ü"), BODY, secrets)
    assert not deliveries.accepts(headers, BODY, secrets)
    assert not deliveries.is_believed
