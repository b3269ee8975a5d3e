"""`manage.py demo`, as `make demo` runs it."""

from __future__ import annotations

import json

import pytest

from portal.launch.services import manage
from tests.live.services import Process, Services

pytestmark = pytest.mark.worker


def test_the_demo_walks_the_whole_journey_and_ends_well(worker: Process, services: Services) -> None:
    demo = services.start("demo", manage("demo", "--json"))
    code = services.finish(demo, patience=90)

    assert code == 0, demo.words()
    told = json.loads(demo.words().splitlines()[-1])
    assert told["second_sync_writes"] == 0
    assert told["relink_duplicates"] == 0
    made = {name: told[name] for name in ("projects_linked", "users_linked", "tasks_created", "completions", "seconds_written_back")}
    assert min(made.values()) > 0, made
