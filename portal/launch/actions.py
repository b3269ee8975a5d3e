"""What each command does, once the packages are there to do it with."""

from __future__ import annotations

from collections.abc import Callable

from portal.launch.checks import check_everything
from portal.launch.processes import Processes
from portal.launch.running import demo, run
from portal.launch.settings import Settings
from portal.launch.testing import print_test_environment, stop_test_database
from portal.launch.upkeep import format_everything, pin_everything

Action = Callable[[Settings, Processes, list[str]], int]


def _setup(settings: Settings, processes: Processes, words: list[str]) -> int:
    return 0  # to come here was all


ACTIONS: dict[str, Action] = {
    "run": run,
    "demo": demo,
    "setup": _setup,
    "test": check_everything,
    "format": format_everything,
    "requirements": pin_everything,
    "test-database": print_test_environment,
    "stop-test-database": stop_test_database,
}
