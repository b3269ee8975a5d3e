"""The mirror in the admin site, for reading: what stands there is the providers'."""

from typing import Any, TypeVar

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest

from integrations.records.models import Change, Export, ExportPart, Record, RecordList

Row = TypeVar("Row", bound=Model)


class MirrorAdmin(admin.ModelAdmin[Row]):
    """Tables that may be very large: nothing is counted that need not be, and no drop-down list holds them."""

    list_select_related = ("organization", "connection")
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(RecordList)
class RecordListAdmin(MirrorAdmin[RecordList]):
    list_display = ("entity", "each", "connection", "organization", "whole_at", "due_at", "failures", "problem")
    list_filter = (("whole_at", admin.EmptyFieldListFilter), ("problem", admin.EmptyFieldListFilter))
    search_fields = ("=entity", "=each", "connection__name", "organization__slug")
    raw_id_fields = ("connection",)


@admin.register(Record)
class RecordAdmin(MirrorAdmin[Record]):
    list_display = ("title", "entity", "remote_id", "connection", "organization", "status", "changed_at", "removed_at")
    list_filter = (("removed_at", admin.EmptyFieldListFilter),)
    search_fields = ("=remote_id",)
    raw_id_fields = ("connection", "list")
    ordering = ("-id",)
    fields = (
        "connection", "list", "entity", "remote_id", "title", "status", "parent", "person", "moment", "amount",
        "first_seen_at", "changed_at", "removed_at", "written_at", "data",
    )  # fmt: skip


@admin.register(Change)
class ChangeAdmin(MirrorAdmin[Change]):
    list_display = ("entity", "remote_id", "kind", "connection", "organization", "at")
    list_filter = ("kind", "at")
    search_fields = ("=remote_id",)
    raw_id_fields = ("connection",)
    ordering = ("-id",)


@admin.register(Export)
class ExportAdmin(MirrorAdmin[Export]):
    list_display = ("entity", "format", "state", "rows", "size", "asked_by", "connection", "organization", "created_at", "due_at")
    list_filter = ("state", "format")
    raw_id_fields = ("connection", "asked_by")
    ordering = ("-created_at",)


@admin.register(ExportPart)
class ExportPartAdmin(MirrorAdmin[ExportPart]):
    list_display = ("id", "export", "organization")
    list_select_related = ("organization", "export")
    raw_id_fields = ("export",)
    ordering = ("-id",)
