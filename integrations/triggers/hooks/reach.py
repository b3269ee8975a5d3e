"""Whether providers can reach this portal from outside, without which there are no webhooks."""

from __future__ import annotations

from django.conf import settings

OUT_OF_REACH = (
    "This portal cannot be reached from outside, so no webhooks are used. The trigger looks at its list by itself and misses nothing; "
    "it only takes until the next look."
)


def can_be_reached() -> bool:
    return bool(settings.WEBHOOKS_REACH_US)


def reach_words() -> str:
    """What a page says of webhooks that are not used because nobody could deliver them; empty where they are."""
    return "" if can_be_reached() else OUT_OF_REACH
