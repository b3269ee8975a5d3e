"""The kinds of records that the store keeps, and which of their fields it can look them up by."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Kind:
    """One kind of record. `tenant`, `parent` and `moment` name the fields of its body that are indexed."""

    name: str
    tenant: str = ""
    parent: str = ""
    moment: str = ""


WORLD = Kind("world")
COMPANY = Kind("company")

HUBSTAFF_ORGANIZATION = Kind("hubstaff.organization")
HUBSTAFF_USER = Kind("hubstaff.user")
HUBSTAFF_MEMBER = Kind("hubstaff.member", tenant="organization_id", parent="user_id")
HUBSTAFF_CLIENT = Kind("hubstaff.client", tenant="organization_id")
HUBSTAFF_PROJECT = Kind("hubstaff.project", tenant="organization_id")
HUBSTAFF_TASK = Kind("hubstaff.task", tenant="organization_id", parent="project_id")
HUBSTAFF_TIME = Kind("hubstaff.time", tenant="organization_id", parent="project_id", moment="start")
HUBSTAFF_TIME_EDIT = Kind("hubstaff.time_edit", tenant="organization_id", moment="created_at")
HUBSTAFF_INVITE = Kind("hubstaff.invite", tenant="organization_id")
HUBSTAFF_TEAM_INVOICE = Kind("hubstaff.team_invoice", tenant="organization_id")
HUBSTAFF_CLIENT_INVOICE = Kind("hubstaff.client_invoice", tenant="organization_id")
HUBSTAFF_SCHEDULE = Kind("hubstaff.schedule", tenant="organization_id")
HUBSTAFF_ATTENDANCE = Kind("hubstaff.attendance", tenant="organization_id")
HUBSTAFF_INTEGRATION = Kind("hubstaff.integration", tenant="organization_id")
HUBSTAFF_PROJECT_LINK = Kind("hubstaff.project_link", parent="integration_id")
HUBSTAFF_USER_LINK = Kind("hubstaff.user_link", parent="integration_id")
HUBSTAFF_WEBHOOK = Kind("hubstaff.webhook")

TIMEGHOST_WORKSPACE = Kind("timeghost.workspace")
TIMEGHOST_USER = Kind("timeghost.user")
TIMEGHOST_KEY = Kind("timeghost.key", parent="user_id")
TIMEGHOST_CLIENT = Kind("timeghost.client", tenant="workspace_id")
TIMEGHOST_PROJECT = Kind("timeghost.project", tenant="workspace_id", parent="client_id")
TIMEGHOST_TASK = Kind("timeghost.task", tenant="workspace_id", parent="project_id")
TIMEGHOST_TIME = Kind("timeghost.time", tenant="workspace_id", parent="project_id", moment="start")
TIMEGHOST_TAG = Kind("timeghost.tag", tenant="workspace_id")
TIMEGHOST_GROUP = Kind("timeghost.group", tenant="workspace_id")
TIMEGHOST_COMEGO = Kind("timeghost.comego", tenant="workspace_id", parent="user_id", moment="start")
TIMEGHOST_FEED_EVENT = Kind("timeghost.feed_event", tenant="workspace_id", parent="user_id")
TIMEGHOST_WEBHOOK = Kind("timeghost.webhook", tenant="workspace_id")

SIGNING_KEY = Kind("sign_in.key")
CODE = Kind("sign_in.code", parent="grant")
ACCESS_TOKEN = Kind("sign_in.access_token", tenant="service", parent="grant")
REFRESH_TOKEN = Kind("sign_in.refresh_token", tenant="service", parent="grant")
