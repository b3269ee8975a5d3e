"""The plan: a pure function from a situation to the ordered steps that bring both sides in step.

The same situation always gives the same steps, and the situation that they lead to gives none.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from integrations.sync.plan_tasks import TaskPlanner
from integrations.sync.plan_time import TimePlanner
from integrations.sync.situation import LinkedProject, Situation
from integrations.sync.steps import LeftOutCases, Plan, Reason, Step, StepKind


def plan(situation: Situation) -> Plan:
    """Projects first, then the people in them, tasks, completion, and time last: each step may build on the ones before it."""
    left_out = LeftOutCases()
    _leave_out_unreadable(situation, left_out)
    situation = _with_standing_projects(situation, left_out)
    adopted = adoptable_projects(situation)
    right_of_link = {link.id: link.right_id or adopted.get(link.id, "") for link in situation.links}
    steps = [
        *_projects(situation, adopted, left_out),
        *_members(situation, right_of_link),
        *TaskPlanner(situation, right_of_link, left_out).steps(),
        *TimePlanner(situation, left_out).steps(),
    ]
    return Plan(tuple(steps), (), left_out.all())


def _leave_out_unreadable(situation: Situation, left_out: LeftOutCases) -> None:
    for side in (situation.left, situation.right):
        for record in side.unreadable:
            left_out.add(Reason(f"record of {side.label} that makes no sense", f"records of {side.label} that make no sense"), record)


def _with_standing_projects(situation: Situation, left_out: LeftOutCases) -> Situation:
    """Links whose project on the right is archived or gone rest: everything written there would be refused."""
    resting = Reason(
        f"linked project that is archived or gone in {situation.right.label}",
        f"linked projects that are archived or gone in {situation.right.label}",
    )
    standing = []
    for link in situation.links:
        project = situation.right.projects.get(link.right_id)
        if link.right_id and (project is None or not project.facts.is_active):
            left_out.add(resting, link.id)
        else:
            standing.append(link)
    return replace(situation, links=tuple(standing))


def adoptable_projects(situation: Situation) -> dict[str, str]:
    """Projects on the right that carry the mark of a link without a right side, by the link's id."""
    by_mark = {each.facts.mark: id_ for id_, each in situation.right.projects.items() if each.facts.mark and each.facts.is_active}
    taken = {link.right_id for link in situation.links if link.right_id}
    marks = {link.id: situation.mark(link.left_id) for link in situation.links if not link.right_id}
    return {link: by_mark[mark] for link, mark in marks.items() if mark in by_mark and by_mark[mark] not in taken}


def wanted_members(situation: Situation) -> tuple[str, ...]:
    """The people of the right side who belong into every linked project."""
    return tuple(sorted(set(situation.people.values()))) if situation.adds_members else ()


def _projects(situation: Situation, adopted: dict[str, str], left_out: LeftOutCases) -> Iterator[Step]:
    for link in situation.links:
        if link.right_id:
            continue
        if link.id in adopted:
            yield _adopt_project(link, adopted[link.id])
        elif link.left_id in situation.left.projects:
            yield _create_project(situation, link)
        else:
            there = situation.left.label
            left_out.add(Reason(f"project that is gone in {there}", f"projects that are gone in {there}"), link.id)


def _adopt_project(link: LinkedProject, right_id: str) -> Step:
    title = f"Take up the project “{link.name}”, which was made for this one before"
    return Step(kind=StepKind.ADOPT_PROJECT, side="right", title=title, link=link.id, left_id=link.left_id, right_id=right_id)


def _create_project(situation: Situation, link: LinkedProject) -> Step:
    name = situation.left.projects[link.left_id].facts.name
    return Step(
        kind=StepKind.CREATE_PROJECT,
        side="right",
        title=f"Create the project “{name}” in {situation.right.label}",
        link=link.id,
        left_id=link.left_id,
        name=name,
        member_ids=wanted_members(situation),
        mark=situation.mark(link.left_id),
    )


def _members(situation: Situation, right_of_link: dict[str, str]) -> Iterator[Step]:
    if situation.right.parts.project.add_members is None:
        return
    wanted = wanted_members(situation)
    for link in situation.links:
        missing = tuple(person for person in wanted if person not in link.member_ids)
        if missing and right_of_link[link.id]:
            people = "1 person" if len(missing) == 1 else f"{len(missing)} people"
            yield Step(
                kind=StepKind.ADD_MEMBERS,
                side="right",
                title=f"Add {people} to the project “{link.name}”",
                link=link.id,
                right_id=right_of_link[link.id],
                member_ids=missing,
            )
