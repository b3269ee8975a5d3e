"""Tasks, which Hubstaff also calls to-dos."""

from __future__ import annotations

from dataclasses import replace

from integrations.catalogue import Flag, Kind, OneOf, Operation, Pick, Place, SideLoad, Text, Version
from integrations.providers.hubstaff.operations.fields import (
    ASKED_ORGANIZATION,
    ASKED_PROJECT,
    BILL_RATE,
    CHANGED_BILL_RATE,
    CHANGED_METADATA,
    CHANGED_PAY_RATE,
    IN_ORGANIZATION,
    METADATA,
    OF_GLOBAL_TODOS,
    OF_PROJECTS,
    OF_USERS,
    ORGANIZATION,
    PAGES,
    PAY_RATE,
    PROJECT,
    included,
)

TASK = Pick(name="task_id", label="Task", place=Place.PATH, entity="task", required=True, number=True, depends_on=("project_id",))
SUMMARY = Text(name="summary", label="Summary", long=True)
# Hubstaff also takes a single `assignee_id`; a list of one says the same.
ASSIGNEES = Pick(
    name="assignee_ids",
    label="Assignees",
    entity="member",
    many=True,
    number=True,
    depends_on=IN_ORGANIZATION,
    help="They must be members of the project.",
)
LOCK_VERSION = Version(
    name="lock_version",
    label="Lock version",
    required=True,
    least=0,
    help="The version that you saw. If the task was changed since then, nothing is done.",
)
LISTED_STATUS = OneOf(
    name="status",
    label="Status",
    place=Place.QUERY,
    many=True,
    choices=(
        ("active", "Active"),
        ("completed", "Completed"),
        ("deleted", "Deleted"),
        ("archived", "Archived"),
        ("archived_native_active", "Archived, was active"),
        ("archived_native_completed", "Archived, was completed"),
        ("archived_native_deleted", "Archived, was deleted"),
    ),
)
READ_ONLY = "Tasks that come from a native integration are read-only here: change them in that tool."

OPERATIONS = (
    Operation(
        name="list_tasks",
        label="List Tasks",
        entity="task",
        kind=Kind.LIST,
        method="GET",
        path="/v2/organizations/{organization_id}/tasks",
        result="tasks",
        paging=PAGES,
        row="H14",
        inputs=(
            ORGANIZATION,
            OF_PROJECTS,
            OF_USERS,
            LISTED_STATUS,
            OF_GLOBAL_TODOS,
            Flag(name="only_global_todos", label="Only global to-dos", place=Place.QUERY),
            included(("users", "Assignees"), ("projects", "Projects")),
        ),
        side_loads=(
            SideLoad(key="users", join="assignee_ids", into="assignees"),
            SideLoad(key="projects", join="project_id", into="project"),
        ),
    ),
    Operation(
        name="get_task",
        label="Get a Task",
        entity="task",
        kind=Kind.GET,
        method="GET",
        path="/v2/tasks/{task_id}",
        result="task",
        row="H15",
        inputs=(ASKED_ORGANIZATION, ASKED_PROJECT, TASK),
    ),
    Operation(
        name="create_task",
        label="Create a Task",
        entity="task",
        kind=Kind.CREATE,
        method="POST",
        path="/v2/projects/{project_id}/tasks",
        result="task",
        row="H16",
        inputs=(ASKED_ORGANIZATION, PROJECT, replace(SUMMARY, required=True), ASSIGNEES, PAY_RATE, BILL_RATE, METADATA),
        description="A project with a native integration takes no new tasks: create them in that tool.",
    ),
    Operation(
        name="update_task",
        label="Update a Task",
        entity="task",
        kind=Kind.UPDATE,
        method="PUT",
        path="/v2/tasks/{task_id}",
        result="task",
        row="H17",
        inputs=(
            ASKED_ORGANIZATION,
            ASKED_PROJECT,
            TASK,
            replace(ASSIGNEES, emptied_as=[]),
            SUMMARY,
            LOCK_VERSION,
            OneOf(name="status", label="Status", choices=(("active", "Active"), ("completed", "Completed"))),
            CHANGED_PAY_RATE,
            CHANGED_BILL_RATE,
            CHANGED_METADATA,
        ),
        description=f"{READ_ONLY} A task cannot be moved to another project.",
    ),
    Operation(
        name="delete_task",
        label="Delete a Task",
        entity="task",
        kind=Kind.DELETE,
        method="DELETE",
        path="/v2/tasks/{task_id}",
        row="H18",
        inputs=(ASKED_ORGANIZATION, ASKED_PROJECT, TASK),
        description=READ_ONLY,
    ),
    Operation(
        name="update_task_metadata",
        label="Update the Metadata of a Task",
        entity="task",
        kind=Kind.UPDATE,
        method="PUT",
        path="/v2/tasks/{task_id}/update_metadata",
        result="task",
        inputs=(ASKED_ORGANIZATION, ASKED_PROJECT, TASK, LOCK_VERSION, replace(CHANGED_METADATA, required=True)),
        description=READ_ONLY,
    ),
)
