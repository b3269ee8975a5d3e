"""Which names mean the same, and how sure that is."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.linking.suggestions import LEAST, SURE, Suggester, normalized

NAMES = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=30)


@pytest.mark.parametrize("name", ["website  relaunch", "Website Relaunch", "WEBSITE-RELAUNCH!", " Website_relaunch "])
def test_case_space_and_punctuation_make_no_other_name(name: str) -> None:
    (found,) = Suggester({"11": name}).like("Website Relaunch")
    assert (found.id, found.name, found.confidence, found.is_risky) == ("11", name, SURE, False)


def test_a_similar_name_is_suggested_with_less_than_certainty() -> None:
    (found,) = Suggester({"11": "Website relaunch 2026", "12": "Annual report"}).like("Website relaunch")
    assert found.id == "11"
    assert LEAST <= found.confidence < SURE


def test_the_same_words_in_another_order_are_likely_and_not_certain() -> None:
    (found,) = Suggester({"11": "Relaunch website"}).like("Website relaunch")
    assert found.confidence == SURE - 1


@pytest.mark.parametrize("name", ["Annual report", "", "   ", "!!!", "Spring"])
def test_what_is_not_alike_is_not_suggested(name: str) -> None:
    assert Suggester({"11": "Website relaunch"}).like(name) == []


def test_a_name_of_nothing_but_punctuation_is_a_name() -> None:
    assert [each.id for each in Suggester({"11": "???", "12": "!!!"}).like("???")] == ["11"]


def test_two_of_the_same_name_are_both_said_to_be_risky() -> None:
    found = Suggester({"11": "Annual report", "12": "annual report"}).like("Annual Report")
    assert [(each.id, each.is_risky) for each in found] == [("11", True), ("12", True)]


def test_one_that_is_likeliest_for_two_is_risky_for_both() -> None:
    found = Suggester({"11": "Website relaunch", "12": "Campaign"}).best_of_each(
        {"p1": "Website relaunch", "p2": "Website relaunch 2", "p3": "Campaign"}
    )
    assert {key: (each.id, each.is_risky) for key, each in found.items()} == {"p1": ("11", True), "p2": ("11", True), "p3": ("12", False)}


@given(st.dictionaries(st.integers(0, 50).map(str), NAMES, max_size=12), st.dictionaries(st.integers(0, 50).map(str), NAMES, max_size=12))
def test_nobody_gets_the_partner_of_another_unless_it_is_said_to_be_risky(right: dict[str, str], left: dict[str, str]) -> None:
    found = Suggester(right).best_of_each(left)
    for key, each in found.items():
        assert each.id in right
        assert LEAST <= each.confidence <= SURE
        assert (each.confidence == SURE) == (normalized(left[key]) == normalized(right[each.id]))
    sure = [each.id for each in found.values() if not each.is_risky]
    assert len(sure) == len(set(sure))


@given(st.lists(NAMES, max_size=8), st.randoms(use_true_random=False))
def test_the_order_of_the_records_decides_nothing(names: list[str], random: Random) -> None:
    free = {str(number): name for number, name in enumerate(names)}
    keys = list(free)
    random.shuffle(keys)
    wanted = names[0] if names else "Website"
    first = {(each.name, each.confidence, each.is_risky) for each in Suggester(free).like(wanted, most=50)}
    again = {(each.name, each.confidence, each.is_risky) for each in Suggester({key: free[key] for key in keys}).like(wanted, most=50)}
    assert first == again
