"""A provider that answers as it is told, for what a real one does too seldom; and looks at what a run left behind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any, cast
from uuid import UUID

from integrations.connections.models import Connection
from integrations.connections.services import OpenConnection
from integrations.operations.models import Run
from integrations.operations.running import ask
from integrations.records.models import Record
from portal.organizations.scope import scope

MADE = {"id": 7, "name": "Website relaunch", "status": "active"}


class OtherSide:
    """Takes calls and answers them as it is told: with a record, or by raising; with several answers, one after the other."""

    def __init__(self, *answers: Any) -> None:
        self.answer, *self.following = answers or (MADE,)
        self.calls: list[tuple[str, dict[str, Any]]] = []

    def call(self, operation: str, inputs: Mapping[str, Any]) -> Any:
        self.calls.append((operation, dict(inputs)))
        answer = self.answer() if callable(self.answer) else self.answer
        self.answer, *self.following = [*self.following, self.answer]
        if isinstance(answer, Exception):
            raise answer
        return answer

    def on_behalf_of(self, run_id: UUID) -> AbstractContextManager[None]:
        return nullcontext()

    @property
    def opened(self) -> OpenConnection:
        return cast(OpenConnection, self)


Work = Callable[[Run, OtherSide], str]


def asked(connection: Connection, operation: str = "create_project", **fields: Any) -> Run:
    with scope():
        return ask(Run(connection=connection, operation=operation, **{"inputs": {"name": "Website relaunch"}, **fields}))


def now(run: Run) -> Run:
    """The run as it stands."""
    with scope():
        return Run.objects.select_related("connection").get(pk=run.pk)


def outcomes(run: Run) -> list[tuple[int, str, str]]:
    with scope():
        return [(attempt.number, attempt.outcome, attempt.message) for attempt in run.attempts.all()]


def mirrored() -> dict[str, Any]:
    with scope():
        return {record.remote_id: record.data for record in Record.objects.filter(removed_at=None)}


def told(run: Run) -> Any:
    """What came of a run."""
    return run.output
