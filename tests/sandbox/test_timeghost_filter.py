"""The OData filters that timeghost's lists take: what they let pass, and what cannot be read."""

from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as some

from integrations.sandbox.timeghost.odata import Unreadable, parsed

RECORD = {
    "name": "O'Neill & Söhne",
    "count": 3,
    "rate": 2.5,
    "open": True,
    "closed": False,
    "start": "2024-05-01T10:00:00.000Z",
    "project": {"id": "p1", "client": {"name": "C"}},
    "task": None,
    "tags": [{"id": "t1"}],
}
PASSES = (
    "name eq 'O''Neill & Söhne'",
    "count eq 3 and count ne 4",
    "count eq 3.0 and rate gt 2 and rate lt 3 and count ge 3 and count le 3",
    "open eq true and closed eq false",
    "open",
    "not closed",
    "open and not (closed or count gt 3)",
    "count eq 1 or count eq 2 or count eq 3",
    "closed and closed or open",
    "project/id eq 'p1' and project/client/name eq 'C' and project.id eq 'p1'",
    "task/id eq null and task eq null and name ne null",
    "contains(name, 'Neill') and startswith(name, 'O''')",
    "contains(project/client/name, 'C') eq true",
    "startswith(task/name, 'x') eq false",
    "start ge 2024-05-01 and start lt 2024-05-02",
    "start eq 2024-05-01T10:00:00Z and start eq 2024-05-01T12:00:00+02:00",
    "start gt '2024-04'",
    "3 eq count",
    "NOT closed AND open EQ true",
    "((((open))))",
)
FAILS = ("count gt 3", "task/id eq 'x'", "task/count gt 1", "not open", "name eq 'o''neill & söhne'", "start gt 2024-05-01T10:00:00.000Z")
UNREADABLE = (
    "name",
    "name like 'x'",
    "name eq",
    "name eq 'x' and",
    "name eq 'x",
    "(open",
    "open)",
    "eq 1",
    "contains(name)",
    "contains(name, 'x'",
    "contains(count, 'x')",
    "name eq 'x';",
    "name gt 3",
    "open eq 1",
    "tags/id eq 't1'",
    "tags eq 't1'",
    "nothing eq 1",
    "project/nothing eq 1",
    "start gt 2024-13-99",
    "name lt 2024-01-01",
    "tags/any(t: t/id eq 't1')",
    "[[]]",
    "(" * 500 + "open" + ")" * 500,
    "not " * 500 + "open",
    "contains(" * 500,
)


@pytest.mark.parametrize("text", PASSES)
def test_a_record_passes(text: str) -> None:
    assert parsed(text)(RECORD) is True


@pytest.mark.parametrize("text", FAILS)
def test_a_record_does_not_pass(text: str) -> None:
    assert parsed(text)(RECORD) is False


@pytest.mark.parametrize("text", UNREADABLE)
def test_what_cannot_be_read_says_why(text: str) -> None:
    with pytest.raises(Unreadable, match=r"\w+ \w+"):
        parsed(text)(RECORD)


def test_a_very_long_filter_is_no_problem() -> None:
    assert parsed(" or ".join(["count eq 1"] * 5000 + ["open"]))(RECORD) is True


FIELDS = ("a", "b", "c")
Tree = tuple[Any, ...]
leaves = some.tuples(some.just("is"), some.sampled_from(FIELDS), some.sampled_from(("eq", "ne", "gt", "le")), some.integers(0, 3))
trees = some.recursive(
    leaves,
    lambda inner: some.one_of(some.tuples(some.just("not"), inner), some.tuples(some.sampled_from(("and", "or")), inner, inner)),
    max_leaves=12,
)
COMPARED = {"eq": int.__eq__, "ne": int.__ne__, "gt": int.__gt__, "le": int.__le__}


def written(tree: Tree) -> str:
    """A tree as a filter with as few parentheses as the words need: `not` before `and` before `or`."""
    if tree[0] == "is":
        return f"{tree[1]} {tree[2]} {tree[3]}"
    if tree[0] == "not":
        return f"not {within(tree[1], ('and', 'or'))}"
    loose = ("or",) if tree[0] == "and" else ()
    return f"{within(tree[1], loose)} {tree[0]} {within(tree[2], loose)}"


def within(tree: Tree, loose: tuple[str, ...]) -> str:
    return f"({written(tree)})" if tree[0] in loose else written(tree)


def meant(tree: Tree, record: dict[str, int]) -> bool:
    if tree[0] == "is":
        return bool(COMPARED[tree[2]](record[tree[1]], tree[3]))
    parts = [meant(part, record) for part in tree[1:]]
    return {"not": not parts[0], "and": all(parts), "or": any(parts)}[str(tree[0])]


@given(tree=trees, values=some.lists(some.integers(0, 3), min_size=3, max_size=3))
def test_a_filter_means_what_it_was_written_from(tree: Tree, values: list[int]) -> None:
    record = dict(zip(FIELDS, values, strict=True))
    assert parsed(written(tree))(record) is meant(tree, record)


@given(some.text(max_size=40))
def test_any_text_is_read_or_refused_and_nothing_else(text: str) -> None:
    try:
        parsed(text)(RECORD)
    except Unreadable:
        return


def test_lists_take_the_filter_and_refuse_what_they_cannot_read(timeghost: httpx.Client) -> None:
    def ids(path: str, text: str, **query: str) -> list[str]:
        answer = timeghost.get(path, params={"$filter": text, **query})
        assert answer.status_code == 200, answer.text
        return [one["id"] for one in answer.json()]

    span = {"$filter-date-range": "all_time"}
    project = timeghost.get("/get/projects").json()[0]
    by_field = ids("/get/times", f"project/id eq '{project['id']}'", **span)
    by_path = timeghost.get(f"/get/projects/{project['id']}/times", params=span).json()
    assert by_field == [time["id"] for time in by_path] != []
    middle = sorted(time["start"] for time in by_path)[len(by_path) // 2]
    assert ids("/get/times", f"start ge {middle} and project/id eq '{project['id']}'", **span) == [
        time["id"] for time in by_path if time["start"] >= middle
    ]
    tasks = f"/get/projects/{project['id']}/tasks"
    assert sorted(ids(tasks, "completed eq true") + ids(tasks, "not (completed eq true)")) == sorted(ids(tasks, "id ne null"))
    answer = timeghost.get("/get/projects", params={"$filter": "name eq 'x' und"})
    assert (answer.status_code, answer.json()) == (400, {"message": "$filter cannot be read from here: und"})
