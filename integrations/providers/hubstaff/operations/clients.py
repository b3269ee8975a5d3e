"""Clients: who is billed for a project."""

from __future__ import annotations

from dataclasses import replace

from integrations.catalogue import Email, Kind, Number, Operation, Pick, Place, SideLoad, Text
from integrations.providers.hubstaff.operations.fields import (
    ASKED_ORGANIZATION,
    BUDGET,
    CHANGED_BUDGET,
    CHANGED_METADATA,
    IN_ORGANIZATION,
    LISTED_STATUS,
    METADATA,
    ORGANIZATION,
    PAGES,
    PROJECTS,
    STATUS,
    included,
    whole_budget,
)

CLIENT = Pick(name="client_id", label="Client", place=Place.PATH, entity="client", required=True, number=True, depends_on=IN_ORGANIZATION)
NAME = Text(name="name", label="Name")
ADDRESS = Text(name="address", label="Address", long=True)
EMAILS = Email(name="emails", label="E-mails", many=True, help="Where invoices are sent to.")
PHONE = Text(name="phone", label="Phone")
INVOICE_NOTES = Text(
    name="invoice_notes", label="Invoice notes", long=True, help="Shown on invoices. Without them, the organization's are."
)
NET_TERMS = Number(
    name="net_terms", label="Net terms", least=0, help="Days after which an invoice must be paid. Without them, the organization's count."
)

OPERATIONS = (
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
        inputs=(ORGANIZATION, LISTED_STATUS, included(("projects", "Projects"))),
        side_loads=(SideLoad(key="projects", join="project_ids", into="projects"),),
    ),
    Operation(
        name="get_client",
        label="Get a Client",
        entity="client",
        kind=Kind.GET,
        method="GET",
        path="/v2/clients/{client_id}",
        result="client",
        row="H21",
        inputs=(ASKED_ORGANIZATION, CLIENT),
    ),
    Operation(
        name="create_client",
        label="Create a Client",
        entity="client",
        kind=Kind.CREATE,
        method="POST",
        path="/v2/organizations/{organization_id}/clients",
        result="client",
        row="H22",
        inputs=(
            replace(NAME, required=True),
            ORGANIZATION,
            replace(PROJECTS, number=False),  # here Hubstaff wants ids as text
            ADDRESS,
            EMAILS,
            PHONE,
            INVOICE_NOTES,
            NET_TERMS,
            BUDGET,
            METADATA,
        ),
        shape=whole_budget,
    ),
    Operation(
        name="update_client",
        label="Update a Client",
        entity="client",
        kind=Kind.UPDATE,
        method="PUT",
        path="/v2/clients/{client_id}",
        result="client",
        row="H23",
        inputs=(
            ASKED_ORGANIZATION,
            CLIENT,
            replace(PROJECTS, emptied_as=[], help="All of them: projects that are not named are taken from the client."),
            NAME,
            replace(ADDRESS, emptied_as=""),
            replace(EMAILS, emptied_as=[]),
            replace(PHONE, emptied_as=""),
            replace(INVOICE_NOTES, emptied_as=None),
            replace(NET_TERMS, emptied_as=None),
            replace(STATUS, help="Clients cannot be deleted, only archived."),
            CHANGED_BUDGET,
            CHANGED_METADATA,
        ),
        shape=whole_budget,
    ),
)
