"""Heartbeats in the admin site."""

from django.contrib import admin

from portal.work.models import Heartbeat


@admin.register(Heartbeat)
class HeartbeatAdmin(admin.ModelAdmin[Heartbeat]):
    list_display = ("name", "seen_at")
