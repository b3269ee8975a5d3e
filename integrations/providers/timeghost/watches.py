"""What can be watched. timeghost tells of changes by webhooks; a person gives each a name to find it by over there."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from integrations.catalogue import Field, Hook, OneOf, Text, Watch
from integrations.catalogue.reading import Data
from integrations.providers.timeghost.operations.fields import PROJECT

CHANGES = ("created", "changed", "removed")
EVENTS = {"created": "add", "changed": "update", "removed": "delete"}
IN_PROJECT = replace(PROJECT, depends_on=(), asked_only=True, help="Without one, all projects are watched.")


def changed_at(record: Data) -> Any:
    """When it was last changed; projects tell it in one of timeghost's two documents only."""
    return record.get("modified") or record.get("created")


def _trigger(entity: str, label: str, row: str, *narrowed_by: Field) -> Watch:
    word = entity.capitalize()
    return Watch(
        name=f"{entity}_changes",
        label=label,
        entity=entity,
        changes=CHANGES,
        moment=changed_at,
        chosen_changes="run_on",
        hook=Hook(topic=f"{entity}s", events=EVENTS),
        row=row,
        description=f"A {entity} was created, changed or deleted in timeghost.",
        inputs=(
            Text(
                name="name",
                label="Name of the webhook",
                required=True,
                default=f"Timebridge {entity} trigger",
                help="timeghost shows it in its settings.",
            ),
            OneOf(
                name="run_on",
                label="Run on",
                many=True,
                required=True,
                default=CHANGES,
                choices=(("created", f"{word} created"), ("changed", f"{word} changed"), ("removed", f"{word} deleted")),
            ),
            *narrowed_by,
        ),
    )


WATCHES = (
    _trigger("client", "Client Trigger", "T35"),
    _trigger("project", "Project Trigger", "T36"),
    _trigger("tag", "Tag Trigger", "T37"),
    _trigger("task", "Task Trigger", "T38", IN_PROJECT),
    _trigger("time", "Time Trigger", "T39", IN_PROJECT),
)
