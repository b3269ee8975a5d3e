"""What the planners of projects, tasks and time share while they make one plan."""

from __future__ import annotations

from dataclasses import dataclass, field

from integrations.sync.guard import Gate
from integrations.sync.reasons import SideReasons
from integrations.sync.situation import Side, Situation
from integrations.sync.steps import LeftOutCases, Reason


@dataclass
class Planning:
    """`open_projects` are the links whose tasks are synced, with their project on the right, empty where this plan makes it;
    `right_projects` are all that do not rest, for time: it is written back from archived projects as well.
    """

    situation: Situation
    left_out: LeftOutCases = field(default_factory=LeftOutCases)
    open_projects: dict[str, str] = field(default_factory=dict)
    right_projects: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.gate = Gate(self.situation, self.left_out)
        self.reasons = {"left": SideReasons(self.situation.left), "right": SideReasons(self.situation.right)}

    def side(self, side: str) -> Side:
        return self.situation.left if side == "left" else self.situation.right

    def leave_out(self, reason: Reason, subject: str, link: str = "", seconds: int = 0) -> None:
        self.left_out.add(reason, subject, seconds, link)
