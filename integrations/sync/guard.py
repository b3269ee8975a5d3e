"""What goes on by itself and what waits for a person: the guard, what people decided, and what rests."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from hashlib import sha256

from integrations.sync.reasons import DECLINED, STEP_RESTS, TIME_WAITS
from integrations.sync.settle import Verdict
from integrations.sync.situation import Situation
from integrations.sync.steps import Held, LeftOutCases, Reason, Step, StepKind, Why

FEW = 3  # so many go on whatever share of all they are
TASKS = frozenset({StepKind.COMPLETE_TASK, StepKind.DELETE_TASK})
PersonDay = tuple[str, str]


class Gate:
    """Lets steps through, or notes why not: held for a person, declined by one, or resting."""

    def __init__(self, situation: Situation, left_out: LeftOutCases) -> None:
        self.situation, self.answers, self.left_out = situation, situation.answers, left_out
        self.held: list[Held] = []
        self.declined: set[str] = set()
        self.resting: set[str] = set()
        self.answered: set[str] = set()
        self.blocked_days: set[PersonDay | None] = set()  # of written-back time that should get less, and does not now

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

    def block(self, day: date, person: str) -> None:
        """Written-back time of a person's day should get less, and does not now: nor does any of it grow."""
        self.blocked_days.add((day.isoformat(), person))

    def is_resting(self, step: Step) -> bool:
        return bool(self.situation.resting) and step.key in self.situation.resting

    def pass_on(self, steps: Iterable[Step]) -> tuple[Step, ...]:
        """Those that are done now, in their order."""
        wanted = [step for step in steps if not self._rests(step) and not self._is_declined(step)]
        is_large = self._is_large([step for step in wanted if step.is_guarded and not self._is_approved(step)])
        going = [step for step in wanted if not self._is_held(step, is_large)]
        return tuple(self._without_doubled_time(going) if self.blocked_days else going)

    def _rests(self, step: Step) -> bool:
        if not self.is_resting(step):
            return False
        self.resting.add(step.key)
        self._leave_out(STEP_RESTS, step)
        self._block(step)
        return True

    def _is_declined(self, step: Step) -> bool:
        if not step.may_wait or self.answers.get(step.key) != "decline":
            return False
        self.declined.add(step.key)
        self._leave_out(DECLINED, step)
        self._block(step)
        return True

    def _is_approved(self, step: Step) -> bool:
        return self.answers.get(step.key) == "approve"

    def _is_large(self, guarded: list[Step]) -> bool:
        """Whether so many removals and completions wait: with those of the last hour more than the guard allows, so that many small
        syncs pass no more than a large one; or at once too large a share of what is linked.
        """
        tasks = sum(step.kind in TASKS for step in guarded)
        guard, pieces = self.situation.guard, len(guarded) - tasks
        is_large_share = tasks * 100 > guard.percent * len(self.situation.task_pairs)
        is_large_share |= pieces * 100 > guard.percent * len(self.situation.time_pairs)
        is_over = bool(guarded) and len(guarded) + self.situation.guarded_lately > guard.items
        return is_over or (len(guarded) > FEW and is_large_share)

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
        self._block(step)
        return True

    def _block(self, step: Step) -> None:
        if step.shrinks:
            self.blocked_days.add(step.person_day)

    def _without_doubled_time(self, steps: list[Step]) -> list[Step]:
        """Time that moved gets less in one place and more in another: while the former does not go on, nor does what grows that person's
        day.
        """
        going = []
        for step in steps:
            if step.grows and step.person_day in self.blocked_days:
                self.left_out.add(TIME_WAITS, step.right_id, step.grown, step.link)
            else:
                going.append(step)
        return going

    def _leave_out(self, reason: Reason, step: Step) -> None:
        self.left_out.add(reason, step.subject, max(0, step.grown), step.link)


def question(what: str, *, kind: StepKind, subject: str, link: str, title: str, left: str, right: str) -> Held:
    """A question of two values; the same two values are the same question."""
    both = sha256(f"{left}\n{right}".encode()).hexdigest()[:16]
    key = f"question/{what}/{link}/{subject}/{both}"
    return Held(key=key, kind=kind, side="", title=title, why=Why.CONFLICT, subject=subject, link=link, left=left, right=right)
