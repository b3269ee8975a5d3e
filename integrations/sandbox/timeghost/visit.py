"""A request to timeghost by somebody signed in, in one workspace."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property

from starlette.responses import Response

from integrations.sandbox.exchange import Call, Handler
from integrations.sandbox.kinds import (
    ACCESS_TOKEN,
    TIMEGHOST_CLIENT,
    TIMEGHOST_GROUP,
    TIMEGHOST_KEY,
    TIMEGHOST_PROJECT,
    TIMEGHOST_USER,
    TIMEGHOST_WORKSPACE,
    Kind,
)
from integrations.sandbox.store import Body, Store
from integrations.sandbox.timeghost.refusals import Refused, not_found

USER, MANAGER = 0, 1


@dataclass(frozen=True)
class Visit(Call):
    """One request, with the person who makes it and the workspace it names."""

    user: Body
    workspace: Body

    @cached_property
    def is_admin(self) -> bool:
        """Whether the person is an admin of the workspace."""
        member = member_of(self.workspace, self.user["id"])
        return member is not None and bool(member["admin"])

    @property
    def manages_projects(self) -> bool:
        """Whether the person may add projects and change all of them."""
        return self.is_admin or self._has_permission("groupsCanManageProjects")

    @property
    def sees_team(self) -> bool:
        """Whether the person may read what others track."""
        return self.is_admin or self._has_permission("groupsCanSeeTeamActivity")

    def require_admin(self) -> None:
        """Raise Refused unless the person is an admin of the workspace."""
        if not self.is_admin:
            raise Refused(403, "You need to be an admin of the workspace to do this")

    def require_own(self, user_id: str, what: str) -> None:
        """Raise Refused when something is another person's, unless the caller is an admin of the workspace."""
        if user_id != self.user["id"] and not self.is_admin:
            raise Refused(403, f"You are not allowed to write {what} of other people: only an admin of the workspace is")

    def known(self, kind: Kind, identity: str) -> Body | None:
        """Return a record of the workspace that is not deleted and that the person may see, or None."""
        record = self.store.get(kind, identity)
        if record is None or record["deleted"] or record["workspace_id"] != self.workspace["id"]:
            return None
        return record if kind is not TIMEGHOST_PROJECT or self.sees(record) else None

    def found(self, kind: Kind, identity: str, what: str) -> Body:
        """Return a record of the workspace that the address names. Raises Refused when there is none for the person."""
        record = self.known(kind, identity)
        if record is None:
            raise not_found(what)
        return record

    def project(self, identity: str) -> Body:
        """Return a project. Raises Refused when there is none or the person may not see it."""
        return self.found(TIMEGHOST_PROJECT, identity, "Project")

    def client(self, identity: str) -> Body:
        """Return a client. Raises Refused when there is none."""
        return self.found(TIMEGHOST_CLIENT, identity, "Client")

    def sees(self, project: Body) -> bool:
        """Whether the person may see a project: a private one only as one of its people or as one who manages all."""
        return not project["private"] or self.manages_projects or self._role_in(project) is not None

    def manages(self, project: Body) -> bool:
        """Whether the person may change a project."""
        return self.manages_projects or self._role_in(project) == MANAGER

    def _role_in(self, project: Body) -> int | None:
        """Return the highest role that the person has in a project, by name or through a group."""
        own = [user["role"] for user in _present(project["users"]) if user["id"] == self.user["id"]]
        through = [group["role"] for group in _present(project["groups"]) if group["id"] in self._groups]
        return max((*own, *through), default=None)

    def _has_permission(self, name: str) -> bool:
        allowed = permissions_of(self.workspace)[name]
        return any(group["id"] in self._groups for group in allowed)

    @cached_property
    def _groups(self) -> set[str]:
        groups = self.store.of_tenant(TIMEGHOST_GROUP, self.workspace["id"])
        return {group["id"] for group in groups if self.user["id"] in group["users"]}


VisitHandler = Callable[[Visit], Response]


def signed_in(handler: VisitHandler) -> Handler:
    """Open a handler to people who name a workspace of theirs in the header workspace-id."""

    def handle(call: Call) -> Response:
        user = _caller(call)
        identity = call.header("workspace-id")
        if not identity:
            raise Refused(400, "The header workspace-id is required")
        return handler(Visit(call.runtime, call.request, call.content, user, _workspace(call, user, identity)))

    return handle


def signed_in_anywhere(handler: VisitHandler) -> Handler:
    """Open a handler to people who may leave the workspace out: then it is their default one."""

    def handle(call: Call) -> Response:
        user = _caller(call)
        identity = call.header("workspace-id") or user["default_workspace"]
        return handler(Visit(call.runtime, call.request, call.content, user, _workspace(call, user, identity)))

    return handle


def signed_in_there(handler: VisitHandler) -> Handler:
    """Open a handler to people of the workspace in the address; the header may be left out, or must name the same one."""

    def handle(call: Call) -> Response:
        user, identity = _caller(call), call.segment("workspace_id")
        if call.header("workspace-id") not in ("", identity):
            raise Refused(403, "The header workspace-id names another workspace")
        return handler(Visit(call.runtime, call.request, call.content, user, _workspace(call, user, identity)))

    return handle


def member_of(workspace: Body, user_id: str) -> Body | None:
    """Return a person's membership of a workspace, or None."""
    return next((member for member in workspace["members"] if member["id"] == user_id and not member["removed"]), None)


def permissions_of(workspace: Body) -> Body:
    """Return what the groups of a workspace may do beside what everybody may."""
    return {"groupsCanManageProjects": [], "groupsCanSeeTeamActivity": [], **workspace.get("permissionSettings", {})}


def workspaces_of(store: Store, user: Body) -> list[Body]:
    """Return the workspaces that a person belongs to."""
    return [workspace for workspace in store.every(TIMEGHOST_WORKSPACE) if member_of(workspace, user["id"])]


def _present(entries: Iterable[Body]) -> Iterable[Body]:
    """Leave out who was removed from a project."""
    return (entry for entry in entries if not entry.get("removed"))


def _caller(call: Call) -> Body:
    """Return who calls. Raises Refused when they are not signed in, call too often, or never opened timeghost."""
    key = call.header("x-api-key")
    user = _key_owner(call, key) if key else _token_owner(call)
    _count(call, key or call.header("authorization"))
    if not user["consented"]:
        raise Refused(403, "The user has not consented: open timeghost once in Teams or in the browser")
    return user


def _key_owner(call: Call, key: str) -> Body:
    kept = call.store.get(TIMEGHOST_KEY, key)
    user = call.store.get(TIMEGHOST_USER, kept["user_id"]) if kept else None
    if user is None:
        raise Refused(401, "Unauthorized: the API token is not valid")
    return user


def _token_owner(call: Call) -> Body:
    scheme, _, value = call.header("authorization").partition(" ")
    token = call.store.get(ACCESS_TOKEN, value) if scheme.lower() == "bearer" else None
    if token is None or token["service"] != "entra" or token["expires_at"] <= time.time():
        raise Refused(401, "Unauthorized: the access token is missing, not valid or has expired")
    user = user_of(call.store, token["email"])
    if user is None:
        raise Refused(401, "Unauthorized: the user does not exist")
    return user


def user_of(store: Store, email: str) -> Body | None:
    """Return the user with an address, or None."""
    return next((user for user in store.every(TIMEGHOST_USER) if user["email"] == email), None)


def _count(call: Call, credential: str) -> None:
    switches = call.runtime.switches
    limit, window = switches.timeghost_rate_limit, switches.timeghost_rate_window
    wait = call.runtime.limits.seconds_to_wait(f"timeghost {credential}", limit, window)
    if wait:
        raise Refused(429, "Rate limit is exceeded. Try again later.", {"Retry-After": str(wait)})


def _workspace(call: Call, user: Body, identity: str) -> Body:
    workspace = call.store.get(TIMEGHOST_WORKSPACE, identity)
    if workspace is None:
        raise not_found("Workspace")
    if member_of(workspace, user["id"]) is None:
        raise Refused(403, "You do not belong to this workspace")
    return workspace
