"""What the pages of the history ask."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db.models import Count, OuterRef, QuerySet, Subquery

from integrations.catalogue import Kind, Operation
from integrations.connections.models import Connection
from integrations.operations.models import Attempt, Run
from integrations.providers import UnknownProvider
from integrations.records.cards import words_of

ORIGINS = {"person": "A person", "sync": "A sync", "trigger": "A trigger", "automation": "An automation", "command": "The command line"}
BADGES = {
    Run.State.WAITING: "neutral",
    Run.State.RUNNING: "working",
    Run.State.DONE: "ok",
    Run.State.REFUSED: "failed",
    Run.State.FAILED: "failed",
    Run.State.UNKNOWN: "attention",
}
ENDED_BADLY = frozenset({Run.State.REFUSED, Run.State.FAILED, Run.State.UNKNOWN})


@dataclass(frozen=True)
class Filters:
    """What a person asked to see of the history."""

    chosen: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, query: Mapping[str, str]) -> Filters:
        known = {"state": set(Run.State.values), "origin": set(ORIGINS)}
        chosen = {name: value for name, values in known.items() if (value := query.get(name, "")) in values}
        return cls({**chosen, **_connection(query.get("connection", ""))})

    def narrow(self, runs: QuerySet[Run]) -> QuerySet[Run]:
        return runs.filter(**self.chosen)

    def __bool__(self) -> bool:
        return bool(self.chosen)


def history(filters: Filters) -> QuerySet[Run]:
    """Runs as the list shows them, with the number of their tries, and without what went in and came out."""
    tries = Attempt.objects.filter(run=OuterRef("pk")).order_by().values("run").annotate(count=Count("pk")).values("count")
    runs = Run.objects.select_related("connection", "asked_by").annotate(tries=Subquery(tries))
    return filters.narrow(runs).defer("inputs", "output", "seen", "errors")


def declared(run: Run) -> Operation | None:
    """The operation's declaration; None where the provider does not have it any more."""
    try:
        return run.connection.declaration.operation_by_name.get(run.operation)
    except UnknownProvider:
        return None


def name_of(run: Run) -> str:
    """What a run is called: by whoever asked for it, or by its declaration."""
    operation = declared(run)
    return run.title or (operation.label if operation else words_of(run.operation))


def may_be_tried_again(run: Run) -> bool:
    """Runs with a key belong to a sync, which looks at both sides first and does by itself what is still missing. One that is stale is
    sent with the newest version instead.
    """
    return run.state in ENDED_BADLY and run.due_at is None and not run.is_stale and not run.key and declared(run) is not None


def may_be_changed(run: Run) -> bool:
    """Whether its form may be filled in once more, with what was asked then."""
    return run.has_ended and run.due_at is None and not run.key and declared(run) is not None


def may_be_repeated(run: Run) -> bool:
    """Whether it may be asked for again just so. A deletion asks first, and what may have been done already is looked for first."""
    operation = declared(run)
    return may_be_changed(run) and operation is not None and not is_doubtful(run) and not asks_first(operation, run.inputs)


def asks_first(operation: Operation, inputs: Mapping[str, Any]) -> bool:
    """Whether it deletes something, and so asks before it is sent."""
    return operation.kind is Kind.DELETE or (operation.kind is Kind.CALL and inputs.get("method") == "DELETE")


def is_doubtful(run: Run) -> bool:
    """Whether a write may have been done although nobody knows: a person has to look before it is sent again."""
    operation = declared(run)
    return run.state == Run.State.UNKNOWN and not (operation and operation.only_reads(run.inputs))


def is_live(run: Run) -> bool:
    """Whether something will still happen to the run by itself."""
    return not run.has_ended or run.due_at is not None


def _connection(text: str) -> dict[str, Any]:
    """A connection's id from an address; one of another organization simply finds nothing."""
    try:
        return {"connection": UUID(text)}
    except ValueError:
        return {}


def connections() -> QuerySet[Connection]:
    return Connection.objects.order_by("name")
