"""When a sync is likely to be through."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from integrations.sync.estimating import Allowance, Standing, estimated_end

BEGAN = datetime(2026, 11, 21, 9, tzinfo=UTC)
NOW = BEGAN + timedelta(minutes=2)
HOURLY = Allowance(left=500, share=900, seconds=3600)


def test_within_the_budget_it_goes_on_as_fast_as_so_far() -> None:
    assert estimated_end(Standing(BEGAN, done=100, planned=400), HOURLY, NOW) == NOW + timedelta(minutes=6)


def test_without_a_budget_it_goes_on_as_fast_as_so_far() -> None:
    assert estimated_end(Standing(BEGAN, done=100, planned=5000), None, NOW) == NOW + timedelta(minutes=98)


def test_what_is_more_than_the_budget_is_done_in_slices() -> None:
    assert estimated_end(Standing(BEGAN, done=0, planned=1400), HOURLY, NOW) == NOW + timedelta(hours=1)
    assert estimated_end(Standing(BEGAN, done=0, planned=1401), HOURLY, NOW) == NOW + timedelta(hours=2)


def test_one_that_waits_goes_on_when_the_calls_come_back() -> None:
    resumes = NOW + timedelta(minutes=40)
    assert estimated_end(Standing(BEGAN, done=900, planned=1000, resumes_at=resumes), HOURLY, NOW) == resumes
    assert estimated_end(Standing(BEGAN, done=900, planned=3000, resumes_at=resumes), HOURLY, NOW) == resumes + timedelta(hours=2)


@pytest.mark.parametrize(
    ("standing", "allowance"),
    [
        (Standing(BEGAN, done=0, planned=40), HOURLY),
        (Standing(BEGAN, done=40, planned=40), HOURLY),
        (Standing(BEGAN, done=40, planned=0), None),
        (Standing(BEGAN, done=0, planned=40, resumes_at=NOW), None),
        (Standing(BEGAN, done=0, planned=4000), Allowance(left=0, share=0, seconds=3600)),
    ],
)
def test_where_nothing_tells_nothing_is_said(standing: Standing, allowance: Allowance | None) -> None:
    assert estimated_end(standing, allowance, NOW) is None
