"""What must be set before a sign-in can be kept."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error

from integrations.connections.sealing import read_key

HINT = "Urlsafe base64 keys of 32 bytes, separated by commas; the first seals, all open. `make run` makes one."


def credential_keys(**_: Any) -> list[CheckMessage]:
    if not settings.CREDENTIAL_KEYS:
        return [Error("CREDENTIAL_KEYS is not set.", hint=HINT, id="connections.E001")]
    try:
        for text in settings.CREDENTIAL_KEYS:
            read_key(text)
    except ValueError as error:
        return [Error(f"CREDENTIAL_KEYS holds something that is no key: {error}.", hint=HINT, id="connections.E002")]
    return []
