"""What goes on by itself and what waits for a person: the guard, what people decided, and what rests."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from hashlib import sha256

from integrations.sync.reasons import DECLINED, STEP_RESTS, TIME_WAITS
from integrations.sync.settle import Verdict
from integrations.sync.situation import Situation
from integrations.sync.steps import Held, LeftOutCases, Reason, Step, StepKind, Why

FEW = 3  # so many go on whatever share of all they are
TASKS = frozenset({StepKind.COMPLETE_TASK, StepKind.DELETE_TASK})
TIME = frozenset({StepKind.ADD_TIME, StepKind.UPDATE_TIME})


class Gate:
    """Lets steps through, or notes why not: held for a person, declined by one, or resting."""

    def __init__(self, situation: Situation, left_out: LeftOutCases) -> None:
        self.situation, self.answers, self.left_out = situation, situation.answers, left_out
        self.held: list[Held] = []
        self.declined: set[str] = set()
        self.resting: set[str] = set()
        self.answered: set[str] = set()
        self.blocked_days: set[str] = set()  # person and day of removals of time that do not go on now
        self.blocked_slots: set[str] = set()  # person, day and task of declined ones

    def ask(self, question: Held) -> Verdict:
        """What a person decided about two values; without an answer it waits, and stays a conflict."""
        answer = self.answers.get(question.key, "")
        if answer in {"left", "right"}:
            self.answered.add(question.key)
            return Verdict(answer)
        if answer == "decline":
            self.declined.add(question.key)
            self.left_out.add(DECLINED, question.subject, link=question.link)
        else:
            self.held.append(question)
        return Verdict.CONFLICT

    def is_resting(self, step: Step) -> bool:
        return bool(self.situation.resting) and step.key in self.situation.resting

    def pass_on(self, steps: Iterable[Step]) -> tuple[Step, ...]:
        """Those that are done now, in their order."""
        wanted = [step for step in steps if not self._rests(step) and not self._is_declined(step)]
        is_large = self._is_large([step for step in wanted if step.is_guarded and not self._is_approved(step)])
        going = [step for step in wanted if not self._is_held(step, is_large)]
        return tuple(self._without_doubled_time(going) if self.blocked_days or self.blocked_slots else going)

    def _rests(self, step: Step) -> bool:
        if not self.is_resting(step):
            return False
        self.resting.add(step.key)
        self._leave_out(STEP_RESTS, step)
        self._block(step, self.blocked_days, 2)
        return True

    def _is_declined(self, step: Step) -> bool:
        if not step.may_wait or self.answers.get(step.key) != "decline":
            return False
        self.declined.add(step.key)
        self._leave_out(DECLINED, step)
        self._block(step, self.blocked_slots, 3)
        return True

    def _is_approved(self, step: Step) -> bool:
        return self.answers.get(step.key) == "approve"

    def _is_large(self, guarded: list[Step]) -> bool:
        """Whether so many removals and completions at once wait: more than the guard allows, or too large a share of what is linked."""
        tasks = sum(step.kind in TASKS for step in guarded)
        guard, pieces = self.situation.guard, len(guarded) - tasks
        is_large_share = tasks * 100 > guard.percent * len(self.situation.task_pairs)
        is_large_share |= pieces * 100 > guard.percent * len(self.situation.time_pairs)
        return len(guarded) > guard.items or (len(guarded) > FEW and is_large_share)

    def _is_held(self, step: Step, is_large: bool) -> bool:
        """What waited once goes on waiting until somebody decides, also when others of its kind were declined."""
        if not step.may_wait or self._is_approved(step):
            return False
        if not (step.kind.always_waits or is_large or step.key in self.answers):
            return False
        why = Why.ALWAYS if step.kind.always_waits else Why.GUARD
        self.held.append(
            Held(key=step.key, kind=step.kind, side=step.side, title=step.title, why=why, subject=step.subject, link=step.link)
        )
        self._block(step, self.blocked_days, 2)
        return True

    def _block(self, step: Step, blocked: set[str], parts: int) -> None:
        if step.kind is StepKind.DELETE_TIME:
            blocked.add(_first(step.right_id, parts))

    def _without_doubled_time(self, steps: list[Step]) -> list[Step]:
        """Time that moved is removed in one place and added in another: while the removal does not go on, nor does what grows that day."""
        going = []
        for step in steps:
            growth = self._growth(step)
            if growth > 0 and (_first(step.right_id, 2) in self.blocked_days or _first(step.right_id, 3) in self.blocked_slots):
                self.left_out.add(TIME_WAITS, step.right_id, growth, step.link)
            else:
                going.append(step)
        return going

    def _leave_out(self, reason: Reason, step: Step) -> None:
        self.left_out.add(reason, step.subject, self._growth(step), step.link)

    def _growth(self, step: Step) -> int:
        """The seconds by which a step would make written-back time longer."""
        return max(0, step.seconds - self._written.get(step.right_id, 0)) if step.kind in TIME else 0

    @cached_property
    def _written(self) -> dict[str, int]:
        return {str(pair.key): pair.seconds for pair in self.situation.time_pairs if pair.left_id}


def _first(text: str, parts: int) -> str:
    """The beginning of a time key's text: its day and person, and its task."""
    return "/".join(text.split("/")[:parts])


def question(what: str, *, kind: StepKind, subject: str, link: str, title: str, left: str, right: str) -> Held:
    """A question of two values; the same two values are the same question."""
    both = sha256(f"{left}\n{right}".encode()).hexdigest()[:16]
    key = f"question/{what}/{link}/{subject}/{both}"
    return Held(key=key, kind=kind, side="", title=title, why=Why.CONFLICT, subject=subject, link=link, left=left, right=right)
