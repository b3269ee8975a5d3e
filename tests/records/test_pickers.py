"""Picking records of the mirror: what is offered, searched, narrowed and typed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection as database
from django.http import QueryDict
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from integrations.connections.models import Connection
from integrations.records.models import Record
from integrations.records.picking import MOST_OPTIONS, Asked, Options, options_of, picker
from integrations.records.queries import choices
from portal.accounts.models import User
from portal.organizations.models import Organization
from portal.organizations.scope import scope
from tests.conftest import make_organization
from tests.records.samples import destination, make_connection, make_task, mirror, mirror_destination, sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def connection(organization: Organization) -> Iterator[Connection]:
    with scope(organization.id):
        made = make_connection(destination())
        mirror_destination(made, tasks=30)
        mirror(made, "task", [make_task(900, project_id=2, assignee_ids=[6], summary="Elsewhere <b>&</b> 🙂")])
        yield made


def address(connection: Connection, entity: str = "task") -> str:
    return reverse("records:choices", kwargs={"organization": "northwind", "connection": connection.pk, "entity": entity})


def offered(options: Options) -> list[str]:
    return [option.title for option in options.found]


def asked(text: str) -> Asked:
    return Asked.read(QueryDict(text))


# --- what is offered -----------------------------------------------------------------------------------------------------


def test_the_first_records_by_title_are_offered(connection: Connection) -> None:
    assert choices(connection, "task", most=3) == [("900", "Elsewhere <b>&</b> 🙂"), ("1", "Task 0001"), ("2", "Task 0002")]


def test_options_hold_every_word_that_is_looked_for(connection: Connection) -> None:
    assert choices(connection, "task", "0007 tas") == [("7", "Task 0007")]
    assert choices(connection, "task", "nothing like it") == []


def test_options_can_be_narrowed_to_a_parent_or_a_person(connection: Connection) -> None:
    assert choices(connection, "task", "", {"parent": "2"}) == [("900", "Elsewhere <b>&</b> 🙂")]
    assert choices(connection, "task", "", {"person": "6"}) == [("900", "Elsewhere <b>&</b> 🙂")]
    assert choices(connection, "task", "", {"parent": "1", "person": "6"}) == []


def test_what_is_gone_over_there_is_not_offered(connection: Connection) -> None:
    Record.objects.filter(entity="task").exclude(remote_id="7").update(removed_at=timezone.now())
    assert choices(connection, "task") == [("7", "Task 0007")]


def test_a_record_without_a_title_is_offered_by_its_id(connection: Connection) -> None:
    mirror(connection, "client", [{"id": 8, "name": "", "status": "active"}])
    assert choices(connection, "client")[0] == ("8", "8")


def test_what_is_chosen_stays_on_offer_and_stands_first(connection: Connection) -> None:
    options = options_of(connection, "task", asked("name=task&task=30&task=4711&q=0007"))
    assert offered(options) == ["Task 0030", "4711", "Task 0007"]
    assert [option.is_chosen for option in options.found] == [True, True, False]
    assert options.chosen == "Task 0030, 4711"


def test_more_than_is_offered_is_said_so(connection: Connection) -> None:
    options = options_of(connection, "task", asked("name=task"))
    assert len(options.found) == MOST_OPTIONS and options.is_cut
    assert not options_of(connection, "task", asked("name=task&q=0007")).is_cut


def test_a_typed_id_is_offered_where_it_may_be_typed(connection: Connection) -> None:
    assert options_of(connection, "task", asked("name=task&q=98765&typed=1")).typed == "98765"
    assert options_of(connection, "task", asked("name=task&q=98765")).typed == ""
    assert options_of(connection, "task", asked("name=task&q=7&typed=1")).typed == "", "it is found by its id already"


@pytest.mark.parametrize(
    ("query", "words", "narrowed"),
    [
        ("q=a&parent=1", "a", {"parent": "1"}),
        ("q_in=find_task&find_task=a&q=b", "a", {}),
        ("q_in=find_task&q=b", "", {}),
        ("parent=&person=5", "", {"person": "5"}),
        ("q=%00a%00", "a", {}),
    ],
)
def test_words_may_stand_under_the_name_of_the_search_box(query: str, words: str, narrowed: dict[str, str]) -> None:
    found = asked(query)
    assert (found.words, dict(found.narrowed)) == (words, narrowed)


def test_the_options_take_one_query_whatever_is_chosen(connection: Connection) -> None:
    with CaptureQueriesContext(database) as queries:
        options_of(connection, "task", asked("name=task&task=1&task=2&task=3&many=1"))
    assert len(queries) == 1


# --- the address ---------------------------------------------------------------------------------------------------------


def test_the_address_answers_options_alone(client: Client, bob: User, connection: Connection) -> None:
    page = sign_in(client, bob).get(address(connection), {"q": "elsewhere", "name": "task_id", "many": "1"}).content.decode()
    assert "<html" not in page
    assert 'type="checkbox" name="task_id" value="900"' in page
    assert "Elsewhere &lt;b&gt;&amp;&lt;/b&gt; 🙂" in page


def test_the_address_says_so_where_nothing_matches(client: Client, bob: User, connection: Connection) -> None:
    page = sign_in(client, bob).get(address(connection), {"q": "<nothing>"}).content.decode()
    assert "Nothing matches “&lt;nothing&gt;”." in page


@pytest.mark.parametrize(
    "query", [{"q": "\0"}, {"q": "x" * 5000}, {"parent": "\0"}, {"name": "\0", "\0": "\0"}, {"q": "%_\\"}, {"q": "😀"}]
)
def test_odd_input_gets_an_answer(client: Client, bob: User, connection: Connection, query: dict[str, str]) -> None:
    assert sign_in(client, bob).get(address(connection), query).status_code == 200


def test_another_organizations_records_are_not_offered(client: Client, charlie: User, bob: User, connection: Connection) -> None:
    other = make_organization("Contoso", owner=charlie)
    with scope(other.id):
        theirs = make_connection(destination())
    assert sign_in(client, bob).get(address(theirs)).status_code == 404
    assert client.get(address(connection, "spaceship")).status_code == 404


# --- the picker on a page ------------------------------------------------------------------------------------------------


def test_a_picker_tells_htmx_what_to_send_along(connection: Connection) -> None:
    made = picker("northwind", connection, "task", Asked("task_id", typed=True, blank="none"), "Task")
    assert made.url == f"{address(connection)}?name=task_id&q_in=find_task_id&blank=none&typed=1"
    assert (made.find, made.beside) == ("find_task_id", "[name='task_id']")


def test_a_page_works_without_a_script(client: Client, bob: User, connection: Connection) -> None:
    """The search box of a picker goes with the form, and the page answers with the options that it finds."""
    path = reverse("records:list", kwargs={"organization": "northwind", "connection": connection.pk, "entity": "task"})
    answer: Any = sign_in(client, bob).get(path, {"find_person": "nobody", "parent": "1"})
    by_name = {each.options.name: each.options for each in answer.context["pickers"]}
    assert offered(by_name["person"]) == []
    assert by_name["parent"].chosen == "Website relaunch"
    assert "Nothing matches “nobody”" in answer.content.decode()
