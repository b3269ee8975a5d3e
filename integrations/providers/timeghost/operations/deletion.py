"""Deleting is one operation for all types; each type is chosen from a list of its own."""

from __future__ import annotations

from integrations.catalogue import Kind, OneOf, Operation, Pick, Place, ShownWhen
from integrations.providers.timeghost.operations.fields import WORKSPACE


def item(item_type: str, name: str, label: str, *depends_on: str, help: str = "") -> Pick:
    """What is deleted, while its type is chosen."""
    return Pick(
        name=name,
        label=label,
        place=Place.PATH,
        entity=name,
        sent_as="id",
        required=True,
        depends_on=depends_on,
        shown_when=ShownWhen("type", (item_type,)),
        help=help,
    )


DELETION = Operation(
    name="delete_item",
    label="Delete Item",
    entity="workspace",
    kind=Kind.DELETE,
    method="DELETE",
    path="/delete/{type}/{id}",
    row="T10",
    description="Deletes a project, task, time, client, tag, custom feed event or working hours. It cannot be undone.",
    inputs=(
        WORKSPACE,
        OneOf(
            name="type",
            label="Item type",
            place=Place.PATH,
            required=True,
            choices=(
                ("projects", "Project"),
                ("tasks", "Task"),
                ("times", "Time"),
                ("clients", "Client"),
                ("tags", "Tag"),
                ("customfeedevent", "Custom feed event"),
                ("comego", "Working hours"),
            ),
        ),
        item("projects", "project", "Project", help="Its tasks and times go with it."),
        Pick(
            name="project_of_task",
            label="Project",
            entity="project",
            asked_only=True,
            shown_when=ShownWhen("type", ("tasks",)),
            help="Narrows the choice of tasks; it may be left out.",
        ),
        item("tasks", "task", "Task", "project_of_task"),
        item("times", "time", "Time", help="Somebody else's needs the token of a workspace admin."),
        item("clients", "client", "Client"),
        item("tags", "tag", "Tag"),
        item("customfeedevent", "feed_event", "Custom feed event", help="Those that were added here can be chosen; of others type the id."),
        item("comego", "working_hours", "Working hours"),
    ),
)
