"""Who asks, and for which rows."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest

from portal.accounts.models import User


def ticked(request: HttpRequest) -> list[UUID]:
    """The ids of the ticked rows; what is no id is left out."""
    return [UUID(text) for text in request.POST.getlist("link") if _is_id(text)]


def person_of(request: HttpRequest) -> User:
    """The person who asks. Whoever reaches a page of an organization has signed in."""
    assert isinstance(request.user, User)
    return request.user


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
