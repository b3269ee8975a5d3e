"""The table of pages."""

from integrations.sandbox.exchange import RouteLine
from integrations.sandbox.pages import hubstaff, start, timeghost

LINES: tuple[RouteLine, ...] = (
    ("GET", "/", start.index),
    ("GET", "/style.css", start.style),
    ("GET", "/hubstaff/", hubstaff.organizations),
    ("GET", "/hubstaff/organizations/{id:int}", hubstaff.organization),
    ("GET", "/hubstaff/projects/{id:int}", hubstaff.project),
    ("POST", "/hubstaff/projects/{id:int}/tasks", hubstaff.add_task),
    ("POST", "/hubstaff/projects/{id:int}/times", hubstaff.add_time),
    ("POST", "/hubstaff/tasks/{id:int}/{deed}", hubstaff.act),
    ("GET", "/timeghost/", timeghost.workspaces),
    ("GET", "/timeghost/workspaces/{id}", timeghost.workspace),
    ("GET", "/timeghost/projects/{id}", timeghost.project),
    ("POST", "/timeghost/projects/{id}/tasks", timeghost.add_task),
    ("POST", "/timeghost/tasks/{id}/{deed}", timeghost.act),
)
