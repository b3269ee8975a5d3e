"""The base of every table that belongs to a tenant: the first wall."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import ClassVar, Self, TypeVar

from django.apps import apps
from django.db import models

from portal.organizations.scope import current_organization_id, operator_door_is_open

Row = TypeVar("Row", bound=models.Model, covariant=True)


class TenantRows(models.Manager[Row]):
    """Rows of the organization whose scope is open; raises `NoScope` where none is."""

    def get_queryset(self) -> models.QuerySet[Row]:
        rows = super().get_queryset()
        return rows if operator_door_is_open() else rows.filter(organization_id=current_organization_id())


class TenantModel(models.Model):
    """A row of one organization. It takes the organization of the open scope; the second wall refuses any other."""

    organization = models.ForeignKey(
        "organizations.Organization", on_delete=models.CASCADE, default=current_organization_id, editable=False, related_name="+"
    )

    objects: ClassVar[TenantRows[Self]] = TenantRows()

    class Meta:
        abstract = True


class TenantRecord(TenantModel):
    """A tenant's row with an unguessable key, for what has an address of its own."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        abstract = True


def tenant_models() -> Iterator[type[TenantModel]]:
    """Every model whose rows belong to a tenant."""
    return (model for model in apps.get_models() if issubclass(model, TenantModel))
