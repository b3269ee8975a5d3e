"""Times. They are asked for by a named range of days; there is no list of all of them in parts."""

from __future__ import annotations

from dataclasses import replace

from integrations.catalogue import Flag, Kind, Moment, Number, Operation, Pick, Rows, Text, WholeList
from integrations.providers.timeghost.operations.fields import (
    CLIENT,
    CLIENT_NAME,
    CLIENT_OF_PROJECT,
    CREATED,
    DATE_RANGE,
    DELETED,
    EDITOR,
    ENTITY_NAME,
    EXTERNAL_ID,
    FILTER,
    MODIFIED,
    NAMED_TAGS,
    OF_USER,
    PARTITION_KEY,
    PROJECT,
    PROJECT_COMPLETED,
    PROJECT_NAME,
    SOMEBODY_ELSE,
    STATUS,
    TAG,
    WORKSPACE,
    WORKSPACE_ID,
    ZONE_HELP,
    emptied,
    kept,
    record,
)

TIME_ID = record("time_id", "Time", "time")
TASK = Pick(name="task", label="Task", entity="task", sent_as="task.id", depends_on=("project",))
USER = Pick(name="user", label="User", entity="user", sent_as="user.id", help=f"Left blank, it is yours. {SOMEBODY_ELSE}")
NAME = Text(name="name", label="Name", help="What was done; most often the name of the task.")
START, END = Moment(name="start", label="Start"), Moment(name="end", label="End", not_before="start")
BILLABLE = Flag(name="billable", label="Billable")
MORE = (
    Text(name="time_zone", label="Time zone", sent_as="timeZone", help=ZONE_HELP),
    Text(name="input_mode", label="Input mode", sent_as="inputMode", help="How it was entered, such as range: from start to end."),
    Text(
        name="outlook_calendar_reference",
        label="Outlook calendar reference",
        sent_as="outlookCalenderReference",  # spelt so over there
        emptied_as=None,
        help="The Outlook event that it was made from.",
    ),
)

TIMES = (
    Operation(
        name="list_times",
        label="Get Times",
        entity="time",
        kind=Kind.LIST,
        method="GET",
        path="/get/times",
        paging=WholeList(),
        row="T19",
        description="The times of a workspace in a range of days.",
        inputs=(WORKSPACE, DATE_RANGE, OF_USER, FILTER),
    ),
    Operation(
        name="list_project_times",
        label="Get Project Times",
        entity="time",
        kind=Kind.LIST,
        method="GET",
        path="/get/projects/{project_id}/times",
        paging=WholeList(),
        row="T16",
        description="The times of one project in a range of days.",
        inputs=(WORKSPACE, CLIENT_OF_PROJECT, record("project_id", "Project", "project", "client"), DATE_RANGE, OF_USER, FILTER),
    ),
    Operation(
        name="add_time",
        label="Add Time",
        entity="time",
        kind=Kind.CREATE,
        method="POST",
        path="/add/times",
        row="T07",
        inputs=(
            WORKSPACE,
            replace(CLIENT, required=True),
            replace(PROJECT, required=True),
            TASK,
            USER,
            replace(NAME, required=True),
            replace(START, required=True),
            END,
            replace(BILLABLE, required=True, default=False),
            Rows(name="tags", label="Tags", help="Time tags.", fields=(TAG, *kept(ENTITY_NAME, DELETED, EDITOR))),
            *MORE,
            EXTERNAL_ID,
            *kept(
                Text(name="task_entity_name", label="Task: Cosmos entity name", sent_as="task.cosmosEntityName"),
                Flag(name="task_deleted", label="Task: deleted", sent_as="task.deleted"),
            ),
        ),
    ),
    Operation(
        name="update_time",
        label="Update Time",
        entity="time",
        kind=Kind.UPDATE,
        method="POST",
        path="/update/times/{time_id}",
        row="T32",
        inputs=(
            WORKSPACE,
            TIME_ID,
            CLIENT,
            PROJECT,
            replace(TASK, emptied_as=None, help="Left blank, the time stands on its project alone."),
            USER,
            NAME,
            START,
            END,
            BILLABLE,
            NAMED_TAGS,
            *MORE,
            emptied(EXTERNAL_ID),
            *kept(
                CLIENT_NAME,
                PROJECT_NAME,
                PROJECT_COMPLETED,
                Text(name="task_name", label="Task name", sent_as="task.name"),
                Flag(name="task_completed", label="Task completed", sent_as="task.completed"),
                Text(name="user_name", label="User name", sent_as="user.name"),
                Number(name="time_difference", label="Time difference (seconds)", sent_as="timeDiff"),
                ENTITY_NAME,
                PARTITION_KEY,
                STATUS,
                WORKSPACE_ID,
                CREATED,
                MODIFIED,
            ),
        ),
    ),
    Operation(
        name="update_time_tags",
        label="Update Tags of a Time",
        entity="time",
        kind=Kind.UPDATE,
        method="POST",
        path="/update/times/{time_id}/tags",
        row="T30",
        inputs=(
            WORKSPACE,
            TIME_ID,
            Pick(
                name="tags",
                label="Tags",
                entity="tag",
                many=True,
                each_as="id",
                emptied_as=[],
                help="Time tags. Those given here replace all that there are.",
            ),
        ),
    ),
)
