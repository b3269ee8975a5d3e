"""Tells those who listen what a request changed, whichever way it came."""

from integrations.sandbox.exchange import Call
from integrations.sandbox.store import Change
from integrations.sandbox.webhooks import hubstaff, timeghost


def announce(call: Call, changes: list[Change]) -> None:
    """Have every webhook told that asked for one of these changes."""
    for change in changes:
        for delivery in (*hubstaff.deliveries(call, change), *timeghost.deliveries(call, change)):
            call.runtime.post.take(delivery)
