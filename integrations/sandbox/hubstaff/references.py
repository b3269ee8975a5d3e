"""Readers of ids: what they name must exist in the organization."""

from collections.abc import Collection
from typing import Any

from integrations.sandbox.hubstaff.values import Convert, Unfit, whole
from integrations.sandbox.hubstaff.visit import member_of
from integrations.sandbox.kinds import HUBSTAFF_CLIENT, HUBSTAFF_PROJECT, Kind
from integrations.sandbox.store import Store


def project_in(store: Store, organization_id: int) -> Convert[int]:
    """Return the reader of a project's id."""
    return _existing(store, HUBSTAFF_PROJECT, organization_id, "project")


def client_in(store: Store, organization_id: int) -> Convert[int]:
    """Return the reader of a client's id."""
    return _existing(store, HUBSTAFF_CLIENT, organization_id, "client")


def member_in(store: Store, organization_id: int) -> Convert[int]:
    """Return the reader of the id of a user who belongs to the organization."""

    def read(value: Any) -> int:
        user_id = whole(value)
        if member_of(store, organization_id, user_id) is None:
            raise Unfit(f"{user_id} is not a member of the organization")
        return user_id

    return read


def one_of_these(user_ids: Collection[int], circle: str) -> Convert[int]:
    """Return the reader of the id of a user who belongs to a circle of people."""

    def read(value: Any) -> int:
        user_id = whole(value)
        if user_id not in user_ids:
            raise Unfit(f"{user_id} is not a member of the {circle}")
        return user_id

    return read


def _existing(store: Store, kind: Kind, organization_id: int, word: str) -> Convert[int]:
    def read(value: Any) -> int:
        identity = whole(value)
        record = store.get(kind, identity)
        if record is None or record["organization_id"] != organization_id:
            raise Unfit(f"there is no {word} {identity}")
        return identity

    return read
