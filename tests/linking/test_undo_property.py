"""Disconnecting and undoing in any order, with links made in between, keeps every row what it was."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from integrations.linking.disconnecting import CannotUndo, disconnect, undo
from integrations.linking.models import Disconnection, Integration, ProjectLink
from integrations.linking.services import CannotLink, link_project
from portal.organizations.scope import scope

pytestmark = pytest.mark.django_db

PROJECTS = ("p1", "p2", "p3")
PARTNERS = {"p1": "11", "p2": "12", "p3": "13"}
STEPS = st.one_of(
    st.tuples(st.just("disconnect"), st.sets(st.sampled_from(PROJECTS), min_size=1)),
    st.tuples(st.just("undo"), st.integers(0, 5)),
)
ROUGH_STEPS = st.one_of(STEPS, st.tuples(st.just("link"), st.sampled_from(PROJECTS), st.sampled_from(["", *PARTNERS.values()])))


def rows_of() -> dict[str, Any]:
    """Every column of the links but whether they are linked now."""
    columns = [each.name for each in ProjectLink._meta.fields if each.name != "disconnected_at"]
    return {row["left_id"]: row for row in ProjectLink.objects.values(*columns)}


def live() -> dict[str, str]:
    return dict(ProjectLink.live.values_list("left_id", "right_id"))


def part(integration: Integration, left_ids: set[str]) -> None:
    disconnect(ProjectLink, integration, list(ProjectLink.objects.filter(left_id__in=left_ids).values_list("pk", flat=True)), None)


def take_back(number: int) -> None:
    """Undoes one of the disconnections that there are, if any."""
    made = list(Disconnection.objects.select_related("integration").order_by("created_at"))
    if made:
        try:
            undo(made[number % len(made)], None)
        except CannotUndo:
            assert made[number % len(made)].undone_at


def carry_out(integration: Integration, step: tuple[Any, ...]) -> None:
    if step[0] == "disconnect":
        part(integration, step[1])
    elif step[0] == "undo":
        take_back(step[1])
    else:
        with suppress(CannotLink):
            link_project(integration, step[1], step[2], None)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(STEPS, max_size=10))
def test_whatever_is_disconnected_and_undone_once_all_is_undone_the_same_rows_are_linked(
    integration: Integration, steps: list[tuple[Any, ...]]
) -> None:
    with scope(integration.organization_id), transaction.atomic():
        for left_id, right_id in PARTNERS.items():
            link_project(integration, left_id, right_id, None)
        ProjectLink.objects.update(member_ids=["21"], synced_name="As it was")
        before = rows_of()
        for step in steps:
            carry_out(integration, step)
        for made in Disconnection.objects.select_related("integration").filter(undone_at=None).order_by("-created_at"):
            undo(made, None)
        assert rows_of() == before
        assert live() == PARTNERS
        transaction.set_rollback(True)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(ROUGH_STEPS, max_size=12))
def test_with_links_made_in_between_no_partner_is_ever_held_twice_and_no_row_is_lost(
    integration: Integration, steps: list[tuple[Any, ...]]
) -> None:
    with scope(integration.organization_id), transaction.atomic():
        for left_id, right_id in PARTNERS.items():
            link_project(integration, left_id, right_id, None)
        keys = set(ProjectLink.objects.values_list("pk", flat=True))
        for step in steps:
            carry_out(integration, step)
            held = [right_id for right_id in live().values() if right_id]
            assert len(held) == len(set(held))
        assert set(ProjectLink.objects.values_list("pk", flat=True)) == keys
        transaction.set_rollback(True)
