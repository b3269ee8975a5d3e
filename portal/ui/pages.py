"""Answers a page, or only the part of it that htmx asked for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib.messages import get_messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render, resolve_url
from django.template.loader import render_to_string
from django.utils.cache import patch_vary_headers


class SeeOther(HttpResponseRedirect):
    """After a form: go there and read."""

    status_code = 303


def page(
    request: HttpRequest, template: str, context: Mapping[str, Any] | None = None, partial: str | None = None, status: int = 200
) -> HttpResponse:
    """The whole page, or for htmx only `template#partial` with the waiting toasts beside it."""
    if not (partial and wants_part(request)):
        response = render(request, template, context, status=status)
    else:
        response = render(request, f"{template}#{partial}", context, status=status)
        response.write(toasts(request))
    patch_vary_headers(response, ["HX-Request"])
    return response


def redirect_see_other(to: Any, *args: Any, **kwargs: Any) -> SeeOther:
    """Answers 303 to an address, a url name with its arguments, or a model's page."""
    return SeeOther(resolve_url(to, *args, **kwargs))


def wants_part(request: HttpRequest) -> bool:
    """Whether htmx will put the answer into a page that is already there."""
    htmx: Any = getattr(request, "htmx", False)
    return bool(htmx) and not (htmx.boosted or htmx.history_restore_request)


def toasts(request: HttpRequest) -> str:
    """The waiting messages as an out-of-band swap; nothing if there are none."""
    messages = list(get_messages(request))
    return render_to_string("ui/toasts_swap.html", {"messages": messages}) if messages else ""
