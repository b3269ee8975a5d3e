"""Who listens. A webhook is kept with the organizations or workspaces that it is told of, in `tenants`."""

from urllib.parse import urlsplit

from integrations.sandbox.kinds import HUBSTAFF_WEBHOOK, TIMEGHOST_WEBHOOK, Kind
from integrations.sandbox.store import Body, Store

KINDS = (HUBSTAFF_WEBHOOK, TIMEGHOST_WEBHOOK)


def subscribe(store: Store, kind: Kind, webhook: Body) -> None:
    """Keep a new webhook and have its tenants watched from now on."""
    store.put(kind, webhook)
    store.watched.update(webhook["tenants"])


def listen(store: Store) -> None:
    """Have those watched whom a kept webhook listens to."""
    for _, webhook in every(store):
        store.watched.update(webhook["tenants"])


def every(store: Store) -> list[tuple[Kind, Body]]:
    """Return all webhooks of both services."""
    return [(kind, webhook) for kind in KINDS for webhook in store.every(kind)]


def can_be_posted_to(address: str) -> bool:
    """Whether a text is the address of a website."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and address.isprintable() and " " not in address
