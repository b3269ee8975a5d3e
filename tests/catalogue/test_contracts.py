"""A declaration is held against the contract that the vendor published: every kind of difference is found, and named."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from integrations.catalogue import (
    BasicDeliveries,
    CursorPaging,
    Date,
    Email,
    Field,
    Flag,
    Group,
    Hooks,
    Hours,
    Kind,
    KnownDifference,
    Moment,
    Money,
    Number,
    OneOf,
    Operation,
    Pick,
    Place,
    Provider,
    RawCall,
    Rows,
    Text,
    Told,
)
from integrations.catalogue.contracts import Comparison, compare
from integrations.catalogue.swagger import NotAContract
from tests.catalogue.test_check import GET, LIST, SOUND

Change = Callable[[dict[str, Any]], Any]

FIELDS: tuple[Field, ...] = (
    Pick(name="house", label="House", place=Place.PATH, entity="thing", required=True, number=True),
    OneOf(name="how", label="How", place=Place.QUERY, choices=(("fast", "Fast"), ("slow", "Slow"))),
    Pick(name="thing_ids", label="Things", place=Place.QUERY, entity="thing", many=True, number=True),
    Text(name="language", label="Language", place=Place.HEADER, sent_as="x-language"),
    Text(name="name", label="Name", required=True),
    Email(name="mail", label="Mail"),
    Number(name="size", label="Size"),
    Money(name="rate", label="Rate"),
    Hours(name="length", label="Length"),
    Hours(name="rest", label="Rest", in_seconds=False),
    Date(name="day", label="Day"),
    Moment(name="start", label="Start"),
    Flag(name="billable", label="Billable"),
    OneOf(name="level", label="Level", choices=((0, "User"), (1, "Manager"))),
    Pick(name="client", label="Client", entity="thing", sent_as="client.id"),
    Pick(name="tags", label="Tags", entity="thing", many=True, each_as="id"),
    Group(name="budget", label="Budget", fields=(Text(name="type", label="Type", required=True), Money(name="cost", label="Cost"))),
    Rows(name="members", label="Members", fields=(Pick(name="user_id", label="User", entity="thing", number=True, required=True),)),
    Text(name="asked", label="Only asked", asked_only=True),
)
CREATE = Operation(
    name="create_ride",
    label="Create",
    entity="thing",
    kind=Kind.CREATE,
    method="POST",
    path="/houses/{house}/rides",
    result="ride",
    inputs=FIELDS,
)
PAGED = Operation(
    name="list_rides",
    label="List",
    entity="thing",
    kind=Kind.LIST,
    method="GET",
    path="/rides",
    result="found.rides",
    paging=CursorPaging(start="from", limit="count", size=9, next="next"),
)
DELETE = Operation(
    name="delete_ride",
    label="Delete",
    entity="thing",
    kind=Kind.DELETE,
    method="DELETE",
    path="/delete/rides/{ride}",
    inputs=(Pick(name="ride", label="Ride", place=Place.PATH, entity="thing", required=True),),
)


def text(**more: Any) -> dict[str, Any]:
    return {"type": "string", **more}


def objects(*required: str, **properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(required)}


def lists(items: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "array", "items": items, **more}


def published(**schema: Any) -> dict[str, Any]:
    return {"responses": {"200": {"description": "Good", "schema": schema} if schema else {"description": "Good"}}}


WHOLE, DECIMAL = {"type": "integer"}, {"type": "number"}
RIDE = objects(
    "name",
    name=text(),
    mail=text(),
    size=WHOLE,
    rate=DECIMAL,
    length=WHOLE,
    rest=DECIMAL,
    day=text(format="date"),
    start=text(format="date-time"),
    billable={"type": "boolean"},
    level={"type": "number", "enum": [0, 1, 2]},
    client=objects("id", id=text()),
    tags=lists(objects("id", id=text())),
    budget=objects("type", type=text(), cost=DECIMAL),
    members=lists({"$ref": "#/definitions/Member"}),
)
DOCUMENT = {
    "swagger": "2.0",
    "definitions": {"Ride": RIDE, "Member": objects("user_id", user_id=WHOLE)},
    "parameters": {"Language": {"in": "header", "name": "x-language", **text()}},
    "paths": {
        "/things": {"get": published(**lists(objects()))},
        "/me": {"get": published()},
        "/houses/{houseId}/rides": {
            "parameters": [{"in": "path", "name": "houseId", "required": True, **WHOLE}],
            "post": {
                **published(**objects(ride={"$ref": "#/definitions/Ride"})),
                "parameters": [
                    {"in": "query", "name": "how", **text(enum=["fast", "slow", "dead slow"])},
                    {"in": "query", "name": "thing_ids", **lists(WHOLE)},
                    {"$ref": "#/parameters/Language"},
                    {"in": "body", "name": "data", "schema": {"$ref": "#/definitions/Ride"}},
                ],
            },
        },
        "/rides": {
            "get": {
                **published(**objects(found=objects(rides=lists(objects())))),
                "parameters": [{"in": "query", "name": "from", **WHOLE}, {"in": "query", "name": "count", **WHOLE}],
            }
        },
        "/delete/{kind}/{id}": {
            "delete": {
                **published(),
                "parameters": [
                    {"in": "path", "name": "kind", "required": True, **text(enum=["rides", "houses"])},
                    {"in": "path", "name": "id", "required": True, **text()},
                ],
            }
        },
    },
}


def provider(*operations: Operation, known: tuple[KnownDifference, ...] = ()) -> Provider:
    return Provider(**{**SOUND, "operations": (LIST, GET, *operations), "known_differences": known})


def compared(change: Change = lambda document: None, known: tuple[KnownDifference, ...] = ()) -> Comparison:
    document = deepcopy(DOCUMENT)
    change(document)
    return compare(provider(CREATE, PAGED, DELETE, RawCall(), known=known), document)


def body(document: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = document["definitions"]["Ride"]["properties"]
    return found


def post(document: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = document["paths"]["/houses/{houseId}/rides"]["post"]
    return found


def with_parameter(document: dict[str, Any], place: str, **changed: Any) -> None:
    next(each for each in post(document)["parameters"] if each.get("in") == place).update(changed)


def test_a_declaration_that_is_as_published_fits() -> None:
    assert compared() == Comparison((), (), ())
    assert compared().fits


DIFFERENCES: dict[str, tuple[Change, str, str, str]] = {
    "a path that is not there": (lambda document: document["paths"].pop("/rides"), "list_rides", "path /rides", "is not published"),
    "a method that is not there": (
        lambda document: document["paths"]["/rides"].update(put=document["paths"]["/rides"].pop("get")),
        "list_rides",
        "method GET",
        "is not published; /rides knows PUT",
    ),
    "a word in the path that the vendor does not take there": (
        lambda document: document["paths"]["/delete/{kind}/{id}"]["delete"]["parameters"][0].update(enum=["houses"]),
        "delete_ride",
        "path /delete/rides/{ride}",
        "is not published",
    ),
    "a query parameter that is not there": (
        lambda document: with_parameter(document, "query", name="other"),
        "create_ride",
        "query how",
        "is not published",
    ),
    "a header that is not there": (
        lambda document: document["parameters"]["Language"].update({"in": "query"}),
        "create_ride",
        "header x-language",
        "is not published",
    ),
    "a path parameter of another type": (
        lambda document: document["paths"]["/houses/{houseId}/rides"]["parameters"][0].update(type="string"),
        "create_ride",
        "path house",
        "is integer or number here and string there",
    ),
    "a body that is not taken": (
        lambda document: with_parameter(document, "body", schema={"type": "object"}),
        "create_ride",
        "body name",
        "is not published",
    ),
    "a field of the body that is not there": (lambda document: body(document).pop("mail"), "create_ride", "body mail", "is not published"),
    "a dotted field that is not there": (
        lambda document: body(document)["client"]["properties"].pop("id"),
        "create_ride",
        "body client.id",
        "is not published",
    ),
    "a field of a group that is not there": (
        lambda document: body(document)["budget"]["properties"].pop("cost"),
        "create_ride",
        "body budget.cost",
        "is not published",
    ),
    "a field of rows with another type": (
        lambda document: document["definitions"]["Member"]["properties"].update(user_id=text()),
        "create_ride",
        "body members.user_id",
        "is integer or number here and string there",
    ),
    "rows where one object is taken": (
        lambda document: body(document).update(members=objects(user_id=WHOLE)),
        "create_ride",
        "body members",
        "is a list here and object there",
    ),
    "objects where ids are taken": (
        lambda document: body(document).update(tags=lists(text())),
        "create_ride",
        "body tags",
        "is sent as objects with 'id' here, which there have none",
    ),
    "a list that is not sent with commas": (
        lambda document: post(document)["parameters"][1].update(collectionFormat="multi"),
        "create_ride",
        "query thing_ids",
        "is sent with commas here and as multi there",
    ),
    "a number where a whole one is taken": (
        lambda document: body(document).update(rate=WHOLE),
        "create_ride",
        "body rate",
        "is number here and integer there",
    ),
    "hours where a whole number is taken": (
        lambda document: body(document).update(rest=WHOLE),
        "create_ride",
        "body rest",
        "is number here and integer there",
    ),
    "a flag where text is taken": (
        lambda document: body(document).update(billable=text()),
        "create_ride",
        "body billable",
        "is boolean here and string there",
    ),
    "a day where a moment is taken": (
        lambda document: body(document).update(day=text(format="date-time")),
        "create_ride",
        "body day",
        "is a date here and a date-time there",
    ),
    "choices that the vendor does not know": (
        lambda document: with_parameter(document, "query", enum=["fast"]),
        "create_ride",
        "query how",
        "offers slow; the vendor takes fast",
    ),
    "any text where the vendor takes certain words": (
        lambda document: document["parameters"]["Language"].update(enum=["de", "fr"]),
        "create_ride",
        "header x-language",
        "takes anything; the vendor takes de, fr",
    ),
    "a parameter that the vendor requires": (
        lambda document: post(document)["parameters"].append({"in": "header", "name": "x-key", "required": True, **text()}),
        "create_ride",
        "header x-key is not asked",
        "the vendor requires it",
    ),
    "a field that the vendor requires": (
        lambda document: document["definitions"]["Ride"].update(
            required=["name", "colour"], properties={**body(document), "colour": text()}
        ),
        "create_ride",
        "body colour is not asked",
        "the vendor requires it",
    ),
    "a field of a row that the vendor requires": (
        lambda document: document["definitions"]["Member"].update(objects("role", role=text(), user_id=WHOLE)),
        "create_ride",
        "body members.role is not asked",
        "the vendor requires it",
    ),
    "a field beside a dotted one that the vendor requires": (
        lambda document: body(document).update(client=objects("name", id=text(), name=text())),
        "create_ride",
        "body client.name is not asked",
        "the vendor requires it",
    ),
    "paging that is not there": (
        lambda document: document["paths"]["/rides"]["get"]["parameters"].pop(),
        "list_rides",
        "query count",
        "turns the pages here and is not published",
    ),
    "an answer without the list": (
        lambda document: document["paths"]["/rides"]["get"].update(published(**objects(found=objects()))),
        "list_rides",
        "answer found.rides",
        "is not published",
    ),
    "an answer with a list where a record is looked for": (
        lambda document: post(document).update(published(**objects(ride=lists(objects())))),
        "create_ride",
        "answer ride",
        "is an object here and array there",
    ),
}


@pytest.mark.parametrize(("change", "operation", "what", "how"), DIFFERENCES.values(), ids=list(DIFFERENCES))
def test_it_is_found(change: Change, operation: str, what: str, how: str) -> None:
    found = {(each.operation, each.what): each.how for each in compared(change).differences}
    assert found.get((operation, what)) == how


@pytest.mark.parametrize(("change", "operation", "what", "how"), DIFFERENCES.values(), ids=list(DIFFERENCES))
def test_it_may_be_declared_with_its_reason(change: Change, operation: str, what: str, how: str) -> None:
    comparison = compared(change, (KnownDifference(operation, what, "the later document says so"),))
    assert (operation, what) not in {(each.operation, each.what) for each in comparison.differences}
    assert [(each.what, each.how, reason) for each, reason in comparison.known] == [(what, how, "the later document says so")]
    assert comparison.outdated == ()


def test_a_known_difference_that_is_none_any_more_does_not_fit() -> None:
    known = KnownDifference("create_ride", "body mail", "it was not there")
    assert compared(known=(known,)) == Comparison((), (), (known,))
    assert not compared(known=(known,)).fits


def test_a_schema_without_a_type_takes_anything() -> None:
    assert compared(lambda document: body(document).update(rate={}, day={}, members={}, client={"properties": {"id": {}}})).fits


@pytest.mark.parametrize(
    ("document", "says"),
    [
        ([], "no Swagger 2.0 document"),
        ({"openapi": "3.0.0", "paths": {}}, "no Swagger 2.0 document"),
        ({"swagger": "2.0"}, "has no paths"),
        ({"swagger": "2.0", "paths": {"/me": {"get": {"parameters": [{"$ref": "#/parameters/Lost"}]}}}}, "#/parameters/Lost is not in"),
        (
            {
                "swagger": "2.0",
                "parameters": {"Me": {"$ref": "#/parameters/Me"}},
                "paths": {"/me": {"get": {"parameters": [{"$ref": "#/parameters/Me"}]}}},
            },
            "refers to itself",
        ),
    ],
)
def test_what_is_no_contract_is_said(document: Any, says: str) -> None:
    with pytest.raises(NotAContract, match=says):
        compare(provider(), document)


# --- What keeps webhooks -----------------------------------------------------------------------------------------------

REGISTER = Operation(
    name="register",
    label="Register",
    entity="thing",
    kind=Kind.CREATE,
    method="POST",
    path="/hooks/{topic}",
    inputs=(
        OneOf(name="topic", label="Topic", place=Place.PATH, required=True, choices=(("rides", "Rides"), ("houses", "Houses"))),
        Text(name="url", label="URL"),
    ),
)
HOOKS = Hooks(
    operations=(REGISTER,),
    deliveries=BasicDeliveries(),
    register="register",
    registration=lambda draft: {"url": draft.url},
    registered=str,
    read=lambda body: Told(),
    list_all="list_things",
    listed=list,
    remove_help="In the settings.",
)


def with_hooks(*topics: str) -> dict[str, str]:
    """How the hooks differ from a contract that has a path for each of these topics, and no other."""
    taken = {"in": "body", "name": "hook", "schema": objects(url=text())}
    paths = {f"/hooks/{topic}": {"post": {**published(), "parameters": [taken]}} for topic in topics}
    document = {**DOCUMENT, "paths": {**DOCUMENT["paths"], **paths}}  # type: ignore[dict-item]
    found = compare(Provider(**{**SOUND, "hooks": HOOKS}), document).differences
    assert {each.operation for each in found} <= {"register"}
    return {each.what: each.how for each in found}


def test_the_operations_of_hooks_are_compared_too_once_for_each_word_of_a_path() -> None:
    assert with_hooks("rides", "houses") == {}
    assert with_hooks("rides") == {"path /hooks/houses": "is not published"}
    assert with_hooks() == {"path /hooks/rides": "is not published", "path /hooks/houses": "is not published"}


def test_a_choice_may_stand_where_the_vendor_has_one_path_for_all() -> None:
    assert with_hooks("{kind}") == {"path topic": "is not published"}
