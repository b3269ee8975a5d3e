"""Which project on the left gets which partner on the right."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.catalogue import ProjectFacts
from integrations.linking.proposing import Action, Proposal, Standing, propose

NAMES = st.sampled_from(["Website", "website!", "Campaign", "Report", "Report"])


def projects(*given: tuple[str, str], **fields: Any) -> dict[str, ProjectFacts]:
    return {key: ProjectFacts(id=key, name=name, **{"is_active": True, **fields}) for key, name in given}


def standing(left: dict[str, ProjectFacts], right: dict[str, ProjectFacts], **known: Any) -> Standing:
    given = {"live": {}, "earlier": {}, "dismissed": (), "left_label": "timeghost", "right_label": "Hubstaff"}
    return Standing(left=left, right=right, mark=lambda left_id: f"mark/{left_id}", **given | known)


def told(proposals: list[Proposal]) -> dict[str, tuple[str, str]]:
    return {each.left.id: (each.action, each.right.id if each.right else "") for each in proposals}


def test_one_of_the_same_name_is_taken_up_and_what_is_missing_is_created() -> None:
    found = propose(standing(projects(("p1", "Website"), ("p2", "Campaign")), projects(("11", "website!"))))
    assert told(found) == {"p1": ("adopt", "11"), "p2": ("create", "")}


def test_two_of_one_name_on_either_side_wait_for_a_person() -> None:
    right = propose(standing(projects(("p1", "Website")), projects(("11", "Website"), ("12", "Website"))))
    left = propose(standing(projects(("p1", "Website"), ("p2", "website")), projects(("11", "Website"))))
    none_there = propose(standing(projects(("p1", "Website"), ("p2", "website")), {}))
    assert told(right) == {"p1": ("ambiguous", "")}
    assert right[0].why == "2 projects in Hubstaff have this name."
    assert told(left) == told(none_there) == {"p1": ("ambiguous", ""), "p2": ("ambiguous", "")}
    assert left[0].why == "2 projects in timeghost have this name."


def test_a_name_that_is_linked_with_another_project_is_not_made_a_second_time() -> None:
    found = propose(standing(projects(("p1", "Site"), ("p2", "Website")), projects(("11", "Website")), live={"p1": "11"}))
    assert told(found) == {"p1": ("linked", "11"), "p2": ("ambiguous", "")}


def test_our_own_record_goes_before_the_mark_and_the_mark_before_the_name() -> None:
    marked = replace(projects(("12", "Another"))["12"], mark="mark/p1")
    right = {**projects(("11", "Renamed"), ("13", "Website")), "12": marked}
    left = projects(("p1", "Website"))
    assert told(propose(standing(left, right, earlier={"p1": "11"}))) == {"p1": ("adopt", "11")}
    assert told(propose(standing(left, right))) == {"p1": ("adopt", "12")}
    assert told(propose(standing(left, projects(("13", "Website"))))) == {"p1": ("adopt", "13")}


def test_nobody_of_the_same_name_takes_away_a_partner_that_is_known() -> None:
    found = propose(standing(projects(("p1", "Website"), ("p2", "Website")), projects(("11", "Website")), earlier={"p2": "11"}))
    assert told(found) == {"p1": ("ambiguous", ""), "p2": ("adopt", "11")}


def test_a_copied_mark_is_believed_of_nobody() -> None:
    right = projects(("11", "One"), ("12", "Two"), mark="mark/p1")
    assert told(propose(standing(projects(("p1", "Website")), right))) == {"p1": ("create", "")}


def test_what_is_archived_dismissed_or_linked_is_passed_over_with_the_reason() -> None:
    left = projects(("p1", "Website"), ("p2", "Campaign"), ("p3", "Report"))
    left["p2"] = replace(left["p2"], is_active=False)
    found = propose(standing(left, projects(("11", "Website")), live={"p1": "11"}, dismissed={"p3"}))
    assert {each.left.id: each.why for each in found} == {
        "p1": "Linked already.",
        "p2": "Archived in timeghost.",
        "p3": "Dismissed from the review list.",
    }
    assert not any(each.links for each in found)


@pytest.mark.parametrize("known", [{"earlier": {"p1": "11"}}, {}], ids=["by our record", "by its mark"])
def test_an_archived_partner_is_neither_taken_up_nor_made_a_second_time(known: dict[str, Any]) -> None:
    right = projects(("11", "Website"), is_active=False, mark="" if known else "mark/p1")
    (found,) = propose(standing(projects(("p1", "Website")), right, **known))
    assert (found.action, found.right) == (Action.AMBIGUOUS, None)
    assert found.why == "Linked before with Website, which is archived: restore it, or choose."


def test_an_archived_project_that_was_never_linked_stands_in_nobodys_way() -> None:
    assert told(propose(standing(projects(("p1", "Website")), projects(("11", "Website"), is_active=False)))) == {"p1": ("create", "")}


def test_what_is_held_elsewhere_is_neither_taken_up_nor_made_a_second_time() -> None:
    (found,) = propose(standing(projects(("p1", "Website")), projects(("11", "Website")), held={"11": "is linked in “A ⇄ B”"}))
    assert (found.action, found.why) == (Action.AMBIGUOUS, "The project of this name in Hubstaff is linked in “A ⇄ B”.")


def test_before_both_lists_were_read_nothing_is_proposed() -> None:
    left = projects(("p1", "Website"), ("p2", "Campaign"), ("p3", "Report"))
    found = propose(standing(left, projects(("11", "Website")), live={"p3": "12"}, unread="Hubstaff"))
    assert told(found) == {"p1": ("unread", ""), "p2": ("unread", ""), "p3": ("linked", "")}
    assert found[0].why == "The projects of Hubstaff have not been read to the end yet."


def test_where_nothing_can_be_created_that_is_said() -> None:
    (found,) = propose(standing(projects(("p1", "Website")), {}, can_create=False))
    assert (found.action, found.why) == (Action.SKIPPED, "Hubstaff has none of this name, and none can be made there.")


@st.composite
def worlds(draw: st.DrawFn) -> Standing:
    left = {f"p{number}": ProjectFacts(f"p{number}", draw(NAMES), draw(st.booleans())) for number in range(draw(st.integers(0, 6)))}
    marks = st.sampled_from(["", *(f"mark/{key}" for key in left)])
    right = {
        str(number): ProjectFacts(str(number), draw(NAMES), draw(st.booleans()), mark=draw(marks))
        for number in range(draw(st.integers(0, 6)))
    }
    free = draw(st.permutations(list(right)))
    linked = draw(st.lists(st.sampled_from(sorted(left)), unique=True)) if left else []
    live = dict(zip(linked, free, strict=False))
    parted = [key for key in left if key not in live]
    known = [key for key in parted if draw(st.booleans())] if right else []
    earlier = {key: draw(st.sampled_from(sorted(right))) for key in known}
    dismissed = {key for key in parted if draw(st.booleans())}
    held = {key: "is linked elsewhere" for key in right if key not in live.values() and draw(st.booleans())}
    return standing(left, right, live=live, earlier=earlier, dismissed=dismissed, held=held)


@given(worlds(), st.integers())
def test_whatever_stands_where_no_partner_is_given_twice_and_the_order_decides_nothing(world: Standing, seed: int) -> None:
    found = propose(world)
    assert {each.left.id for each in found} == set(world.left)
    given = [each.right.id for each in found if each.action == Action.ADOPT and each.right]
    assert len(given) == len(set(given))
    assert not set(given) & (set(world.live.values()) | set(world.held))
    made = [each.left.id for each in found if each.action == Action.CREATE]
    assert not [key for key in made if world.earlier.get(key) in world.right.keys() - set(world.live.values()) - set(given)]
    assert all(world.right[key].is_active for key in given)
    assert all(
        each.left.is_active and each.left.id not in world.live and each.left.id not in world.dismissed for each in found if each.links
    )
    shuffled = replace(world, left=_shuffled(world.left, seed), right=_shuffled(world.right, seed))
    assert told(propose(shuffled)) == told(found)


def _shuffled(given: Any, seed: int) -> dict[str, Any]:
    items = list(given.items())
    Random(seed).shuffle(items)
    return dict(items)
