"""The person who calls, and workspaces with their people."""

from typing import Any

from starlette.responses import Response

from integrations.sandbox.exchange import JsonAnswer
from integrations.sandbox.kinds import TIMEGHOST_GROUP, TIMEGHOST_KEY, TIMEGHOST_PROJECT, TIMEGHOST_USER, TIMEGHOST_WEBHOOK
from integrations.sandbox.store import Body
from integrations.sandbox.timeghost.shapes import Names
from integrations.sandbox.timeghost.visit import Visit, permissions_of, workspaces_of
from integrations.sandbox.timeghost.webhooks import shown

SETTINGS = {
    "captureManualMode": True,
    "feedShowBooked": True,
    "languageSetting": "en-US",
    "timeFormat24h": True,
    "dateFormat": "DD.MM.YYYY",
    "theme": "light",
    "rounding": {"enabled": False, "minutes": 15, "type": 0},
}


def current_user(visit: Visit) -> Response:
    """GET /get/currentuser. The values of the person's API tokens come along, as in the real service."""
    user = visit.user
    keys = visit.store.of_parent(TIMEGHOST_KEY, user["id"])
    answer: dict[str, Any] = {
        "id": user["id"],
        "deleted": False,
        "name": user["name"],
        "email": user["email"],
        "defaultWorkspace": user["default_workspace"],
        "workspaces": [{"id": one["id"], "name": one["name"]} for one in workspaces_of(visit.store, user)],
        "workspace": _shown(visit),
        "settings": {**SETTINGS, "timeZone": user["timeZone"]},
        "organization": {"displayName": visit.workspace["name"]},
        "enabledGraphScopes": ["Calendars.Read", "User.Read"],
        "apiTokens": [{"name": key["name"], "token": key["id"]} for key in keys],
        "pinnedProjects": Names(visit.store).shorts(TIMEGHOST_PROJECT, user.get("pinned", [])),
        "officeProfile": {
            "displayName": user["name"],
            "mail": user["email"],
            "userPrincipalName": user["email"],
        },
    }
    return JsonAnswer(answer)


def get_workspace(visit: Visit) -> Response:
    """GET /get/workspaces/{workspace_id}."""
    return JsonAnswer(_shown(visit))


def _shown(visit: Visit) -> Body:
    workspace = visit.workspace
    return {
        "id": workspace["id"],
        "name": workspace["name"],
        "description": workspace["description"],
        "deleted": False,
        "settings": workspace["settings"],
        "subscription": workspace["subscription"],
        "users": [_person(visit, member) for member in workspace["members"]],
        "groups": [_group(visit, group) for group in visit.store.of_tenant(TIMEGHOST_GROUP, workspace["id"])],
        "permissionSettings": permissions_of(workspace),
        "projectPermissions": _project_permissions(visit),
        "webhooks": [shown(webhook) for webhook in visit.store.of_tenant(TIMEGHOST_WEBHOOK, workspace["id"])],
        "currentUserCanEdit": visit.is_admin,
    }


def _person(visit: Visit, member: Body) -> Body:
    user = visit.store.get(TIMEGHOST_USER, member["id"]) or {"name": "", "email": ""}
    return {"id": member["id"], "name": user["name"], "email": user["email"], **member}


def _group(visit: Visit, group: Body) -> Body:
    return {
        "id": group["id"],
        "name": group["name"],
        "synchronizedGroup": group["synchronizedGroup"],
        "synchronizedGroupType": group["synchronizedGroupType"],
        "users": Names(visit.store).shorts(TIMEGHOST_USER, group["users"]),
    }


def _project_permissions(visit: Visit) -> list[Body]:
    return [
        {
            "projectId": project["id"],
            "private": project["private"],
            "users": [{"id": user["id"], "role": user["role"]} for user in project["users"]],
            "groups": [{"id": group["id"], "role": group["role"]} for group in project["groups"]],
        }
        for project in visit.store.of_tenant(TIMEGHOST_PROJECT, visit.workspace["id"])
        if not project["deleted"]
    ]
