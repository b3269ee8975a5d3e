"""Rows H07, H12, H13, H19, H26 to H30 and T35 to T39: each trigger by polling, by webhook, and both ways at once."""

from __future__ import annotations

import pytest

from tests.live.triggers.happenings import Case, cases
from tests.live.triggers.post import Post

pytestmark = pytest.mark.worker
CASES = list(cases())
HOOKED = [case for case in CASES if case.by_webhook]
Happened = dict[str, str]


@pytest.fixture(scope="module")
def polled(post: Post) -> Happened:
    """Everything happens while no webhook comes through; then everybody looks."""
    with post.no_deliveries():
        prepared = post.prepare(CASES, "polled")
        happened = {str(case): case.happening.bring_about(post.world, prepared[str(case)]) for case in CASES}
        post.look()
    return happened


@pytest.fixture(scope="module")
def hooked(post: Post) -> Happened:
    """Everything happens long before anybody would look."""
    prepared = post.prepare(HOOKED, "hooked")
    post.let_time_pass()
    happened = {str(case): case.happening.bring_about(post.world, prepared[str(case)]) for case in HOOKED}
    post.wait_until_told(HOOKED, happened)
    return happened


@pytest.fixture(scope="module")
def both(post: Post) -> Happened:
    """Everybody looks in the same moment in which it happens and webhooks tell of it; then everybody looks once more."""
    prepared = post.prepare(HOOKED, "both")
    with post.doubled_deliveries():
        happened = {}
        for case in HOOKED:
            happened[str(case)] = case.happening.bring_about(post.world, prepared[str(case)])
            post.make_due()
        post.wait_until_told(HOOKED, happened)
    post.look()
    return happened


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_look_tells_what_happened_once(post: Post, polled: Happened, case: Case) -> None:
    assert post.told(case, polled[str(case)]) == [(case.happening.kind, "poll")]


@pytest.mark.parametrize("case", HOOKED, ids=str)
def test_a_webhook_tells_it_before_anybody_would_look(post: Post, hooked: Happened, case: Case) -> None:
    assert post.told(case, hooked[str(case)]) == [(case.happening.kind, "webhook")]


@pytest.mark.parametrize("case", HOOKED, ids=str)
def test_what_comes_both_ways_is_one_event(post: Post, both: Happened, case: Case) -> None:
    assert [kind for kind, _ in post.told(case, both[str(case)])] == [case.happening.kind]


def test_every_declared_trigger_is_watched() -> None:
    rows = {case.watch.row for case in CASES}
    assert rows >= {"H07", "H12", "H13", "H19", "H26", "H27", "H28", "H29", "H30", "T35", "T36", "T37", "T38", "T39"}
