"""Which organization the running code may see.

`bind` says for whom a task works; `scope` opens a transaction in which that organization's rows, and no others, can be read and written.
Both walls follow it: the managers of `TenantModel` and PostgreSQL's row-level security.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from uuid import UUID

import structlog
from django.conf import settings
from django.db import connection, transaction

SETTING = "app.organization_id"

log = structlog.get_logger(__name__)


class NoScope(RuntimeError):
    """Rows of a tenant were asked for while no organization's scope was open."""


class _Operator:
    """Stands in the place of an organization while the operator's door is open."""


OPERATOR = _Operator()
_bound: ContextVar[UUID | None] = ContextVar("bound_organization", default=None)
_open: ContextVar[UUID | _Operator | None] = ContextVar("open_scope", default=None)


def current_organization_id() -> UUID:
    """The organization whose scope is open. Raises `NoScope` where there is none."""
    current = _open_organization_id()
    if current is None:
        raise NoScope("No organization's scope is open: wrap this in `with scope(organization_id):`.")
    return current


def bound_organization_id() -> UUID:
    """The organization that the running task works for. Raises `NoScope` where there is none."""
    bound = _bound.get()
    if bound is None:
        raise NoScope("This code works for no organization: call it from an OrganizationTask or within `bind()`.")
    return bound


def _open_organization_id() -> UUID | None:
    current = _open.get()
    return current if isinstance(current, UUID) else None


def operator_door_is_open() -> bool:
    return _open.get() is OPERATOR


@contextmanager
def bind(organization_id: UUID) -> Iterator[None]:
    """Says for whom the code within works, without touching the database: `scope()` without a name then means this organization."""
    token = _bound.set(organization_id)
    try:
        with structlog.contextvars.bound_contextvars(organization_id=str(organization_id)):
            yield
    finally:
        _bound.reset(token)


@contextmanager
def scope(organization_id: UUID | None = None) -> Iterator[None]:
    """Opens a transaction that sees one organization: the one that is named, else the one whose scope is open, else the one that is bound.

    Within the same scope it does nothing, so that services may open it freely.
    """
    target = organization_id or _open_organization_id() or bound_organization_id()
    if _open.get() == target:
        yield
        return
    with transaction.atomic():
        previous = _set(str(target))
        token = _open.set(target)
        try:
            yield
        finally:
            _open.reset(token)
        _set(previous)  # a released savepoint would leak the setting outward; a rolled-back one restores it by itself


@contextmanager
def operator_scope(person: str, reason: str) -> Iterator[None]:
    """The operator's door: within it the rows of all organizations are visible, through a database role of its own. Each opening is
    logged.
    """
    log.info("operator door opened", person=person, reason=reason)
    with transaction.atomic():
        _execute(f'SET LOCAL ROLE "{settings.DATABASE_OPERATOR_ROLE}"')
        token = _open.set(OPERATOR)
        try:
            yield
        finally:
            _open.reset(token)
        _execute("SET LOCAL ROLE NONE")


def _set(value: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(current_setting(%s, true), ''), set_config(%s, %s, true)", [SETTING, SETTING, value])
        return str(cursor.fetchone()[0])


def _execute(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)
