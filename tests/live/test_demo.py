"""`manage.py demo`, as `make demo` runs it."""

from __future__ import annotations

import re

import pytest

from portal.launch.services import manage
from tests.live.services import Process, Services

pytestmark = pytest.mark.worker
LINES = (
    r"projects linked: [1-9]\d*",
    r"users linked: [1-9]\d*",
    r"tasks created: [1-9]\d*",
    r"time written back: [1-9]\d* seconds",
    r"completions: [1-9]\d* \([1-9]\d* in timeghost, [1-9]\d* in Hubstaff\)",
    r"second sync: 0 writes",
    r"unlinked: [1-9]\d* projects",
    r"relinked: [1-9]\d* projects",
    r"sync after relinking: 0 new tasks, 0 duplicates",
)


def test_the_demo_walks_the_whole_journey_and_says_line_by_line_what_came_of_it(worker: Process, services: Services) -> None:
    demo = services.start("demo", manage("demo"))
    code = services.finish(demo, patience=90)

    assert code == 0, demo.words()
    told = demo.words().splitlines()[-len(LINES) :]
    assert [line for line, wanted in zip(told, LINES, strict=True) if not re.fullmatch(wanted, line)] == []
    linked, unlinked, relinked = (re.sub(r"\D", "", told[number]) for number in (0, 6, 7))
    assert linked == unlinked == relinked
