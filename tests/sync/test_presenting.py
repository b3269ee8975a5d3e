"""How a plan is told: groups of steps, what waits, and what changes."""

from __future__ import annotations

from typing import Any

import pytest

from integrations.linking.queries import Labels
from integrations.sync.presenting import WHYS, WORDS, Change, changes, groups_of, steps_found, waiting_of
from integrations.sync.steps import Held, Plan, Step, StepKind, Why

LABELS = Labels("timeghost", "Hubstaff")


def step(kind: StepKind = StepKind.CREATE_TASK, side: str = "right", title: str = "Create", link: str = "a", **fields: Any) -> Step:
    return Step(kind=kind, side=side, title=title, link=link, **fields)


def test_every_kind_of_step_and_every_why_has_words() -> None:
    assert WORDS.keys() == set(StepKind)
    assert WHYS.keys() == set(Why)


def test_steps_are_grouped_by_kind_and_side_in_the_order_in_which_they_are_done() -> None:
    steps = [step(), step(StepKind.COMPLETE_TASK, "left"), step(), step(StepKind.COMPLETE_TASK, "right")]
    found = [(group.kind, group.label, len(group.steps)) for group in groups_of(steps, LABELS)]
    assert found == [
        (StepKind.CREATE_TASK, "Hubstaff", 2),
        (StepKind.COMPLETE_TASK, "timeghost", 1),
        (StepKind.COMPLETE_TASK, "Hubstaff", 1),
    ]


def test_a_group_shows_the_first_few_and_sums_the_time_of_all() -> None:
    [group] = groups_of([step(StepKind.ADD_TIME, "left", seconds=60) for _ in range(30)], LABELS)
    assert (len(group.shown), group.hidden, group.seconds) == (25, 5, 1800)


def test_steps_are_found_by_words_and_by_project() -> None:
    plan = Plan((step(title="Create “Sitemap”"), step(title="Create “Poster”", link="b")))
    assert [each.title for each in steps_found(plan, "SITE")] == ["Create “Sitemap”"]
    assert [each.title for each in steps_found(plan, link="b")] == ["Create “Poster”"]


def test_what_waits_is_told_by_why() -> None:
    held = [
        Held(key=str(number), kind="delete_task", side="right", title="Delete", why=why) for number, why in enumerate([*Why, Why.GUARD])
    ]
    assert [(each.why, len(each.all)) for each in waiting_of(held)] == [(Why.GUARD, 2), (Why.ALWAYS, 1), (Why.CONFLICT, 1)]


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ({"name": "A"}, {"name": "B"}, [Change("Name", "A", "B")]),
        ({"name": "A"}, {"name": "A"}, []),
        ({}, {"name": "B", "client": ""}, [Change("Name", "", "B")]),
        ({"completed": False}, {"completed": True}, [Change("Completed", "no", "yes")]),
        ({"people": ["Jon", "Ada"]}, {"people": []}, [Change("People", "Ada, Jon", "")]),
        ({"seconds": 3600}, {"seconds": 5400}, [Change("Tracked time", "1 h 00 min", "1 h 30 min")]),
    ],
)
def test_what_a_step_changes_is_told_in_words(before: dict[str, Any], after: dict[str, Any], told: list[Change]) -> None:
    assert changes(before, after) == told
