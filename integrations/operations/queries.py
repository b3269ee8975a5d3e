"""What the pages of the history ask."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from integrations.catalogue import Operation, Pick
from integrations.connections.models import Connection
from integrations.operations.models import Run
from integrations.providers import UnknownProvider
from integrations.records.cards import Line, line_of, words_of
from integrations.records.queries import Name, titles_of

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
    """Runs as the list shows them: without what went in and came out."""
    return filters.narrow(Run.objects.select_related("connection", "asked_by")).defer("inputs", "output")


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
    """Runs with a key belong to a sync, which looks at both sides first and does by itself what is still missing."""
    return run.state in ENDED_BADLY and run.due_at is None and not run.key and declared(run) is not None


def is_doubtful(run: Run) -> bool:
    """Whether a write may have been done although nobody knows: a person has to look before it is sent again."""
    operation = declared(run)
    return run.state == Run.State.UNKNOWN and not (operation and operation.kind.reads)


def is_live(run: Run) -> bool:
    """Whether something will still happen to the run by itself."""
    return not run.has_ended or run.due_at is not None


def inputs_of(run: Run) -> list[Line]:
    """What went in, by the labels of the declaration; picked records by their titles."""
    operation = declared(run)
    fields = {each.name: each for each in operation.inputs} if operation else {}
    picks = {name: each for name, each in fields.items() if isinstance(each, Pick)}
    titles = titles_of(run.connection, [name for pick, value in run.inputs.items() if pick in picks for name in _names(picks[pick], value)])
    labels = {name: each.label for name, each in fields.items()}
    return [line_of(labels.get(name) or words_of(name), _titled(picks.get(name), value, titles)) for name, value in run.inputs.items()]


def _names(pick: Pick, value: Any) -> list[Name]:
    return [(pick.entity, str(each)) for each in (value if isinstance(value, list) else [value])]


def _titled(pick: Pick | None, value: Any, titles: Mapping[Name, str]) -> Any:
    if pick is None:
        return value
    found = [titles.get(name) or name[1] for name in _names(pick, value)]
    return found if isinstance(value, list) else found[0]


def _connection(text: str) -> dict[str, Any]:
    """A connection's id from an address; one of another organization simply finds nothing."""
    try:
        return {"connection": UUID(text)}
    except ValueError:
        return {}


def connections() -> QuerySet[Connection]:
    return Connection.objects.order_by("name")
