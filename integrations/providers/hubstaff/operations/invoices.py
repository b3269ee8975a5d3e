"""Invoices: of team members to the organization, and of the organization to its clients."""

from __future__ import annotations

from integrations.catalogue import Date, Flag, Kind, OneOf, Operation, Pick, Place, SideLoad
from integrations.providers.hubstaff.operations.fields import IN_ORGANIZATION, OF_USERS, ORGANIZATION, PAGES, included

STATUS = OneOf(
    name="status",
    label="Status",
    place=Place.QUERY,
    choices=(("closed", "Closed"), ("draft", "Draft"), ("open", "Open")),
    help="Without one, all are listed.",
)
ISSUED_FROM = Date(name="issue_date_start", label="Issued from", place=Place.QUERY, sent_as="issue_date[start]")
ISSUED_UNTIL = Date(
    name="issue_date_stop", label="Issued until", place=Place.QUERY, sent_as="issue_date[stop]", not_before="issue_date_start"
)
LINE_ITEMS = Flag(name="include_line_items", label="Include line items", place=Place.QUERY, default=False)

OPERATIONS = (
    Operation(
        name="list_team_invoices",
        label="List Team Invoices",
        entity="team_invoice",
        kind=Kind.LIST,
        method="GET",
        path="/v2/organizations/{organization_id}/team_invoices",
        result="team_invoices",
        paging=PAGES,
        row="H24",
        inputs=(ORGANIZATION, OF_USERS, STATUS, LINE_ITEMS, ISSUED_FROM, ISSUED_UNTIL, included(("users", "Members"))),
        side_loads=(SideLoad(key="users", join="user_id", into="user"), SideLoad(key="users", join="author_id", into="author")),
        description="What members invoice to the organization.",
    ),
    Operation(
        name="list_client_invoices",
        label="List Client Invoices",
        entity="client_invoice",
        kind=Kind.LIST,
        method="GET",
        path="/v2/organizations/{organization_id}/client_invoices",
        result="client_invoices",
        paging=PAGES,
        row="H25",
        inputs=(
            ORGANIZATION,
            Pick(
                name="client_ids",
                label="Clients",
                place=Place.QUERY,
                entity="client",
                many=True,
                number=True,
                depends_on=IN_ORGANIZATION,
            ),
            STATUS,
            LINE_ITEMS,
            ISSUED_FROM,
            ISSUED_UNTIL,
            included(("clients", "Clients"), ("users", "Authors")),
        ),
        side_loads=(SideLoad(key="clients", join="client_id", into="client"), SideLoad(key="users", join="author_id", into="author")),
        description="What the organization invoices to its clients.",
    ),
)
