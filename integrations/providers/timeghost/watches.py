"""What can be watched. timeghost tells of changes by webhooks; a person gives each a name to find it by over there."""

from __future__ import annotations

from integrations.catalogue import Hook, OneOf, Text, Watch

CHANGES = ("created", "changed", "removed")
EVENTS = {"created": "add", "changed": "update", "removed": "delete"}


def _trigger(entity: str, label: str, row: str) -> Watch:
    word = entity.capitalize()
    return Watch(
        name=f"{entity}_changes",
        label=label,
        entity=entity,
        changes=CHANGES,
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
        ),
    )


WATCHES = (
    _trigger("client", "Client Trigger", "T35"),
    _trigger("project", "Project Trigger", "T36"),
    _trigger("tag", "Tag Trigger", "T37"),
    _trigger("task", "Task Trigger", "T38"),
    _trigger("time", "Time Trigger", "T39"),
)
