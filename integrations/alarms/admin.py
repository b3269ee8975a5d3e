"""Alarms in the admin site: to look at."""

from __future__ import annotations

from django.contrib import admin

from integrations.alarms.models import Alarm
from integrations.connections.admin import LookOnly


@admin.register(Alarm)
class AlarmAdmin(LookOnly):
    list_display = ("title", "organization", "kind", "raised_at", "mailed_at", "ended_at", "recovery_mailed_at")
    list_filter = ("kind",)
    list_select_related = ("organization",)
    ordering = ("-raised_at",)
