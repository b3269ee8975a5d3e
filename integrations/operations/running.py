"""Running a declared operation: the only way in which anything is written to a provider.

A run that ended as *unknown* lost its answer: whoever needs it must look at the other side before it is repeated.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from integrations.catalogue import InvalidInput, Kind
from integrations.catalogue.entities import read
from integrations.connections.services import OpenConnection
from integrations.operations.models import Attempt, Run
from integrations.records.collecting import keep_written
from integrations.transport.errors import BadAnswer, Forbidden, LostAnswer, NotFound, ProviderError, Refused, StaleVersion
from portal.organizations.scope import scope

After = Callable[[Any], None]
SETTLED = (Run.State.DONE, Run.State.REFUSED, Run.State.UNKNOWN)
NO_USE_REPEATING = (Refused, Forbidden, NotFound, StaleVersion)


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
    """Makes one attempt, outside of any transaction. What `after` writes is committed together with the run's end.

    Raises nothing for what a provider answers: the run's state and message say it.
    """
    attempt = _begin(run)
    try:
        output = opened.call(run.operation, run.inputs)
    except InvalidInput as invalid:
        return _end(run, attempt, Run.State.REFUSED, str(invalid))
    except LostAnswer as lost:
        return _end(run, attempt, Run.State.FAILED if run.declaration.kind.reads else Run.State.UNKNOWN, str(lost))
    except NO_USE_REPEATING as refused:
        return _end(run, attempt, Run.State.REFUSED, str(refused))
    except ProviderError as error:
        _end(run, attempt, Run.State.FAILED, str(error))
        raise
    with scope():
        _mirror(run, output)
        after(output)
        return _end(run, attempt, Run.State.DONE, "", output)


def _standing(key: str) -> Run | None:
    return Run.objects.filter(key=key).select_related("connection").first()


def _saved(run: Run) -> Run:
    run.save()
    return run


def interrupted(run: Run) -> bool:
    """Whether an attempt was under way when its worker died."""
    return run.state == Run.State.RUNNING


def _begin(run: Run) -> Attempt:
    with scope():
        number = run.attempts.count() + 1
        run.state, run.began_at = Run.State.RUNNING, run.began_at or timezone.now()
        run.save(update_fields=["state", "began_at"])
        return Attempt.objects.create(run=run, number=number)


def _end(run: Run, attempt: Attempt, state: Run.State, message: str, output: Any = None) -> Run:
    now = timezone.now()
    with scope():
        Attempt.objects.filter(pk=attempt.pk).update(outcome=state, message=message, ended_at=now)
        run.state, run.message, run.output, run.ended_at = state, message, output, now
        run.save(update_fields=["state", "message", "output", "ended_at"])
    return run


def _mirror(run: Run, output: Any) -> None:
    """A write that answers with its record shows in the mirror at once."""
    entity = run.connection.declaration.entity(run.declaration.entity)
    if run.declaration.kind not in {Kind.CREATE, Kind.UPDATE} or not isinstance(output, dict) or not entity.collect:
        return
    each = str(read(entity.parent, output) or "") if entity.collect.each and entity.parent else ""
    # An answer that does not read as a record leaves the mirror to the next walk: the write was done all the same.
    with suppress(BadAnswer):
        keep_written(run.connection, entity, output, each)


def repeat(run_id: UUID, opened: OpenConnection) -> Run:
    """Attempts a run again, or for the first time, as the task of a due run does. One that is settled stays as it is: its worker may have
    died after the run had ended.
    """
    with scope():
        run = Run.objects.select_related("connection").get(pk=run_id)
    if run.state in SETTLED:
        return run
    if interrupted(run) and not run.declaration.kind.reads:
        with scope():
            attempt = run.attempts.latest("number")
        return _end(
            run, attempt, Run.State.UNKNOWN, "The worker stopped in the middle of this. Look at the other side before you run it again."
        )
    return perform(run, opened)


def give_up(run_id: UUID, error: ProviderError) -> None:
    """Ends a run that could not even be tried, so that nobody waits for it."""
    with scope():
        waiting = Run.objects.filter(pk=run_id, state=Run.State.WAITING)
        waiting.update(state=Run.State.FAILED, message=str(error), ended_at=timezone.now())
