"""Integrations and links in the admin site. The portal makes the rows; operators look, and mend."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from integrations.linking.models import Disconnection, DismissedProject, Integration, LinkEvent, PersonalMail, PersonLink, ProjectLink


class MadeByThePortal(admin.ModelAdmin[Any]):
    """Rows that are not added by hand: they would belong to nobody."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Integration)
class IntegrationAdmin(MadeByThePortal):
    """It is removed on its own page, which tells what goes with it."""

    list_display = ("id", "organization", "left", "right", "is_paused", "minutes", "synced_at", "due_at", "failures", "problem")
    list_filter = ("is_paused", "synced_at")
    list_select_related = ("organization", "left", "right")
    search_fields = ("=id", "organization__name", "left__name", "right__name", "problem")
    raw_id_fields = ("left", "right")
    readonly_fields = ("synced_at", "whole_look_at", "cost", "problem", "failures", "claim", "claimed_until", "created_at")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class LinkAdmin(MadeByThePortal):
    list_display = [
        "name",
        "organization",
        "integration",
        "left_id",
        "right_id",
        "linked_at",
        "disconnected_at",
        "next_try_at",
        "problem",
    ]
    list_filter = ("linked_at", ("disconnected_at", admin.EmptyFieldListFilter), ("problem", admin.EmptyFieldListFilter))
    list_select_related = ("organization", "integration__left", "integration__right")
    search_fields = ["=id", "name", "=left_id", "=right_id", "organization__name"]
    raw_id_fields = ["integration", "made_by"]


@admin.register(ProjectLink)
class ProjectLinkAdmin(LinkAdmin):
    pass


@admin.register(PersonLink)
class PersonLinkAdmin(LinkAdmin):
    list_display = [*LinkAdmin.list_display, "email", "state", "state_at"]
    search_fields = [*LinkAdmin.search_fields, "email"]
    raw_id_fields = [*LinkAdmin.raw_id_fields, "user"]
    readonly_fields = ("state", "state_at", "invited_at", "opened_at", "authorised_at", "connected_at", "revoked_at")


@admin.register(PersonalMail)
class PersonalMailAdmin(MadeByThePortal):
    """Which mails went out; what stands in them is kept nowhere."""

    list_display = ("id", "organization", "link", "asked_by", "due_at", "sending_at", "sent_at", "failures", "problem")
    list_filter = ("sent_at", ("problem", admin.EmptyFieldListFilter))
    list_select_related = ("organization", "link", "asked_by")
    search_fields = ("=id", "link__name", "link__email", "organization__name")
    raw_id_fields = ("link", "asked_by")
    readonly_fields = ("sending_at", "sent_at", "problem", "failures", "claim", "claimed_until", "created_at")


@admin.register(Disconnection)
class DisconnectionAdmin(MadeByThePortal):
    list_display = ("id", "organization", "integration", "part", "made_by", "created_at", "undone_at")
    list_filter = ("part", "created_at", ("undone_at", admin.EmptyFieldListFilter))
    list_select_related = ("organization", "integration__left", "integration__right", "made_by")
    search_fields = ("=id", "organization__name")
    raw_id_fields = ("integration", "made_by")


@admin.register(LinkEvent)
class LinkEventAdmin(MadeByThePortal):
    """Rows are only ever added, and not by hand."""

    list_display = ("name", "organization", "integration", "what", "note", "actor", "created_at")
    list_filter = ("what", "created_at")
    list_select_related = ("organization", "integration__left", "integration__right", "actor")
    search_fields = ("=id", "=link_id", "name", "organization__name")
    date_hierarchy = "created_at"
    show_full_result_count = False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(DismissedProject)
class DismissedProjectAdmin(MadeByThePortal):
    list_display = ("name", "organization", "integration", "left_id", "dismissed_by", "created_at")
    list_select_related = ("organization", "integration__left", "integration__right", "dismissed_by")
    search_fields = ("=id", "name", "=left_id", "organization__name")
    raw_id_fields = ("integration", "dismissed_by")
