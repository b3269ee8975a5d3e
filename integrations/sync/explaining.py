"""Why a task is not synced, or what happens with it next: read out of the plan, in words for people. Pure functions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from integrations.sync.situation import LinkedProject, Situation, TaskPair, TimeKey
from integrations.sync.steps import Case, Plan, Step, StepKind
from portal.ui.words import duration_words

WITH_THE_NEXT_SYNC = {
    StepKind.CREATE_TASK: "It is created in {label} with the next sync",
    StepKind.ADOPT_TASK: "Its partner in {label} is taken up with the next sync",
    StepKind.UPDATE_TASK: "Its name or people are changed in {label} with the next sync",
    StepKind.COMPLETE_TASK: "Its completion is changed in {label} with the next sync",
    StepKind.NOTE_TASK: "It is in step",
    StepKind.DELETE_TASK: "It is deleted in {label} with the next sync",
    StepKind.FORGET_TASK: "It is gone on both sides",
}
TIME = frozenset({StepKind.ADD_TIME, StepKind.ADOPT_TIME, StepKind.UPDATE_TIME, StepKind.DELETE_TIME, StepKind.FORGET_TIME})


@dataclass(frozen=True)
class AskedTask:
    """The task on the left that somebody asks about, as the mirror has it."""

    id: str
    name: str
    project_id: str
    project_name: str = ""
    is_gone: bool = False


@dataclass(frozen=True)
class Sentence:
    """A part of the answer: a state of the design system, what is so, why, and what a person can do."""

    state: str
    title: str
    text: str = ""
    advice: str = ""


PAUSED = Sentence(
    "attention",
    "The integration is paused: nothing travels",
    "What follows is what a sync would do.",
    "A manager can resume it on the overview.",
)


@dataclass(frozen=True)
class _Question:
    """A task with what the plan and the situation have about it."""

    task: AskedTask
    situation: Situation
    plan: Plan
    link: LinkedProject | None
    pair: TaskPair | None

    @property
    def ids(self) -> frozenset[str]:
        """The task on both sides."""
        return frozenset({self.task.id, self.pair.right_id if self.pair else self.task.id})

    @property
    def left(self) -> str:
        return self.situation.left.label

    @property
    def right(self) -> str:
        return self.situation.right.label


@dataclass(frozen=True)
class Refusal:
    """A step about the task that a side refused: the name of that side, what it said, what to do, and when it is tried again, in words."""

    label: str
    problem: str
    advice: str
    next_try: str

    def in_words(self) -> Sentence:
        return Sentence(
            "failed", f"{self.label} refused it the last time", self.problem, f"{self.advice} It is tried again {self.next_try}."
        )


def explain(task: AskedTask, situation: Situation, plan: Plan, is_paused: bool = False, refusals: Sequence[Refusal] = ()) -> list[Sentence]:
    """The answer first, then what else is to be known."""
    link = next((link for link in situation.links if link.left_id == task.project_id), None)
    question = _Question(task, situation, plan, link, pair_of(task, situation))
    if link is None:
        return [_not_linked(question)]
    said = [sentence for look in LOOKS for sentence in look(question)]
    is_answered = any(sentence.state != "neutral" for sentence in said)
    before = [*([PAUSED] if is_paused else []), *(refusal.in_words() for refusal in refusals)]
    return [*before, *(said if is_answered else [_at_rest(question), *said])]


def pair_of(task: AskedTask, situation: Situation) -> TaskPair | None:
    """The task and its partner, where it has one."""
    return next((pair for pair in situation.task_pairs if pair.left_id == task.id), None)


def _not_linked(question: _Question) -> Sentence:
    project = f"“{question.task.project_name}”" if question.task.project_name else "Its project"
    return Sentence(
        "attention",
        "Its project is not linked",
        f"{project} has no partner in {question.right}, so nothing of it travels.",
        "Link the project. Its tasks follow with the next sync.",
    )


def _unreadable(question: _Question) -> Iterator[Sentence]:
    entity = question.situation.left.parts.task.entity
    if f"{entity}/{question.task.id}" in question.situation.left.unreadable:
        text = f"{question.left} sent the task in a shape that makes no sense to us."
        yield Sentence("failed", "It cannot be read", text, "Open and save it there once. If it stays so, tell your operator.")


def _project(question: _Question) -> Iterator[Sentence]:
    assert question.link is not None
    link = question.link
    for case in _cases(question, frozenset({link.id})):
        title = "Its project rests" if link.is_resting else "Its project is left out"
        yield Sentence("attention", title, f"“{link.name}” is a {case.reason.one}.", case.reason.advice)
    if not link.right_id and any(step.kind is StepKind.CREATE_PROJECT and step.link == link.id for step in question.plan.steps):
        yield Sentence("neutral", f"Its project is made in {question.right} first", "The next sync does that too.")


def _held(question: _Question) -> Iterator[Sentence]:
    for held in question.plan.held:
        if held.is_question and held.subject in question.ids:
            text = f"{question.left} says “{held.left}”, {question.right} says “{held.right}”."
            yield Sentence("attention", "Both sides were changed, and a person has to choose", text, "Answer under Waiting for you.")
        elif held.subject in question.ids:
            yield Sentence("attention", "It waits for approval", f"{held.title}.", "Answer under Waiting for you.")
        elif held.kind == StepKind.ARCHIVE_PROJECT and question.link and held.link == question.link.id:
            yield Sentence("attention", "Its project waits for approval", f"{held.title}.", "Answer under Waiting for you.")


def _left_out(question: _Question) -> Iterator[Sentence]:
    for case in _cases(question, question.ids):
        yield Sentence("attention", "It is left out", _sentence(case.reason.one), case.reason.advice)


def _steps(question: _Question) -> Iterator[Sentence]:
    for step in question.plan.steps:
        if step.kind in WITH_THE_NEXT_SYNC and _is_about(step, question):
            label = getattr(question.situation, step.side).label
            state = "working" if step.kind.writes else "ok"
            yield Sentence(state, WITH_THE_NEXT_SYNC[step.kind].format(label=label), f"{step.title}.")


def _time(question: _Question) -> Iterator[Sentence]:
    steps = [step for step in question.plan.steps if step.kind in TIME and step.task_id == question.task.id]
    seconds = sum(step.seconds for step in steps if step.kind is not StepKind.DELETE_TIME)
    if steps:
        words = f"{duration_words(seconds)} in {len(steps)} piece{'' if len(steps) == 1 else 's'}"
        yield Sentence("working", f"Its tracked time is written to {question.left} with the next sync", f"{words}.")
    for case in question.plan.cases:
        if question.pair and _task_of_time(case.subject) == question.pair.right_id:
            words = f"{duration_words(case.seconds)}: {case.reason.one}."
            yield Sentence("attention", "Some of its tracked time is left out", words, case.reason.advice)


def _people(question: _Question) -> Iterator[Sentence]:
    task = question.situation.left.tasks.get(question.task.id)
    if question.pair is None and any(_cases(question, question.ids)):
        return  # it does not travel at all
    for person in sorted(task.facts.assignee_ids - question.situation.people.keys()) if task else ():
        known = question.situation.left.people.get(person)
        name = known.facts.name if known else "Somebody who is assigned"
        text = f"The task travels, but {name} is not assigned in {question.right}, and time that {name} tracks on it is not written back."
        yield Sentence("neutral", f"{name} is not connected", text, "Invite them under Users.")


def _at_rest(question: _Question) -> Sentence:
    if question.task.is_gone:
        return Sentence("neutral", f"It is gone in {question.left}", "Nothing of it is left to sync.")
    if question.pair is None:
        text = f"{question.left} does not show it among the tasks of its project any more, or did not yet."
        return Sentence("neutral", "It is not known to the sync yet", text, "Press Sync now: both sides are looked at again.")
    return Sentence("ok", "It is in step", f"Name, people and completion are the same in {question.left} and {question.right}.")


LOOKS: tuple[Callable[[_Question], Iterator[Sentence]], ...] = (_project, _unreadable, _held, _left_out, _steps, _time, _people)


def _cases(question: _Question, subjects: frozenset[str]) -> Iterator[Case]:
    return (case for case in question.plan.cases if case.subject in subjects)


def _sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}."


def _is_about(step: Step, question: _Question) -> bool:
    return step.left_id == question.task.id or (question.pair is not None and step.right_id == question.pair.right_id)


def _task_of_time(subject: str) -> str:
    """The task of a piece of time, by the text of its key; empty for what is none."""
    try:
        return TimeKey.of(subject).task_id
    except ValueError:
        return ""
