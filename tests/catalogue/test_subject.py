"""What an operation acts on, how that stands, and which of our fields a provider means."""

from __future__ import annotations

from typing import Any

import pytest

from integrations.catalogue import (
    Email,
    Field,
    Group,
    Hours,
    InvalidInput,
    Kind,
    Moment,
    Number,
    OneOf,
    Operation,
    Pick,
    Place,
    Rows,
    ShownWhen,
    Text,
    Watch,
    WholeList,
)
from integrations.catalogue.fields import read_inputs

WORKSPACE = Pick(name="workspace", label="Workspace", place=Place.PATH, entity="workspace", required=True, workspace=True)
PROJECT = Pick(name="project_id", label="Project", place=Place.PATH, entity="project", required=True)
TASK = Pick(name="task_id", label="Task", place=Place.PATH, entity="task", required=True)
NAME = Text(name="name", label="Name")
NOTE = Text(name="note", label="Note", emptied_as="none")
PEOPLE = Pick(name="people", label="People", entity="person", many=True, each_as="id", sent_as="assignedTo")
BUDGET = Group(name="budget", label="Budget", fields=(Number(name="cost", label="Cost"), Text(name="kind", label="Kind", sent_as="type")))
ROWS = Rows(name="members", label="Members", fields=(Pick(name="who", label="Who", entity="person", sent_as="user_id"), NAME))


def operation(kind: Kind, *inputs: Field, path: str = "/x") -> Operation:
    paging = WholeList() if kind is Kind.LIST else None
    return Operation(name="do", label="Do", entity="task", kind=kind, method="POST", path=path, inputs=inputs, paging=paging)


def test_the_subject_is_the_last_record_in_the_path() -> None:
    assert operation(Kind.UPDATE, WORKSPACE, PROJECT, TASK, NAME).subject({}) == TASK
    assert operation(Kind.GET, WORKSPACE).subject({}) is None
    assert operation(Kind.CREATE, PROJECT, NAME).subject({}) is None


def test_the_subject_of_a_deletion_by_type_is_the_pick_that_is_shown() -> None:
    kind = OneOf(name="type", label="Type", place=Place.PATH, required=True, choices=(("tasks", "Task"), ("projects", "Project")))
    task = Pick(
        name="task", label="Task", place=Place.PATH, entity="task", required=True, sent_as="id", shown_when=ShownWhen("type", ("tasks",))
    )
    project = Pick(
        name="project", label="Project", place=Place.PATH, entity="project", required=True, sent_as="id",
        shown_when=ShownWhen("type", ("projects",)),
    )  # fmt: skip
    delete = operation(Kind.DELETE, kind, task, project, path="/delete/{type}/{id}")
    assert delete.subject({"type": "projects"}) == project
    assert delete.request({"type": "tasks", "task": "t7", "project": "p1"}).path == "/delete/tasks/t7"


def test_how_a_record_stands_can_be_given_back() -> None:
    update = operation(Kind.UPDATE, TASK, NAME, PEOPLE, BUDGET, ROWS, Hours(name="hours", label="Hours", found_at="plan.seconds"))
    record: dict[str, Any] = {
        "id": 7,
        "name": "Sitemap",
        "assignedTo": [{"id": "a", "name": "Alice"}],
        "budget": {"cost": 5, "type": "cost", "unasked": 1},
        "members": [{"user_id": "b", "name": "Bob"}],
        "plan": {"seconds": 5400},
    }
    standing = update.standing(record)
    assert standing == {
        "name": "Sitemap",
        "people": ["a"],
        "budget": {"cost": 5, "kind": "cost"},
        "members": [{"who": "b", "name": "Bob"}],
        "hours": 1.5,
    }
    body = update.request({"task_id": "7", **standing}).body
    assert body["assignedTo"] == [{"id": "a"}]
    assert body["budget"] == {"cost": 5, "type": "cost"}
    assert body["members"] == [{"user_id": "b", "name": "Bob"}]


def test_what_is_not_prefilled_does_not_stand_and_a_picked_list_of_objects_stands_by_their_ids() -> None:
    kept = Text(name="editor", label="Editor", prefilled=False)
    people = Pick(name="people", label="People", entity="person", many=True)
    record = {"editor": "u1", "people": [{"id": "a", "name": "Alice"}, "b"]}
    assert operation(Kind.UPDATE, TASK, kept, people).standing(record) == {"people": ["a", "b"]}


@pytest.mark.parametrize("record", [{}, {"name": None, "assignedTo": "all", "budget": 5, "members": None}])
def test_a_record_that_says_nothing_of_a_field_leaves_it_out(record: dict[str, Any]) -> None:
    assert operation(Kind.UPDATE, TASK, NAME, PEOPLE, BUDGET).standing(record) == {}


def test_only_what_can_be_emptied_is_emptied() -> None:
    update = operation(Kind.UPDATE, TASK, NAME, NOTE)
    assert update.request({"task_id": "7", "name": None, "note": None}).body == {"note": "none"}
    assert update.request({"task_id": "7", "note": ""}).body == {}


def test_a_picked_list_can_be_emptied_to_nothing() -> None:
    people = Pick(name="people", label="People", entity="person", many=True, each_as="id", emptied_as=None)
    assert operation(Kind.UPDATE, TASK, people).request({"task_id": "7", "people": None}).body == {"people": None}
    assert operation(Kind.UPDATE, TASK, people).request({"task_id": "7", "people": []}).body == {"people": []}


@pytest.mark.parametrize(
    ("wire", "name"),
    [
        ("name", "name"),
        ("budget", "budget"),
        ("budget.type", "budget.kind"),
        ("members.3.user_id", "members.3.who"),
        ("members.3.unknown", "members"),
        ("assignedTo.0.id", "people"),
        ("owner", "owner"),
        ("owner.id", "owner"),
        ("own", None),
        ("else", None),
    ],
)
def test_a_provider_s_name_leads_to_our_field(wire: str, name: str | None) -> None:
    owner = Pick(name="owner", label="Owner", entity="person", sent_as="owner.id")
    assert operation(Kind.UPDATE, TASK, NAME, PEOPLE, BUDGET, ROWS, owner).field_at(wire) == name


def test_every_list_has_a_limit_that_is_not_sent() -> None:
    listed = operation(Kind.LIST, NAME)
    assert [field.name for field in listed.asked] == ["name", "limit"]
    assert listed.request({"limit": 5, "name": "x"}).body == {"name": "x"}
    assert (listed.limit({}), listed.limit({"limit": "7", "name": "x"})) == (100, 7)
    for wrong in (0, 10_001, "many"):
        with pytest.raises(InvalidInput) as caught:
            listed.request({"limit": wrong})
        assert set(caught.value.errors) == {"limit"}


@pytest.mark.parametrize("address", ["ada@example.com", " grüße@exämple.de ", "a+b@c.d.e"])
def test_an_address_is_read(address: str) -> None:
    assert read_inputs((Email(name="x", label="X"),), {"x": address}) == {"x": address.strip()}


@pytest.mark.parametrize("address", ["ada", "ada@", "@example.com", "ada@example", "a b@example.com", "a@b@c.de", 5, "x" * 250 + "@b.de"])
def test_what_is_no_address_is_told(address: Any) -> None:
    with pytest.raises(InvalidInput):
        read_inputs((Email(name="x", label="X"),), {"x": address})


def test_a_text_has_an_end_and_no_character_that_nobody_can_keep() -> None:
    for text in ("x" * 100_001, "a\0b"):
        with pytest.raises(InvalidInput):
            read_inputs((NAME,), {"name": text})


def test_a_watch_counts_what_it_names_and_nothing_else() -> None:
    done = Watch(
        name="done", label="Done", entity="task", changes=("created", "changed"), inputs=(PROJECT,),
        when=lambda before, after: bool(after and after["done"] and not (before and before["done"])),
    )  # fmt: skip
    assert done.counts("changed", {"done": False}, {"done": True})
    assert done.counts("created", None, {"done": True})
    assert not done.counts("changed", {"done": True}, {"done": True})
    assert not done.counts("removed", {"done": False}, None)
    assert [field.name for field in done.asked] == ["project_id", "limit", "start", "since"]
    assert read_inputs(done.asked, {"project_id": "7"}) == {"project_id": "7", "limit": 100, "start": "now"}
    with pytest.raises(InvalidInput):
        read_inputs(done.asked, {"project_id": "7", "start": "since"})
    assert read_inputs((Moment(name="since", label="Since"),), {}) == {}
