"""Running a declared operation: the only way in which anything is written to a provider.

A run that ended as *unknown* lost its answer: whoever needs it must look at the other side before it is repeated.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from integrations.catalogue import InvalidInput
from integrations.connections.sealing import SealBroken
from integrations.connections.services import OpenConnection
from integrations.operations.mirroring import look_again, mirror, read_anew
from integrations.operations.models import Attempt, Run, RunFile
from integrations.operations.outcomes import Outcome, outcome_of
from integrations.operations.queries import declared
from integrations.transport.answers import File
from integrations.transport.errors import Forbidden, LostAnswer, NotFound, ProviderError, Refused, SignedOut, StaleVersion, Throttled
from portal.organizations.scope import scope

After = Callable[[Any], None]
SETTLED = (Run.State.DONE, Run.State.REFUSED, Run.State.UNKNOWN)
NO_USE_REPEATING = (Refused, Forbidden, NotFound, StaleVersion)
INTERRUPTED = "It was stopped in the middle. Look at the other side before you run it again."
UNREADABLE = "It cannot be read any more, because the portal's keys have changed. Sign in again."


def ask(run: Run) -> Run:
    """The run of this key: the one that stands, or this one, saved. Needs a scope."""
    if not run.key:
        return _saved(run)
    try:
        with transaction.atomic():
            return _standing(run.key) or _saved(run)
    except IntegrityError:  # somebody else asked in the same moment
        return _standing(run.key) or _saved(run)


def perform(run: Run, opened: OpenConnection, after: After = lambda output: None) -> Run:
    """Makes one attempt, outside of any transaction. What `after` writes is committed together with the run's end, if it was done.

    Raises `ProviderError` for what may pass by itself or asks for a new sign-in; for everything else the run's state and message say it.
    """
    with opened.on_behalf_of(run.pk):
        return _perform(run, opened, after)


def _perform(run: Run, opened: OpenConnection, after: After) -> Run:
    attempt = _begin(run)
    try:
        answer = _answer(run, opened)
    except InvalidInput as invalid:
        return _end(run, attempt, Outcome(Run.State.REFUSED, None, str(invalid)), errors=invalid.errors)
    except LostAnswer as lost:
        state = Run.State.FAILED if run.only_reads else Run.State.UNKNOWN
        return _end(run, attempt, Outcome(state, None, str(lost)), fault=lost.kind)
    except NO_USE_REPEATING as refused:
        if isinstance(refused, StaleVersion):
            look_again(run, opened)
        return _end(run, attempt, Outcome(Run.State.REFUSED, None, str(refused)), errors=_at_fields(run, refused), fault=refused.kind)
    except ProviderError as error:
        _end(run, attempt, Outcome(Run.State.FAILED, None, str(error)), fault=error.kind)
        raise
    if _keep(run, attempt, answer, after):
        read_anew(run, opened, run.pk)
    return run


def _answer(run: Run, opened: OpenConnection) -> Any:
    try:
        return opened.call(run.operation, run.inputs)
    except SealBroken as broken:  # before anything was sent
        raise SignedOut(UNREADABLE) from broken


def _keep(run: Run, attempt: Attempt, answer: Any, after: After) -> bool:
    """Ends a run that was answered. Says whether the mirror is still old."""
    outcome, is_old = outcome_of(answer), False
    with scope():
        if outcome.state == Run.State.DONE:
            is_old = mirror(run, answer)
            after(answer)
        if outcome.file:
            _keep_file(run, outcome.file)
        _end(run, attempt, outcome)
    return is_old


def _keep_file(run: Run, file: File) -> None:
    facts = {"name": file.name[:200], "media_type": file.media_type[:200], "content": file.content}
    RunFile.objects.update_or_create(run=run, defaults=facts)


def _at_fields(run: Run, refused: ProviderError) -> dict[str, str]:
    """What the provider said of single inputs, by our names for them; of anything else its message tells."""
    found = {run.declaration.field_at(wire): words for wire, words in refused.fields.items()}
    return {name: words for name, words in found.items() if name}


def _standing(key: str) -> Run | None:
    return Run.objects.filter(key=key).select_related("connection").first()


def _saved(run: Run) -> Run:
    run.save()
    return run


def is_settled(run: Run) -> bool:
    """Whether it has ended for good. One that failed is settled if it was answered, as a raw call is whatever the status; else its call
    went wrong in a way that may pass.
    """
    return run.state in SETTLED or (run.state == Run.State.FAILED and not run.fault)


def interrupted(run: Run) -> bool:
    """Whether an attempt was under way when its worker died."""
    return run.state == Run.State.RUNNING


def _begin(run: Run) -> Attempt:
    with scope():
        number = run.attempts.count() + 1
        run.state, run.began_at = Run.State.RUNNING, run.began_at or timezone.now()
        run.save(update_fields=["state", "began_at"])
        return Attempt.objects.create(run=run, number=number)


def _end(run: Run, attempt: Attempt | None, outcome: Outcome, fault: str = "", errors: dict[str, str] | None = None) -> Run:
    now = timezone.now()
    with scope():
        if attempt:
            Attempt.objects.filter(pk=attempt.pk).update(outcome=outcome.state, message=outcome.message, ended_at=now)
        run.state, run.message, run.output, run.ended_at = outcome.state, outcome.message, outcome.output, now
        run.fault, run.errors = fault, errors or {}
        run.save(update_fields=["state", "message", "output", "ended_at", "fault", "errors", "seen"])
    return run


def repeat(run_id: UUID, opened: OpenConnection) -> Run:
    """Attempts a run again, or for the first time, as the task of a due run does. One that is settled stays as it is: its worker may have
    died after the run had ended.
    """
    with scope():
        run = Run.objects.select_related("connection").get(pk=run_id)
    if is_settled(run):
        return run
    if interrupted(run) and not run.only_reads:
        with scope():
            attempt = run.attempts.latest("number")
        return _end(run, attempt, Outcome(Run.State.UNKNOWN, None, INTERRUPTED))
    return perform(run, opened)


def wait(run_id: UUID, error: Throttled) -> None:
    """Lets a run wait that was certainly not done: there was no call left for it, or the provider asks for a pause."""
    with scope():
        waiting = Run.objects.filter(pk=run_id).exclude(state__in=(*SETTLED, Run.State.RUNNING))
        waiting.update(state=Run.State.WAITING, message=str(error), fault=error.kind, ended_at=None)


def give_up(run_id: UUID, message: str, fault: str = "") -> None:
    """Ends a run that nobody goes on with, so that nobody waits for it. A write that was under way may have been done."""
    with scope():
        run = Run.objects.select_related("connection").filter(pk=run_id).first()
        if run is None or run.has_ended:
            return
        operation = declared(run)
        may_be_done = interrupted(run) and not (operation and operation.only_reads(run.inputs))
        outcome = Outcome(Run.State.UNKNOWN, None, INTERRUPTED) if may_be_done else Outcome(Run.State.FAILED, None, message)
        _end(run, run.attempts.filter(ended_at=None).last(), outcome, "" if may_be_done else fault)
