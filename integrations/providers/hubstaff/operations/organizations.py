"""Organizations, their members, and who is signed in."""

from __future__ import annotations

from integrations.catalogue import Email, Flag, Kind, OneOf, Operation, Place, RawCall, SideLoad, Text
from integrations.providers.hubstaff.operations.fields import OF_USERS, ORGANIZATION, PAGES, included

OPERATIONS: tuple[Operation, ...] = (
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
        description="The organizations that the signed-in person is an active member of.",
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
        inputs=(
            ORGANIZATION,
            Email(name="search_email", label="E-mail", place=Place.QUERY, sent_as="search[email]"),
            Text(name="search_name", label="Name", place=Place.QUERY, sent_as="search[name]"),
            OneOf(
                name="membership_roles",
                label="Roles",
                place=Place.QUERY,
                many=True,
                choices=(("owner", "Owner"), ("manager", "Manager"), ("user", "User"), ("unassigned", "Unassigned")),
            ),
            OF_USERS,
            Flag(name="include_removed", label="Include removed members", place=Place.QUERY),
            Flag(name="include_projects", label="Include their projects", place=Place.QUERY),
            included(("users", "Users")),
        ),
        side_loads=(SideLoad(key="users", join="user_id", into="user"),),
        description="The people of an organization. Names and addresses come with the users.",
    ),
    Operation(
        name="get_current_user",
        label="Get the Current User",
        entity="member",
        kind=Kind.GET,
        method="GET",
        path="/v2/users/me",
        result="user",
        description="The person who signed in.",
    ),
    RawCall(row="H31", description="Any call of Hubstaff's API, such as GET /v2/organizations. It is never sent to another host."),
)
