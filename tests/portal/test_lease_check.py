"""A lease that is too short for a call is said at the start."""

from __future__ import annotations

from typing import Any

import pytest
from django.core import checks
from django.test import override_settings

from portal.work.checks import lease_seconds


def told_with(**settings: Any) -> list[str | None]:
    with override_settings(**{"TESTING": False, "DEMONSTRATION": False, **settings}):
        return [message.id for message in lease_seconds()]


@pytest.mark.parametrize(("seconds", "told"), [(4, ["work.E001"]), (5, ["work.W001"]), (119, ["work.W001"]), (120, []), (300, [])])
def test_a_lease_that_is_too_short_is_told(seconds: int, told: list[str]) -> None:
    assert told_with(LEASE_SECONDS=seconds) == told


@pytest.mark.parametrize("kind", ["TESTING", "DEMONSTRATION"])
def test_a_demonstration_and_tests_may_have_a_short_one(kind: str) -> None:
    assert told_with(LEASE_SECONDS=3, **{kind: True}) == []


def test_it_is_looked_at_with_all_other_checks() -> None:
    with override_settings(LEASE_SECONDS=3, TESTING=False, DEMONSTRATION=False):
        assert "work.E001" in {message.id for message in checks.run_checks()}
