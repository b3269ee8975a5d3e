"""Secrets at rest: who can open them, who cannot, and the change of keys."""

from __future__ import annotations

import base64
import os
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import override_settings

from integrations.connections.checks import credential_keys
from integrations.connections.models import Connection, Credential
from integrations.connections.sealing import SealBroken, is_sealed_with_first_key, seal, unseal
from portal.accounts.models import User
from portal.organizations.models import Organization
from portal.organizations.scope import scope
from tests.conftest import make_organization


def new_key() -> str:
    return base64.urlsafe_b64encode(os.urandom(32)).decode()


OLD, NEW = new_key(), new_key()


def kept(organization: Organization, person: User, secret: str) -> Credential:
    with scope(organization.id):
        connection = Connection(provider="hubstaff", name="Ours", sign_in="oauth", made_by=person)
        connection.save()
        credential = Credential(connection=connection)
        credential.keep({"refresh_token": secret})
        credential.save()
    return credential


@override_settings(CREDENTIAL_KEYS=[NEW, OLD])
def test_a_sealed_value_is_opened_only_for_what_it_was_sealed_for() -> None:
    sealed = seal(b"secret", "row 1")
    assert unseal(sealed, "row 1") == b"secret"
    assert b"secret" not in sealed
    with pytest.raises(SealBroken):
        unseal(sealed, "row 2")
    with pytest.raises(SealBroken):
        unseal(sealed[:-1] + bytes([sealed[-1] ^ 1]), "row 1")


def test_every_key_opens_and_the_first_one_seals() -> None:
    with override_settings(CREDENTIAL_KEYS=[OLD]):
        sealed = seal(b"secret", "row")
    with override_settings(CREDENTIAL_KEYS=[NEW, OLD]):
        assert unseal(sealed, "row") == b"secret"
        assert not is_sealed_with_first_key(sealed)
        assert is_sealed_with_first_key(seal(b"secret", "row"))
    with override_settings(CREDENTIAL_KEYS=[NEW]), pytest.raises(SealBroken):
        unseal(sealed, "row")


@pytest.mark.django_db
def test_a_credential_moved_to_another_connection_does_not_open(organization: Organization, alice: User) -> None:
    first, second = kept(organization, alice, "one"), kept(organization, alice, "two")
    with scope(organization.id):
        Credential.objects.filter(pk=second.pk).update(sealed=first.sealed)
        with pytest.raises(SealBroken):
            Credential.objects.get(pk=second.pk).open()


@pytest.mark.django_db
def test_neither_text_nor_repr_shows_a_secret(organization: Organization, alice: User) -> None:
    credential = kept(organization, alice, "visible?")
    assert "visible?" not in f"{credential!r} {credential} {credential.__dict__}"


@pytest.mark.django_db
def test_the_keys_are_changed_for_every_organization(organization: Organization, alice: User, bob: User) -> None:
    with override_settings(CREDENTIAL_KEYS=[OLD]):
        rows = [kept(organization, alice, "one"), kept(make_organization("Southwind", owner=bob), bob, "two")]
    out = StringIO()
    with override_settings(CREDENTIAL_KEYS=[NEW, OLD]):
        call_command("rotate_credentials", stdout=out)
        call_command("rotate_credentials", stdout=out)
    assert out.getvalue() == "2 sealed anew.\n0 sealed anew.\n"
    with override_settings(CREDENTIAL_KEYS=[NEW]):
        for row, secret in zip(rows, ("one", "two"), strict=True):
            with scope(row.organization_id):
                assert Credential.objects.get(pk=row.pk).open() == {"refresh_token": secret}


@pytest.mark.django_db
def test_the_change_of_keys_says_what_it_could_not_open(organization: Organization, alice: User) -> None:
    with override_settings(CREDENTIAL_KEYS=[OLD]):
        kept(organization, alice, "one")
    with override_settings(CREDENTIAL_KEYS=[NEW]), pytest.raises(CommandError, match="1 could not be opened"):
        call_command("rotate_credentials", stdout=StringIO(), stderr=StringIO())


@pytest.mark.parametrize("keys", [[], ["short"], [new_key(), "not base64!"], [base64.urlsafe_b64encode(b"x" * 31).decode()]])
def test_wrong_keys_are_one_clear_line(keys: list[Any]) -> None:
    with override_settings(CREDENTIAL_KEYS=keys):
        (error,) = credential_keys()
    assert "CREDENTIAL_KEYS" in error.msg
