"""The table of timeghost's addresses that the sandbox plays. A new one is one line and one small function."""

from starlette.responses import Response

from integrations.sandbox.exchange import Call, RouteLine
from integrations.sandbox.timeghost import clients, deletion, labels, people, projects, tasks, times
from integrations.sandbox.timeghost.refusals import not_found
from integrations.sandbox.timeghost.visit import signed_in, signed_in_anywhere

BASE = "/timeghost/api"


def nothing_here(call: Call) -> Response:
    """Answer any other address."""
    raise not_found("Resource")


LINES: tuple[RouteLine, ...] = (
    ("GET", f"{BASE}/get/currentuser", signed_in_anywhere(people.current_user)),
    ("GET", f"{BASE}/get/workspaces/{{workspace_id}}", signed_in(people.get_workspace)),
    ("GET", f"{BASE}/get/clients", signed_in(clients.list_clients)),
    ("GET", f"{BASE}/get/clients/{{id}}/projects", signed_in(projects.list_client_projects)),
    ("GET", f"{BASE}/get/clients/{{id}}/times", signed_in(times.list_client_times)),
    ("GET", f"{BASE}/get/projects", signed_in(projects.list_projects)),
    ("GET", f"{BASE}/get/projects/{{id}}/tasks", signed_in(tasks.list_tasks)),
    ("GET", f"{BASE}/get/projects/{{id}}/times", signed_in(times.list_project_times)),
    ("GET", f"{BASE}/get/times", signed_in(times.list_times)),
    ("GET", f"{BASE}/get/groups", signed_in(labels.list_groups)),
    ("GET", f"{BASE}/get/tags", signed_in(labels.list_tags)),
    ("POST", f"{BASE}/add/projects", signed_in(projects.add_project)),
    ("POST", f"{BASE}/add/tasks", signed_in(tasks.add_task)),
    ("POST", f"{BASE}/add/times", signed_in(times.add_time)),
    ("POST", f"{BASE}/add/clients", signed_in(clients.add_client)),
    ("POST", f"{BASE}/add/tags", signed_in(labels.add_tag)),
    ("POST", f"{BASE}/add/groups", signed_in(labels.add_group)),
    ("POST", f"{BASE}/update/projects/{{id}}", signed_in(projects.update_project)),
    ("POST", f"{BASE}/update/projects/{{id}}/tags", signed_in(projects.update_project)),
    ("POST", f"{BASE}/update/projects/{{id}}/users", signed_in(projects.update_project)),
    ("POST", f"{BASE}/update/projects/{{id}}/groups", signed_in(projects.update_project)),
    ("POST", f"{BASE}/update/tasks/{{id}}", signed_in(tasks.update_task)),
    ("POST", f"{BASE}/update/times/{{id}}", signed_in(times.update_time)),
    ("POST", f"{BASE}/update/times/{{id}}/tags", signed_in(times.update_time)),
    ("POST", f"{BASE}/update/clients/{{id}}", signed_in(clients.update_client)),
    ("POST", f"{BASE}/update/tags/{{id}}", signed_in(labels.update_tag)),
    ("POST", f"{BASE}/update/groups/{{id}}", signed_in(labels.update_group)),
    ("DELETE", f"{BASE}/delete/{{type}}/{{id}}", signed_in(deletion.delete_item)),
    *((method, f"{BASE}/{{rest:path}}", nothing_here) for method in ("GET", "POST", "PUT", "DELETE")),
)
