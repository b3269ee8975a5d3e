"""Custom events in a person's feed. There is no list of them; timeghost deletes each after 180 days."""

from __future__ import annotations

from dataclasses import replace

from integrations.catalogue import Kind, Moment, Operation, Pick, Text
from integrations.providers.timeghost.operations.fields import EXTERNAL_ID, SOMEBODY_ELSE, WORKSPACE, emptied, record

NAME = Text(name="name", label="Name")
DESCRIPTION = Text(name="description", label="Description", long=True)
USER = Pick(name="user", label="User", entity="user", sent_as="user.id", help=f"In whose feed it stands. {SOMEBODY_ELSE}")
START, END = Moment(name="start", label="Start"), Moment(name="end", label="End", not_before="start")
MORE = (
    Text(name="image_url", label="Icon URL", sent_as="imageUrl", emptied_as="", help="The https address of a picture of 96 by 96 pixels."),
    Text(name="url", label="URL", emptied_as="", help="A page about it; the feed's menu opens it."),
    Text(name="category", label="Category", emptied_as="", help="The feed can be filtered by it, for example Planner."),
    emptied(EXTERNAL_ID),
)

FEED_EVENTS = (
    Operation(
        name="add_feed_event",
        label="Add Custom Feed Event",
        entity="feed_event",
        kind=Kind.CREATE,
        method="POST",
        path="/add/customfeedevent",
        row="T03",
        description="Puts an event into a person's feed. timeghost deletes it after 180 days.",
        inputs=(
            WORKSPACE,
            replace(NAME, required=True),
            DESCRIPTION,
            replace(USER, required=True),
            replace(START, required=True),
            replace(END, required=True),
            *MORE,
        ),
    ),
    Operation(
        name="update_feed_event",
        label="Update Custom Feed Event",
        entity="feed_event",
        kind=Kind.UPDATE,
        method="POST",
        path="/update/customfeedevent/{event_id}",
        row="T25",
        description="Events that were added here can be chosen; of others type the id. timeghost deletes them after 180 days.",
        inputs=(WORKSPACE, record("event_id", "Custom feed event", "feed_event"), NAME, emptied(DESCRIPTION), USER, START, END, *MORE),
    ),
)
