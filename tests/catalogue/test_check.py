"""A declaration that cannot stand is refused when it is made, with a sentence for each mistake, each by its full name."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from integrations.catalogue import (
    Account,
    Address,
    ApiKey,
    ClientPart,
    Collect,
    Column,
    Entity,
    Fault,
    FaultKind,
    Field,
    Group,
    Identity,
    Kind,
    Me,
    MembersReading,
    NativePart,
    Operation,
    Parts,
    PersonPart,
    Pick,
    Place,
    ProjectPart,
    Provider,
    RateLimit,
    Rows,
    ShownWhen,
    TaskPart,
    Text,
    TimeEdits,
    TimePart,
    Updates,
    Watch,
    WholeList,
    Workspace,
    Write,
)
from integrations.catalogue.check import BadDeclaration

THING = Entity(name="thing", label="Thing", plural="Things", collect=Collect(operation="list_things"))
LIST = Operation(name="list_things", label="List", entity="thing", kind=Kind.LIST, method="GET", path="/things", paging=WholeList())
GET = Operation(name="get_me", label="Me", entity="thing", kind=Kind.GET, method="GET", path="/me")
SOUND: dict[str, Any] = {
    "name": "clock",
    "label": "Clock",
    "website": "https://clock.example",
    "workspace_word": "house",
    "address": Address("CLOCK_URL", "https://clock.example"),
    "sign_ins": (ApiKey(name="key", label="Key", header="x-key"),),
    "identity": Identity(
        account_operation="get_me",
        account=lambda me: Account("1", "Me"),
        workspaces_operation="get_me",
        workspaces=lambda me: [Workspace("1", "House")],
    ),
    "limit": RateLimit(10, 60, "connection"),
    "read_fault": lambda status, headers, answer: Fault(FaultKind.REFUSED, ""),
    "entities": (THING,),
    "operations": (LIST, GET),
}


def mistakes(**changed: Any) -> list[str]:
    with pytest.raises(BadDeclaration) as caught:
        Provider(**{**SOUND, **changed})
    return caught.value.mistakes


def create(*inputs: Field, path: str = "/things", **changed: Any) -> Operation:
    declared = {"name": "create", "label": "Create", "entity": "thing", "kind": Kind.CREATE, "method": "POST"}
    return Operation(**{**declared, "path": path, "inputs": inputs, **changed})


def with_operation(operation: Operation) -> list[str]:
    return mistakes(operations=(LIST, GET, operation))


def test_a_sound_declaration_stands_and_finds_its_parts_by_name() -> None:
    provider = Provider(**SOUND)
    assert (provider.entity("thing"), provider.operation("get_me")) == (THING, GET)
    assert provider.sign_in("key") is provider.sign_ins[0]
    assert provider.watch_by_name == {}


def test_there_must_be_a_way_to_sign_in() -> None:
    assert mistakes(sign_ins=()) == ["clock.sign_ins: there is no way to sign in"]


def test_names_are_plain_and_stand_once() -> None:
    key = ApiKey(name="API key", label="Key", header="x-key")
    assert mistakes(sign_ins=(key,)) == ["clock.sign_in 'API key': a name is lower-case letters, digits and underscores"]
    assert mistakes(entities=(THING, THING)) == ["clock.entity 'thing': declared 2 times"]
    assert mistakes(operations=(LIST, GET, GET)) == ["clock.operation 'get_me': declared 2 times"]
    watch = Watch(name="things_made", label="Made", entity="thing", changes=("created",))
    assert mistakes(watches=(watch, watch)) == ["clock.watch 'things_made': declared 2 times"]


def test_a_column_shows_what_is_promoted_and_has_a_source() -> None:
    columns = (Column(label="Colour", promoted="colour"), Column(label="State", promoted="status"), Column(label="Name", promoted="title"))
    assert mistakes(entities=(replace(THING, columns=columns),)) == [
        "clock.thing: column 'Colour' shows 'colour', which is not promoted",
        "clock.thing: column 'State' shows 'status', which has no source",
    ]


def test_relations_lead_to_entities() -> None:
    lost = replace(THING, parent_entity="project", person_entity="member")
    assert mistakes(entities=(lost,)) == [
        "clock.thing: relates to 'project', which is no entity",
        "clock.thing: relates to 'member', which is no entity",
    ]


@pytest.mark.parametrize("name", ["list_nothing", "get_me"])
def test_an_entity_is_collected_by_a_list(name: str) -> None:
    entity = replace(THING, collect=Collect(operation=name))
    assert mistakes(entities=(entity,)) == [f"clock.thing: is collected by {name!r}, which is no list operation"]


def test_an_entity_is_collected_with_inputs_that_the_list_takes() -> None:
    entity = replace(THING, collect=Collect(operation="list_things", inputs={"status": "all"}, each="project", each_as="project_id"))
    assert mistakes(entities=(entity,)) == [
        "clock.thing: is collected with the input 'status', which list_things does not take",
        "clock.thing: is collected with the input 'project_id', which list_things does not take",
        "clock.thing: is collected for each 'project', which is no entity",
    ]


@pytest.mark.parametrize(
    ("changed", "mistake"),
    [
        ({"entity": "nothing"}, "clock.create: belongs to 'nothing', which is no entity"),
        ({"method": "FETCH"}, "clock.create: 'FETCH' is no method"),
        ({"path": "things"}, "clock.create: the path 'things' must start with /"),
        ({"paging": WholeList()}, "clock.create: a list has a paging, and nothing else has"),
        ({"kind": Kind.LIST}, "clock.create: a list has a paging, and nothing else has"),
    ],
)
def test_an_operation_says_where_it_goes_and_what_it_is(changed: dict[str, Any], mistake: str) -> None:
    assert with_operation(create(**changed)) == [mistake]


def test_the_path_and_the_inputs_that_travel_in_it_name_each_other() -> None:
    here = Text(name="here", label="Here", place=Place.PATH, required=True)
    assert with_operation(create(here, path="/things/{there}")) == [
        "clock.create.here: travels in the path, which does not name it",
        "clock.create: the path names 'there', which is not asked",
    ]


def test_what_travels_in_the_path_is_required_or_the_workspace() -> None:
    optional = Text(name="thing", label="Thing", place=Place.PATH)
    filled = Pick(name="house", label="House", place=Place.PATH, entity="thing", workspace=True)
    assert with_operation(create(optional, filled, path="/{house}/{thing}")) == [
        "clock.create.thing: travels in the path and so must be required"
    ]


def test_fields_stand_once_and_hang_on_fields_beside_them_at_any_depth() -> None:
    pick = Pick(name="part", label="Part", entity="nothing", depends_on=("whole",))
    shown = Text(name="note", label="Note", shown_when=ShownWhen("kind", ("a",)))
    twice = Text(name="twice", label="Twice")
    group = Group(name="group", label="Group", fields=(Rows(name="rows", label="Rows", fields=(pick, shown, twice, twice)),))
    kind, whole = Text(name="kind", label="Kind"), Text(name="whole", label="Whole")
    assert with_operation(create(kind, whole, group, twice, twice)) == [
        "clock.create.twice: declared 2 times",
        "clock.create.group.rows.twice: declared 2 times",
        "clock.create.group.rows.part: picks 'nothing', which is no entity",
        "clock.create.group.rows.part: depends on 'whole', which is not asked beside it",
        "clock.create.group.rows.note: is shown by 'kind', which is not asked beside it",
    ]


def test_fields_do_not_show_each_other_in_a_circle() -> None:
    first = Text(name="first", label="First", shown_when=ShownWhen("second", ("a",)))
    second = Text(name="second", label="Second", shown_when=ShownWhen("first", ("a",)))
    assert with_operation(create(first, second)) == [
        "clock.create.first: is shown by itself, in a circle",
        "clock.create.second: is shown by itself, in a circle",
    ]


def test_a_watch_is_of_an_entity_and_a_change() -> None:
    watch = Watch(name="seen", label="Seen", entity="nothing", changes=("seen",))
    assert mistakes(watches=(watch,)) == [
        "clock.seen: watches 'nothing', which is no entity",
        "clock.seen: 'seen' is no change; use changed, created, removed",
    ]


def test_identity_is_asked_by_operations() -> None:
    identity = replace(SOUND["identity"], account_operation="who_am_i", workspaces_operation="where_am_i")
    assert mistakes(identity=identity) == ["clock.identity: 'who_am_i' is no operation", "clock.identity: 'where_am_i' is no operation"]


def test_the_parts_lead_to_entities_and_operations() -> None:
    parts = Parts(
        person=PersonPart(entity="person", read=nothing, me=Me("who_am_i", nothing)),
        client=ClientPart(entity="client", read=nothing, create=Write("make_client", nothing)),
        project=ProjectPart(
            entity="thing",
            read=nothing,
            create=Write("make_project", nothing),
            rename=Write("rename_project", nothing),
            archive=Write("archive_project", nothing),
            remove_members=Write("take_out", nothing),
        ),
        task=TaskPart(entity="thing", read=nothing, complete=Write("complete_task", nothing), delete=Write("delete_task", nothing)),
        time=TimePart(entity="hour", read=nothing, delete=Write("delete_time", nothing), edits=TimeEdits("edit", nothing)),
        native=NativePart(projects="project_link", people="user_link", read_project=nothing, read_person=nothing),
    )
    assert sorted(mistakes(parts=parts)) == [
        "clock.parts.client.create: 'make_client' is no operation",
        "clock.parts.client: 'client' is no entity",
        "clock.parts.native.people: 'user_link' is no entity",
        "clock.parts.native.projects: 'project_link' is no entity",
        "clock.parts.person.me: 'who_am_i' is no operation",
        "clock.parts.person: 'person' is no entity",
        "clock.parts.project.archive: 'archive_project' is no operation",
        "clock.parts.project.create: 'make_project' is no operation",
        "clock.parts.project.remove_members: 'take_out' is no operation",
        "clock.parts.project.rename: 'rename_project' is no operation",
        "clock.parts.task.complete: 'complete_task' is no operation",
        "clock.parts.task.delete: 'delete_task' is no operation",
        "clock.parts.time.delete: 'delete_time' is no operation",
        "clock.parts.time.edits: 'edit' is no entity",
        "clock.parts.time: 'hour' is no entity",
    ]


def parts_with(me: Me) -> Parts:
    thing: dict[str, Any] = {"entity": "thing", "read": nothing}
    return Parts(person=PersonPart(**thing, me=me), project=ProjectPart(**thing), task=TaskPart(**thing), time=TimePart(**thing))


def test_who_adds_people_can_tell_who_is_there_already() -> None:
    adding = {"add_members": Write("get_me", nothing)}
    no_list = "clock.parts.project.members: 'get_me' is no list operation"
    nobody_tells = "clock.parts.project.add_members: people are added, and no `members` tells who is there already"
    assert mistakes(parts=parts_with_project(**adding)) == [nobody_tells]
    assert mistakes(parts=parts_with_project(**adding, members=MembersReading("get_me", nothing, nothing))) == [no_list]
    unknown = MembersReading("list_members", nothing, nothing)
    assert mistakes(parts=parts_with_project(members=unknown)) == ["clock.parts.project.members: 'list_members' is no operation"]
    sound = parts_with_project(**adding, members=MembersReading("list_things", nothing, nothing))
    assert Provider(**{**SOUND, "parts": sound})


def parts_with_project(**verbs: Any) -> Parts:
    thing: dict[str, Any] = {"entity": "thing", "read": nothing}
    return Parts(person=PersonPart(**thing), project=ProjectPart(**thing, **verbs), task=TaskPart(**thing), time=TimePart(**thing))


def test_who_signed_in_is_asked_without_being_told_anything() -> None:
    told = create(Text(name="word", label="Word", required=True), name="ask", kind=Kind.GET, method="GET")
    sentence = "does not get one record without being told anything"
    assert Provider(**{**SOUND, "parts": parts_with(Me("get_me", nothing))})
    assert mistakes(parts=parts_with(Me("list_things", nothing))) == [f"clock.parts.person.me: 'list_things' {sentence}"]
    assert mistakes(operations=(LIST, GET, told), parts=parts_with(Me("ask", nothing))) == [f"clock.parts.person.me: 'ask' {sentence}"]


@pytest.mark.parametrize("name", ["list_nothing", "get_me"])
def test_an_entity_is_updated_by_a_list_of_its_own(name: str) -> None:
    entity = replace(THING, collect=Collect(operation="list_things", updates=updates(name)))
    assert mistakes(entities=(entity,)) == [f"clock.thing: is updated by {name!r}, which lists no thing"]


def test_a_list_of_updates_holds_the_same_records() -> None:
    other = replace(THING, name="other")
    entity = replace(THING, collect=Collect(operation="list_things", updates=updates("list_others")))
    listed = replace(LIST, name="list_others", entity="other")
    sentence = "clock.thing: is updated by 'list_others', which lists no thing"
    assert mistakes(entities=(entity, other), operations=(LIST, GET, listed)) == [sentence]
    assert Provider(**{**SOUND, "entities": (entity, other), "operations": (LIST, GET, replace(listed, entity="thing"))})


def test_what_is_asked_one_by_one_has_no_list_of_all_updates() -> None:
    asked = replace(LIST, inputs=(Text(name="each", label="Each"),))
    entity = replace(THING, collect=Collect(operation="list_things", each="thing", each_as="each", updates=updates("list_things")))
    assert mistakes(entities=(entity,), operations=(asked, GET)) == [
        "clock.thing: is updated as a whole, and so cannot be collected for each 'thing'"
    ]


def updates(operation: str) -> Updates:
    return Updates(operation=operation, inputs=nothing, back=timedelta(days=45), late=timedelta(minutes=20))


def nothing(*given: Any) -> Any:
    raise NotImplementedError


def test_every_mistake_is_told_at_once() -> None:
    with pytest.raises(BadDeclaration) as caught:
        Provider(
            **{
                **SOUND,
                "sign_ins": (),
                "entities": (replace(THING, parent_entity="project"),),
                "operations": (LIST, GET, create(method="FETCH")),
                "watches": (Watch(name="seen", label="Seen", entity="thing", changes=("seen",)),),
            }
        )
    assert caught.value.mistakes == [
        "clock.sign_ins: there is no way to sign in",
        "clock.thing: relates to 'project', which is no entity",
        "clock.create: 'FETCH' is no method",
        "clock.seen: 'seen' is no change; use changed, created, removed",
    ]
    assert str(caught.value).splitlines() == ["This declaration cannot stand:", *caught.value.mistakes]
