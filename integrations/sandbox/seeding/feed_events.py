"""Events that other systems have put into people's feeds in timeghost."""

from datetime import timedelta

from integrations.sandbox import moments
from integrations.sandbox.seeding.company import World
from integrations.sandbox.store import Body, Store
from integrations.sandbox.timeghost.records import create_feed_event

EVENTS = (
    ("Board reviewed", "Planner", 2),
    ("Pull request #214 merged 🎉", "GitHub", 25),
    ("Quarterly figures, first draft", "Documents", 90),
    ("Kick-off with the client", "Calendar", 170),
)
"""Name, category, and how many days ago it was made: all within the 180 days that timeghost keeps them."""


def plant_feed_events(store: Store, world: World, workspace_id: str, users: list[Body]) -> None:
    """Write a few events, each into the feed of somebody else."""
    for place, (name, category, days) in enumerate(EVENTS):
        made = moments.read(world.moment(days, days))
        details: Body = {
            "id": world.identity(),
            "created": moments.written(made),
            "modified": moments.written(made),
            "name": name,
            "description": f"From {category}",
            "start": moments.written(made - timedelta(minutes=45)),
            "end": moments.written(made),
            "url": f"https://{category.lower()}.example/{place + 1}",
            "category": category,
            "externalId": f"{category.lower()}-{place + 1}",
        }
        create_feed_event(store, workspace_id, users[place]["id"], **details)
