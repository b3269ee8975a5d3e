"""What the tags write, and that they write nothing unescaped."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.template import Context, Template
from django.utils import timezone

from portal.ui.words import ago_words, duration_words
from tests.ui.conftest import MakeRequest

EVIL = "<script>alert(1)</script>"
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def rendered(source: str, **context: Any) -> str:
    return Template("{% load ui %}" + source).render(Context(context))


@pytest.mark.parametrize(
    "source",
    [
        '{% badge "ok" evil %}',
        "{% badge evil evil %}",
        '{% health "ok" evil %}',
        "{% avatar evil %}",
        '{% icon "link" evil %}',
        "{% empty evil evil %}",
        '{% empty "a" "b" "link" evil evil %}',
        "{% stat evil evil evil evil %}",
        "{% progress 1 2 evil %}",
        "{% link_row evil evil evil evil %}",
        "{% code evil %}",
        "{% code record %}",
        "{% crumbs evil evil evil %}",
        "{% sparkline numbers evil %}",
        "{% ago None evil %}",
    ],
)
def test_a_tag_escapes_what_it_is_given(source: str) -> None:
    shown = rendered(source, evil=EVIL, record={"name": EVIL}, numbers=[1, 2])
    assert "&lt;script" in shown or "script" not in shown
    assert "<script" not in shown


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 min"),
        (30, "30 s"),
        (60, "1 min"),
        (2700, "45 min"),
        (7500, "2 h 05 min"),
        (-7500, "\N{MINUS SIGN}2 h 05 min"),
        (4_500_000, "1,250 h 00 min"),
    ],
)
def test_a_duration_is_written_in_hours_and_minutes(seconds: int, words: str) -> None:
    assert duration_words(seconds) == words


@pytest.mark.parametrize(
    ("since", "words"),
    [
        (timedelta(seconds=10), "just now"),
        (timedelta(seconds=50), "1 min ago"),
        (timedelta(minutes=4), "4 min ago"),
        (timedelta(hours=3), "3 h ago"),
        (timedelta(hours=30), "30 h ago"),
        (timedelta(days=3), "3 days ago"),
        (timedelta(minutes=-5), "in 5 min"),
    ],
)
def test_a_moment_is_told_by_its_distance(since: timedelta, words: str) -> None:
    assert ago_words(NOON - since, now=NOON) == words


def test_a_time_stands_in_the_readers_zone_with_utc_in_its_tooltip() -> None:
    with timezone.override("Europe/Berlin"):
        shown = rendered("{% local_time moment %}", moment=NOON)
    assert ">21 Nov 2026, 13:00</time>" in shown
    assert 'title="Saturday 21 November 2026, 13:00:00 CET (12:00 UTC)"' in shown


def test_what_never_happened_says_so() -> None:
    assert "never" in rendered("{% ago None %}")
    assert "—" in rendered("{% local_time None %}{% duration None %}")


def test_an_unknown_state_is_shown_as_neutral() -> None:
    assert "badge--neutral" in rendered('{% badge "exploded" "Exploded" %}')


def test_sorting_turns_round_and_keeps_the_filter(make_request: MakeRequest) -> None:
    head = '{% sort_header "title" "Title" target="rows" %}'
    first = rendered(head, request=make_request("/?q=web&after=x"))
    assert 'href="?q=web&amp;sort=title"' in first
    assert 'hx-target="#rows"' in first
    again = rendered(head, request=make_request("/?sort=title"))
    assert 'aria-sort="ascending"' in again
    assert 'href="?sort=-title"' in again


def test_paging_keeps_the_filter_and_replaces_the_key(make_request: MakeRequest) -> None:
    shown = rendered('{% pager following="k2" %}', request=make_request("/?q=web&after=k1"))
    assert 'href="?q=web&amp;after=k2"' in shown
    assert "Previous" not in shown


def test_the_page_that_is_open_is_marked_among_the_tabs(make_request: MakeRequest) -> None:
    shown = rendered('{% tabs "Tasks" "/t/" "History" "/h/" %}', request=make_request("/h/"))
    assert '<a href="/h/" aria-current="page">History</a>' in shown
    assert shown.count("aria-current") == 1


def test_the_last_crumb_is_the_page_itself() -> None:
    shown = rendered('{% crumbs "Connections" "/c/" "Hubstaff" %}')
    assert '<a href="/c/">Connections</a>' in shown
    assert '<span aria-current="page">Hubstaff</span>' in shown


@pytest.mark.parametrize(("name", "letters"), [("Ada Brandt", "AB"), ("ada.brandt@example.org", "AB"), ("Ada", "A"), ("", "?")])
def test_initials_come_from_names_and_addresses(name: str, letters: str) -> None:
    assert rendered("{{ name|initials }}", name=name) == letters


def test_a_blank_right_side_says_what_will_happen() -> None:
    assert "Blank: a new one is created" in rendered('{% link_row "Website" "" %}')
