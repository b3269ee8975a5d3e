"""Tenants and the people in them in the admin site.

What belongs to a tenant is made by the portal alone, within that tenant's scope: the operator looks, corrects and removes.
"""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from portal.organizations.models import AuditEntry, Invitation, Membership, Organization
from portal.organizations.tenancy import TenantModel


class TenantAdmin(admin.ModelAdmin[Any]):
    """The base of the admin pages of every `TenantModel`."""

    readonly_fields = ("organization",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False


@admin.register(Organization)
class OrganizationAdmin(admin.ModelAdmin[Organization]):
    """Organizations are made by their first owners. Who belongs to one stands in the list of memberships."""

    list_display = ("name", "slug", "time_zone", "created_at")
    search_fields = ("name", "slug")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False


@admin.register(Membership)
class MembershipAdmin(TenantAdmin):
    list_display = ("user", "role", "organization", "created_at")
    list_filter = ("role", "organization")
    list_select_related = ("user", "organization")
    search_fields = ("user__email", "user__name", "organization__name")
    autocomplete_fields = ("user",)


@admin.register(Invitation)
class InvitationAdmin(TenantAdmin):
    list_display = ("email", "role", "organization", "expires_at", "accepted_at")
    list_filter = ("role", "organization")
    list_select_related = ("organization",)
    search_fields = ("email", "organization__name")
    autocomplete_fields = ("invited_by",)


@admin.register(AuditEntry)
class AuditEntryAdmin(TenantAdmin):
    """Nobody changes the trail, the operator neither."""

    list_display = ("created_at", "action", "target", "actor", "organization")
    list_filter = ("action", "organization")
    list_select_related = ("actor", "organization")
    search_fields = ("action", "target", "actor__email")
    date_hierarchy = "created_at"

    def has_change_permission(self, request: HttpRequest, obj: TenantModel | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: TenantModel | None = None) -> bool:
        return False
