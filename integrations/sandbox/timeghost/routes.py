"""The table of timeghost's addresses that the sandbox plays, in its own words. A new one is one line and one small function."""

from starlette.responses import Response

from integrations.sandbox.exchange import Call, RouteLine
from integrations.sandbox.timeghost import clients, comego, deletion, feed, groups, people, projects, report, tags, tasks, times, webhooks
from integrations.sandbox.timeghost.refusals import not_found
from integrations.sandbox.timeghost.visit import signed_in, signed_in_anywhere, signed_in_there

BASE = "/timeghost/api"


def nothing_here(call: Call) -> Response:
    """Answer any other address."""
    raise not_found("Resource")


LINES: tuple[RouteLine, ...] = (
    ("GET", f"{BASE}/get/currentuser", signed_in_anywhere(people.current_user)),
    ("GET", f"{BASE}/get/workspaces/{{workspace_id}}", signed_in_there(people.get_workspace)),
    ("GET", f"{BASE}/get/clients", signed_in(clients.list_clients)),
    ("GET", f"{BASE}/get/clients/{{clientid}}/projects", signed_in(projects.list_client_projects)),
    ("GET", f"{BASE}/get/clients/{{clientid}}/times", signed_in(times.list_client_times)),
    ("GET", f"{BASE}/get/projects", signed_in(projects.list_projects)),
    ("GET", f"{BASE}/get/projects/{{projectid}}/tasks", signed_in(tasks.list_tasks)),
    ("GET", f"{BASE}/get/projects/{{projectid}}/times", signed_in(times.list_project_times)),
    ("GET", f"{BASE}/get/times", signed_in(times.list_times)),
    ("GET", f"{BASE}/get/groups", signed_in(groups.list_groups)),
    ("GET", f"{BASE}/get/tags", signed_in(tags.list_tags)),
    ("GET", f"{BASE}/get/projecttags", signed_in(tags.list_project_tags)),
    ("GET", f"{BASE}/get/comego", signed_in(comego.list_entries)),
    ("POST", f"{BASE}/add/projects", signed_in(projects.add_project)),
    ("POST", f"{BASE}/add/tasks", signed_in(tasks.add_task)),
    ("POST", f"{BASE}/add/times", signed_in(times.add_time)),
    ("POST", f"{BASE}/add/clients", signed_in(clients.add_client)),
    ("POST", f"{BASE}/add/tags", signed_in(tags.add_tag)),
    ("POST", f"{BASE}/add/projecttags", signed_in(tags.add_project_tag)),
    ("POST", f"{BASE}/add/groups", signed_in(groups.add_group)),
    ("POST", f"{BASE}/add/comego", signed_in(comego.add_entries)),
    ("POST", f"{BASE}/add/customfeedevent", signed_in(feed.add_event)),
    ("POST", f"{BASE}/update/projects/{{ProjectId}}", signed_in(projects.update_project)),
    ("POST", f"{BASE}/update/projects/{{ProjectId}}/tags", signed_in(projects.update_tags)),
    ("POST", f"{BASE}/update/projects/{{ProjectId}}/users", signed_in(projects.update_users)),
    ("POST", f"{BASE}/update/projects/{{ProjectId}}/groups", signed_in(projects.update_groups)),
    ("POST", f"{BASE}/update/tasks/{{TaskId}}", signed_in(tasks.update_task)),
    ("POST", f"{BASE}/update/times/{{TimeId}}", signed_in(times.update_time)),
    ("POST", f"{BASE}/update/times/{{TimeId}}/tags", signed_in(times.update_tags)),
    ("POST", f"{BASE}/update/clients/{{ClientId}}", signed_in(clients.update_client)),
    ("POST", f"{BASE}/update/tags/{{TagId}}", signed_in(tags.update_tag)),
    ("POST", f"{BASE}/update/projecttags/{{TagId}}", signed_in(tags.update_project_tag)),
    ("POST", f"{BASE}/update/groups/{{GroupId}}", signed_in(groups.update_group)),
    ("POST", f"{BASE}/update/comego/{{ComeGoId}}", signed_in(comego.update_entry)),
    ("POST", f"{BASE}/update/customfeedevent/{{EventId}}", signed_in(feed.update_event)),
    ("DELETE", f"{BASE}/delete/{{ItemType}}/{{ItemId}}", signed_in(deletion.delete_item)),
    *(("POST", f"{BASE}/register_webhook/{topic}", signed_in(webhooks.registering(topic))) for topic in webhooks.TOPICS),
    ("POST", f"{BASE}/Create_Excel_Report", signed_in(report.create_report)),
    *((method, f"{BASE}/{{rest:path}}", nothing_here) for method in ("GET", "POST", "PUT", "DELETE")),
)
