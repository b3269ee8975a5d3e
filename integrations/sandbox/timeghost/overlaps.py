"""Times of one person that run at the same time."""

from collections.abc import Iterable, Sequence
from datetime import timedelta

from integrations.sandbox import moments
from integrations.sandbox.kinds import TIMEGHOST_TIME
from integrations.sandbox.store import Body, Store

LONGEST = timedelta(days=1)
"""Times that began longer before another one are not looked at."""


def overlapping_times(store: Store, workspace_id: str, times: Sequence[Body]) -> set[str]:
    """Return the ids of times that overlap: those given, and any beside them."""
    if not times:
        return set()
    since = moments.written(moments.read(min(time["start"] for time in times)) - LONGEST)
    until = max(max(time["start"], time["end"]) for time in times)
    around = store.between(TIMEGHOST_TIME, workspace_id, since, until)
    return _overlapping(time for time in around if not time["deleted"])


def would_overlap(store: Store, workspace_id: str, time: Body, identity: str | None) -> bool:
    """Whether a time to come would overlap another one of the person; `identity` is its id where it is there already."""
    since = moments.written(moments.read(time["start"]) - LONGEST)
    around = store.between(TIMEGHOST_TIME, workspace_id, since, time["end"])
    others = (other for other in around if not other["deleted"] and other["id"] != identity)
    return any(other["user_id"] == time["user_id"] and other["end"] > time["start"] for other in others)


def _overlapping(times: Iterable[Body]) -> set[str]:
    """Walk times, the earliest first, and compare each with the one of the same person that ends last so far."""
    found: set[str] = set()
    lasts: dict[str, Body] = {}
    for time in times:
        last = lasts.get(time["user_id"])
        if last is not None and time["start"] < last["end"]:
            found |= {last["id"], time["id"]}
        if last is None or time["end"] > last["end"]:
            lasts[time["user_id"]] = time
    return found
