"""Where the declaration departs from Hubstaff's Swagger document on purpose."""

from __future__ import annotations

from integrations.catalogue import KnownDifference

NEVER = "“never” is asked, and the word is left out when it is sent: a budget without it does not recur"

KNOWN_DIFFERENCES = (
    *(
        KnownDifference(operation, "body budget.recurrence", NEVER)
        for operation in ("create_project", "update_project", "create_client", "update_client")
    ),
    KnownDifference("update_invite", "body project_ids", "a list by the document's own words; the type it gives is a mistake"),
    KnownDifference("activate_webhook", "header X-Hook-Secret", "the document asks for it in words, not among its parameters"),
)
