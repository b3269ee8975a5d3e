"""A look goes on where it ran out of calls: what it has walked it does not walk again, and what it has not walked it does not skip."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, cast

import pytest
from django.utils import timezone

from integrations.catalogue import Collect, Date, Pick, Place, Provider
from integrations.connections.models import Connection
from integrations.connections.services import OpenConnection
from integrations.linking.models import Integration
from integrations.operations.models import Run
from integrations.providers import all_providers
from integrations.records.models import RecordList
from integrations.sync.applying import Sides
from integrations.sync.looking import How, look
from integrations.sync.models import Sync
from integrations.sync.spans import all_days
from integrations.sync.walks import Walks
from integrations.transport.errors import Forbidden, OverBudget, ProviderError
from portal.organizations.models import Organization
from portal.organizations.scope import bind, scope
from tests.factories import make_connection, make_integration, make_project_link, make_run, make_sync
from tests.providers.folder.paperclock import provider as paperclock

pytestmark = pytest.mark.django_db
Asked = tuple[str, str]


@dataclass
class Service:
    """One side as a look sees it: lists of so many pages, and so many calls until the budget is used up."""

    connection: Connection
    pages_of: dict[str, int] = field(default_factory=dict)
    records: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    refuses: dict[str, ProviderError] = field(default_factory=dict)
    left: int = 10_000
    calls: int = 0
    asked: list[Asked] = field(default_factory=list)

    def pages(self, operation: str, inputs: Mapping[str, Any]) -> Iterator[list[dict[str, Any]]]:
        if error := self.refuses.get(operation):
            raise error
        for _ in range(self.pages_of.get(operation, 1)):
            if not self.left:
                raise OverBudget("There is none left.", retry_after=60)
            self.left, self.calls = self.left - 1, self.calls + 1
            self.asked.append((operation, str(sorted(inputs.items()))))
            yield self.records.get(operation, [])

    def about(self, operation: str) -> list[Asked]:
        return [each for each in self.asked if each[0] == operation]


@dataclass
class Looking:
    """An integration whose two sides are played, and one sync of it."""

    integration: Integration
    sync: Sync
    left: Service
    right: Service

    def go_on(self, calls: int = 10_000, is_whole: bool = True) -> bool:
        """One go, with so many calls for the right side; says whether the look came to its end."""
        how = How(is_whole, Walks(self.sync))
        self.right.left = calls
        try:
            look(self.integration, Sides(cast(OpenConnection, self.left), cast(OpenConnection, self.right)), how, lambda: None)
        except OverBudget:
            return False
        finally:
            self.sync.walked = how.walks.as_json()
        return True

    def forget(self) -> None:
        self.left.asked.clear()
        self.right.asked.clear()

    def list(self, entity: str) -> RecordList:
        return RecordList.objects.get(connection=self.right.connection, entity=entity)


@pytest.fixture(autouse=True)
def bound(organization: Organization) -> Iterator[None]:
    with bind(organization.pk), scope():
        yield


def looking(integration: Integration) -> Looking:
    sync = make_sync(integration, Sync.State.COLLECTING)
    return Looking(integration, sync, Service(integration.left), Service(integration.right))


@pytest.fixture
def this() -> Looking:
    """timeghost and Hubstaff, with tracked time of the last month."""
    return looking(make_integration(time_since=timezone.now().date() - timedelta(days=30)))


def test_a_whole_look_in_slices_sees_every_day_and_walks_nothing_twice(this: Looking) -> None:
    goes = 1
    while not this.go_on(calls=3):
        goes += 1
        assert goes < 20
    assert goes > 2
    assert len(this.right.asked) == len(set(this.right.asked))
    assert any(span.holds(all_days(this.integration)) for span in this.list("activity").days)


def test_a_look_that_went_over_the_budget_in_its_first_piece_does_not_count_as_one(this: Looking) -> None:
    """Each walk that touches today says of its list that it is fresh; that is no look at the days before."""
    this.go_on(is_whole=False)
    this.sync = make_sync(this.integration, Sync.State.COLLECTING)
    this.forget()
    assert not this.go_on(calls=0)
    assert this.go_on()
    assert len(this.right.about("list_activities")) >= 5, "a month in pieces of a week"


def test_a_list_of_more_pages_than_are_left_is_walked_when_there_are_enough(this: Looking) -> None:
    this.right.pages_of = {"list_tasks": 8}
    ends = [this.go_on(calls=9) for _ in range(4)]
    assert True in ends
    assert len(this.right.about("list_activities")) == len(set(this.right.about("list_activities")))


def test_what_was_walked_before_an_answer_was_lost_is_walked_again(this: Looking) -> None:
    assert this.go_on()
    this.forget()
    make_run(this.right.connection, origin="sync", state=Run.State.UNKNOWN, ended_at=timezone.now())
    assert this.go_on()
    assert this.right.about("list_tasks")
    assert this.right.about("list_activities")
    assert this.left.asked == []


def test_a_sync_that_writes_for_hours_looks_at_its_lists_again_as_far_as_the_budget_allows(this: Looking) -> None:
    assert this.go_on()
    this.sync.looked_at = timezone.now()
    this.sync.walked = [[of, days, (timezone.now() - timedelta(hours=2)).isoformat()] for of, days, _ in this.sync.walked]
    this.forget()
    assert this.go_on(calls=0), "what is known already is good enough to go on with"
    assert this.go_on()
    assert len(this.right.about("list_tasks")) == 1
    assert this.right.about("list_activities") == []


def test_a_walk_that_seems_to_lie_ahead_does_not_count(this: Looking) -> None:
    walks = Walks(this.sync)
    walks.add("list", None, timezone.now() + timedelta(days=3))
    assert walks.last("list", None) is None
    walks.add("list", None, begun := timezone.now())
    this.sync.walked = walks.as_json()
    assert Walks(this.sync).last("list", None) == begun


# --- Links of the provider's own --------------------------------------------------------------------------------------


def test_links_of_the_providers_own_are_looked_at_with_each_whole_look(this: Looking) -> None:
    this.right.records = {"list_integrations": [{"id": 901, "name": "Jira of Northlight", "type": "jira", "status": "active"}]}
    this.go_on(is_whole=False)
    assert this.right.about("list_integrations") == []
    this.go_on()
    for operation in ("list_integrations", "list_project_links", "list_user_links"):
        assert len(this.right.about(operation)) == 1, operation


def test_links_of_the_providers_own_that_this_account_may_not_see_stop_nothing(this: Looking) -> None:
    this.right.refuses = {"list_integrations": Forbidden("Owners only.")}
    assert this.go_on()
    assert "Owners only." in this.list("integration").problem


# --- Tracked time that is asked for each project ----------------------------------------------------------------------


@pytest.mark.parametrize("by_days", [False, True])
def test_tracked_time_that_is_asked_for_each_project_is_looked_at(monkeypatch: pytest.MonkeyPatch, by_days: bool) -> None:
    monkeypatch.setitem(all_providers(), "paperclock", _with_time_by_project(by_days))
    left = make_connection("paperclock", sign_in="api_key")
    this = looking(make_integration(left))
    for number in (1, 2):
        make_project_link(this.integration, left_id=f"pr-{number}")
    this.left.records = {"list_projects": [{"id": f"pr-{number}", "name": f"Poster {number}", "closed": False} for number in (1, 2, 3)]}
    assert this.go_on()
    asked = [inputs for _, inputs in this.left.about("list_times")]
    assert [sum(f"pr-{number}" in inputs for inputs in asked) for number in (1, 2)] == [len(asked) // 2] * 2
    assert all(("first" in inputs) == by_days for inputs in asked)
    assert asked


def _with_time_by_project(by_days: bool) -> Provider:
    """Paperclock, as if it told of tracked time one project at a time."""
    time, list_times = paperclock.entity("time"), paperclock.operation("list_times")
    assert time.collect is not None
    collected = Collect(operation="list_times", each="project", each_as="project", window=time.collect.window if by_days else None)
    dates = tuple(replace(given, required=by_days) for given in list_times.inputs if isinstance(given, Date))
    project = Pick(name="project", label="Project", entity="project", place=Place.QUERY, required=True)
    asked = replace(list_times, inputs=(list_times.inputs[0], project, *dates))
    return replace(
        paperclock,
        entities=tuple(replace(time, collect=collected) if each is time else each for each in paperclock.entities),
        operations=tuple(asked if each is list_times else each for each in paperclock.operations),
    )
