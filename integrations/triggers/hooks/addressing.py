"""The address of a subscription, what it is called over there, and the credentials that its deliveries bring.

The address is unguessable; in clear only its hash is kept. The name ends with our mark, which is the beginning of that hash: each
registration has its own, so that one that was left behind over there is told apart from the one that replaced it.
"""

from __future__ import annotations

import re
import secrets

import structlog
from django.conf import settings
from django.urls import reverse

from integrations.catalogue import BasicDeliveries, HookDraft
from integrations.connections.sealing import SealBroken
from integrations.triggers.models import Subscription, Trigger
from portal.organizations.models import hash_secret

ADDRESS = "address"
NAME = "name"  # the input in which a watch asks what its webhook is called over there
LONGEST_TITLE = 80
MARK = re.compile(r" · Timebridge [0-9a-f]{8}$")
CONCEALED = "…"

log = structlog.get_logger(__name__)


def give_address(subscription: Subscription) -> None:
    """Gives a subscription a new address, a name and credentials, sealed into the row, which is not saved yet."""
    address = secrets.token_urlsafe(32)
    subscription.address_hash = hash_secret(address)
    subscription.name = f"{title_of(subscription.trigger)} · Timebridge {subscription.address_hash[:8]}"
    user_name = f"timebridge-{subscription.address_hash[:8]}"
    subscription.keep({ADDRESS: address, BasicDeliveries.USER_NAME: user_name, BasicDeliveries.PASSWORD: secrets.token_urlsafe(32)})


def title_of(trigger: Trigger) -> str:
    """What people call it: as they were asked for the webhook's own name, else the name of the trigger."""
    return str(trigger.inputs.get(NAME) or trigger.name)[:LONGEST_TITLE]


def draft_of(subscription: Subscription) -> HookDraft:
    """What is to be registered over there."""
    kept = subscription.open()
    return HookDraft(
        url=f"{settings.BASE_URL}{reverse('hooks:receive', args=[kept[ADDRESS]])}",
        name=subscription.name,
        topic=subscription.topic,
        events=tuple(subscription.events),
        user_name=kept[BasicDeliveries.USER_NAME],
        password=kept[BasicDeliveries.PASSWORD],
    )


def secrets_of(subscription: Subscription) -> dict[str, str]:
    """What is sealed into its row; nothing where its key was taken away. Then no delivery is accepted, and it is registered anew."""
    try:
        return subscription.open()
    except SealBroken:
        log.error("the secrets of a subscription cannot be opened", subscription=str(subscription.pk))
        return {}


def concealed(subscription: Subscription, text: str) -> str:
    """Words of a provider that people may read: without our secrets, which it may have repeated."""
    for secret in filter(None, secrets_of(subscription).values()):
        text = text.replace(secret, CONCEALED)
    return text


def has_our_mark(name: str) -> bool:
    return MARK.search(name) is not None


def is_called(name: str, title: str) -> bool:
    """Whether a name over there is this title with our mark."""
    return has_our_mark(name) and MARK.sub("", name) == title
