"""Triggers, events and webhooks in the admin site: to look at only. What is sealed is not shown."""

from __future__ import annotations

from django.contrib import admin

from integrations.connections.admin import LookOnly
from integrations.triggers.models import Event, ListedWebhooks, Notice, Subscription, Trigger


@admin.register(Trigger)
class TriggerAdmin(LookOnly):
    list_display = ("name", "connection", "organization", "watch", "is_paused", "polled_at", "due_at", "failures", "ended_at")
    list_filter = ("is_paused", "watch", "polled_at")
    list_select_related = ("connection", "organization")
    search_fields = ("name", "organization__slug")


@admin.register(Event)
class EventAdmin(LookOnly):
    list_display = ("__str__", "trigger", "organization", "kind", "entity", "remote_id", "via", "happened_at")
    list_filter = ("kind", "via", "happened_at")
    list_select_related = ("trigger", "organization")
    search_fields = ("=remote_id", "=trigger__id")
    show_full_result_count = False


@admin.register(Subscription)
class SubscriptionAdmin(LookOnly):
    list_display = ("name", "connection", "organization", "state", "verified_at", "delivered_at", "accepted", "due_at", "failures")
    list_filter = ("state", "topic")
    list_select_related = ("connection", "organization")
    exclude = ("sealed", "address_hash")


@admin.register(Notice)
class NoticeAdmin(LookOnly):
    list_display = ("__str__", "subscription", "organization", "received_at", "handled_at")
    list_filter = ("received_at",)
    list_select_related = ("subscription", "organization")
    search_fields = ("=record_id", "=subscription__id")
    show_full_result_count = False


@admin.register(ListedWebhooks)
class ListedWebhooksAdmin(LookOnly):
    list_display = ("connection", "organization", "listed_at")
    list_select_related = ("connection", "organization")
