"""Every request that the portal makes from a person's inputs fits the vendor's published contract."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from integrations.catalogue import Operation, Provider, RawCall, Request
from integrations.catalogue.swagger import Contract
from tests.catalogue.test_contracts import CREATE, DOCUMENT
from tests.providers.examples import WORKSPACE, all_inputs, input_sets
from tests.providers.published import CONTRACTS, PUBLISHED, SPECS
from tests.providers.sent import Problem, problems
from tests.providers.test_contract import writes

OPERATIONS = [
    (provider, spelled)
    for provider in PUBLISHED
    for operation in provider.callable_by_name.values()
    if not isinstance(operation, RawCall)
    for spelled in CONTRACTS[provider.name].spelled_out(operation)
]


@pytest.mark.skipif(not SPECS.is_dir(), reason=f"the vendors' contracts are not in {SPECS}")
@pytest.mark.parametrize(("provider", "operation"), OPERATIONS, ids=lambda value: value.name)
def test_what_is_sent_is_published_in_its_place_and_of_its_type(provider: Provider, operation: Operation) -> None:
    least, *more = input_sets(operation)
    for inputs in (least, *more):
        request = operation.request(inputs, WORKSPACE)
        found = problems(CONTRACTS[provider.name], operation, request, whole=inputs is not least)
        assert {problem for problem in found if not _is_known(provider, operation, problem[0])} == set()


@pytest.mark.skipif(not SPECS.is_dir(), reason=f"the vendors' contracts are not in {SPECS}")
@pytest.mark.parametrize("provider", [each for each in PUBLISHED if each.parts], ids=lambda provider: provider.name)
def test_what_linking_and_sync_write_is_published_too(provider: Provider) -> None:
    for name, write, draft in writes(provider):
        operation = provider.operation(write.operation)
        found = problems(CONTRACTS[provider.name], operation, operation.request(write.inputs(draft), WORKSPACE), whole=True)
        unknown = {problem for problem in found if not _is_known(provider, operation, problem[0])}
        assert unknown == set(), name


def _is_known(provider: Provider, operation: Operation, what: str) -> bool:
    """Whether it is declared as a known difference, itself or what it stands in."""
    known = {each.what for each in provider.known_differences if each.operation == operation.name}
    return any(what == each or what.startswith((f"{each}.", f"{each} ")) for each in known)


# --- That the test above would see it ----------------------------------------------------------------------------------


def good_request() -> Request:
    return CREATE.request(all_inputs(CREATE.inputs))


def found(request: Request, whole: bool = True) -> set[str]:
    return {f"{what}: {how}" for what, how in problems(Contract(DOCUMENT), CREATE, request, whole)}


def test_a_request_that_fits_has_no_problems() -> None:
    assert found(good_request()) == set()


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"path": "/houses/home/rides"}, "path house: 'home' is no integer"),
        ({"query": {"how": "at once"}}, "query how: 'at once' is none of ['fast', 'slow', 'dead slow']"),
        ({"query": {"thing_ids": "1,two"}}, "query thing_ids: 'two' is no integer"),
        ({"query": {"where": "here"}}, "query where: is not published"),
        ({"headers": {"x-other": "1"}}, "header x-other: is not published"),
        ({"body": ["name"]}, "body: ['name'] is no object"),
        ({"body": {"name": 5}}, "body name: 5 is no string"),
        ({"body": {"name": "A", "size": True}}, "body size: True is no integer"),
        ({"body": {"name": "A", "level": 3}}, "body level: 3 is none of [0, 1, 2]"),
        ({"body": {"name": "A", "day": "tomorrow"}}, "body day: 'tomorrow' is no date"),
        ({"body": {"name": "A", "client": {"nick": "Bo"}}}, "body client.nick: is not published"),
        ({"body": {"name": "A", "owner": {"id": 1}}}, "body owner.id: is not published"),
        ({"body": {"name": "A", "members": [{"user_id": "1"}]}}, "body members.user_id: '1' is no integer"),
        ({"body": {"size": 1}}, "body name is not asked: is required and was not sent"),
        ({"body": {"name": "A", "budget": {"cost": 1.5}}}, "body budget.type is not asked: is required and was not sent"),
    ],
)
def test_what_does_not_fit_is_told(changed: dict[str, Any], says: str) -> None:
    assert says in found(replace(good_request(), **changed))


def test_what_is_missing_counts_only_where_everything_was_given() -> None:
    assert found(replace(good_request(), body={}), whole=False) == set()


def test_an_operation_that_is_not_published_is_told() -> None:
    nowhere: set[Problem] = problems(Contract(DOCUMENT), replace(CREATE, path="/nowhere"), good_request(), whole=True)
    assert nowhere == {("path /nowhere", "is not published")}
