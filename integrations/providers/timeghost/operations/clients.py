"""Clients, their projects and their times."""

from __future__ import annotations

from dataclasses import replace

from integrations.catalogue import Date, Email, Kind, Operation, Text, WholeList
from integrations.providers.timeghost.operations.fields import (
    AUTHOR,
    COLOR,
    CREATED,
    DATE_RANGE,
    DELETED,
    EDITOR,
    ENTITY_NAME,
    EXTERNAL_ID_HELP,
    FILTER,
    MODIFIED,
    OF_USER,
    PARTITION_KEY,
    STATUS,
    WORKSPACE,
    WORKSPACE_ID,
    emptied,
    kept,
    record,
)

CLIENT_ID = record("client_id", "Client", "client")
NAME = Text(name="name", label="Name")
DESCRIPTION = Text(name="description", label="Description", long=True)
# Sent at the top, as both documents name it; an answer has it among the contact facts.
EXTERNAL_ID = Text(
    name="external_id", label="External ID", sent_as="externalId", found_at="meta.externalId", emptied_as="", help=EXTERNAL_ID_HELP
)
# The documents do not say where these stand in a change; `meta` is where an answer has them.
CONTACT = (
    Text(name="phone", label="Phone", sent_as="meta.phone", emptied_as=""),
    Text(name="location", label="Location", sent_as="meta.location", emptied_as=""),
    Email(name="email", label="Email", sent_as="meta.email", emptied_as=""),
    Text(name="primary_contact", label="Primary contact", sent_as="meta.primaryContact", emptied_as=""),
    Text(name="secondary_contact", label="Secondary contact", sent_as="meta.secondaryContact", emptied_as=""),
    Date(name="onboard_date", label="Onboard date", sent_as="meta.onboardDate"),
    Text(name="industry", label="Industry", sent_as="meta.industry", emptied_as=""),
)

CLIENTS = (
    Operation(
        name="list_clients",
        label="Get Clients",
        entity="client",
        kind=Kind.LIST,
        method="GET",
        path="/get/clients",
        paging=WholeList(),
        row="T13",
        description="All clients of a workspace.",
        inputs=(WORKSPACE, FILTER),
    ),
    Operation(
        name="list_client_projects",
        label="Get Client Projects",
        entity="project",
        kind=Kind.LIST,
        method="GET",
        path="/get/clients/{client_id}/projects",
        paging=WholeList(),
        row="T11",
        description="All projects of one client.",
        inputs=(WORKSPACE, CLIENT_ID, FILTER),
    ),
    Operation(
        name="list_client_times",
        label="Get Client Times",
        entity="time",
        kind=Kind.LIST,
        method="GET",
        path="/get/clients/{client_id}/times",
        paging=WholeList(),
        row="T12",
        description="The times of one client in a range of days.",
        inputs=(WORKSPACE, CLIENT_ID, DATE_RANGE, OF_USER, FILTER),
    ),
    Operation(
        name="add_client",
        label="Add Client",
        entity="client",
        kind=Kind.CREATE,
        method="POST",
        path="/add/clients",
        row="T02",
        inputs=(WORKSPACE, replace(NAME, required=True), DESCRIPTION, COLOR, EXTERNAL_ID),
    ),
    Operation(
        name="update_client",
        label="Update Client",
        entity="client",
        kind=Kind.UPDATE,
        method="POST",
        path="/update/clients/{client_id}",
        row="T24",
        inputs=(
            WORKSPACE,
            CLIENT_ID,
            NAME,
            emptied(DESCRIPTION),
            COLOR,
            *CONTACT,
            EXTERNAL_ID,
            *kept(ENTITY_NAME, DELETED, AUTHOR, EDITOR, WORKSPACE_ID, PARTITION_KEY, STATUS, CREATED, MODIFIED),
        ),
    ),
)
