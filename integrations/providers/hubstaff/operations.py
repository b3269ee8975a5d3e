"""What can be done at Hubstaff."""

from __future__ import annotations

from integrations.catalogue import CursorPaging, Date, Flag, Kind, Moment, Number, OneOf, Operation, Pick, Place, Rows, SideLoad, Text

PAGES = CursorPaging(start="page_start_id", limit="page_limit", size=500, next="pagination.next_page_start_id")

ORGANIZATION = Pick(
    name="organization_id", label="Organization", place=Place.PATH, entity="organization", required=True, number=True, workspace=True
)
PROJECT = Pick(name="project_id", label="Project", place=Place.PATH, entity="project", depends_on=(), required=True, number=True)
TASK = Pick(name="task_id", label="Task", place=Place.PATH, entity="task", required=True, number=True)
INCLUDE = Text(name="include", label="Related records to include", place=Place.QUERY, many=True)
METADATA = Rows(
    name="metadata",
    label="Metadata",
    help="Keys of 2 to 30 characters (a to z, 0 to 9, _), values of up to 200.",
    fields=(Text(name="key", label="Key", required=True, max_length=30), Text(name="value", label="Value", required=True, max_length=200)),
)
ROLES = (("viewer", "Viewer"), ("user", "User"), ("manager", "Manager"))
REMOVE = ("remove", "Remove from the project")


def _members(*roles: tuple[str, str]) -> Rows:
    return Rows(
        name="members",
        label="Members",
        fields=(
            Pick(name="user_id", label="Member", entity="member", required=True, number=True),
            OneOf(name="role", label="Role", required=True, default="user", choices=roles),
        ),
    )


LISTED_STATUS = OneOf(
    name="status",
    label="Status",
    place=Place.QUERY,
    default="active",
    choices=(("active", "Active"), ("archived", "Archived"), ("all", "All")),
)
ASSIGNEES = Pick(name="assignee_ids", label="Assignees", entity="member", many=True, number=True)

OPERATIONS = (
    Operation(
        name="get_current_user",
        label="Get the Current User",
        entity="member",
        kind=Kind.GET,
        method="GET",
        path="/v2/users/me",
        result="user",
    ),
    Operation(
        name="list_organizations",
        label="List Organizations",
        entity="organization",
        kind=Kind.LIST,
        method="GET",
        path="/v2/organizations",
        result="organizations",
        paging=PAGES,
        row="H01",
    ),
    Operation(
        name="list_members",
        label="List Members",
        entity="member",
        kind=Kind.LIST,
        method="GET",
        path="/v2/organizations/{organization_id}/members",
        result="members",
        paging=PAGES,
        inputs=(ORGANIZATION, INCLUDE),
        side_loads=(SideLoad(key="users", join="user_id", into="user"),),
    ),
    Operation(
        name="list_projects",
        label="List Projects",
        entity="project",
        kind=Kind.LIST,
        method="GET",
        path="/v2/organizations/{organization_id}/projects",
        result="projects",
        paging=PAGES,
        row="H08",
        inputs=(ORGANIZATION, LISTED_STATUS),
    ),
    Operation(
        name="create_project",
        label="Create a Project",
        entity="project",
        kind=Kind.CREATE,
        method="POST",
        path="/v2/organizations/{organization_id}/projects",
        result="project",
        row="H10",
        inputs=(
            ORGANIZATION,
            Text(name="name", label="Name", required=True),
            Pick(name="client_id", label="Client", entity="client", number=True, depends_on=("organization_id",)),
            Text(name="description", label="Description", long=True),
            Flag(name="billable", label="Billable"),
            _members(*ROLES),
            METADATA,
        ),
    ),
    Operation(
        name="update_project_members",
        label="Update the Members of a Project",
        entity="project",
        kind=Kind.UPDATE,
        method="PUT",
        path="/v2/projects/{project_id}/update_members",
        inputs=(PROJECT, _members(*ROLES, REMOVE)),
    ),
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
            Pick(name="project_ids", label="Projects", place=Place.QUERY, entity="project", many=True, number=True),
            Pick(name="user_ids", label="Users", place=Place.QUERY, entity="member", many=True, number=True),
            OneOf(
                name="status",
                label="Status",
                place=Place.QUERY,
                many=True,
                choices=(("active", "Active"), ("completed", "Completed"), ("deleted", "Deleted"), ("archived", "Archived")),
            ),
        ),
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
        inputs=(PROJECT, Text(name="summary", label="Summary", required=True, long=True), ASSIGNEES, METADATA),
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
            TASK,
            Number(name="lock_version", label="Lock version", required=True, least=0),
            Text(name="summary", label="Summary", long=True),
            ASSIGNEES,
            OneOf(name="status", label="Status", choices=(("active", "Active"), ("completed", "Completed"))),
        ),
    ),
    Operation(
        name="list_clients",
        label="List Clients",
        entity="client",
        kind=Kind.LIST,
        method="GET",
        path="/v2/organizations/{organization_id}/clients",
        result="clients",
        paging=PAGES,
        row="H20",
        inputs=(ORGANIZATION, LISTED_STATUS),
    ),
    Operation(
        name="list_daily_activities",
        label="List Time by Day",
        entity="daily_activity",
        kind=Kind.LIST,
        method="GET",
        path="/v2/organizations/{organization_id}/activities/daily",
        result="daily_activities",
        paging=PAGES,
        inputs=(
            ORGANIZATION,
            Date(name="date_start", label="First day", place=Place.QUERY, sent_as="date[start]", required=True),
            Date(name="date_stop", label="Last day", place=Place.QUERY, sent_as="date[stop]", required=True),
            Pick(name="user_ids", label="Users", place=Place.QUERY, entity="member", many=True, number=True),
            Pick(name="project_ids", label="Projects", place=Place.QUERY, entity="project", many=True, number=True),
        ),
    ),
    Operation(
        name="create_time_entry",
        label="Add Time",
        entity="daily_activity",
        kind=Kind.CREATE,
        method="POST",
        path="/v2/users/{user_id}/time_entries",
        inputs=(
            Pick(name="user_id", label="Member", place=Place.PATH, entity="member", required=True, number=True),
            Pick(name="project_id", label="Project", entity="project", required=True, number=True),
            Pick(name="task_id", label="Task", entity="task", number=True, depends_on=("project_id",)),
            Moment(name="start_time", label="Start", required=True),
            Number(name="tracked", label="Seconds", required=True, least=1),
            Text(name="note", label="Note", required=True, help="Hubstaff asks for a reason unless the organization turned that off."),
            Flag(name="billable", label="Billable"),
        ),
    ),
)
