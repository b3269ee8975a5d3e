"""The change of keys covers every table with sealed secrets, those of webhooks and destinations among them."""

from __future__ import annotations

import base64
import os
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.test import override_settings

from integrations.automations.models import Destination
from integrations.connections.doors import organizations_with_credentials
from integrations.connections.models import SealedSecrets, sealed_models
from integrations.connections.sealing import SealBroken, is_sealed_with_first_key
from integrations.triggers.models import Subscription
from portal.accounts.models import User
from portal.organizations.models import Organization
from portal.organizations.scope import scope
from tests.conftest import make_organization
from tests.triggers.hooks.subscriptions import Sender, make_subscription


def new_key() -> str:
    return base64.urlsafe_b64encode(os.urandom(32)).decode()


OLD, NEW = new_key(), new_key()

pytestmark = pytest.mark.django_db


def make_destination(**fields: Any) -> Destination:
    destination = Destination(name="Ours", kind=Destination.Kind.WEBHOOK, url="https://example.com/events", **fields)
    destination.keep({"current": "whsec_abc"})
    destination.save()
    return destination


def test_webhooks_and_destinations_are_sealed_anew(organization: Organization, charlie: User) -> None:
    """Their organizations have no sealed secret but these: the door has to know of them."""
    elsewhere = make_organization("Southwind", owner=charlie)
    with override_settings(CREDENTIAL_KEYS=[OLD]):
        with scope(organization.id):
            subscription = make_subscription("hubstaff")
        with scope(elsewhere.id):
            destination = make_destination()
    assert set(organizations_with_credentials()) == {organization.id, elsewhere.id}
    out = StringIO()
    with override_settings(CREDENTIAL_KEYS=[NEW, OLD]):
        call_command("rotate_credentials", stdout=out)
        call_command("rotate_credentials", stdout=out)
    assert out.getvalue() == "2 sealed anew.\n0 sealed anew.\n"
    with override_settings(CREDENTIAL_KEYS=[NEW]):
        with scope(elsewhere.id):
            assert Destination.objects.get(pk=destination.pk).open() == {"current": "whsec_abc"}
        with scope(organization.id):
            subscription.refresh_from_db()
        assert Sender(subscription).tell().status_code == 200


def test_every_table_with_sealed_secrets_is_found() -> None:
    found = set(sealed_models())
    assert {Subscription, Destination} <= found
    assert all(issubclass(model, SealedSecrets) and not model._meta.abstract for model in found)


def test_a_subscription_is_sealed_for_itself_alone(organization: Organization) -> None:
    with scope(organization.id):
        ours, other = make_subscription("hubstaff"), make_subscription("hubstaff")
        assert is_sealed_with_first_key(bytes(ours.sealed))
        other.sealed = ours.sealed
        with pytest.raises(SealBroken):
            other.open()
