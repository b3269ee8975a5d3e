"""The table of Hubstaff's addresses that the sandbox plays. A new one is one line and one small function."""

from starlette.responses import Response

from integrations.sandbox.exchange import Call, JsonAnswer, RouteLine
from integrations.sandbox.hubstaff import (
    activities,
    clients,
    invites,
    invoices,
    members,
    membership_changes,
    native_links,
    organizations,
    project_members,
    projects,
    schedules,
    shifts,
    tasks,
    time_edit_logs,
    times,
    webhooks,
)
from integrations.sandbox.hubstaff.refusals import Problem, not_found
from integrations.sandbox.hubstaff.visit import reading, writing

BASE = "/hubstaff/v2"
ORGANIZATION = f"{BASE}/organizations/{{organization_id:int}}"
PROJECT = f"{BASE}/projects/{{project_id:int}}"
TASK = f"{BASE}/tasks/{{task_id:int}}"
CLIENT = f"{BASE}/clients/{{client_id:int}}"
USER = f"{BASE}/users/{{user_id:int}}"
INVITE = f"{BASE}/invites/{{invite_id:int}}"
SCHEDULE = f"{BASE}/attendance_schedules/{{attendance_schedule_id:int}}"
INTEGRATION = f"{BASE}/integrations/{{integration_id:int}}"
WEBHOOK = f"{BASE}/webhooks/{{webhook_id}}"


def error_codes(call: Call) -> Response:
    """GET /v2/error_codes. The contract leaves the form of the answer open: this one is a guess."""
    codes = [{"error_code": one.number, "code": one.word, "description": one.description} for one in Problem]
    return JsonAnswer({"error_codes": codes})


def nothing_here(call: Call) -> Response:
    """Answer any other address."""
    raise not_found()


PLAYED: tuple[RouteLine, ...] = (
    ("GET", f"{BASE}/error_codes", error_codes),
    ("GET", f"{BASE}/organizations", reading(organizations.list_organizations)),
    ("GET", ORGANIZATION, reading(organizations.get_organization)),
    ("PUT", f"{ORGANIZATION}/update_metadata", writing(organizations.update_organization_metadata)),
    ("GET", f"{ORGANIZATION}/members", reading(members.list_members)),
    ("PUT", f"{ORGANIZATION}/update_members", writing(membership_changes.update_members)),
    ("GET", f"{BASE}/users/me", reading(organizations.me)),
    ("GET", USER, reading(organizations.get_user)),
    ("GET", f"{ORGANIZATION}/invites", reading(invites.list_invites)),
    ("POST", f"{ORGANIZATION}/invites", writing(invites.add_invite)),
    ("POST", f"{ORGANIZATION}/invites/bulk", writing(invites.add_invites)),
    ("GET", INVITE, reading(invites.get_invite)),
    ("PUT", INVITE, writing(invites.update_invite)),
    ("DELETE", INVITE, writing(invites.delete_invite)),
    ("GET", f"{ORGANIZATION}/projects", reading(projects.list_projects)),
    ("POST", f"{ORGANIZATION}/projects", writing(projects.add_project)),
    ("GET", PROJECT, reading(projects.get_project)),
    ("PUT", PROJECT, writing(projects.update_project)),
    ("PUT", f"{PROJECT}/update_metadata", writing(projects.update_project_metadata)),
    ("PUT", f"{PROJECT}/update_members", writing(project_members.update_project_members)),
    ("GET", f"{PROJECT}/members", reading(project_members.list_project_members)),
    ("GET", f"{ORGANIZATION}/tasks", reading(tasks.list_organization_tasks)),
    ("GET", f"{PROJECT}/tasks", reading(tasks.list_project_tasks)),
    ("POST", f"{PROJECT}/tasks", writing(tasks.add_task)),
    ("GET", TASK, reading(tasks.get_task)),
    ("PUT", TASK, writing(tasks.update_task)),
    ("DELETE", TASK, writing(tasks.delete_task)),
    ("PUT", f"{TASK}/update_metadata", writing(tasks.update_task_metadata)),
    ("GET", f"{ORGANIZATION}/clients", reading(clients.list_clients)),
    ("POST", f"{ORGANIZATION}/clients", writing(clients.add_client)),
    ("GET", CLIENT, reading(clients.get_client)),
    ("PUT", CLIENT, writing(clients.update_client)),
    ("PUT", f"{CLIENT}/update_metadata", writing(clients.update_client_metadata)),
    ("GET", f"{ORGANIZATION}/team_invoices", reading(invoices.list_team_invoices)),
    ("GET", f"{ORGANIZATION}/client_invoices", reading(invoices.list_client_invoices)),
    ("GET", f"{ORGANIZATION}/attendance_schedules", reading(schedules.list_schedules)),
    ("POST", f"{ORGANIZATION}/attendance_schedules", writing(schedules.add_schedule)),
    ("PUT", SCHEDULE, writing(schedules.update_schedule)),
    ("GET", f"{ORGANIZATION}/attendance_shifts", reading(shifts.list_shifts)),
    ("GET", f"{ORGANIZATION}/activities", reading(activities.organization_activities)),
    ("GET", f"{ORGANIZATION}/activities/updates", reading(activities.organization_activity_updates)),
    ("GET", f"{ORGANIZATION}/activities/daily", reading(activities.organization_days)),
    ("GET", f"{PROJECT}/activities", reading(activities.project_activities)),
    ("GET", f"{PROJECT}/activities/updates", reading(activities.project_activity_updates)),
    ("GET", f"{PROJECT}/activities/daily", reading(activities.project_days)),
    ("POST", f"{USER}/time_entries", writing(times.add_time_entry)),
    ("GET", f"{ORGANIZATION}/time_edit_logs", reading(time_edit_logs.organization_time_edits)),
    ("GET", f"{PROJECT}/time_edit_logs", reading(time_edit_logs.project_time_edits)),
    ("GET", f"{ORGANIZATION}/integrations", reading(native_links.list_integrations)),
    ("GET", f"{INTEGRATION}/project_links", reading(native_links.list_project_links)),
    ("GET", f"{INTEGRATION}/user_links", reading(native_links.list_user_links)),
    ("GET", f"{INTEGRATION}/tasks", reading(tasks.list_integration_tasks)),
    ("GET", f"{PROJECT}/integration_links", reading(native_links.list_integration_links)),
    ("POST", f"{ORGANIZATION}/webhooks", writing(webhooks.add_organization_webhook)),
    ("POST", f"{PROJECT}/webhooks", writing(webhooks.add_project_webhook)),
    ("POST", f"{BASE}/users/me/webhooks", writing(webhooks.add_own_webhook)),
    ("GET", WEBHOOK, reading(webhooks.get_webhook)),
    ("DELETE", WEBHOOK, writing(webhooks.delete_webhook)),
    ("POST", f"{WEBHOOK}/activate", writing(webhooks.activate_webhook)),
)

LINES: tuple[RouteLine, ...] = (
    *PLAYED,
    *((method, f"{BASE}/{{rest:path}}", nothing_here) for method in ("GET", "POST", "PUT", "PATCH", "DELETE")),
)
