"""What can be done at timeghost."""

from __future__ import annotations

from integrations.catalogue import Flag, Kind, Moment, Number, OneOf, Operation, Pick, Place, Text, WholeList

WORKSPACE = Pick(
    name="workspace", label="Workspace", place=Place.HEADER, entity="workspace", sent_as="workspace-id", required=True, workspace=True
)
FILTER = Text(name="filter", label="Filter", place=Place.QUERY, sent_as="$filter", help="An OData filter, for example: completed eq false")
CLIENT = Pick(name="client", label="Client", entity="client", sent_as="client.id")
PROJECT = Pick(name="project", label="Project", entity="project", sent_as="project.id", depends_on=("client",))
TASK = Pick(name="task", label="Task", entity="task", sent_as="task.id", depends_on=("project",))
RANGES = tuple(
    (name, name.replace("_", " ").capitalize())
    for name in ("today", "yesterday", "this_week", "last_week", "this_month", "last_month", "this_year", "last_year", "all_time")
)
TIME_INPUTS = (
    CLIENT,
    PROJECT,
    TASK,
    Pick(name="user", label="User", entity="user", sent_as="user.id", help="Somebody else's time needs an administrator's token."),
    Text(name="name", label="Name"),
    Moment(name="start", label="Start"),
    Moment(name="end", label="End"),
    Flag(name="billable", label="Billable"),
    Text(name="time_zone", label="Time zone", sent_as="timeZone"),
    Text(name="input_mode", label="Input mode", sent_as="inputMode"),
)

OPERATIONS = (
    Operation(
        name="get_current_user", label="Get Current User", entity="user", kind=Kind.GET, method="GET", path="/get/currentuser", row="T14"
    ),
    Operation(
        name="list_workspaces",
        label="List Workspaces",
        entity="workspace",
        kind=Kind.LIST,
        method="GET",
        path="/get/currentuser",
        result="workspaces",
        paging=WholeList(),
    ),
    Operation(
        name="list_users",
        label="List Users",
        entity="user",
        kind=Kind.LIST,
        method="GET",
        path="/get/workspaces/{workspace_id}",
        result="users",
        paging=WholeList(),
        inputs=(
            WORKSPACE,
            Pick(name="workspace_id", label="Workspace", place=Place.PATH, entity="workspace", required=True, workspace=True),
        ),
    ),
    Operation(
        name="list_clients",
        label="Get Clients",
        entity="client",
        kind=Kind.LIST,
        method="GET",
        path="/get/clients",
        paging=WholeList(),
        row="T13",
        inputs=(WORKSPACE, FILTER),
    ),
    Operation(
        name="list_projects",
        label="Get Projects",
        entity="project",
        kind=Kind.LIST,
        method="GET",
        path="/get/projects",
        paging=WholeList(),
        row="T17",
        inputs=(WORKSPACE, FILTER),
    ),
    Operation(
        name="list_tasks",
        label="Get Project Tasks",
        entity="task",
        kind=Kind.LIST,
        method="GET",
        path="/get/projects/{project_id}/tasks",
        paging=WholeList(),
        row="T15",
        inputs=(WORKSPACE, Pick(name="project_id", label="Project", place=Place.PATH, entity="project", required=True), FILTER),
    ),
    Operation(
        name="list_times",
        label="Get Times",
        entity="time",
        kind=Kind.LIST,
        method="GET",
        path="/get/times",
        paging=WholeList(),
        row="T19",
        inputs=(
            WORKSPACE,
            OneOf(
                name="date_range",
                label="Date range",
                place=Place.QUERY,
                sent_as="$filter-date-range",
                required=True,
                default="this_week",
                choices=RANGES,
            ),
            Pick(name="user", label="User", place=Place.QUERY, entity="user", sent_as="$filter-user"),
            FILTER,
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
            Pick(name="task_id", label="Task", place=Place.PATH, entity="task", required=True),
            CLIENT,
            PROJECT,
            Text(name="name", label="Name"),
            Number(name="estimation", label="Estimation (seconds)", least=0),
            Flag(name="completed", label="Completed"),
        ),
    ),
    Operation(
        name="add_time",
        label="Add Time",
        entity="time",
        kind=Kind.CREATE,
        method="POST",
        path="/add/times",
        row="T07",
        inputs=(WORKSPACE, *TIME_INPUTS),
    ),
    Operation(
        name="update_time",
        label="Update Time",
        entity="time",
        kind=Kind.UPDATE,
        method="POST",
        path="/update/times/{time_id}",
        row="T32",
        inputs=(WORKSPACE, Pick(name="time_id", label="Time", place=Place.PATH, entity="time", required=True), *TIME_INPUTS),
    ),
    Operation(
        name="delete_time",
        label="Delete a Time",
        entity="time",
        kind=Kind.DELETE,
        method="DELETE",
        path="/delete/times/{time_id}",
        inputs=(WORKSPACE, Pick(name="time_id", label="Time", place=Place.PATH, entity="time", required=True)),
    ),
)
