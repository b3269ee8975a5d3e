"""What sync remembers, in the admin site. The portal makes the rows; operators look."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from integrations.sync.models import Approval, Obstacle, Pair, StepRecord, Sync


class MadeBySync(admin.ModelAdmin[Any]):
    """Rows that are not added by hand: they tell what a sync did."""

    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Pair)
class PairAdmin(MadeBySync):
    list_display = ("id", "organization", "part", "integration", "project_link", "left_id", "right_id", "created_at")
    list_filter = ("part", "created_at")
    list_select_related = ("organization", "integration__left", "integration__right", "project_link")
    search_fields = ("=id", "=left_id", "=right_id", "organization__name")
    raw_id_fields = ("integration", "project_link")


@admin.register(Sync)
class SyncAdmin(MadeBySync):
    list_display = ("id", "organization", "integration", "state", "planned", "created_at", "ended_at", "message")
    list_filter = ("state", "created_at")
    list_select_related = ("organization", "integration__left", "integration__right")
    search_fields = ("=id", "organization__name", "message")
    raw_id_fields = ("integration",)
    date_hierarchy = "created_at"


@admin.register(StepRecord)
class StepRecordAdmin(MadeBySync):
    list_display = ("number", "title", "organization", "sync", "kind", "outcome", "is_write", "seconds", "created_at")
    list_filter = ("outcome", "kind", "is_write", "created_at")
    list_select_related = ("organization", "sync__integration__left", "sync__integration__right")
    search_fields = ("=id", "=sync__id", "title", "message", "organization__name")
    raw_id_fields = ("sync", "run")


@admin.register(Approval)
class ApprovalAdmin(MadeBySync):
    list_display = ("title", "organization", "integration", "kind", "side", "why", "answer", "answered_by", "answered_at", "created_at")
    list_filter = ("why", "answer", "kind", "created_at")
    list_select_related = ("organization", "integration__left", "integration__right", "answered_by")
    search_fields = ("=id", "title", "organization__name")
    raw_id_fields = ("integration", "answered_by")


@admin.register(Obstacle)
class ObstacleAdmin(MadeBySync):
    list_display = ("title", "organization", "integration", "at_fault", "fault", "failures", "last_at", "next_try_at", "problem")
    list_filter = ("at_fault", "fault", "next_try_at")
    list_select_related = ("organization", "integration__left", "integration__right")
    search_fields = ("=id", "title", "problem", "organization__name")
    raw_id_fields = ("integration",)
