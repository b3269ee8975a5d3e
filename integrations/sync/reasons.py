"""Why things are left out, in words for people, each with what they can do about it."""

from __future__ import annotations

from functools import cache

from integrations.sync.situation import Side
from integrations.sync.steps import PEOPLE, Reason

COMPLETED_BEFORE = Reason("task that was completed before it was linked", "tasks that were completed before they were linked")
COMPLETED_AND_MOVED = Reason(
    "task that was completed and moved: its partner is in the project that it came from",
    "tasks that were completed and moved: their partners are in the projects that they came from",
)
TASKS_OF_NOT_CONNECTED = Reason(
    "person with tasks who is not connected",
    "people with tasks who are not connected",
    "Connect them: then they get their tasks.",
    about=PEOPLE,
)
TIME_OF_NOT_CONNECTED = Reason(
    "person with tracked time who is not connected",
    "people with tracked time who are not connected",
    "Connect them: then their time is written back.",
    about=PEOPLE,
)
NO_TASK = Reason(
    "project with time that is on no linked task",
    "projects with time that is on no linked task",
    "The settings of the integration say where such time goes.",
)
TASK_TO_COME = Reason(
    "project whose task for such time is made first",
    "projects whose tasks for such time are made first",
    "Its time follows at the next sync.",
)
TASK_HOLDS_TIME = Reason("task that holds time without a task", "tasks that hold time without a task")
DAY_NOT_WHOLE = Reason(
    "piece of time on a day that was not seen whole",
    "pieces of time on days that were not seen whole",
    "It is looked at again at the next sync.",
)
LINK_RESTS = Reason(
    "linked project that rests after errors", "linked projects that rest after errors", "It goes on by itself; “Try now” does it at once."
)
STEP_RESTS = Reason(
    "step that was refused and rests", "steps that were refused and rest", "It is tried again by itself; “Try now” does it at once."
)
DECLINED = Reason("change that stays undone by decision", "changes that stay undone by decision")
TIME_WAITS = Reason(
    "piece of time that waits until other time of its day is removed or shortened",
    "pieces of time that wait until other time of their days is removed or shortened",
    "It may be time that moved, which would stand twice. A removal that was declined can be asked again.",
)


@cache
def unreadable(label: str) -> Reason:
    return Reason(f"record of {label} that makes no sense", f"records of {label} that make no sense")


@cache
def cannot(label: str, what: str) -> Reason:
    """`what` is in the words of `Parts.can`."""
    return Reason(f"change that {label} does not take: it cannot {what}", f"changes that {label} does not take: it cannot {what}")


class SideReasons:
    """The reasons that name a side."""

    def __init__(self, side: Side) -> None:
        there = side.label
        self.project_archived = _linked_project(f"archived in {there}", f"Restore it in {there}, or disconnect it.")
        self.project_gone = _linked_project(f"deleted in {there}", "Disconnect it, or link another project.")
        self.project_unseen = _linked_project(f"not seen in {there}", "It is looked for again at the next sync.")
        self.read_only = Reason(
            f"task from another integration of {there}, read-only there", f"tasks from another integration of {there}, read-only there"
        )
        self.task_deleted = Reason(f"task that was deleted in {there}", f"tasks that were deleted in {there}")
        self.task_unseen = Reason(
            f"task that was not seen in {there}", f"tasks that were not seen in {there}", "It is looked for again at the next sync."
        )
        self.task_moved = Reason(
            f"task that was moved in {there} to a project that it is not linked with",
            f"tasks that were moved in {there} to projects that they are not linked with",
            "Link that project, or move the task back.",
        )
        self.person_away = Reason(
            f"connected person who is no active member of {there}",
            f"connected people who are no active members of {there}",
            about=PEOPLE,
        )
        self.time_on_lost_task = Reason(
            f"task with time that is deleted, moved away or not seen in {there}",
            f"tasks with time that are deleted, moved away or not seen in {there}",
        )
        self.time_deleted = Reason(
            f"piece of written-back time that was deleted in {there}", f"pieces of written-back time that were deleted in {there}"
        )
        self.time_unseen = Reason(
            f"piece of written-back time that was not seen in {there}",
            f"pieces of written-back time that were not seen in {there}",
            "It is looked for again at the next sync.",
        )
        untaken = f"tracked time, which {there} does not take"
        self.time_untaken = Reason(untaken, untaken)


def _linked_project(what: str, advice: str) -> Reason:
    return Reason(f"linked project that is {what}", f"linked projects that are {what}", advice)
