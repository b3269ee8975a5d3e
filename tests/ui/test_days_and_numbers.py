"""Days, short moments and numbers in words."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from django.template import Context, Template
from django.utils import timezone

from portal.ui.words import clock_words, day_words, days_words

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def rendered(tag: str, **context: object) -> str:
    return Template("{% load ui %}" + tag).render(Context(context))


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        (datetime(2026, 11, 21, 9, 41, tzinfo=UTC), "09:41"),
        (datetime(2026, 11, 20, 23, 59, tzinfo=UTC), "20 Nov, 23:59"),
        (datetime(2025, 11, 21, 9, 41, tzinfo=UTC), "21 Nov 2025, 09:41"),
    ],
)
def test_a_moment_of_late_is_told_short(moment: datetime, words: str) -> None:
    assert clock_words(moment, NOW) == words


def test_what_is_today_depends_on_the_readers_zone() -> None:
    with timezone.override("Asia/Tokyo"):
        assert clock_words(datetime(2026, 11, 20, 15, 0, tzinfo=UTC), NOW) == "00:00"
        assert clock_words(datetime(2026, 11, 20, 14, 59, tzinfo=UTC), NOW) == "20 Nov, 23:59"


@pytest.mark.parametrize(
    ("first", "last", "words"),
    [
        (date(2026, 11, 21), date(2026, 11, 21), "21 Nov 2026"),
        (date(2026, 11, 14), date(2026, 11, 21), "14 to 21 Nov 2026"),
        (date(2026, 10, 28), date(2026, 11, 3), "28 Oct to 3 Nov 2026"),
        (date(2025, 12, 28), date(2026, 1, 3), "28 Dec 2025 to 3 Jan 2026"),
        (date(2025, 11, 14), date(2026, 11, 21), "14 Nov 2025 to 21 Nov 2026"),
    ],
)
def test_a_stretch_of_days_says_nothing_twice(first: date, last: date, words: str) -> None:
    assert days_words(first, last) == words
    assert rendered("{% days first last %}", first=first, last=last) == words


def test_a_day_is_a_day_in_every_zone() -> None:
    with timezone.override("Pacific/Auckland"):
        assert day_words(date(2026, 11, 21)) == "21 Nov 2026"
        assert rendered("{% day at %}", at=date(2026, 11, 21)) == '<time datetime="2026-11-21">21 Nov 2026</time>'
    assert "—" in rendered("{% day at %}", at=None)


@pytest.mark.parametrize(
    ("value", "tag", "words"),
    [
        (1234567, "{% number value %}", "1,234,567"),
        (1234.5, "{% number value %}", "1,234.5"),
        (3.0, "{% number value %}", "3"),
        (-0.25, "{% number value 2 %}", "-0.25"),
        (1234.5, "{% number value 2 %}", "1,234.50"),
        (0.1 + 0.2, "{% number value %}", "0.3"),
    ],
)
def test_numbers_have_their_thousands_apart(value: float, tag: str, words: str) -> None:
    assert rendered(tag, value=value) == f'<span class="number">{words}</span>'


def test_a_missing_number_is_a_dash() -> None:
    assert "—" in rendered("{% number value %}", value=None)


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ("2026-11-21T09:41:00Z", 'Sent as 2026-11-21T09:41:00Z"'),
        ("2026-11-21T09:41:00+01:00", 'Sent as 2026-11-21T09:41:00+01:00"'),
        ("2026-11-21 09:41:00 UTC", 'Sent as 2026-11-21 09:41:00 UTC"'),
        ("2026-11-21T09:41:00", 'Sent as 2026-11-21T09:41:00, read as UTC"'),
        ('"><b>', 'Sent as &quot;&gt;&lt;b&gt;, read as UTC"'),
    ],
)
def test_how_a_moment_was_sent_stands_in_its_tooltip(sent: str, said: str) -> None:
    assert said in rendered("{% local_time moment sent %}", moment=NOW, sent=sent)
    assert "Sent as" not in rendered("{% local_time moment %}", moment=NOW)
