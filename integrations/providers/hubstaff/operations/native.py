"""Hubstaff's own integrations with other tools, and what they link. They can be read, not changed."""

from __future__ import annotations

from integrations.catalogue import Kind, Operation, Pick, Place
from integrations.providers.hubstaff.operations.fields import ASKED_ORGANIZATION, IN_ORGANIZATION, ORGANIZATION, PAGES

INTEGRATION = Pick(
    name="integration_id",
    label="Native integration",
    place=Place.PATH,
    entity="integration",
    required=True,
    number=True,
    depends_on=IN_ORGANIZATION,
)

OPERATIONS = (
    Operation(
        name="list_integrations",
        label="List Native Integrations",
        entity="integration",
        kind=Kind.LIST,
        method="GET",
        path="/v2/organizations/{organization_id}/integrations",
        result="integrations",
        paging=PAGES,
        inputs=(ORGANIZATION,),
        description="Hubstaff's own integrations with other tools, and why one is disabled.",
    ),
    Operation(
        name="list_project_links",
        label="List Native Project Links",
        entity="project_link",
        kind=Kind.LIST,
        method="GET",
        path="/v2/integrations/{integration_id}/project_links",
        result="project_links",
        paging=PAGES,
        inputs=(ASKED_ORGANIZATION, INTEGRATION),
        description="Which projects a native integration links. They can be read here, not changed.",
    ),
    Operation(
        name="list_user_links",
        label="List Native User Links",
        entity="user_link",
        kind=Kind.LIST,
        method="GET",
        path="/v2/integrations/{integration_id}/user_links",
        result="user_links",
        paging=PAGES,
        inputs=(ASKED_ORGANIZATION, INTEGRATION),
        description="Whom a native integration links, and who has authenticated there.",
    ),
)
