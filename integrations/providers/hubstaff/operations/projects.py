"""Projects and who works on them."""

from __future__ import annotations

from dataclasses import replace

from integrations.catalogue import Flag, Kind, OneOf, Operation, Pick, Place, Rows, SideLoad, Text
from integrations.providers.hubstaff.operations.fields import (
    ASKED_ORGANIZATION,
    BILL_RATE,
    BUDGET,
    CHANGED_BILL_RATE,
    CHANGED_BUDGET,
    CHANGED_METADATA,
    CHANGED_PAY_RATE,
    IN_ORGANIZATION,
    LISTED_STATUS,
    METADATA,
    OF_PROJECTS,
    ORGANIZATION,
    PAGES,
    PAY_RATE,
    PROJECT,
    STATUS,
    included,
    whole_budget,
)

ROLES = (("viewer", "Viewer"), ("user", "User"), ("manager", "Manager"))
REMOVE = ("remove", "Remove from the project")
NAME = Text(name="name", label="Name")
DESCRIPTION = Text(name="description", label="Description", long=True)
CLIENT = Pick(name="client_id", label="Client", entity="client", number=True, depends_on=IN_ORGANIZATION)
BILLABLE = Flag(name="billable", label="Billable", help="Whether tracked time is billable unless it says otherwise.")
MEMBER = Pick(name="user_id", label="Member", entity="member", required=True, number=True)
MEMBERS = Rows(
    name="members",
    label="Members",
    fields=(MEMBER, OneOf(name="role", label="Role", required=True, default="user", choices=ROLES), PAY_RATE, BILL_RATE),
)
CHANGED_MEMBERS = Rows(
    name="members",
    label="Members",
    required=True,
    help="Members who are not named stay as they are.",
    fields=(MEMBER, OneOf(name="role", label="Role", choices=(*ROLES, REMOVE)), CHANGED_PAY_RATE, CHANGED_BILL_RATE),
)

OPERATIONS = (
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
        inputs=(ORGANIZATION, LISTED_STATUS, OF_PROJECTS, included(("clients", "Clients"))),
        side_loads=(SideLoad(key="clients", join="client_id", into="client"),),
    ),
    Operation(
        name="get_project",
        label="Get a Project",
        entity="project",
        kind=Kind.GET,
        method="GET",
        path="/v2/projects/{project_id}",
        result="project",
        row="H09",
        inputs=(ASKED_ORGANIZATION, PROJECT),
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
            replace(NAME, required=True),
            ORGANIZATION,
            CLIENT,
            DESCRIPTION,
            replace(BILLABLE, default=True),
            MEMBERS,
            BUDGET,
            PAY_RATE,
            BILL_RATE,
            METADATA,
        ),
        shape=whole_budget,
    ),
    Operation(
        name="update_project",
        label="Update a Project",
        entity="project",
        kind=Kind.UPDATE,
        method="PUT",
        path="/v2/projects/{project_id}",
        result="project",
        row="H11",
        inputs=(
            ASKED_ORGANIZATION,
            PROJECT,
            replace(CLIENT, emptied_as=None),
            NAME,
            replace(DESCRIPTION, emptied_as=""),
            BILLABLE,
            replace(STATUS, help="Projects cannot be deleted, only archived. To restore one, change nothing but the status."),
            CHANGED_BUDGET,
            CHANGED_PAY_RATE,
            CHANGED_BILL_RATE,
        ),
        shape=whole_budget,
        description="While a project is archived, nothing but its status can be changed. Members have an action of their own.",
    ),
    Operation(
        name="list_project_members",
        label="List the Members of a Project",
        entity="member",
        kind=Kind.LIST,
        method="GET",
        path="/v2/projects/{project_id}/members",
        result="members",
        paging=PAGES,
        inputs=(
            ASKED_ORGANIZATION,
            PROJECT,
            Flag(name="include_removed", label="Include removed members", place=Place.QUERY),
            included(("users", "Users")),
        ),
        side_loads=(SideLoad(key="users", join="user_id", into="user"),),
        description="Who works on a project and in which role, members of its teams among them.",
    ),
    Operation(
        name="update_project_members",
        label="Update the Members of a Project",
        entity="project",
        kind=Kind.UPDATE,
        method="PUT",
        path="/v2/projects/{project_id}/update_members",
        inputs=(ASKED_ORGANIZATION, PROJECT, CHANGED_MEMBERS),
        description="Adds people to a project, changes their roles and rates, or removes them. Hubstaff answers only whether it was done.",
    ),
    Operation(
        name="update_project_metadata",
        label="Update the Metadata of a Project",
        entity="project",
        kind=Kind.UPDATE,
        method="PUT",
        path="/v2/projects/{project_id}/update_metadata",
        result="project",
        inputs=(ASKED_ORGANIZATION, PROJECT, replace(CHANGED_METADATA, required=True)),
    ),
)
