"""What can be done at Hubstaff, by what it is done to. https://developer.hubstaff.com/docs/hubstaff_v2"""

from __future__ import annotations

from integrations.catalogue import Operation
from integrations.providers.hubstaff.operations import (
    attendance,
    clients,
    invites,
    invoices,
    native,
    organizations,
    projects,
    tasks,
    tracked_time,
)

OPERATIONS: tuple[Operation, ...] = (
    *organizations.OPERATIONS,
    *invites.OPERATIONS,
    *projects.OPERATIONS,
    *tasks.OPERATIONS,
    *clients.OPERATIONS,
    *invoices.OPERATIONS,
    *attendance.OPERATIONS,
    *tracked_time.OPERATIONS,
    *native.OPERATIONS,
)
