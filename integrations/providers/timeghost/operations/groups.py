"""Groups of people."""

from __future__ import annotations

from integrations.catalogue import Email, Flag, Kind, Operation, Pick, Rows, Text, WholeList
from integrations.providers.timeghost.operations.fields import WORKSPACE, emptied, kept, record

SYNCHRONIZED = Flag(
    name="synchronized_group", label="Synchronized group", sent_as="synchronizedGroup", help="Its people follow a group somewhere else."
)
SYNCHRONIZED_TYPE = Text(
    name="synchronized_group_type",
    label="Synchronized group type",
    sent_as="synchronizedGroupType",
    help="Where that group is, such as teams.",
)

GROUPS = (
    Operation(
        name="list_groups",
        label="Get Workspace Groups",
        entity="group",
        kind=Kind.LIST,
        method="GET",
        path="/get/groups",
        paging=WholeList(),
        row="T22",
        description="All groups of a workspace with their people.",
        inputs=(WORKSPACE,),
    ),
    Operation(
        name="add_group",
        label="Add Group",
        entity="group",
        kind=Kind.CREATE,
        method="POST",
        path="/add/groups",
        row="T04",
        inputs=(
            WORKSPACE,
            Text(name="name", label="Name", required=True),
            Pick(name="users", label="Users", entity="user", many=True, each_as="id"),
            SYNCHRONIZED,
            SYNCHRONIZED_TYPE,
        ),
    ),
    Operation(
        name="update_group",
        label="Update Group",
        entity="group",
        kind=Kind.UPDATE,
        method="POST",
        path="/update/groups/{group_id}",
        row="T26",
        inputs=(
            WORKSPACE,
            record("group_id", "Group", "group"),
            Text(name="name", label="Name"),
            Rows(
                name="users",
                label="Users",
                emptied_as=[],
                help="Those given here replace all that there are.",
                fields=(
                    Pick(name="user", label="User", entity="user", sent_as="id", required=True),
                    Email(name="email", label="User email"),
                    *kept(Text(name="name", label="User name")),
                ),
            ),
            SYNCHRONIZED,
            emptied(SYNCHRONIZED_TYPE),
            Pick(name="id", label="Group ID", entity="group", help="The same group again: the later document wants its id here, too."),
        ),
    ),
)
