"""Tasks. They are listed only for one project at a time, and a task stays in its project."""

from __future__ import annotations

from dataclasses import replace

from integrations.catalogue import Flag, Hours, Kind, Number, Operation, Pick, Rows, Text, WholeList
from integrations.providers.timeghost.operations.fields import (
    AUTHOR,
    CLIENT,
    CLIENT_NAME,
    CLIENT_OF_PROJECT,
    CREATED,
    EDITOR,
    ENTITY_NAME,
    EXTERNAL_ID,
    FILTER,
    MODIFIED,
    PARTITION_KEY,
    PROJECT,
    PROJECT_COMPLETED,
    PROJECT_NAME,
    STATUS,
    WORKSPACE,
    WORKSPACE_ID,
    emptied,
    kept,
    record,
)

ESTIMATION = Hours(name="estimation", label="Estimation", help="In hours; timeghost keeps it in seconds.", emptied_as=0)
ASSIGNED_USERS = Pick(name="assigned_users", label="Assigned users", entity="user", sent_as="assignedToUsers", many=True, emptied_as=[])
GROUP = Pick(name="group", label="Group", entity="group", sent_as="id", required=True)
GROUP_NAME = Text(name="name", label="Group name")

TASKS = (
    Operation(
        name="list_tasks",
        label="Get Project Tasks",
        entity="task",
        kind=Kind.LIST,
        method="GET",
        path="/get/projects/{project_id}/tasks",
        paging=WholeList(),
        row="T15",
        description="All tasks of one project.",
        inputs=(WORKSPACE, CLIENT_OF_PROJECT, record("project_id", "Project", "project", "client"), FILTER),
    ),
    Operation(
        name="add_task",
        label="Add Task",
        entity="task",
        kind=Kind.CREATE,
        method="POST",
        path="/add/tasks",
        row="T06",
        inputs=(
            WORKSPACE,
            CLIENT,
            replace(PROJECT, required=True),
            Text(name="name", label="Name", required=True),
            replace(ESTIMATION, default=0),
            ASSIGNED_USERS,
            Rows(
                name="assigned_groups",
                label="Assigned groups",
                sent_as="assignedToGroups",
                fields=(
                    GROUP,
                    *kept(
                        GROUP_NAME,
                        Pick(name="users", label="Users of the group", entity="user", many=True),
                        Flag(name="synchronized_group", label="Synchronized group", sent_as="synchronizedGroup"),
                    ),
                ),
            ),
            EXTERNAL_ID,
            *kept(
                PROJECT_NAME,
                Text(name="project_entity_name", label="Project: Cosmos entity name", sent_as="project.cosmosEntityName"),
                Flag(name="project_deleted", label="Project: deleted", sent_as="project.deleted"),
                Text(name="project_editor", label="Project: editor", sent_as="project.editor"),
            ),
        ),
    ),
    Operation(
        name="update_task",
        label="Update Task",
        entity="task",
        kind=Kind.UPDATE,
        method="POST",
        path="/update/tasks/{task_id}",
        row="T31",
        inputs=(
            WORKSPACE,
            record("task_id", "Task", "task"),
            replace(CLIENT, help="The client of its project."),
            replace(PROJECT, help="The project that it is in: a task cannot be moved to another."),
            Text(name="name", label="Name"),
            ESTIMATION,
            Flag(name="completed", label="Completed"),
            ASSIGNED_USERS,
            Rows(
                name="assigned_groups",
                label="Assigned groups",
                sent_as="assignedToGroups",
                emptied_as=[],
                fields=(GROUP, *kept(GROUP_NAME)),
            ),
            emptied(EXTERNAL_ID),
            *kept(
                CLIENT_NAME,
                PROJECT_NAME,
                PROJECT_COMPLETED,
                STATUS,
                # Both stand so in an answer; the document lists them by their last names alone.
                Number(name="billable_time", label="Billable time (seconds)", sent_as="timesRecorded.billable"),
                Number(name="not_billable_time", label="Non-billable time (seconds)", sent_as="timesRecorded.notBillable"),
                WORKSPACE_ID,
                ENTITY_NAME,
                PARTITION_KEY,
                CREATED,
                MODIFIED,
                AUTHOR,
                EDITOR,
                Flag(name="can_create_time", label="Can create time", sent_as="canCreateTime"),
                Flag(name="can_edit", label="Can edit", sent_as="canEdit"),
            ),
        ),
    ),
)
