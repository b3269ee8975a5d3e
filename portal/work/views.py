"""`/healthz`, for load balancers and people."""

from __future__ import annotations

from django.http import HttpRequest, JsonResponse

from portal.work.health import WELL, health


def healthz(request: HttpRequest) -> JsonResponse:
    parts = health()
    well = all(state == WELL for state in parts.values())
    return JsonResponse({"status": "ok" if well else "unwell", **parts}, status=200 if well else 503)
