"""What the operator's settings must be like."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error

from integrations.connections.budget import read_limit
from integrations.connections.sealing import read_key
from integrations.providers import all_providers

HINT = "Urlsafe base64 keys of 32 bytes, separated by commas; the first seals, all open. `make run` makes one."
LIMIT_HINT = "Calls in seconds by provider, separated by commas: hubstaff=2000/3600,timeghost=50/60."


def credential_keys(**_: Any) -> list[CheckMessage]:
    if not settings.CREDENTIAL_KEYS:
        return [Error("CREDENTIAL_KEYS is not set.", hint=HINT, id="connections.E001")]
    try:
        for text in settings.CREDENTIAL_KEYS:
            read_key(text)
    except ValueError as error:
        return [Error(f"CREDENTIAL_KEYS holds something that is no key: {error}.", hint=HINT, id="connections.E002")]
    return []


def rate_limits(**_: Any) -> list[CheckMessage]:
    try:
        unknown = {name for name, _, _ in map(read_limit, settings.RATE_LIMITS)} - set(all_providers())
    except ValueError as error:
        return [Error(f"RATE_LIMITS: {error}.", hint=LIMIT_HINT, id="connections.E003")]
    return [Error(f"RATE_LIMITS names no provider with {name!r}.", hint=LIMIT_HINT, id="connections.E004") for name in sorted(unknown)]
