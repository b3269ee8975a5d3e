"""Heartbeats and outages in the admin site."""

from django.contrib import admin

from portal.work.models import Heartbeat, Outage


@admin.register(Heartbeat)
class HeartbeatAdmin(admin.ModelAdmin[Heartbeat]):
    list_display = ("name", "seen_at")


@admin.register(Outage)
class OutageAdmin(admin.ModelAdmin[Outage]):
    list_display = ("title", "raised_at", "mailed_at", "ended_at", "recovery_mailed_at")
    ordering = ("-raised_at",)
