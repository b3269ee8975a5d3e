"""Triggers and events in the admin site."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from integrations.triggers.models import Event, Trigger


@admin.register(Trigger)
class TriggerAdmin(admin.ModelAdmin[Trigger]):
    list_display = ("name", "connection", "organization", "watch", "is_paused", "polled_at", "due_at", "last_event_at", "failures")
    list_filter = ("is_paused", "watch", "polled_at")
    list_select_related = ("connection", "organization")
    raw_id_fields = ("connection",)
    search_fields = ("name", "organization__slug")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Event)
class EventAdmin(admin.ModelAdmin[Event]):
    list_display = ("__str__", "trigger", "organization", "kind", "entity", "remote_id", "happened_at")
    list_filter = ("kind", "happened_at")
    list_select_related = ("trigger", "organization")
    raw_id_fields = ("trigger",)
    search_fields = ("=remote_id", "=trigger__id")
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
