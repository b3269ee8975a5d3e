"""Runs in the admin site, to look at: the history is not written by hand."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from integrations.operations.models import Attempt, Run, RunFile


@admin.register(Run)
class RunAdmin(admin.ModelAdmin[Run]):
    list_display = ("__str__", "connection", "organization", "state", "origin", "asked_by", "created_at", "ended_at", "due_at")
    list_filter = ("state", "created_at")
    list_select_related = ("connection", "organization", "asked_by")
    raw_id_fields = ("connection", "asked_by")
    search_fields = ("=id", "=operation", "=origin")
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Attempt)
class AttemptAdmin(admin.ModelAdmin[Attempt]):
    list_display = ("run", "number", "organization", "outcome", "created_at", "ended_at", "message")
    list_filter = ("outcome", "created_at")
    list_select_related = ("run", "organization")
    raw_id_fields = ("run",)
    search_fields = ("=run__id",)
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(RunFile)
class RunFileAdmin(admin.ModelAdmin[RunFile]):
    list_display = ("name", "run", "organization", "media_type", "created_at")
    list_select_related = ("run", "organization")
    raw_id_fields = ("run",)
    exclude = ("content",)
    search_fields = ("=run__id",)
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[RunFile]:
        return super().get_queryset(request).defer("content")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
