"""Records as Hubstaff shows them: the store keeps a few fields more."""

from integrations.sandbox.store import Body

INNER = {
    "organization": frozenset({"time_zone"}),
    "project": frozenset({"organization_id", "members", "integration_id"}),
    "task": frozenset({"organization_id"}),
    "member": frozenset({"id", "organization_id"}),
}
"""What the store keeps for itself, by kind."""


def organization(body: Body) -> Body:
    """Show an organization."""
    return _without(body, "organization")


def user(body: Body) -> Body:
    """Show a user."""
    return body


def member(body: Body) -> Body:
    """Show a membership of an organization."""
    return _without(body, "member")


def client(body: Body) -> Body:
    """Show a client."""
    return body


def project(body: Body) -> Body:
    """Show a project."""
    return _without(body, "project")


def task(body: Body) -> Body:
    """Show a task."""
    return _without(body, "task")


def project_member(body: Body) -> Body:
    """Show one of a project's members."""
    return {
        "user_id": body["user_id"],
        "pay_rate": body.get("pay_rate"),
        "bill_rate": body.get("bill_rate"),
        "membership_role": body["role"],
        "membership_status": "active",
        "created_at": body["created_at"],
        "updated_at": body["updated_at"],
        "removed_at": None,
        "last_client_activity": body["updated_at"],
    }


def nested_project_member(project: Body, body: Body) -> Body:
    """Show one person's membership of a project, inside their membership of the organization."""
    shown = {name: value for name, value in project_member(body).items() if name != "user_id"}
    return {
        **shown,
        "project_id": project["id"],
        "project_type": project["type"],
        "project_status": project["status"],
    }


def _without(body: Body, kind: str) -> Body:
    return {name: value for name, value in body.items() if name not in INNER[kind]}
