"""Destinations, deliveries and automations in the admin site: to look at. What is sealed is not shown, and nothing is added by hand."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from integrations.automations.models import (
    Automation,
    AutomationRun,
    Delivery,
    DeliveryAttempt,
    Destination,
    Route,
    SampleMessage,
    StepRun,
)
from integrations.connections.admin import LookOnly


@admin.register(Destination)
class DestinationAdmin(LookOnly):
    list_display = ("name", "organization", "kind", "state", "is_paused", "failing_since", "disabled_at", "delivered_at", "ended_at")
    list_filter = ("kind", "state", "is_paused")
    list_select_related = ("organization",)
    search_fields = ("name", "organization__slug")
    exclude = ("sealed", "url")  # the path of an address may be what lets one in


@admin.register(Route)
class RouteAdmin(LookOnly):
    list_display = ("destination", "trigger", "organization")
    list_select_related = ("destination", "trigger", "organization")
    search_fields = ("destination__name", "trigger__name")


class OfDelivery(LookOnly):
    """Without the records that the events are about, which are read on the page of the event."""

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).defer("event__before", "event__after")


@admin.register(Delivery)
class DeliveryAdmin(OfDelivery):
    list_display = ("event", "destination", "organization", "state", "tries", "created_at", "due_at", "ended_at", "failures")
    list_filter = ("state", "created_at")
    list_select_related = ("event", "destination", "organization")
    search_fields = ("=id", "=destination__id", "=event__id")


@admin.register(DeliveryAttempt)
class DeliveryAttemptAdmin(LookOnly):
    list_display = ("delivery_id", "number", "organization", "status", "milliseconds", "is_resent", "created_at", "ended_at", "problem")
    list_filter = ("status", "created_at")
    list_select_related = ("organization",)
    search_fields = ("=delivery__id",)


@admin.register(SampleMessage)
class SampleMessageAdmin(LookOnly):
    list_display = ("destination", "organization", "asked_at", "asked_by", "status", "milliseconds", "ended_at", "problem")
    list_select_related = ("destination", "organization", "asked_by")
    search_fields = ("destination__name",)


@admin.register(Automation)
class AutomationAdmin(LookOnly):
    list_display = ("name", "organization", "trigger", "is_on", "edited_at", "tried_at", "made_by", "ended_at")
    list_filter = ("is_on",)
    list_select_related = ("organization", "trigger", "made_by")
    search_fields = ("name", "organization__slug")


@admin.register(AutomationRun)
class AutomationRunAdmin(OfDelivery):
    list_display = ("automation", "event", "organization", "state", "is_test", "depth", "created_at", "ended_at", "message")
    list_filter = ("state", "is_test", "created_at")
    list_select_related = ("automation", "event", "organization")
    search_fields = ("=id", "=automation__id", "=event__id")


@admin.register(StepRun)
class StepRunAdmin(LookOnly):
    list_display = ("automation_run_id", "number", "organization", "tries", "run_id", "problem", "created_at")
    list_select_related = ("organization",)
    search_fields = ("=automation_run__id", "=run__id")
