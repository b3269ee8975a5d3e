"""Several workers at once: threads with database connections and commits of their own."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar
from uuid import UUID

from django.db import connections

from portal.organizations.scope import bind

Result = TypeVar("Result")
PATIENCE = 20


def at_once(organization_id: UUID, *works: Callable[[], Result]) -> list[Result]:
    """Does each work in a thread of its own, bound to the organization, and gives what they gave. The first failure is raised."""

    def do(work: Callable[[], Result]) -> Result:
        try:
            with bind(organization_id):
                return work()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(works)) as pool:
        return [future.result(PATIENCE) for future in [pool.submit(do, work) for work in works]]
