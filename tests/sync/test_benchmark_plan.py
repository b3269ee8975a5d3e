"""The benchmark of the plan: its made-up situations are what they say."""

from __future__ import annotations

from io import StringIO

from django.core.management import call_command

from integrations.sync.management.commands.benchmark_plan import unchanged_situation
from integrations.sync.plan import plan


def test_the_benchmark_prints_a_row_for_each_situation_and_size() -> None:
    out = StringIO()
    call_command("benchmark_plan", "--tasks", "200", "400", stdout=out)
    rows = [line.split()[:-2] for line in out.getvalue().splitlines()[1:]]
    assert rows == [
        ["unchanged", "200", "0"],
        ["first", "sync", "200", "202"],
        ["1", "%", "changed", "200", "2"],
        ["unchanged", "400", "0"],
        ["first", "sync", "400", "404"],
        ["1", "%", "changed", "400", "4"],
    ]


def test_ten_thousand_unchanged_tasks_are_no_step_and_nothing_is_left_out() -> None:
    made = plan(unchanged_situation(10_000))
    assert (made.steps, made.held, made.cases) == ((), (), ())
