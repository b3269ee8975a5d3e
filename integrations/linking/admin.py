"""Integrations and links in the admin site. The portal makes the rows; operators look, and mend."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from integrations.linking.models import Integration, PersonLink, ProjectLink


class MadeByThePortal(admin.ModelAdmin[Any]):
    """Rows that are not added by hand: they would belong to nobody."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Integration)
class IntegrationAdmin(MadeByThePortal):
    list_display = ("id", "organization", "left", "right", "is_paused", "minutes", "synced_at", "due_at", "failures", "problem")
    list_filter = ("is_paused", "synced_at")
    list_select_related = ("organization", "left", "right")
    search_fields = ("=id", "organization__name", "left__name", "right__name", "problem")
    raw_id_fields = ("left", "right")
    readonly_fields = ("synced_at", "problem", "failures", "claim", "claimed_until", "created_at")


class LinkAdmin(MadeByThePortal):
    list_display = [
        "name",
        "organization",
        "integration",
        "left_id",
        "right_id",
        "linked_at",
        "disconnected_at",
        "problem",
    ]
    list_filter = ("linked_at", ("disconnected_at", admin.EmptyFieldListFilter), ("problem", admin.EmptyFieldListFilter))
    list_select_related = ("organization", "integration__left", "integration__right")
    search_fields = ["=id", "name", "=left_id", "=right_id", "organization__name"]
    raw_id_fields = ("integration", "made_by")


@admin.register(ProjectLink)
class ProjectLinkAdmin(LinkAdmin):
    pass


@admin.register(PersonLink)
class PersonLinkAdmin(LinkAdmin):
    list_display = [*LinkAdmin.list_display, "email"]
    search_fields = [*LinkAdmin.search_fields, "email"]
