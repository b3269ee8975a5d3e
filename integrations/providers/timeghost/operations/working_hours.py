"""Working hours, which timeghost calls comego. They stand in the later document alone, without their addresses.

Adding takes a list of entries, as seen in a public client; where they are listed and changed is a guess by the pattern of all others.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from integrations.catalogue import Flag, Kind, Moment, Operation, Pick, Text, WholeList
from integrations.providers.timeghost.operations.fields import (
    AUTHOR,
    CREATED,
    DELETED,
    EDITOR,
    ENTITY_NAME,
    FILTER,
    MODIFIED,
    OF_USER,
    PARTITION_KEY,
    SOMEBODY_ELSE,
    STATUS,
    WORKSPACE,
    WORKSPACE_ID,
    ZONE_HELP,
    kept,
    record,
)

ENTRY = (
    Pick(name="user", label="User", entity="user", sent_as="user.id", help=f"Left blank, it is yours. {SOMEBODY_ELSE}"),
    Text(name="name", label="Name", emptied_as=None),
    Moment(name="start", label="Start time"),
    Moment(name="end", label="End time", not_before="start", emptied_as=None, help="Left blank, the person is still at work."),
    Text(name="type", label="Type", help="Such as work or break."),
    Text(name="time_zone", label="Time zone", sent_as="timeZone", help=ZONE_HELP),
)


def as_list(entry: dict[str, Any]) -> list[dict[str, Any]]:
    """An addition is a list of entries; ours has one, so that one run stands for one record."""
    return [entry]


WORKING_HOURS = (
    Operation(
        name="list_working_hours",
        label="Get Working hours",
        entity="working_hours",
        kind=Kind.LIST,
        method="GET",
        path="/get/comego",
        paging=WholeList(),
        row="T20",
        description="The working hours of a workspace.",
        inputs=(WORKSPACE, OF_USER, FILTER),
    ),
    Operation(
        name="add_working_hours",
        label="Add Working hours",
        entity="working_hours",
        kind=Kind.CREATE,
        method="POST",
        path="/add/comego",
        row="T08",
        shape=as_list,
        inputs=(WORKSPACE, *ENTRY, replace(WORKSPACE_ID, workspace=True)),
    ),
    Operation(
        name="update_working_hours",
        label="Update Working Hours",
        entity="working_hours",
        kind=Kind.UPDATE,
        method="POST",
        path="/update/comego/{working_hours_id}",
        row="T34",
        inputs=(
            WORKSPACE,
            record("working_hours_id", "Working hours", "working_hours"),
            *ENTRY,
            Pick(name="tags", label="Tags", entity="tag", many=True, emptied_as=[]),
            Pick(name="id", label="Entry ID", entity="working_hours", help="The same entry again: the document has its id here, too."),
            *kept(
                Text(name="user_name", label="User name", sent_as="user.name"),
                ENTITY_NAME,
                DELETED,
                EDITOR,
                AUTHOR,
                CREATED,
                MODIFIED,
                STATUS,
                PARTITION_KEY,
                WORKSPACE_ID,
                Flag(name="user_can_edit", label="User can edit", sent_as="currentUserCanEdit"),
            ),
        ),
    ),
)
