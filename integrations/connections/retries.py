"""When work that a provider or our budget held up is tried again. One rule for every task."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.utils import timezone

from integrations.transport.errors import OverBudget, ProviderError
from portal.work.claims import Hold
from portal.work.models import DueModel

Due = TypeVar("Due", bound=DueModel)


def try_later(hold: Hold[Due], error: ProviderError, **noted: Any) -> datetime:
    """Gives a row back for another try: not before the provider wants it, and later with each failure in a row. What is `noted` says what
    went wrong. What our own budget holds back is no failure: it goes on as soon as the budget allows it, and nothing is noted.
    """
    asked = timezone.now() + timedelta(seconds=error.retry_after or 0)
    if isinstance(error, OverBudget):
        hold.rest(asked)
        return asked
    due_at = max(asked, hold.read().next_try())
    hold.postpone(due_at, **noted)
    return due_at
