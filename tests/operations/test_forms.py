"""Every declared operation is a form, built from its declaration; what is wrong stands at its field, and nothing is lost."""

from __future__ import annotations

import re
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from integrations.catalogue import (
    Date,
    Email,
    Flag,
    Group,
    Hours,
    Kind,
    Moment,
    Money,
    Number,
    OneOf,
    Operation,
    Pick,
    Place,
    Rows,
    ShownWhen,
    Text,
    Version,
)
from integrations.connections.models import Connection, State
from integrations.operations.asking import ask_for
from integrations.operations.models import Run
from integrations.providers import all_providers
from integrations.records.models import Record
from portal.accounts.models import User
from portal.organizations.models import Membership, Organization, Role
from portal.organizations.scope import scope
from tests.conftest import make_organization
from tests.operations.filling import Page, fill
from tests.records.samples import destination, make_connection, make_run, mirror, mirror_destination, mirror_source, sign_in, source

pytestmark = pytest.mark.django_db
OPERATIONS = [(provider.name, operation.name) for provider in all_providers().values() for operation in provider.operations]
PROJECT = Pick(name="project_id", label="Project", entity="project", number=True)
BUDGET = Group(
    name="budget",
    label="Budget",
    emptied_as=None,
    fields=(
        OneOf(name="type", label="Type", required=True, choices=(("cost", "Cost"), ("hours", "Hours"))),
        Money(name="cost", label="Cost limit", required=True, shown_when=ShownWhen("type", ("cost",))),
        Hours(name="hours", label="Hours limit", required=True, in_seconds=False, shown_when=ShownWhen("type", ("hours",))),
        OneOf(
            name="recurrence",
            label="Recurrence",
            default="never",
            choices=(("monthly", "Monthly"), ("never", "Never")),
            shown_when=ShownWhen("type", ("cost", "hours")),
        ),
    ),
)
MEMBERS = Rows(
    name="members",
    label="Members",
    fields=(
        Pick(name="user_id", label="Member", entity="member", required=True, number=True),
        OneOf(name="role", label="Role", default="user", choices=(("user", "User"), ("viewer", "Viewer"))),
    ),
)
CREATE = Operation(
    name="create_anything",
    label="Create Anything",
    entity="task",
    kind=Kind.CREATE,
    method="POST",
    path="/v2/anything/{organization_id}",
    inputs=(
        Pick(
            name="organization_id",
            label="Organization",
            place=Place.PATH,
            entity="organization",
            required=True,
            number=True,
            workspace=True,
        ),
        Text(name="name", label="Name", required=True, max_length=40),
        Text(name="note", label="Note", long=True),
        Text(name="tags", label="Tags", many=True),
        Email(name="email", label="E-mail"),
        Number(name="amount", label="Amount", least=1, most=9),
        Money(name="price", label="Price"),
        Hours(name="hours", label="Hours"),
        Date(name="first", label="First day"),
        Date(name="last", label="Last day", not_before="first"),
        Moment(name="start", label="Start"),
        Flag(name="billable", label="Billable"),
        OneOf(name="colours", label="Colours", many=True, choices=(("red", "Red"), ("blue", "Blue"))),
        OneOf(name="kind", label="Kind", choices=((0, "Project"), (1, "Time"))),
        Text(name="reason", label="Reason", required=True, shown_when=ShownWhen("kind", (1,))),
        PROJECT,
        Pick(name="task_id", label="Task", entity="task", number=True, depends_on=("project_id",)),
        Pick(name="people", label="People", entity="member", many=True, number=True),
        BUDGET,
        MEMBERS,
    ),
)
UPDATE = Operation(
    name="update_anything",
    label="Update Anything",
    entity="task",
    kind=Kind.UPDATE,
    method="PUT",
    path="/v2/anything/{task_id}",
    inputs=(
        Pick(name="project", label="Project", entity="project", asked_only=True),
        Pick(name="task_id", label="Task", place=Place.PATH, entity="task", required=True, number=True, depends_on=("project",)),
        Version(name="lock_version", label="Lock version", required=True),
        Text(name="summary", label="Summary", required=True, long=True),
        Text(name="details", label="Details", emptied_as=""),
        Text(name="colour", label="Colour"),
        Flag(name="billable", label="Billable"),
        Moment(name="due", label="Due", emptied_as=None),
        Pick(name="assignee_ids", label="Assignees", entity="member", many=True, number=True, emptied_as=[]),
        BUDGET,
        MEMBERS,
    ),
)
TASK = {
    "id": 41,
    "summary": "Sitemap\nand menu",
    "status": "active",
    "project_id": 1,
    "assignee_ids": [5],
    "updated_at": "2026-11-02T09:00:00Z",
    "lock_version": 3,
    "details": "All of it",
    "colour": "red",
    "billable": True,
    "due": "2026-12-01T08:00:00.000Z",
    "budget": {"type": "cost", "cost": 500.0, "recurrence": "monthly"},
    "members": [{"user_id": 5, "role": "viewer"}],
}


@pytest.fixture
def connections(organization: Organization, monkeypatch: pytest.MonkeyPatch) -> dict[str, Connection]:
    monkeypatch.setattr("portal.work.claims.wake", lambda: None)
    for operation in (CREATE, UPDATE):
        for known in (destination().operation_by_name, destination().callable_by_name):
            monkeypatch.setitem(known, operation.name, operation)
    with scope(organization.id):
        left, right = make_connection(source()), make_connection(destination())
        mirror_source(left)
        mirror_destination(right)
        mirror(right, "project", [{"id": 2, "name": "Spring campaign"}])
        mirror(right, "task", [TASK])
    return {left.provider: left, right.provider: right}


@pytest.fixture
def connection(connections: dict[str, Connection]) -> Connection:
    return connections[destination().name]


@pytest.fixture
def create(connection: Connection) -> str:
    return address(connection, "create_anything")


@pytest.fixture
def update(connection: Connection) -> str:
    return address(connection, "update_anything")


@pytest.fixture
def member(client: Client, bob: User) -> Client:
    return sign_in(client, bob)


def address(connection: Connection, operation: str) -> str:
    return reverse("operations:action", kwargs={"organization": "northwind", "connection": connection.pk, "operation": operation})


def opened(client: Client, place: str) -> Page:
    answer = client.get(place)
    assert answer.status_code == 200
    return Page(answer.content.decode())


def drawn(answer: Any, status: int = 200) -> Page:
    assert answer.status_code == status, answer.content.decode()[-3000:]
    return Page(answer.content.decode())


def errors_in(answer: Any) -> dict[str, str]:
    """The sentences that stand at fields, by the names of the fields."""
    assert answer.status_code == 422, answer
    found = re.findall(r'<ul class="errorlist" id="field-([^"]+)-error"><li>([^<]*)</li>', answer.content.decode())
    return {name: sentence.replace("&#x27;", "'") for name, sentence in found}


def asked(organization: Organization, answer: Any) -> Run:
    """The run that a form has made."""
    assert answer.status_code == 303, answer.content.decode()[-3000:]
    with scope(organization.id):
        run = Run.objects.get()
    assert answer["Location"].endswith(f"/runs/{run.pk}/")
    return run


def nothing_was_asked(organization: Organization) -> bool:
    with scope(organization.id):
        return not Run.objects.exists()


# --- Every operation ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("provider", "operation"), OPERATIONS)
def test_every_operation_has_a_form_for_a_bounded_number_of_queries(
    member: Client, connections: dict[str, Connection], provider: str, operation: str, django_assert_max_num_queries: Any
) -> None:
    picks = len({each.entity for each in all_providers()[provider].operation(operation).asked if isinstance(each, Pick)})
    with django_assert_max_num_queries(12 + picks):
        page = opened(member, address(connections[provider], operation))
    for field in all_providers()[provider].operation(operation).asked:
        assert field.shown_when or f'id="field-{field.name}"' in page.html


def test_the_number_of_queries_does_not_grow_with_the_rows(member: Client, create: str) -> None:
    page, counts = opened(member, create), []
    for _ in range(3):
        with CaptureQueriesContext(database) as counted:
            page = drawn(fill(member, create, "change=add:members", page))
        counts.append(len(counted))
    assert counts[0] == counts[1] == counts[2]
    assert len([name for name in page.values if re.fullmatch(r"members\.\d", name)]) == 3


def test_there_is_no_form_for_what_nobody_declared(member: Client, connection: Connection) -> None:
    assert member.get(address(connection, "no_such_thing")).status_code == 404
    with scope(connection.organization_id):
        Connection.objects.update(provider="gone")
    assert member.get(address(connection, "create_task")).status_code == 404


def test_viewers_see_runs_only(client: Client, charlie: User, organization: Organization, create: str) -> None:
    with scope(organization.id):
        Membership.objects.create(user=charlie, role=Role.VIEWER)
    viewer = sign_in(client, charlie)
    assert viewer.get(create).status_code == viewer.post(create).status_code == 403
    assert viewer.get("/o/northwind/actions/").status_code == 403
    assert "/actions/" not in viewer.get("/o/northwind/runs/").content.decode()


# --- What is filled in becomes the input of a run ----------------------------------------------------------------------


def test_everything_that_is_filled_in_becomes_an_input(member: Client, organization: Organization, create: str, bob: User) -> None:
    User.objects.filter(pk=bob.pk).update(time_zone="Europe/Berlin")
    page = drawn(fill(member, create, "change=add:members"))
    page = drawn(fill(member, create, "change=update", page, budget__type="hours", kind="1"))
    answer = fill(
        member,
        create,
        "",
        page,
        name="Harbour 🎡",
        note="One\nTwo 🎡",
        tags="red\r\n\r\nblue 🎡",
        email="ada@example.com",
        amount="7",
        price="12.50",
        hours="1.5",
        first="2026-03-01",
        last="2026-03-31",
        start="2026-03-28T09:00",
        billable="false",
        colours=["", "red", "blue"],
        reason="Because 🎡",
        project_id="1",
        task_id="1",
        people=["5", "77"],
        budget__hours="10",
        members__0__user_id="5",
    )
    run = asked(organization, answer)
    assert run.inputs == {
        "organization_id": "1",
        "name": "Harbour 🎡",
        "note": "One\nTwo 🎡",
        "tags": ["red", "blue 🎡"],
        "email": "ada@example.com",
        "amount": "7",
        "price": "12.50",
        "hours": "1.5",
        "first": "2026-03-01",
        "last": "2026-03-31",
        "start": "2026-03-28T08:00:00Z",
        "billable": False,
        "colours": ["red", "blue"],
        "kind": "1",
        "reason": "Because 🎡",
        "project_id": "1",
        "task_id": "1",
        "people": ["5", "77"],
        "budget": {"type": "hours", "hours": "10", "recurrence": "never"},
        "members": [{"user_id": "5", "role": "user"}],
    }
    assert (run.origin, run.asked_by, run.state, run.title) == ("person", bob, Run.State.WAITING, "Create Anything: Harbour 🎡")
    assert run.due_at is not None
    sent = CREATE.request(run.inputs).body
    assert (sent["hours"], sent["start"], sent["kind"]) == (5400, "2026-03-28T08:00:00.000Z", 1)


def test_what_is_left_empty_is_no_input(member: Client, organization: Organization, create: str) -> None:
    assert asked(organization, fill(member, create, name="Alone")).inputs == {"organization_id": "1", "name": "Alone"}


def test_a_flag_has_three_states(member: Client, create: str) -> None:
    page = opened(member, create)
    options = re.search(r'<select id="field-billable-control".*?</select>', page.html, re.S)
    assert options and re.findall(r">([^<>]+)</option>", options[0]) == ["Not said", "Yes", "No"]


def test_blank_rows_are_passed_over_and_errors_stand_at_those_that_are_left(
    member: Client, organization: Organization, create: str
) -> None:
    page = opened(member, create)
    for _ in range(3):
        page = drawn(fill(member, create, "change=add:members", page))
    answer = fill(member, create, "", page, name="Rows", members__1__role="viewer")
    assert errors_in(answer) == {"members.0.user_id": "This is needed."}
    answer = fill(member, create, "", drawn(answer, 422), members__0__user_id="5")
    assert asked(organization, answer).inputs["members"] == [{"user_id": "5", "role": "viewer"}]


def test_rows_are_added_and_removed_through_the_server_with_the_values_kept(member: Client, create: str) -> None:
    page = drawn(fill(member, create, "change=add:members", name="Kept"))
    page = drawn(fill(member, create, "change=add:members", page, members__0__role="viewer"))
    assert "change=remove:members.1" in page.buttons
    page = drawn(fill(member, create, "change=remove:members.0", page, members__1__user_id="5"))
    assert (page.values["name"], page.values["members.0.user_id"], page.values["members.0.role"]) == (["Kept"], ["5"], ["user"])
    assert "members.1.role" not in page.values


@pytest.mark.parametrize(
    "change", ["", "add:nothing", "remove:members", "remove:members.9", "remove:members.x", "add:name", "add:members.0", "\0"]
)
def test_an_odd_change_only_draws_the_form_anew(member: Client, organization: Organization, create: str, change: str) -> None:
    page = drawn(fill(member, create, f"change={change}", name="Kept"))
    assert page.values["name"] == ["Kept"]
    assert nothing_was_asked(organization)


# --- What is hidden is neither shown nor sent --------------------------------------------------------------------------


def test_a_hidden_field_is_neither_shown_nor_sent(member: Client, organization: Organization, create: str) -> None:
    page = opened(member, create)
    assert "reason" not in page.values
    page = drawn(fill(member, create, "change=update", page, kind="1", name="Hide"))
    page = drawn(fill(member, create, "change=update", page, reason="Because", budget__type="cost"))
    assert {"reason", "budget.cost"} <= page.values.keys() and "budget.hours" not in page.values
    run = asked(organization, fill(member, create, "", page, kind="0", budget__type="cost", budget__cost="5"))
    assert "reason" not in run.inputs
    assert run.inputs["budget"] == {"type": "cost", "cost": "5", "recurrence": "never"}


def test_without_an_update_a_field_that_is_asked_now_is_asked_before_anything_is_sent(
    member: Client, organization: Organization, create: str
) -> None:
    assert errors_in(fill(member, create, name="Skipped", kind="1")) == {"reason": "This is needed."}
    assert nothing_was_asked(organization)


# --- Picks -------------------------------------------------------------------------------------------------------------


def test_a_pick_offers_titles_and_keeps_an_id_that_nobody_has_seen(member: Client, create: str) -> None:
    page = drawn(fill(member, create, "change=update", project_id="1", people=["5", "99"]))
    assert (page.values["project_id"], page.values["people"]) == (["1"], ["", "5", "99"])
    for words in ("Website relaunch", "Mei Tanaka", "99 (not seen yet)"):
        assert words in page.html


def test_a_pick_is_narrowed_by_what_is_chosen_beside_it(member: Client, create: str) -> None:
    assert "Task 0001" in opened(member, create).html
    page = drawn(fill(member, create, "change=update", project_id="2"))
    assert "Task 0001" not in page.html
    page = drawn(fill(member, create, "change=update", page, project_id="1"))
    assert "Task 0001" in page.html


def test_a_choice_that_does_not_belong_any_more_is_dropped_when_the_parent_changes(member: Client, create: str) -> None:
    page = drawn(fill(member, create, "change=update", project_id="1", task_id="1"))
    assert page.values["task_id"] == ["1"]
    page = drawn(fill(member, create, "change=update", page, project_id="2"))
    assert page.values["task_id"] == [""]


def test_a_choice_that_does_not_belong_is_told_at_its_field(member: Client, organization: Organization, create: str) -> None:
    answer = fill(member, create, name="Strange", project_id="2", task_id="1")
    assert errors_in(answer) == {"task_id": "This does not belong to what is chosen beside it."}
    assert nothing_was_asked(organization)


def test_in_another_workspace_ids_are_typed(member: Client, organization: Organization, create: str) -> None:
    with scope(organization.id):
        Connection.objects.filter(provider=destination().name).update(workspaces=[{"id": "2", "name": "Other"}])
    page = drawn(fill(member, create, "change=update", organization_id="2", name="Far"))
    assert "Website relaunch" not in page.html and "we know only what is in" in page.html
    run = asked(organization, fill(member, create, "", page, project_id="88", people="5\r\n6"))
    assert (run.inputs["project_id"], run.inputs["people"]) == ("88", ["5", "6"])


def test_words_typed_into_a_search_box_find_without_a_script(member: Client, create: str) -> None:
    page = drawn(fill(member, create, "change=update", find_project_id="spring"))
    assert "Spring campaign" in page.html and "Website relaunch" not in page.html


def test_with_a_script_a_list_that_is_drawn_anew_begins_from_the_start(member: Client, create: str) -> None:
    answer = member.post(create, {"change": "update", "find_project_id": "spring"}, headers={"HX-Request": "true"})
    page = answer.content.decode()
    assert "Website relaunch" in page and "<html" not in page and 'id="fields"' in page


def test_of_a_chosen_and_a_typed_id_the_typed_one_counts(member: Client, organization: Organization, create: str) -> None:
    assert asked(organization, fill(member, create, name="Typed", project_id=["1", "77"])).inputs["project_id"] == "77"


def test_only_workspaces_that_the_connection_reaches_are_taken(member: Client, organization: Organization, create: str) -> None:
    with scope(organization.id):
        Connection.objects.filter(provider=destination().name).update(
            workspaces=[{"id": "1", "name": "Ours"}, {"id": "2", "name": "Other"}]
        )
    word = destination().workspace_word
    assert errors_in(fill(member, create, name="Far", organization_id="3")) == {
        "organization_id": f"This connection does not reach the {word} 3."
    }
    assert nothing_was_asked(organization)
    assert asked(organization, fill(member, create, name="Near", organization_id="2")).inputs["organization_id"] == "2"


# --- Bad input ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("name", "", "This is needed."),
        ("name", "x" * 41, "Use at most 40 characters; there are 41."),
        ("name", "a\0b", "A character in this text cannot be sent."),
        ("note", "x" * 100_001, "Use at most 100,000 characters; there are 100,001."),
        ("note", "a\0b", "A character in this text cannot be sent."),
        ("tags", "a\0b", "A character in this text cannot be sent."),
        ("email", "ada", "Enter an e-mail address, like ada@example.com."),
        ("email", "ada🎡", "Enter an e-mail address, like ada@example.com."),
        ("amount", "many", "Enter a whole number."),
        ("amount", "1.5", "Enter a whole number."),
        ("amount", "10", "Enter at most 9."),
        ("amount", "9" * 30, "This number is too large."),
        ("amount", "5\0", "Enter a whole number."),
        ("price", "cheap", "Enter a number."),
        ("price", "NaN", "Enter a number."),
        ("hours", "1:30", "Enter a number."),
        ("first", "31.12.2026", "Enter a date as year-month-day, like 2026-03-29."),
        ("first", "2026-02-30", "Enter a date as year-month-day, like 2026-03-29."),
        ("start", "tomorrow", "Enter a date and time, like 2026-03-29T09:00:00+02:00."),
        ("billable", "perhaps", "Answer yes or no."),
        ("kind", "2", "Choose one of: 0, 1."),
        ("colours", ["red", "green"], "Choose one of: red, blue."),
        ("project_id", "one", "An id here is a whole number."),
        ("project_id", "1\0", "An id is at most 128 plain characters."),
        ("project_id", "9" * 200, "An id is at most 128 plain characters."),
        ("people", ["5", "x"], "An id here is a whole number."),
        ("budget.type", "gold", "Choose one of: cost, hours."),
    ],
)
def test_what_is_wrong_stands_at_its_field_and_nothing_is_sent_or_lost(
    member: Client, organization: Organization, create: str, field: str, value: Any, sentence: str
) -> None:
    good = {"name": "Good 🎡", "note": "Kept"}
    answer = fill(member, create, **{**good, field: value})
    assert errors_in(answer) == {field: sentence}
    assert nothing_was_asked(organization)
    kept = drawn(answer, 422).values
    assert field == "note" or kept["note"] == ["Kept"]
    assert field == "name" or kept["name"] == ["Good 🎡"]


def test_every_mistake_is_told_at_once(member: Client, create: str) -> None:
    assert errors_in(fill(member, create, amount="x", price="y")) == {
        "name": "This is needed.",
        "amount": "Enter a whole number.",
        "price": "Enter a number.",
    }


def test_a_range_that_is_turned_round_is_told_at_its_end(member: Client, create: str) -> None:
    answer = fill(member, create, name="Turned", first="2026-03-02", last="2026-03-01")
    assert errors_in(answer) == {"last": "This is before “First day”."}


def test_a_time_that_the_clocks_skip_is_told(member: Client, create: str, bob: User) -> None:
    User.objects.filter(pk=bob.pk).update(time_zone="Europe/Berlin")
    assert errors_in(fill(member, create, name="Skip", start="2026-03-29T02:30")).keys() == {"start"}


def test_a_time_that_comes_twice_is_asked_for_with_its_offset(member: Client, organization: Organization, create: str, bob: User) -> None:
    User.objects.filter(pk=bob.pk).update(time_zone="Europe/Berlin")
    answer = fill(member, create, name="Twice", start="2026-10-25T02:30")
    said = errors_in(answer)["start"]
    assert "2026-10-25T02:30:00+02:00 for the first" in said and "2026-10-25T02:30:00+01:00 for the second" in said
    page = drawn(answer, 422)
    assert page.kinds["start"] == "text"
    run = asked(organization, fill(member, create, "", page, start="2026-10-25T02:30:00+01:00"))
    assert run.inputs["start"] == "2026-10-25T01:30:00Z"
    again = opened(member, f"{create}?run={run.pk}")
    assert (again.values["start"], again.kinds["start"]) == (["2026-10-25T02:30:00+01:00"], "text")


@pytest.mark.parametrize(("typed", "sent"), [("2026-03-28T09:00", "2026-03-28T08:00:00Z"), ("2026-03-30T09:00", "2026-03-30T07:00:00Z")])
def test_whoever_chose_no_zone_types_times_of_their_organization(
    member: Client, organization: Organization, create: str, bob: User, typed: str, sent: str
) -> None:
    assert bob.time_zone == ""
    with scope(organization.id):
        Organization.objects.update(time_zone="Europe/Berlin")
    page = opened(member, create)
    assert "Your time, Europe/Berlin." in page.html
    run = asked(organization, fill(member, create, "", page, name="Local", start=typed))
    assert run.inputs["start"] == sent
    assert opened(member, f"{create}?run={run.pk}").values["start"] == [f"{typed}:00"]


def test_a_body_of_five_megabytes_gets_a_page_in_plain_words(member: Client, organization: Organization, create: str) -> None:
    answer = fill(member, create, name="Large", note="x" * 5_000_000)
    assert answer.status_code == 400
    assert "could not be read" in answer.content.decode()
    assert nothing_was_asked(organization)


def test_another_organizations_connection_is_not_there(member: Client, charlie: User, connections: dict[str, Connection]) -> None:
    other = make_organization("Contoso", owner=charlie)
    with scope(other.id):
        theirs = make_connection(destination())
    assert member.get(address(theirs, "create_anything")).status_code == 404
    assert member.post(address(theirs, "create_anything"), {"name": "x"}).status_code == 404


def test_while_a_connection_is_not_connected_nothing_is_asked_and_nothing_lost(
    member: Client, organization: Organization, create: str
) -> None:
    with scope(organization.id):
        Connection.objects.update(state=State.ATTENTION)
    page = drawn(fill(member, create, name="Patience"), 422)
    assert "is not connected" in page.html and page.values["name"] == ["Patience"]
    assert nothing_was_asked(organization)


# --- Forms that change a record ----------------------------------------------------------------------------------------


def chosen(member: Client, update: str, **given: Any) -> Page:
    return drawn(fill(member, update, "change=update", task_id="41", **given))


def test_choosing_a_record_fills_the_form_with_how_it_stands(member: Client, update: str, bob: User) -> None:
    User.objects.filter(pk=bob.pk).update(time_zone="Europe/Berlin")
    values = chosen(member, update).values
    assert values["summary"] == ["Sitemap\r\nand menu"]
    assert values["due"] == ["2026-12-01T09:00:00"]
    assert (values["lock_version"], values["details"], values["billable"], values["project"]) == (["3"], ["All of it"], ["true"], ["1"])
    assert (values["budget.type"], values["budget.cost"], values["members.0.role"]) == (["cost"], ["500"], ["viewer"])


def test_a_moment_that_a_browser_sends_without_its_seconds_is_untouched(member: Client, organization: Organization, update: str) -> None:
    page = chosen(member, update)
    assert page.values["due"] == ["2026-12-01T08:00:00"]
    assert "due" not in asked(organization, fill(member, update, "", page, due="2026-12-01T08:00")).inputs


def test_an_address_may_name_the_record(member: Client, update: str) -> None:
    assert opened(member, f"{update}?task_id=41").values["colour"] == ["red"]


def test_only_what_differs_is_sent_and_what_is_always_needed(member: Client, organization: Organization, update: str, bob: User) -> None:
    User.objects.filter(pk=bob.pk).update(time_zone="America/New_York")
    run = asked(organization, fill(member, update, "", chosen(member, update), colour="blue 🎡"))
    needed = {"project": "1", "task_id": "41", "lock_version": "3", "summary": "Sitemap\nand menu"}
    assert run.inputs == {**needed, "colour": "blue 🎡"}
    assert run.title == "Update Anything: Sitemap and menu"
    assert run.seen == UPDATE.standing(TASK)


def test_a_group_of_which_something_differs_is_sent_whole(member: Client, organization: Organization, update: str) -> None:
    run = asked(organization, fill(member, update, "", chosen(member, update), budget__cost="600"))
    assert run.inputs["budget"] == {"type": "cost", "cost": "600", "recurrence": "monthly"}


def test_emptying_what_can_be_emptied_is_said_outright(member: Client, organization: Organization, update: str) -> None:
    page = drawn(fill(member, update, "change=remove:members.0", chosen(member, update)))
    run = asked(organization, fill(member, update, "", page, details="", due="", assignee_ids=[""], budget__type=""))
    emptied = {name: run.inputs[name] for name in ("details", "due", "assignee_ids", "members", "budget")}
    assert emptied == {"details": None, "due": None, "assignee_ids": None, "members": [], "budget": None}
    body = UPDATE.request(run.inputs).body
    assert (body["details"], body["due"], body["assignee_ids"], body["members"], body["budget"]) == ("", None, [], [], None)


def test_what_cannot_be_emptied_is_told_at_its_field(member: Client, organization: Organization, update: str) -> None:
    assert errors_in(fill(member, update, "", chosen(member, update), colour="")) == {"colour": "This cannot be emptied over there."}
    assert errors_in(fill(member, update, "", chosen(member, update), summary="")) == {"summary": "This is needed."}
    assert nothing_was_asked(organization)


def test_what_was_typed_before_the_record_was_chosen_stays(member: Client, update: str) -> None:
    values = chosen(member, update, colour="green").values
    assert (values["colour"], values["details"]) == (["green"], ["All of it"])


def test_another_record_fills_the_form_anew(member: Client, update: str) -> None:
    page = drawn(fill(member, update, "change=update", chosen(member, update), task_id="1"))
    assert (page.values["lock_version"], page.values["summary"]) == (["0"], ["Task 0001"])


def test_a_record_that_was_changed_without_a_script_is_shown_before_anything_is_sent(
    member: Client, organization: Organization, update: str
) -> None:
    page = drawn(fill(member, update, "", chosen(member, update), task_id="1"), 422)
    assert "You chose another record" in page.html
    assert page.values["summary"] == ["Task 0001"]
    assert nothing_was_asked(organization)


def test_a_record_that_nobody_has_seen_is_changed_by_what_is_typed(member: Client, organization: Organization, update: str) -> None:
    page = drawn(fill(member, update, "change=update", task_id="99"))
    assert "We have not seen the task with the id 99 yet" in page.html
    run = asked(organization, fill(member, update, "", page, lock_version="7", summary="New"))
    assert run.inputs == {"task_id": "99", "lock_version": "7", "summary": "New"}
    assert run.seen is None


def test_the_version_of_the_newest_record_is_taken_where_none_was_given(member: Client, organization: Organization, update: str) -> None:
    run = asked(organization, fill(member, update, task_id="41", summary="Direct"))
    assert run.inputs == {"task_id": "41", "summary": "Direct", "lock_version": 3}


def test_the_form_keeps_to_what_the_person_had_seen(member: Client, organization: Organization, update: str) -> None:
    """Whatever the mirror learns meanwhile, only what the person changed is sent, on the version that they saw."""
    page = chosen(member, update)
    with scope(organization.id):
        Record.objects.filter(remote_id="41").update(data={**TASK, "colour": "black", "lock_version": 4})
    run = asked(organization, fill(member, update, "", page, details="Mine"))
    assert (run.inputs["lock_version"], run.inputs["details"], "colour" in run.inputs) == ("3", "Mine", False)


@pytest.mark.parametrize(
    "seen", ["", "[]", "{", "null", '{"summary": [1], "members": 5, "budget": [], "due": {}}', '{"summary": "\\u0000"}']
)
def test_what_travelled_with_the_page_may_be_anything(member: Client, organization: Organization, update: str, seen: str) -> None:
    page = chosen(member, update)
    assert asked(organization, fill(member, update, "", page, seen=seen)).inputs["task_id"] == "41"


# --- Earlier runs ------------------------------------------------------------------------------------------------------


def test_an_earlier_run_is_changed_with_its_inputs_and_what_was_said_of_them(
    member: Client, organization: Organization, connection: Connection, create: str
) -> None:
    inputs = {"organization_id": "1", "name": "Earlier", "members": [{"user_id": "5", "role": "viewer"}], "kind": "1", "reason": "Old"}
    said = {"name": "It is taken.", "members.0.role": "Not this one.", "gone": "Odd."}
    with scope(organization.id):
        run = make_run(connection, "create_anything", inputs=inputs, state=Run.State.REFUSED, errors=said)
    page = opened(member, f"{create}?run={run.pk}")
    assert (page.values["name"], page.values["members.0.role"], page.values["reason"]) == (["Earlier"], ["viewer"], ["Old"])
    assert 'id="field-name-error"><li>It is taken.' in page.html
    assert 'id="field-members.0.role-error"><li>Not this one.' in page.html
    assert "gone: Odd." in page.html


def test_a_change_is_asked_for_again_on_the_newest_version(
    member: Client, organization: Organization, connection: Connection, update: str
) -> None:
    inputs = {"task_id": "41", "lock_version": "1", "summary": "Mine", "details": None}
    with scope(organization.id):
        run = make_run(connection, "update_anything", inputs=inputs, state=Run.State.REFUSED)
    page = opened(member, f"{update}?run={run.pk}")
    assert (page.values["lock_version"], page.values["summary"], page.values["details"]) == (["3"], ["Mine"], [""])
    assert page.values["colour"] == ["red"]


def test_what_a_provider_refused_is_not_said_to_be_unsent(
    member: Client, organization: Organization, connection: Connection, create: str
) -> None:
    refused = {"inputs": {"name": "Earlier"}, "state": Run.State.REFUSED, "message": "The name is taken."}
    with scope(organization.id):
        over_there = make_run(connection, "create_anything", **refused, fault="refused", errors={"name": "It is taken."})
        without_fields = make_run(connection, "create_anything", **refused, fault="refused")
        here = make_run(connection, "create_anything", **refused, errors={"name": "It is too long."})
    for run in (over_there, without_fields):
        page = opened(member, f"{create}?run={run.pk}")
        assert f"{destination().label} did not accept this when it was sent." in page.html and "The name is taken." in page.html
        assert "Nothing was sent yet" not in page.html
    assert "Nothing was sent yet" in opened(member, f"{create}?run={here.pk}").html


@pytest.mark.parametrize("run", ["x", "\0", "00000000-0000-0000-0000-000000000000"])
def test_an_odd_earlier_run_is_passed_over(member: Client, create: str, run: str) -> None:
    assert opened(member, f"{create}?run={run}").values["name"] == [""]


# --- Sent twice --------------------------------------------------------------------------------------------------------


def test_a_form_that_is_sent_twice_makes_one_run(member: Client, organization: Organization, create: str) -> None:
    page = opened(member, create)
    first, second = (fill(member, create, "", page, name="Once") for _ in range(2))
    assert asked(organization, first) == asked(organization, second)


def test_a_form_that_asks_first_and_is_sent_twice_makes_one_run(member: Client, organization: Organization, connection: Connection) -> None:
    delete = address(connection, "delete_task")
    sure = Page(fill(member, delete, task_id="41").content.decode(), form="measure")
    first, second = (fill(member, delete, "sure=yes", sure) for _ in range(2))
    assert asked(organization, first) == asked(organization, second)


def test_two_forms_make_two_runs_of_the_same(member: Client, organization: Organization, create: str) -> None:
    for _ in range(2):
        assert fill(member, create, name="Same").status_code == 303
    with scope(organization.id):
        assert Run.objects.count() == 2


def test_a_form_that_is_changed_after_it_was_sent_loses_nothing_and_can_be_sent_once_more(
    member: Client, organization: Organization, create: str
) -> None:
    page = opened(member, create)
    run = asked(organization, fill(member, create, "", page, name="First"))
    changed = drawn(fill(member, create, "", page, name="Second"), 422)
    assert "This form was sent already" in changed.html and changed.values["name"] == ["Second"]
    assert asked(organization, fill(member, create, "", page, name="First")) == run
    assert fill(member, create, "", changed).status_code == 303
    with scope(organization.id):
        assert {each.inputs["name"] for each in Run.objects.all()} == {"First", "Second"}


def test_a_form_that_is_drawn_anew_stays_the_same_form_and_one_opened_from_its_run_is_another(
    member: Client, organization: Organization, create: str
) -> None:
    page = opened(member, create)
    anew = drawn(fill(member, create, "change=add:members", page, name="Once"))
    wrong = drawn(fill(member, create, "", anew, amount="x"), 422)
    assert page.values["form_id"] == anew.values["form_id"] == wrong.values["form_id"]
    run = asked(organization, fill(member, create, "", wrong, amount="5"))
    assert opened(member, f"{create}?run={run.pk}").values["form_id"] != page.values["form_id"]


@pytest.mark.parametrize("form_id", ["", "x", "\0"])
def test_a_form_without_its_id_is_a_form_of_its_own(member: Client, organization: Organization, create: str, form_id: str) -> None:
    asked(organization, fill(member, create, name="Odd", form_id=form_id))


def test_a_form_that_somebody_sent_in_the_same_moment_makes_one_run(organization: Organization, connection: Connection, bob: User) -> None:
    form_id = uuid4()
    with scope(organization.id):
        standing = make_run(connection, form_id=form_id)
        assert ask_for(Run(connection=connection, operation="create_task", form_id=form_id), bob) == standing
        assert Run.objects.count() == 1
