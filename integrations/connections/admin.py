"""Connections in the admin site: to look at. What is sealed is not shown, and nothing is changed past the pages' rules."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest

from integrations.connections.models import Authorization, Call, Connection, Credential, Discovery


class LookOnly(admin.ModelAdmin[Any]):
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
    show_full_result_count = False
