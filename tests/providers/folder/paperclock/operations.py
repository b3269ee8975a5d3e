"""What can be done at Paperclock."""

from __future__ import annotations

from integrations.catalogue import CursorPaging, Date, Flag, Kind, Moment, Operation, Pick, Place, Text, WholeList

PAGES = CursorPaging(start="from", limit="count", size=100, next="next")
OFFICE = Pick(name="office", label="Office", place=Place.PATH, entity="office", required=True, workspace=True)
TASK = Pick(name="task", label="Task", place=Place.PATH, entity="task", required=True)
PERSON = Pick(name="person", label="Person", entity="person")

OPERATIONS = (
    Operation(name="get_me", label="Get Me", entity="person", kind=Kind.GET, method="GET", path="/me"),
    Operation(
        name="list_offices", label="List Offices", entity="office", kind=Kind.LIST, method="GET", path="/offices", paging=WholeList()
    ),
    Operation(
        name="list_people",
        label="List People",
        entity="person",
        kind=Kind.LIST,
        method="GET",
        path="/offices/{office}/people",
        paging=WholeList(),
        inputs=(OFFICE,),
    ),
    Operation(
        name="list_projects",
        label="List Projects",
        entity="project",
        kind=Kind.LIST,
        method="GET",
        path="/offices/{office}/projects",
        paging=WholeList(),
        inputs=(OFFICE,),
    ),
    Operation(
        name="list_tasks",
        label="List Tasks",
        entity="task",
        kind=Kind.LIST,
        method="GET",
        path="/offices/{office}/tasks",
        result="tasks",
        paging=PAGES,
        inputs=(OFFICE,),
    ),
    Operation(
        name="list_times",
        label="List Times",
        entity="time",
        kind=Kind.LIST,
        method="GET",
        path="/offices/{office}/times",
        result="times",
        paging=PAGES,
        inputs=(
            OFFICE,
            Date(name="first", label="First day", place=Place.QUERY, required=True),
            Date(name="last", label="Last day", place=Place.QUERY, required=True, not_before="first"),
        ),
    ),
    Operation(
        name="get_task",
        label="Get a Task",
        entity="task",
        kind=Kind.GET,
        method="GET",
        path="/offices/{office}/tasks/{task}",
        inputs=(OFFICE, TASK),
    ),
    Operation(
        name="create_task",
        label="Create a Task",
        entity="task",
        kind=Kind.CREATE,
        method="POST",
        path="/offices/{office}/tasks",
        inputs=(
            OFFICE,
            Pick(name="project", label="Project", entity="project", required=True),
            Text(name="text", label="Text", required=True, max_length=200),
            PERSON,
        ),
    ),
    Operation(
        name="change_task",
        label="Change a Task",
        entity="task",
        kind=Kind.UPDATE,
        method="PUT",
        path="/offices/{office}/tasks/{task}",
        inputs=(OFFICE, TASK, Text(name="text", label="Text", max_length=200), Flag(name="done", label="Done"), PERSON),
    ),
    Operation(
        name="add_time",
        label="Add Time",
        entity="time",
        kind=Kind.CREATE,
        method="POST",
        path="/offices/{office}/tasks/{task}/times",
        inputs=(
            OFFICE,
            TASK,
            Pick(name="person", label="Person", entity="person", required=True),
            Moment(name="from", label="From", required=True),
            Moment(name="until", label="Until", required=True, not_before="from"),
        ),
    ),
)
