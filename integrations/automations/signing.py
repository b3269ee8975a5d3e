"""The secrets of a webhook, and what its deliveries are signed with (https://www.standardwebhooks.com).

After a rotation both secrets sign for a day, so that a receiver can take over the new one at its leisure.
"""

from __future__ import annotations

import base64
import secrets
from datetime import datetime, timedelta

from standardwebhooks import Webhook

from integrations.automations.models import Destination
from integrations.connections.sealing import SealBroken

BYTES = 32  # the standard asks for 24 to 64
OVERLAP = timedelta(hours=24)


def make_secret() -> str:
    """A new secret, as receivers know it."""
    return f"whsec_{base64.b64encode(secrets.token_bytes(BYTES)).decode()}"


def keep_secret(destination: Destination) -> str:
    """Gives a destination its first secret, in place of any it had. Not saved yet."""
    secret = make_secret()
    destination.keep({"current": secret})
    destination.overlap_ends_at = None
    return secret


def rotate(destination: Destination, now: datetime) -> str:
    """Gives a destination another secret; the one before signs as well until the overlap ends, if it can still be opened. Not saved yet."""
    try:
        previous = destination.open()["current"]
    except SealBroken:
        return keep_secret(destination)
    secret = make_secret()
    destination.keep({"current": secret, "previous": previous})
    destination.overlap_ends_at = now + OVERLAP
    return secret


def secrets_of(destination: Destination, now: datetime) -> list[str]:
    """What signs now, the newest first. Raises `SealBroken`."""
    kept = destination.open()
    overlaps = destination.overlap_ends_at is not None and destination.overlap_ends_at > now
    return [kept["current"], *([kept["previous"]] if overlaps else [])]


def signed(destination: Destination, message_id: str, body: str, now: datetime) -> dict[str, str]:
    """The headers that prove a body. Raises `SealBroken`."""
    signatures = [Webhook(secret).sign(message_id, now, body) for secret in secrets_of(destination, now)]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(signatures),
    }
