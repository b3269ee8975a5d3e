"""Connections in the admin site: to look at. What is sealed is not shown, and nothing is changed past the pages' rules."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest

from integrations.connections.models import (
    Authorization,
    BudgetBucket,
    BudgetUse,
    BudgetWait,
    Call,
    Connection,
    Credential,
    Discovery,
    OwnApplication,
)


class LookOnly(admin.ModelAdmin[Any]):
    """Rows that the portal makes and the pages change: past their rules nothing is added, changed or deleted."""

    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(Connection)
class ConnectionAdmin(LookOnly):
    list_display = ("name", "organization", "provider", "sign_in", "state", "workspace_name", "verified_at", "due_at", "failures")
    list_filter = ("provider", "state")
    list_select_related = ("organization",)


@admin.register(Credential)
class CredentialAdmin(LookOnly):
    list_display = ("connection", "organization", "expires_at", "kept_until")
    list_select_related = ("connection", "organization")
    exclude = ("sealed",)


@admin.register(OwnApplication)
class OwnApplicationAdmin(LookOnly):
    list_display = ("client_id", "provider", "sign_in", "organization", "made_by", "created_at")
    list_select_related = ("organization", "made_by")
    exclude = ("sealed",)


@admin.register(BudgetBucket)
class BudgetBucketAdmin(LookOnly):
    list_display = ("name", "used_at", "closed_until")


@admin.register(BudgetUse)
class BudgetUseAdmin(LookOnly):
    list_display = ("bucket", "organization_id", "slice", "urgency", "calls")
    ordering = ("-slice",)


@admin.register(BudgetWait)
class BudgetWaitAdmin(LookOnly):
    list_display = ("bucket", "organization_id", "of_share", "until")


@admin.register(Authorization)
class AuthorizationAdmin(LookOnly):
    list_display = ("connection", "organization", "user", "created_at", "expires_at", "used_at", "finished_at", "problem")
    list_select_related = ("connection", "organization", "user")
    exclude = ("sealed", "state_hash")


@admin.register(Discovery)
class DiscoveryAdmin(LookOnly):
    list_display = ("address", "read_at")


@admin.register(Call)
class CallAdmin(LookOnly):
    list_display = ("at", "connection", "organization", "method", "path", "status", "milliseconds", "attempt", "asked_by")
    list_select_related = ("connection", "organization")
