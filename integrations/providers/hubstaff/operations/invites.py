"""Invites to an organization."""

from __future__ import annotations

from dataclasses import replace

from integrations.catalogue import Email, Flag, Kind, Money, OneOf, Operation, Pick, Place, SideLoad
from integrations.providers.hubstaff.operations.fields import (
    ASKED_ORGANIZATION,
    IN_ORGANIZATION,
    ORGANIZATION,
    PAGES,
    PROJECTS,
    included,
)

CLEARED = "none"  # what Hubstaff takes for clearing a field of an invite
ROLES = (
    ("project_user", "Project user"),
    ("organization_manager", "Organization manager"),
    ("project_manager", "Project manager"),
    ("project_viewer", "Project viewer"),
)
INVITE = Pick(name="invite_id", label="Invite", place=Place.PATH, entity="invite", required=True, number=True, depends_on=IN_ORGANIZATION)
ROLE = OneOf(name="role", label="Role", choices=ROLES, help="Without a project every project role becomes project viewer.")
TRACKABLE = Flag(name="trackable", label="May track time")
INVITED_PROJECTS = replace(PROJECTS, help="The person joins them when the invite is accepted.")
INVITED_PAY_RATE = Money(name="pay_rate", label="Pay rate", help="What an hour of this person costs.")

OPERATIONS = (
    Operation(
        name="list_invites",
        label="List Invites",
        entity="invite",
        kind=Kind.LIST,
        method="GET",
        path="/v2/organizations/{organization_id}/invites",
        result="invites",
        paging=PAGES,
        row="H02",
        inputs=(
            ORGANIZATION,
            Email(name="email", label="E-mail", place=Place.QUERY, help="Only the pending invite to this address."),
            OneOf(
                name="status",
                label="Status",
                place=Place.QUERY,
                default="pending",
                choices=(("pending", "Pending"), ("all", "All"), ("accepted", "Accepted"), ("expired", "Expired")),
            ),
            included(("users", "Who invited"), ("projects", "Projects")),
        ),
        side_loads=(
            SideLoad(key="users", join="invited_by_id", into="invited_by"),
            SideLoad(key="projects", join="project_ids", into="projects"),
        ),
    ),
    Operation(
        name="get_invite",
        label="Get an Invite",
        entity="invite",
        kind=Kind.GET,
        method="GET",
        path="/v2/invites/{invite_id}",
        result="invite",
        row="H03",
        inputs=(ASKED_ORGANIZATION, INVITE),
    ),
    Operation(
        name="create_invite",
        label="Invite a User",
        entity="invite",
        kind=Kind.CREATE,
        method="POST",
        path="/v2/organizations/{organization_id}/invites",
        result="invite",
        row="H04",
        inputs=(
            ORGANIZATION,
            INVITED_PROJECTS,
            Email(name="email", label="E-mail to invite", required=True),
            replace(ROLE, default="project_user"),
            INVITED_PAY_RATE,
            replace(TRACKABLE, default=True),
            Flag(name="view_only", label="May only view", default=False),
        ),
        description="Somebody who has a Hubstaff account already becomes a member at once. Hubstaff limits how many invites may be sent.",
    ),
    Operation(
        name="update_invite",
        label="Update a Pending Invite",
        entity="invite",
        kind=Kind.UPDATE,
        method="PUT",
        path="/v2/invites/{invite_id}",
        result="invite",
        row="H05",
        inputs=(
            ASKED_ORGANIZATION,
            INVITE,
            replace(INVITED_PROJECTS, emptied_as=CLEARED),
            ROLE,
            replace(INVITED_PAY_RATE, emptied_as=CLEARED),
            TRACKABLE,
        ),
        description="An invite that was accepted cannot be changed any more.",
    ),
    Operation(
        name="delete_invite",
        label="Delete an Invite",
        entity="invite",
        kind=Kind.DELETE,
        method="DELETE",
        path="/v2/invites/{invite_id}",
        row="H06",
        inputs=(ASKED_ORGANIZATION, INVITE),
        description="An invite that was accepted cannot be deleted any more.",
    ),
)
