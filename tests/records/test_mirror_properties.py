"""Whatever people do over there, however walks break off, overtake each other and meet our own writes: in the end the mirror is as the
other side is, and the changes lead from the first walk to it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, multiple, rule, run_state_machine_as_test

from integrations.records.collecting import keep_written, list_of
from integrations.transport.errors import BadAnswer, ProviderDown
from portal.organizations.models import Organization
from portal.organizations.scope import bind, scope
from tests.factories import make_connection
from tests.records.shelf import Shelf, changes, mirror, replay, walk

NAMES = st.sampled_from(["Relaunch", "Care 🙂", "back\\slash", "a\\u0000b", 'quote"d', ""]) | st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=5
)
SIZES = st.integers(1, 4)


class OtherSide(RuleBasedStateMachine):
    """Projects over there, and the mirror of them here."""

    projects = Bundle("projects")

    @initialize()
    def begin(self) -> None:
        with scope():
            self.connection = make_connection("hubstaff")
            self.list = list_of(self.connection, "project")
        self.there: dict[str, dict[str, Any]] = {}
        self.ground: dict[str, dict[str, Any]] | None = None
        self.count = 0

    @rule(target=projects, names=st.lists(NAMES, min_size=1, max_size=4))
    def people_add(self, names: list[str]) -> Any:
        return multiple(*(self._add(name) for name in names))

    @rule(project=projects, name=NAMES, status=st.sampled_from(["active", "archived"]))
    def people_edit(self, project: str, name: str, status: str) -> None:
        if project in self.there:
            self.there[project] = {**self.there[project], "name": name, "status": status}

    @rule(project=projects)
    def people_remove(self, project: str) -> None:
        self.there.pop(project, None)

    @rule(project=projects, name=NAMES)
    def people_bring_back(self, project: str, name: str) -> None:
        self.there.setdefault(project, {"id": int(project), "name": name, "status": "active"})

    @rule(project=projects, name=NAMES)
    def we_write(self, project: str, name: str) -> None:
        if project in self.there:
            self.there[project] = {**self.there[project], "name": name}
            self._keep(project)

    @rule(size=SIZES)
    def a_walk_arrives(self, size: int) -> None:
        walk(self.list, self._shelf(size))
        self._take_ground()
        assert mirror(self.connection, "project") == self.there

    @rule(size=SIZES, page=st.integers(0, 2))
    def a_walk_breaks_off(self, size: int, page: int) -> None:
        shelf = self._shelf(size)
        shelf.breaks_at = page
        self._walk_and_maybe_fail(shelf)

    @rule(size=SIZES)
    def a_walk_finds_something_unreadable(self, size: int) -> None:
        shelf = self._shelf(size)
        shelf.records.append({"name": "No id"})
        self._walk_and_maybe_fail(shelf)

    @rule(size=SIZES, page=st.integers(0, 2), project=projects, name=NAMES)
    def we_write_during_a_walk(self, size: int, page: int, project: str, name: str) -> None:
        shelf = self._shelf(size)
        shelf.meanwhile[page] = lambda: self.we_write(project=project, name=name)
        walk(self.list, shelf)
        self._take_ground()

    @rule(size=SIZES, page=st.integers(0, 2), project=projects, name=NAMES)
    def another_walk_overtakes(self, size: int, page: int, project: str, name: str) -> None:
        def overtake() -> None:
            self.people_edit(project=project, name=name, status="archived")
            self._add(name)
            self.a_walk_arrives(size=3)

        shelf = self._shelf(size)
        shelf.meanwhile[page] = overtake
        walk(self.list, shelf)
        self._take_ground()

    @invariant()
    def changes_lead_from_the_ground_to_the_mirror(self) -> None:
        if self.ground is not None:
            assert replay(self.connection, "project", self.ground) == mirror(self.connection, "project")

    def teardown(self) -> None:
        if hasattr(self, "list"):
            walk(self.list, self._shelf(2))
            assert mirror(self.connection, "project") == self.there

    def _add(self, name: str) -> str:
        self.count += 1
        self.there[str(self.count)] = {"id": self.count, "name": name, "status": "active"}
        return str(self.count)

    def _keep(self, project: str) -> None:
        with scope():
            keep_written(self.connection, self.list.declaration, self.there[project])

    def _shelf(self, size: int) -> Shelf:
        return Shelf(*self.there.values(), size=size)

    def _walk_and_maybe_fail(self, shelf: Shelf) -> None:
        before = mirror(self.connection, "project")
        try:
            walk(self.list, shelf)
        except (ProviderDown, BadAnswer):
            assert mirror(self.connection, "project") == before
        else:
            self._take_ground()

    def _take_ground(self) -> None:
        """The first whole walk is what the changes start from, together with what we had written before it."""
        if self.ground is None:
            self.ground = self._without_changes(mirror(self.connection, "project"))

    def _without_changes(self, found: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
        noted = {remote_id for remote_id, _ in changes(self.connection, "project")}
        return {remote_id: data for remote_id, data in found.items() if remote_id not in noted}


@pytest.fixture
def bound(organization: Organization) -> Iterator[None]:
    with bind(organization.id):
        yield


@pytest.mark.django_db
def test_the_mirror_ends_as_the_other_side_is(bound: None) -> None:
    run_state_machine_as_test(
        OtherSide,
        settings=settings(
            max_examples=30,
            stateful_step_count=15,
            deadline=None,
            derandomize="CI" in os.environ,
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )
