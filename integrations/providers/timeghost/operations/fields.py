"""Fields that several operations ask for."""

from __future__ import annotations

from dataclasses import replace

from integrations.catalogue import Field, Flag, Moment, OneOf, Pick, Place, Rows, Text

KEPT = "Kept by timeghost itself; rarely needed."
SOMEBODY_ELSE = "Somebody else's needs the token of a workspace admin."
ZONE_HELP = "By its name, such as Europe/Berlin."
EXTERNAL_ID_HELP = "The id that it has in another system."

WORKSPACE = Pick(
    name="workspace", label="Workspace", place=Place.HEADER, entity="workspace", sent_as="workspace-id", required=True, workspace=True
)
FILTER = Text(
    name="filter",
    label="Filter query",
    place=Place.QUERY,
    sent_as="$filter",
    help="An OData expression that narrows the list, such as: contains(name, 'Web') and completed eq false",
)
DATE_RANGE = OneOf(
    name="date_range",
    label="Date range",
    place=Place.QUERY,
    sent_as="$filter-date-range",
    required=True,
    default="today",
    choices=(
        ("today", "Today"),
        ("yesterday", "Yesterday"),
        ("this_week", "This week"),
        ("last_week", "Last week"),
        ("this_month", "This month"),
        ("last_month", "Last month"),
        ("this_year", "This year"),
        ("last_year", "Last year"),
        ("all_time", "All time"),
    ),
)
OF_USER = Pick(
    name="user",
    label="Filter by user",
    place=Place.QUERY,
    entity="user",
    sent_as="$filter-user",
    help="What other people track is seen with the token of a workspace admin.",
)
CLIENT = Pick(name="client", label="Client", entity="client", sent_as="client.id")
PROJECT = Pick(name="project", label="Project", entity="project", sent_as="project.id", depends_on=("client",))
CLIENT_OF_PROJECT = Pick(
    name="client",
    label="Client",
    place=Place.HEADER,
    entity="client",
    sent_as="clientid",
    help="Narrows the choice of projects; it may be left out.",
)
EXTERNAL_ID = Text(name="external_id", label="External ID", sent_as="externalId", help=EXTERNAL_ID_HELP)
COLOR = Text(name="color", label="Color", help="Such as #0000FF.")
TAG = Pick(name="tag", label="Tag", entity="tag", sent_as="id", required=True)


def kept(*fields: Field) -> tuple[Field, ...]:
    """Fields of the database behind timeghost: its documents name them as inputs, and hardly anybody gives them. They are asked last, and
    a form does not send them back by itself.
    """
    return tuple(replace(field, help=KEPT, prefilled=False) for field in fields)


ENTITY_NAME = Text(name="cosmos_entity_name", label="Cosmos entity name", sent_as="cosmosEntityName")
DELETED = Flag(name="deleted", label="Deleted")
AUTHOR = Text(name="author", label="Author")
EDITOR = Text(name="editor", label="Editor")
WORKSPACE_ID = Pick(name="workspace_id", label="Workspace ID", entity="workspace", sent_as="workspace.id")
PARTITION_KEY = Text(name="partition_key", label="Partition key", sent_as="partitionKey")
STATUS = Text(name="status", label="Status")
CREATED = Moment(name="created", label="Created")
MODIFIED = Moment(name="modified", label="Modified")
CLIENT_NAME = Text(name="client_name", label="Client name", sent_as="client.name")
PROJECT_NAME = Text(name="project_name", label="Project name", sent_as="project.name")
PROJECT_COMPLETED = Flag(name="project_completed", label="Project completed", sent_as="project.completed")

NAMED_TAGS = Rows(
    name="tags",
    label="Tags",
    emptied_as=[],
    help="Those given here replace all that there are.",
    fields=(TAG, *kept(Text(name="name", label="Tag name"))),
)


def record(name: str, label: str, entity: str, *depends_on: str) -> Pick:
    """The record that an operation is about, named in its path."""
    return Pick(name=name, label=label, place=Place.PATH, entity=entity, required=True, depends_on=depends_on)


def emptied(field: Field, value: object = "") -> Field:
    """The same field, which a change can also empty."""
    return replace(field, emptied_as=value)
