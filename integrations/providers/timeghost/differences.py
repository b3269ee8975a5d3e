"""Where the declaration departs from the published Swagger file, which is the older of timeghost's two documents, on purpose."""

from __future__ import annotations

from integrations.catalogue import KnownDifference

LATER_DOCUMENT = "Only the later of timeghost's two documents has it; the union of both stands."
CONTACT = "Only the later document has it, and does not say where it stands in a change; in an answer it is in `meta`."
RECORDED = "Only the later document has it, by its last name alone; in an answer it is in `timesRecorded`."
STAYS_REMOVED = "Answers tell who was removed. Sent back as it stands, so that nobody comes back by an update of the others."
REPORT = "Only the later document has it, and does not say where; the older one has all parameters of the report in the query."
WORKING_HOURS = "Working hours stand in the later document alone, without an address; seen in a public client or guessed by the pattern."
MERGED_TAGS = "The later document has one set of tag operations with the type as a field; the older one a second set for project tags."
DELETED_TOO = "Seen in a public client: working hours are deleted like everything else."

UPDATED = "cosmosEntityName deleted author editor workspace.id partitionKey status created modified"


def _differ(operation: str, reason: str, place: str, names: str) -> tuple[KnownDifference, ...]:
    return tuple(KnownDifference(operation, f"{place} {name}", reason) for name in names.split())


KNOWN_DIFFERENCES = (
    *_differ("update_client", LATER_DOCUMENT, "body", UPDATED),
    *_differ(
        "update_client",
        CONTACT,
        "body",
        "meta.phone meta.location meta.email meta.primaryContact meta.secondaryContact meta.onboardDate meta.industry",
    ),
    *_differ(
        "add_project",
        LATER_DOCUMENT,
        "body",
        "hourly_rate_enabled projectType users.removed tags groups whoCanAddTasks templateCopyRate templateCopyTasks "
        "templateCopyTaskAssign client.name",
    ),
    *_differ(
        "update_project",
        LATER_DOCUMENT,
        "body",
        "hourly_rate_enabled tags groups whoCanAddTasks client.name status workspace.id cosmosEntityName author editor partitionKey",
    ),
    *_differ("update_project", STAYS_REMOVED, "body", "users.removed"),
    *_differ("update_project_users", STAYS_REMOVED, "body", "users.removed"),
    *_differ("update_project_groups", STAYS_REMOVED, "body", "groups.removed"),
    *_differ(
        "add_task",
        LATER_DOCUMENT,
        "body",
        "assignedToUsers assignedToGroups project.name project.cosmosEntityName project.deleted project.editor",
    ),
    *_differ(
        "update_task",
        LATER_DOCUMENT,
        "body",
        "completed assignedToUsers assignedToGroups client.name project.name project.completed status workspace.id cosmosEntityName "
        "partitionKey created modified author editor canCreateTime canEdit",
    ),
    *_differ("update_task", RECORDED, "body", "timesRecorded.billable timesRecorded.notBillable"),
    *_differ(
        "add_time",
        LATER_DOCUMENT,
        "body",
        "task.id task.cosmosEntityName task.deleted tags.cosmosEntityName tags.deleted tags.editor timeZone inputMode "
        "outlookCalenderReference",
    ),
    *_differ(
        "update_time",
        LATER_DOCUMENT,
        "body",
        "task.id tags.name timeZone inputMode outlookCalenderReference client.name project.name project.completed task.name task.completed "
        "user.name timeDiff cosmosEntityName partitionKey status workspace.id created modified",
    ),
    *_differ(
        "create_excel_report",
        REPORT,
        "query",
        "users billable projectStatus client project projectDescription task description author enabled minutes type timeZone",
    ),
    *_differ("list_working_hours", WORKING_HOURS, "path", "/get/comego"),
    *_differ("add_working_hours", WORKING_HOURS, "path", "/add/comego"),
    *_differ("update_working_hours", WORKING_HOURS, "path", "/update/comego/{working_hours_id}"),
    *_differ("list_tags", MERGED_TAGS, "query", "$filter"),
    *_differ("add_tag", MERGED_TAGS, "body", "tagType"),
    *_differ("update_tag", MERGED_TAGS, "body", "tagType"),
    *_differ("update_tag", LATER_DOCUMENT, "body", UPDATED),
    *_differ("add_group", LATER_DOCUMENT, "body", "synchronizedGroup synchronizedGroupType"),
    *_differ("update_group", LATER_DOCUMENT, "body", "id users.email users.name synchronizedGroup synchronizedGroupType"),
    *_differ("delete_item", DELETED_TOO, "path", "type"),
)
