"""Setting up the steps of an automation: the form of an operation, with placeholders in it."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from integrations.automations.models import Automation
from integrations.operations.models import Run
from integrations.triggers.models import Event, Trigger
from portal.organizations.scope import scope
from tests.automations.automations.asking import HTMX, SAVEPOINTS, address, new_step, now, said, shown
from tests.factories import (
    make_automation,
    make_record,
    make_run,
    make_step,
)
from tests.operations.filling import Page, fill

pytestmark = pytest.mark.django_db


def test_a_step_is_chosen_from_everything_that_can_be_run(owner: Client, automation: Automation) -> None:
    assert new_step(automation) in shown(owner, address(automation, "step_choice"))
    found = shown(
        owner,
        address(automation, "step_choice"),
        {"q": "create project"},
        **{f"HTTP_{k.upper().replace('-', '_')}": v for k, v in HTMX.items()},
    )
    assert "Create a Project" in found
    assert "<html" not in found


def test_a_step_is_kept_with_its_placeholders_and_stands_there_again(owner: Client, automation: Automation, event: Event) -> None:
    name = "{{ event.after.name | upper }} of {{ event.after.budget.cost | number(2) }}"
    answer = fill(owner, new_step(automation), name=name)
    assert answer.status_code == 303, answer.content.decode()
    [step] = now(automation).steps
    assert (step["operation"], step["given"]["name"]) == ("create_project", name)
    assert name in Page(shown(owner, address(automation, "step", step=step["id"]))).values["name"]


def test_what_is_no_box_to_type_in_takes_a_placeholder_beside_it(owner: Client, automation: Automation) -> None:
    with scope():
        make_record(automation.trigger.connection, "project", remote_id="9", title="Bridge")
    path = new_step(automation, "create_task")
    page = Page(shown(owner, path))
    boxes = [name for name in page.values if name.startswith("map.")]
    assert "map.project_id" in boxes
    answer = fill(owner, path, "", page, summary="{{ event.title }}", map__project_id="{{ event.remote_id }}")
    assert answer.status_code == 303, answer.content.decode()
    [step] = now(automation).steps
    assert step["given"]["project_id"] == "{{ event.remote_id }}"
    again = Page(shown(owner, address(automation, "step", step=step["id"])))
    assert again.values["map.project_id"] == ["{{ event.remote_id }}"]
    assert again.values["project_id"] == [""]


def test_several_may_come_from_one_placeholder_beside_those_that_are_chosen(owner: Client, automation: Automation) -> None:
    path = new_step(automation, "create_task")
    page = Page(shown(owner, path))
    given = {"project_id": "9", "summary": "Paint", "map__assignee_ids": "{{ event.after.users | join }}", "assignee_ids": ["", "7"]}
    assert fill(owner, path, "", page, **given).status_code == 303
    assert now(automation).steps[0]["given"]["assignee_ids"] == ["7", "{{ event.after.users | join }}"]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("{{ event.after.name() }}", "nothing is called"),
        ("{{ steps.1.id }}", "step 1 has not run before it"),
        ("{{ evnt.title }}", "“evnt” is unknown"),
        ("{{ event.title | shout }}", "no filter “shout”"),
        ("{{ event.title", "cannot be read"),
        ("", "This is needed."),
    ],
)
def test_what_cannot_be_filled_in_is_told_at_its_field_and_loses_nothing(
    owner: Client, automation: Automation, typed: str, said: str
) -> None:
    answer = fill(owner, new_step(automation), name=typed, description="{{ event.title }} stays")
    page = answer.content.decode()
    assert answer.status_code == 422
    assert said in page
    values = Page(page).values
    assert values["name"] == [typed]
    assert values["description"] == ["{{ event.title }} stays"]
    assert now(automation).steps == []


def test_a_date_that_is_none_is_told_and_still_stands_there(owner: Client, automation: Automation) -> None:
    path = new_step(automation, "create_task")
    page = Page(shown(owner, path))
    dated = next((name for name, kind in page.kinds.items() if kind in {"date", "datetime-local"}), None)
    if dated is None:
        path = new_step(automation, "list_daily_activities")
        page = Page(shown(owner, path))
        dated = next(name for name, kind in page.kinds.items() if kind in {"date", "datetime-local"})
    answer = fill(owner, path, "", page, **{f"map__{dated.replace('.', '__')}": "next week"})
    assert answer.status_code == 422
    assert Page(answer.content.decode()).values[f"map.{dated}"] == ["next week"]


def test_literal_values_are_checked_before_any_event_comes(owner: Client, automation: Automation) -> None:
    path = new_step(automation, "create_task")
    answer = fill(owner, path, project_id="nine", summary="{{ event.title }}")
    assert answer.status_code == 422
    assert "An id here is a whole number." in answer.content.decode()


def test_a_change_needs_only_what_names_its_record(owner: Client, automation: Automation) -> None:
    path = new_step(automation, "update_project")
    assert fill(owner, path, map__project_id="{{ event.remote_id }}", name="New").status_code == 303
    assert fill(owner, path, name="New").status_code == 422


def test_the_form_is_drawn_anew_without_a_script(owner: Client, automation: Automation) -> None:
    answer = fill(owner, new_step(automation), "change=update", name="{{ event.title }}")
    assert answer.status_code == 200
    assert Page(answer.content.decode()).values["name"] == ["{{ event.title }}"]
    assert now(automation).steps == []


def test_the_tree_shows_the_newest_event_and_what_earlier_steps_gave(
    owner: Client, trigger: Trigger, event: Event, django_assert_max_num_queries: Any
) -> None:
    with scope():
        automation = make_automation(trigger)
        make_run(trigger.connection, state=Run.State.DONE, output={"id": 77, "name": "Made"})
    with django_assert_max_num_queries(16 + SAVEPOINTS):
        page = shown(owner, new_step(automation))
    for words in ("{{ event.after.budget.cost }}", "{{ event.after.users | join }}", "{{ steps.1.id }}", "77"):
        assert words in page


def test_without_an_event_the_tree_shows_a_record_of_the_mirror(owner: Client, automation: Automation) -> None:
    with scope():
        make_record(automation.trigger.connection, data={"id": 3, "colour": "teal"})
    page = shown(owner, new_step(automation))
    assert "{{ event.after.colour }}" in page
    assert "teal" in page


def test_steps_change_places_and_are_removed(owner: Client, trigger: Trigger) -> None:
    with scope():
        automation = make_automation(trigger, steps=[make_step(trigger.connection, step=name) for name in ("one", "two", "three")])

    def order() -> list[str]:
        return [step["id"] for step in now(automation).steps]

    owner.post(address(automation, "step_move", step="three"), {"to": "up"})
    assert order() == ["one", "three", "two"]
    owner.post(address(automation, "step_move", step="one"), {"to": "up"})
    owner.post(address(automation, "step_move", step="two"), {"to": "sideways"})
    assert order() == ["one", "three", "two"]
    owner.post(address(automation, "step_remove", step="one"))
    assert order() == ["three", "two"]
    assert not now(automation).is_on
    assert owner.post(address(automation, "step_remove", step="one")).status_code == 404


def test_a_step_that_stands_on_nothing_says_so_and_can_be_removed(owner: Client, trigger: Trigger) -> None:
    with scope():
        automation = make_automation(trigger, steps=[make_step(trigger.connection, "gone_operation", "one")])
    assert "does not know its action any more" in shown(owner, address(automation))
    assert "Remove the step" in said(owner, owner.get(address(automation, "step", step="one")))
    assert owner.post(address(automation, "step_remove", step="one")).status_code == 303


@pytest.mark.parametrize("operation", ["no_such_action", "CREATE"])
def test_an_action_that_is_not_there_is_404(owner: Client, automation: Automation, operation: str) -> None:
    assert owner.get(new_step(automation, operation)).status_code == 404
