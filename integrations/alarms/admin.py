"""Alarms in the admin site."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from integrations.alarms.models import Alarm


@admin.register(Alarm)
class AlarmAdmin(admin.ModelAdmin[Alarm]):
    list_display = ("title", "organization", "kind", "raised_at", "mailed_at", "ended_at", "recovery_mailed_at")
    list_filter = ("kind",)
    list_select_related = ("organization",)
    ordering = ("-raised_at",)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
