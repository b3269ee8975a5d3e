"""What must not stand in a log."""

from __future__ import annotations

import re
from collections.abc import MutableMapping
from typing import Any

SECRET_SEGMENT = re.compile(r"/(invitations|connect|key|confirm-email|hooks)/[^/?\s]+")


def without_secrets(logger: Any, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A structlog processor: addresses are logged without their query, where the code of a sign-in travels, without personal secrets."""
    for name in ("request", "event"):
        if isinstance(event.get(name), str):
            event[name] = SECRET_SEGMENT.sub(r"/\1/…", event[name])
    if isinstance(event.get("request"), str):
        event["request"] = event["request"].split("?", 1)[0]
    return event
