"""What Hubstaff holds."""

from __future__ import annotations

from integrations.catalogue import Entity
from integrations.providers.hubstaff.entities import attendance, invoices, native, organizations, tracked_time, work

ENTITIES: tuple[Entity, ...] = (
    *organizations.ENTITIES,
    *work.ENTITIES,
    *invoices.ENTITIES,
    *attendance.ENTITIES,
    *tracked_time.ENTITIES,
    *native.ENTITIES,
)
