"""The plan: a pure function from a situation to the ordered steps that bring both sides in step.

The same situation always gives the same steps, and the situation that they lead to gives none.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from integrations.sync import reasons
from integrations.sync.plan_projects import ProjectPlanner
from integrations.sync.plan_removals import RemovalPlanner
from integrations.sync.plan_tasks import TaskPlanner
from integrations.sync.plan_time import TimePlanner
from integrations.sync.planning import Planning
from integrations.sync.situation import Situation
from integrations.sync.steps import Plan, Step


def plan(situation: Situation) -> Plan:
    """Projects first, then the people in them, tasks, completion, and time last: each step may build on the ones before it. The most used
    projects come first.
    """
    links = tuple(sorted(situation.links, key=lambda link: -link.usage))
    planning = Planning(replace(situation, links=links))
    _leave_out_unreadable(planning)
    gate = planning.gate
    steps = gate.pass_on(_steps(planning))
    return Plan(
        steps=tuple(_with_right_of_link(steps, situation)),
        held=tuple(gate.held),
        cases=planning.left_out.all(),
        declined=frozenset(gate.declined),
        resting=frozenset(gate.resting),
        answered=frozenset(gate.answered),
    )


def _with_right_of_link(steps: Iterable[Step], situation: Situation) -> Iterator[Step]:
    """What each link was when the plan was made, so that who carries it out sees that it was linked anew meanwhile."""
    right_of = {link.id: link.right_id for link in situation.links}
    return (replace(step, link_right_id=right_of[step.link]) for step in steps)


def _steps(planning: Planning) -> Iterator[Step]:
    yield from ProjectPlanner(planning).steps()
    tasks = TaskPlanner(planning)
    yield from tasks.steps()
    yield from RemovalPlanner(planning, tasks).steps()
    yield from TimePlanner(planning).steps()


def _leave_out_unreadable(planning: Planning) -> None:
    for side in (planning.situation.left, planning.situation.right):
        for record in side.unreadable:
            planning.leave_out(reasons.unreadable(side.label), record)
