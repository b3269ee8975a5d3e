"""Projects: who works on them, with which role and rate, and how they are tagged."""

from __future__ import annotations

from dataclasses import replace

from integrations.catalogue import Flag, Hours, Kind, Money, OneOf, Operation, Pick, Rows, Text, WholeList
from integrations.providers.timeghost.operations.fields import (
    AUTHOR,
    CLIENT,
    CLIENT_NAME,
    COLOR,
    EDITOR,
    ENTITY_NAME,
    EXTERNAL_ID,
    FILTER,
    NAMED_TAGS,
    PARTITION_KEY,
    STATUS,
    WORKSPACE,
    WORKSPACE_ID,
    emptied,
    kept,
    record,
)

PROJECT_ID = record("project_id", "Project", "project")
NAME = Text(name="name", label="Name")
DESCRIPTION = Text(name="description", label="Description", long=True)
BILLABLE = Flag(name="billable", label="Billable")
COMPLETED = Flag(name="completed", label="Completed")
TASK_BASED_ESTIMATION = Flag(
    name="task_based_estimation",
    label="Task based estimation",
    sent_as="taskBasedEstimation",
    help="The budget is the sum of what the tasks are estimated at.",
)
PRIVATE = Flag(name="private", label="Private", help="Only its own people see it.")
ESTIMATION = Hours(name="estimation", label="Estimation", help="The budget in hours; timeghost keeps it in seconds.", emptied_as=0)
HOURLY_RATE = Money(name="hourly_rate", label="Hourly rate", help="Counts where the hourly rate is enabled.", emptied_as=0)
HOURLY_RATE_ENABLED = Flag(name="hourly_rate_enabled", label="Hourly rate enabled")
WHO_CAN_ADD_TASKS = OneOf(
    name="who_can_add_tasks", label="Who can add tasks", sent_as="whoCanAddTasks", choices=((1, "Managers only"), (2, "Everyone"))
)
ROLE = OneOf(name="role", label="Role", required=True, choices=((0, "User"), (1, "Manager")))
# An answer shows those who were removed, too. Sent back as they stand, they stay removed.
REMOVED = Flag(name="removed", label="Removed", help="No longer in the project, although their times stay.")
USERS = Rows(
    name="users",
    label="Users",
    emptied_as=[],
    help="Those given here replace all that there are.",
    fields=(
        Pick(name="user", label="User", entity="user", sent_as="id", required=True),
        ROLE,
        Money(name="billable_rate", label="Billable rate", help="What an hour of this person costs in this project."),
        REMOVED,
    ),
)
GROUPS = Rows(
    name="groups",
    label="Groups",
    emptied_as=[],
    help="Those given here replace all that there are.",
    fields=(Pick(name="group", label="Group", entity="group", sent_as="id", required=True), ROLE, REMOVED),
)
GROUP_IDS = Pick(
    name="groups",
    label="Groups",
    entity="group",
    many=True,
    emptied_as=[],
    prefilled=False,  # their roles would get lost on the way back
    help="They join as users. Roles are given with Update Groups of a Project.",
)
TAGS = Pick(
    name="tags",
    label="Tags",
    entity="tag",
    many=True,
    each_as="id",
    emptied_as=[],
    help="Project tags. Those given here replace all that there are.",
)
TEMPLATE = (
    Pick(name="template", label="Template", entity="project", sent_as="templateId", help="A project template that is copied."),
    Flag(name="template_copy_rate", label="Copy the template's rate", sent_as="templateCopyRate"),
    Flag(name="template_copy_tasks", label="Copy the template's tasks", sent_as="templateCopyTasks"),
    Flag(name="template_copy_task_assign", label="Copy who the template's tasks are assigned to", sent_as="templateCopyTaskAssign"),
)

PROJECTS = (
    Operation(
        name="list_projects",
        label="Get Projects",
        entity="project",
        kind=Kind.LIST,
        method="GET",
        path="/get/projects",
        paging=WholeList(),
        row="T17",
        description="All projects of a workspace.",
        inputs=(WORKSPACE, FILTER),
    ),
    Operation(
        name="add_project",
        label="Add Project",
        entity="project",
        kind=Kind.CREATE,
        method="POST",
        path="/add/projects",
        row="T05",
        inputs=(
            WORKSPACE,
            replace(NAME, required=True),
            DESCRIPTION,
            replace(CLIENT, required=True),
            replace(COLOR, default="#0000FF"),
            replace(BILLABLE, required=True, default=False),
            replace(COMPLETED, default=False),
            replace(TASK_BASED_ESTIMATION, required=True, default=False),
            ESTIMATION,
            replace(PRIVATE, default=False),
            HOURLY_RATE,
            HOURLY_RATE_ENABLED,
            Text(name="project_type", label="Project type", sent_as="projectType", help="project or template."),
            USERS,
            Pick(name="tags", label="Tags", entity="tag", many=True, help="Project tags."),
            GROUP_IDS,
            WHO_CAN_ADD_TASKS,
            *TEMPLATE,
            EXTERNAL_ID,
            *kept(CLIENT_NAME),
        ),
    ),
    Operation(
        name="update_project",
        label="Update Project",
        entity="project",
        kind=Kind.UPDATE,
        method="POST",
        path="/update/projects/{project_id}",
        row="T28",
        inputs=(
            WORKSPACE,
            PROJECT_ID,
            NAME,
            emptied(DESCRIPTION),
            CLIENT,
            COLOR,
            BILLABLE,
            COMPLETED,
            TASK_BASED_ESTIMATION,
            ESTIMATION,
            PRIVATE,
            HOURLY_RATE,
            HOURLY_RATE_ENABLED,
            USERS,
            NAMED_TAGS,
            GROUP_IDS,
            WHO_CAN_ADD_TASKS,
            emptied(EXTERNAL_ID),
            *kept(CLIENT_NAME, STATUS, WORKSPACE_ID, ENTITY_NAME, AUTHOR, EDITOR, PARTITION_KEY),
        ),
    ),
    Operation(
        name="update_project_groups",
        label="Update Groups of a Project",
        entity="project",
        kind=Kind.UPDATE,
        method="POST",
        path="/update/projects/{project_id}/groups",
        row="T27",
        inputs=(WORKSPACE, PROJECT_ID, GROUPS),
    ),
    Operation(
        name="update_project_tags",
        label="Update Tags of a Project",
        entity="project",
        kind=Kind.UPDATE,
        method="POST",
        path="/update/projects/{project_id}/tags",
        row="T29",
        inputs=(WORKSPACE, PROJECT_ID, TAGS),
    ),
    Operation(
        name="update_project_users",
        label="Update Users of a Project",
        entity="project",
        kind=Kind.UPDATE,
        method="POST",
        path="/update/projects/{project_id}/users",
        row="T33",
        inputs=(WORKSPACE, PROJECT_ID, USERS),
    ),
)
