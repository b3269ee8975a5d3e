"""What can be done at timeghost. Where its two documents name different fields, both are taken; what only one requires is optional here."""

from __future__ import annotations

from integrations.catalogue import Operation, RawCall
from integrations.providers.timeghost.operations.clients import CLIENTS
from integrations.providers.timeghost.operations.deletion import DELETION
from integrations.providers.timeghost.operations.feed_events import FEED_EVENTS
from integrations.providers.timeghost.operations.groups import GROUPS
from integrations.providers.timeghost.operations.projects import PROJECTS
from integrations.providers.timeghost.operations.report import REPORT
from integrations.providers.timeghost.operations.tags import TAGS
from integrations.providers.timeghost.operations.tasks import TASKS
from integrations.providers.timeghost.operations.times import TIMES
from integrations.providers.timeghost.operations.working_hours import WORKING_HOURS
from integrations.providers.timeghost.operations.workspaces import WORKSPACES

RAW_CALL = RawCall(
    description="Any call below timeghost's address, such as /get/projects. The workspace is named by itself.",
    own_headers=frozenset({"x-api-key"}),
    workspace_header="workspace-id",
)
OPERATIONS: tuple[Operation, ...] = (
    *WORKSPACES,
    *CLIENTS,
    *PROJECTS,
    *TASKS,
    *TIMES,
    REPORT,
    *WORKING_HOURS,
    *TAGS,
    *GROUPS,
    *FEED_EVENTS,
    DELETION,
    RAW_CALL,
)
