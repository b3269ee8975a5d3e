"""Noting what was done by whom."""

from __future__ import annotations

from typing import Any

from portal.accounts.models import User
from portal.organizations.models import AuditEntry


def audit(actor: User | None, action: str, target: str, **detail: Any) -> None:
    """Adds an entry to the audit trail of the organization whose scope is open. `actor` is None for what the portal did by itself."""
    AuditEntry.objects.create(actor=actor, action=action, target=target[:200], detail=detail)
