"""Claiming what is due: across tenants in PostgreSQL, then one row in its own scope.

The claiming function has its owner's rights and returns nothing but ids. A message carries the claim that it was sent under; `take`
exchanges it, so a
doubled or stale message finds that it came too late.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar
from uuid import UUID

import structlog
from django.conf import settings
from django.db import connection, connections, models, transaction
from django.utils import timezone

from portal.organizations.scope import scope
from portal.organizations.walls import definer
from portal.work.models import DueModel, due_models

log = structlog.get_logger(__name__)
Due = TypeVar("Due", bound=DueModel)

CLAIM = """
CREATE OR REPLACE FUNCTION {name}(batch integer, lease interval)
RETURNS TABLE (organization_id uuid, id uuid, claim uuid, together uuid)
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  UPDATE "{table}" AS due SET claim = gen_random_uuid(), claimed_until = now() + lease
  WHERE due.id IN (
    SELECT id FROM "{table}" WHERE due_at <= now() AND (claimed_until IS NULL OR claimed_until < now())
    ORDER BY due_at LIMIT batch FOR UPDATE SKIP LOCKED
  )
  RETURNING due.organization_id, due.id, due.claim, due.{together}
$$
"""
REPLACED = "DROP FUNCTION IF EXISTS {name}(integer, interval)"  # what a function returns cannot be changed
INDEX = 'CREATE INDEX IF NOT EXISTS "{table}_due" ON "{table}" (due_at) WHERE due_at IS NOT NULL'
BATCH = 1000  # rows that are claimed at once


class LostClaim(RuntimeError):
    """The lease ran out and somebody else has taken the row over; whoever sees this must stop at once."""


@dataclass(frozen=True)
class Claimed:
    """One row that is due, as it travels in a message, with others of the same `together` where its model says so."""

    task: str
    organization_id: UUID
    id: UUID
    claim: UUID
    together: UUID


def make_claims(using: str) -> None:
    """Makes the claiming function and the index of every `DueModel`, after every `migrate`."""
    with transaction.atomic(using=using), connections[using].cursor() as cursor:
        for model in due_models():
            for statement in _statements(model):
                cursor.execute(statement)


def _statements(model: type[DueModel]) -> list[str]:
    name, table = _function(model), model._meta.db_table
    function = CLAIM.format(name=name, table=table, together=model.together)
    return [INDEX.format(table=table), REPLACED.format(name=name), *definer(f"{name}(integer, interval)", function)]


def claim_due(model: type[DueModel], batch: int = BATCH) -> list[Claimed]:
    """Claims up to `batch` due rows of any organization in one query, for as long as a message may wait to be taken: a queue that is long
    must not be handed out twice over.
    """
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {_function(model)}(%s, make_interval(secs => %s))", [batch, settings.HAND_OUT_SECONDS])
        return [Claimed(model.task_name, *row) for row in cursor.fetchall()]


def lease() -> timedelta:
    return timedelta(seconds=settings.LEASE_SECONDS)


class Hold(Generic[Due]):
    """A row that is ours until the lease ends. Renew it before each call that takes long; every way out gives it back."""

    def __init__(self, model: type[Due], row_id: UUID, claim: UUID) -> None:
        self.model, self.id, self.claim = model, row_id, claim
        self.was_due_at = self.read().due_at

    def read(self) -> Due:
        with scope():
            return self.model.objects.get(pk=self.id)

    def renew(self, **fields: Any) -> None:
        """Starts the lease anew, and notes how far the work is. Raises `LostClaim` where somebody else has the row."""
        if not self._update(claimed_until=timezone.now() + lease(), **fields):
            raise LostClaim(f"{self.model._meta.label} {self.id}")

    def finish(self, due_at: datetime | None = None, **fields: Any) -> None:
        """Gives the row back after work that went well; it is due again at `due_at`."""
        self._give_back(due_at, failures=0, **fields)

    def postpone(self, due_at: datetime, **fields: Any) -> None:
        """Gives the row back for another try at `due_at`."""
        self._give_back(due_at, failures=models.F("failures") + 1, **fields)

    def rest(self, due_at: datetime | None, **fields: Any) -> None:
        """Gives the row back for later: nothing was done, and nothing went wrong."""
        self._give_back(due_at, **fields)

    def _give_back(self, due_at: datetime | None, **fields: Any) -> None:
        """Somebody may have made the row due anew while we worked on it: that stands."""
        asked_meanwhile = models.Q(due_at__isnull=False) & (~models.Q(due_at=self.was_due_at) if self.was_due_at else models.Q())
        due = models.Case(models.When(asked_meanwhile, then=models.F("due_at")), default=models.Value(due_at, models.DateTimeField()))
        self._update(due_at=due, claim=None, claimed_until=None, **fields)

    def _update(self, **fields: Any) -> bool:
        with scope():
            return bool(self.model.objects.filter(pk=self.id, claim=self.claim).update(**fields))


@contextmanager
def take(model: type[Due], row_id: UUID, claim: UUID) -> Iterator[Hold[Due] | None]:
    """Exchanges the claim of a message for one of our own; gives None where the message came too late.

    An exception that leaves the block postpones the row, so that nothing is ever stuck.
    """
    ours = uuid.uuid4()
    with scope():
        taken = model.objects.filter(pk=row_id, claim=claim).update(claim=ours, claimed_until=timezone.now() + lease())
    if not taken:
        log.info("came too late", model=model._meta.label, id=str(row_id))
        yield None
        return
    hold = Hold(model, row_id, ours)
    try:
        yield hold
    except LostClaim:
        log.warning("lost its claim", model=model._meta.label, id=str(row_id))
    except Exception:
        hold.postpone(hold.read().next_try())
        raise


def take_each(model: type[Due], claims: Sequence[Sequence[str]], work: Callable[[Hold[Due]], None]) -> None:
    """Works on the rows of one message, one after the other; while one is worked on, those behind it are kept from being handed out anew.

    One that fails hurts no other: it is postponed as by `take`, and in the end all failures are raised together.
    """
    waiting = [(UUID(row_id), UUID(claim)) for row_id, claim in claims]
    failures: list[Exception] = []
    for number, (row_id, claim) in enumerate(waiting):
        _keep([kept for _, kept in waiting[number + 1 :]], model)
        try:
            _work_on(model, row_id, claim, work)
        except Exception as error:  # noqa: BLE001  # whatever it is: the others must not wait for it
            failures.append(error)
    if failures:
        raise ExceptionGroup(f"{len(failures)} of {len(waiting)} rows of {model._meta.label}", failures)


def _work_on(model: type[Due], row_id: UUID, claim: UUID, work: Callable[[Hold[Due]], None]) -> None:
    with take(model, row_id, claim) as hold:
        if hold:
            work(hold)


def _keep(claims: Sequence[UUID], model: type[DueModel]) -> None:
    """Has rows that were handed out wait for longer."""
    if claims:
        with scope():
            model.objects.filter(claim__in=claims).update(claimed_until=timezone.now() + timedelta(seconds=settings.HAND_OUT_SECONDS))


@contextmanager
def seize(model: type[Due], row_id: UUID) -> Iterator[Hold[Due] | None]:
    """Takes a row that may not be due at all, so that nobody else works on it meanwhile; gives None where somebody does. Afterwards it is
    due as it was.
    """
    ours, now = uuid.uuid4(), timezone.now()
    free = models.Q(claimed_until=None) | models.Q(claimed_until__lt=now)
    with scope():
        taken = model.objects.filter(free, pk=row_id).update(claim=ours, claimed_until=now + lease())
    if not taken:
        yield None
        return
    hold = Hold(model, row_id, ours)
    try:
        yield hold
    finally:
        hold.rest(hold.was_due_at)


def make_due(row: DueModel, at: datetime | None = None) -> None:
    """Makes a row due, now unless `at` says when, and wakes the sweep when the transaction commits."""
    row.due_at = at or timezone.now()
    type(row).objects.filter(pk=row.pk).update(due_at=row.due_at)
    wake_soon()


def wake_soon() -> None:
    """Wakes the sweep when the transaction commits. Robust: a broker that cannot be reached loses nothing, beat asks for the sweep within
    seconds.
    """
    transaction.on_commit(wake, robust=True)


def wake() -> None:
    """Asks for a sweep now."""
    from portal.work.tasks import sweep

    sweep.apply_async(expires=30, retry=False)


def _function(model: type[DueModel]) -> str:
    return f"claim_{model._meta.db_table}"
