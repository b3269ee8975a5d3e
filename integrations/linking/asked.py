"""What a request asks for: the rows that were ticked, and the page of a long table."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest


def ticked(request: HttpRequest) -> list[UUID]:
    """The ids of the ticked rows; what is no id is left out."""
    return [UUID(text) for text in request.POST.getlist("link") if _is_id(text)]


def edges(request: HttpRequest) -> dict[str, str]:
    """The cursors between which a page of a table lies, as `keyset.page_of` takes them."""
    return {name: request.GET.get(name, "") for name in ("before", "after")}


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
