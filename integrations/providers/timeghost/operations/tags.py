"""Tags, of projects and of times. The later document has one set of operations for both kinds, with the type as a field."""

from __future__ import annotations

from integrations.catalogue import Kind, OneOf, Operation, Place, ShownWhen, Text, WholeList
from integrations.providers.timeghost.operations.fields import (
    AUTHOR,
    CREATED,
    DELETED,
    EDITOR,
    ENTITY_NAME,
    EXTERNAL_ID,
    FILTER,
    MODIFIED,
    PARTITION_KEY,
    STATUS,
    WORKSPACE,
    WORKSPACE_ID,
    emptied,
    kept,
    record,
)

PROJECT_TAG, TIME_TAG = 0, 1
TYPE = OneOf(
    name="tag_type",
    label="Tag type",
    sent_as="tagType",
    required=True,
    choices=((PROJECT_TAG, "Project tag"), (TIME_TAG, "Time tag")),
)
OF_TYPE = OneOf(
    name="tag_type",
    label="Tag type",
    place=Place.QUERY,
    sent_as="$filter",
    choices=((f"tagType eq {PROJECT_TAG}", "Project tags"), (f"tagType eq {TIME_TAG}", "Time tags")),
    help="Left open, tags of both types.",
)
OWN_FILTER = Text(
    name="filter",
    label=FILTER.label,
    place=Place.QUERY,
    sent_as="$filter",
    shown_when=ShownWhen("tag_type", (None,)),  # both would be the same parameter
    help="An OData expression that narrows the list, such as: contains(name, 'Web') and tagType eq 1",
)

TAGS = (
    Operation(
        name="list_tags",
        label="Get Tags",
        entity="tag",
        kind=Kind.LIST,
        method="GET",
        path="/get/tags",
        paging=WholeList(),
        row="T18",
        description="The tags of a workspace, for projects and for times.",
        inputs=(WORKSPACE, OWN_FILTER, OF_TYPE),
    ),
    Operation(
        name="add_tag",
        label="Add any Tag",
        entity="tag",
        kind=Kind.CREATE,
        method="POST",
        path="/add/tags",
        row="T01",
        inputs=(WORKSPACE, Text(name="name", label="Name", required=True), TYPE, EXTERNAL_ID),
    ),
    Operation(
        name="update_tag",
        label="Update any Tag",
        entity="tag",
        kind=Kind.UPDATE,
        method="POST",
        path="/update/tags/{tag_id}",
        row="T23",
        inputs=(
            WORKSPACE,
            record("tag_id", "Tag", "tag"),
            Text(name="name", label="Name"),
            TYPE,
            emptied(EXTERNAL_ID),
            *kept(ENTITY_NAME, DELETED, AUTHOR, EDITOR, WORKSPACE_ID, PARTITION_KEY, STATUS, CREATED, MODIFIED),
        ),
    ),
)
