"""Inputs become a call: each in its place, by its name on the wire, and nowhere else."""

from __future__ import annotations

import os
from typing import Any
from urllib.parse import unquote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integrations.catalogue import (
    Date,
    Field,
    Flag,
    Group,
    Hours,
    InvalidInput,
    Kind,
    Number,
    OneOf,
    Operation,
    Pick,
    Place,
    Request,
    Rows,
    ShownWhen,
    Text,
)
from integrations.catalogue.fields import LONGEST_ID

modestly = settings(max_examples=80, deadline=None, derandomize="CI" in os.environ)

WORKSPACE = Pick(
    name="workspace", label="Workspace", place=Place.HEADER, entity="workspace", sent_as="workspace-id", required=True, workspace=True
)
TASK = Pick(name="task", label="Task", place=Place.PATH, entity="task", required=True)


def request(path: str, *inputs: Field, method: str = "POST", workspace: str = "", **given: Any) -> Request:
    operation = Operation(name="do", label="Do", entity="task", kind=Kind.CREATE, method=method, path=path, inputs=inputs)
    return operation.request(given, workspace)


def test_each_input_travels_in_its_place() -> None:
    call = request(
        "/tasks/{task}",
        TASK,
        Flag(name="notify", label="Notify", place=Place.QUERY),
        Number(name="version", label="Version", place=Place.HEADER, sent_as="if-match"),
        Text(name="name", label="Name"),
        method="PUT",
        task="17",
        notify="yes",
        version=3,
        name="Sitemap",
    )
    assert call == Request("PUT", "/tasks/17", {"notify": "true"}, {"if-match": "3"}, {"name": "Sitemap"})


@pytest.mark.parametrize(
    ("typed", "path"),
    [
        ("a/b", "/tasks/a%2Fb"),
        ("../users", "/tasks/..%2Fusers"),
        ("a b?c=1#d", "/tasks/a%20b%3Fc%3D1%23d"),
        ("50%", "/tasks/50%25"),
        ("ü🙂", "/tasks/%C3%BC%F0%9F%99%82"),
        ("{task}", "/tasks/%7Btask%7D"),
    ],
)
def test_an_id_in_the_path_is_quoted(typed: str, path: str) -> None:
    assert request("/tasks/{task}", TASK, task=typed).path == path


def test_the_path_takes_several_ids() -> None:
    project = Pick(name="project", label="Project", place=Place.PATH, entity="project", required=True)
    assert request("/projects/{project}/tasks/{task}", TASK, project, project="1", task="2").path == "/projects/1/tasks/2"


def test_lists_in_the_query_are_joined_with_commas_and_an_empty_one_is_left_out() -> None:
    ids = Pick(name="ids", label="Ids", place=Place.QUERY, entity="task", many=True, number=True)
    status = OneOf(name="status", label="Status", place=Place.QUERY, many=True, choices=(("active", "Active"), ("done", "Done")))
    assert request("/tasks", ids, status, ids=[3, "4"], status="done").query == {"ids": "3,4", "status": "done"}
    assert request("/tasks", ids, status, ids=[], status=[]).query == {}


def test_an_empty_list_in_the_body_says_that_there_shall_be_none() -> None:
    assert request("/tasks", Pick(name="assignees", label="Assignees", entity="user", many=True), assignees=[]).body == {"assignees": []}


def test_names_with_brackets_and_signs_travel_as_they_are() -> None:
    day = Date(name="first", label="First day", place=Place.QUERY, sent_as="date[start]")
    assert request("/times", day, first="2026-03-29").query == {"date[start]": "2026-03-29"}


def test_dots_nest_in_the_body_and_only_there() -> None:
    client = Pick(name="client", label="Client", entity="client", sent_as="client.id")
    name = Text(name="client_name", label="Name", sent_as="client.name")
    dotted = Text(name="dotted", label="Dotted", place=Place.QUERY, sent_as="a.b")
    call = request("/projects", client, name, dotted, client="c1", client_name="Rail", dotted="x")
    assert (call.body, call.query) == ({"client": {"id": "c1", "name": "Rail"}}, {"a.b": "x"})


def test_groups_and_rows_are_sent_by_the_wire_names_of_their_fields() -> None:
    budget = Group(name="budget", label="Budget", fields=(Hours(name="hours", label="Hours", sent_as="limit.seconds"),))
    members = Rows(
        name="members",
        label="Members",
        sent_as="project.members",
        fields=(
            Pick(name="team", label="Team", entity="team", asked_only=True),
            Pick(name="user", label="User", entity="user", sent_as="user_id", number=True, depends_on=("team",)),
        ),
    )
    call = request("/projects", budget, members, budget={"hours": 2}, members=[{"team": "t1", "user": 5}, {"user": "6"}])
    assert call.body == {"budget": {"limit": {"seconds": 7200}}, "project": {"members": [{"user_id": 5}, {"user_id": 6}]}}


def test_what_is_only_asked_is_not_sent() -> None:
    project = Pick(name="project", label="Project", entity="project", asked_only=True)
    call = request("/tasks/{task}", project, TASK, project="p1", task="t1")
    assert call.body is None
    assert "p1" not in call.path


def test_a_hidden_field_is_not_sent() -> None:
    kind = OneOf(name="type", label="Type", choices=(("cost", "Cost"), ("hours", "Hours")))
    cost = Number(name="cost", label="Cost", shown_when=ShownWhen("type", ("cost",)))
    assert request("/projects", kind, cost, type="hours", cost=5).body == {"type": "hours"}


def test_an_operation_without_inputs_in_the_body_sends_none() -> None:
    assert request("/tasks/{task}", TASK, task="1").body is None
    assert request("/tasks/{task}", TASK, Text(name="name", label="Name"), task="1").body == {}


def test_the_body_may_be_shaped_by_the_operation() -> None:
    operation = Operation(
        name="add_hours",
        label="Add Hours",
        entity="hours",
        kind=Kind.CREATE,
        method="POST",
        path="/add/comego",
        inputs=(Text(name="name", label="Name"),),
        shape=lambda body: [body],
    )
    assert operation.request({"name": "Morning"}).body == [{"name": "Morning"}]


@pytest.mark.parametrize("blank", [{}, {"workspace": None}, {"workspace": ""}])
def test_the_workspace_of_the_connection_stands_where_nothing_else_is_given(blank: dict[str, Any]) -> None:
    operation = Operation(name="do", label="Do", entity="task", kind=Kind.LIST, method="GET", path="/tasks", inputs=(WORKSPACE,))
    assert operation.request(blank, "w1").headers == {"workspace-id": "w1"}
    assert operation.request({"workspace": "w2"}, "w1").headers == {"workspace-id": "w2"}


def test_without_any_workspace_it_is_asked_for() -> None:
    with pytest.raises(InvalidInput) as caught:
        request("/tasks", WORKSPACE)
    assert caught.value.errors == {"workspace": "This is needed."}


def test_the_inputs_of_the_caller_stay_as_they_were() -> None:
    inputs = {"task": "17", "members": [{"user": "5"}]}
    members = Rows(name="members", label="Members", fields=(Pick(name="user", label="User", entity="user", number=True),))
    operation = Operation(
        name="do", label="Do", entity="task", kind=Kind.UPDATE, method="PUT", path="/{task}", inputs=(WORKSPACE, TASK, members)
    )
    operation.request(inputs, "w1")
    assert inputs == {"task": "17", "members": [{"user": "5"}]}


@modestly
@given(st.text(min_size=1, max_size=LONGEST_ID).filter(str.isprintable))
def test_no_id_leads_out_of_its_place_in_the_path(typed: str) -> None:
    path = request("/tasks/{task}/times", TASK, task=typed).path
    assert path.isascii()
    assert path.count("/") == 3
    assert unquote(path.removeprefix("/tasks/").removesuffix("/times")) == typed


@modestly
@given(st.lists(st.integers(0, 10**9), min_size=1))
def test_ids_in_the_query_can_be_read_back(ids: list[int]) -> None:
    field = Pick(name="ids", label="Ids", place=Place.QUERY, entity="task", many=True, number=True)
    assert [int(each) for each in str(request("/tasks", field, ids=ids).query["ids"]).split(",")] == ids
