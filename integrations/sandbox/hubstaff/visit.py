"""A request to Hubstaff by somebody signed in, and what they may see and do."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from starlette.responses import Response

from integrations.sandbox.exchange import Call, Handler
from integrations.sandbox.hubstaff.refusals import Problem, Refused, forbidden, not_found
from integrations.sandbox.kinds import (
    ACCESS_TOKEN,
    HUBSTAFF_CLIENT,
    HUBSTAFF_INTEGRATION,
    HUBSTAFF_MEMBER,
    HUBSTAFF_ORGANIZATION,
    HUBSTAFF_PROJECT,
    HUBSTAFF_TASK,
    HUBSTAFF_USER,
    Kind,
)
from integrations.sandbox.store import Body, Store

LEADING = ("owner", "manager")


@dataclass(frozen=True)
class Visit(Call):
    """One request, with the person who makes it."""

    user_id: int

    def member(self, organization_id: int) -> Body:
        """Return the person's membership. Raises Refused when there is none."""
        member = member_of(self.store, organization_id, self.user_id)
        if member is None:
            raise not_found()
        return member

    def leads(self, organization_id: int) -> bool:
        """Whether the person owns or manages the organization."""
        return self.member(organization_id)["membership_role"] in LEADING

    def organization(self) -> Body:
        """Return the organization of the path. Raises Refused when the person is no member."""
        self.member(self.number("organization_id"))
        return self.found(HUBSTAFF_ORGANIZATION, self.number("organization_id"))

    def led_organization(self) -> Body:
        """Return the organization of the path. Raises Refused when the person does not lead it."""
        organization = self.organization()
        self.led({"organization_id": organization["id"]})
        return organization

    def project(self) -> Body:
        """Return the project of the path. Raises Refused when the person may not see it."""
        project = self.found(HUBSTAFF_PROJECT, self.number("project_id"))
        if not self.sees(project):
            raise not_found()
        return project

    def led_project(self) -> Body:
        """Return the project of the path. Raises Refused when the person may not change it."""
        project = self.project()
        if not (self.leads(project["organization_id"]) or self._role_in(project) == "manager"):
            raise forbidden()
        return project

    def task(self) -> Body:
        """Return the task of the path. Raises Refused when it is gone or the person may not see it."""
        task = self.found(HUBSTAFF_TASK, self.number("task_id"))
        project = self.found(HUBSTAFF_PROJECT, task["project_id"])
        if task["status"] == "deleted" or not self.sees(project):
            raise not_found()
        return task

    def integration(self) -> Body:
        """Return the native integration of the path. Raises Refused when the person does not lead its organization."""
        integration = self.found(HUBSTAFF_INTEGRATION, self.number("integration_id"))
        self.member(integration["organization_id"])
        return self.led(integration)

    def sees(self, project: Body) -> bool:
        """Whether the person may see a project, which may be deleted: those who lead see all, others theirs."""
        may_see = self.leads(project["organization_id"]) or self._role_in(project) is not None
        return may_see and project["status"] != "deleted"

    def client(self) -> Body:
        """Return the client of the path. Raises Refused when the person is no member of its organization."""
        client = self.found(HUBSTAFF_CLIENT, self.number("client_id"))
        self.member(client["organization_id"])
        return client

    def led(self, record: Body) -> Body:
        """Return a record of an organization. Raises Refused when the person does not lead it."""
        if not self.leads(record["organization_id"]):
            raise forbidden()
        return record

    def found_member(self, organization_id: int, user_id: int) -> Body:
        """Return somebody's membership, present or former. Raises Refused when there is none."""
        return self.found(HUBSTAFF_MEMBER, f"{organization_id}-{user_id}")

    def found(self, kind: Kind, identity: int | str) -> Body:
        """Return a record. Raises Refused when there is none."""
        record = self.store.get(kind, identity)
        if record is None:
            raise not_found()
        return record

    def _role_in(self, project: Body) -> str | None:
        return next((member["role"] for member in project["members"] if member["user_id"] == self.user_id), None)


VisitHandler = Callable[[Visit], Response]


def reading(handler: VisitHandler) -> Handler:
    """Open a handler to those who may read."""
    return _signed_in(handler, "hubstaff:read")


def writing(handler: VisitHandler) -> Handler:
    """Open a handler to those who may write."""
    return _signed_in(handler, "hubstaff:write")


def member_of(store: Store, organization_id: int, user_id: int) -> Body | None:
    """Return a person's active membership of an organization, or None."""
    member = store.get(HUBSTAFF_MEMBER, f"{organization_id}-{user_id}")
    return member if member is not None and member["membership_status"] == "active" else None


def user_of(store: Store, email: str) -> Body | None:
    """Return the user with an address, or None."""
    return next((user for user in store.every(HUBSTAFF_USER) if user["email"] == email), None)


def _signed_in(handler: VisitHandler, scope: str) -> Handler:
    def handle(call: Call) -> Response:
        token = _token(call)
        _count(call, token["client_id"] or f"personal {token['email']}")
        if scope not in token["scope"].split():
            raise Refused(Problem.INSUFFICIENT_SCOPE, f"The access token lacks the scope {scope}")
        user = user_of(call.store, token["email"])
        if user is None:
            raise Refused(Problem.UNAUTHORIZED, "The user of this token is gone")
        return handler(Visit(call.runtime, call.request, call.content, user["id"]))

    return handle


def _token(call: Call) -> Body:
    scheme, _, value = call.header("authorization").partition(" ")
    token = call.store.get(ACCESS_TOKEN, value) if scheme.lower() == "bearer" else None
    if token is None or token["service"] != "hubstaff":
        raise Refused(Problem.UNAUTHORIZED, "The access token is missing or not valid")
    if token["expires_at"] <= time.time():
        raise Refused(Problem.TOKEN_EXPIRED, "The access token has expired")
    return token


def _count(call: Call, application: str) -> None:
    switches = call.runtime.switches
    limit, window = switches.hubstaff_rate_limit, switches.hubstaff_rate_window
    wait = call.runtime.limits.seconds_to_wait(f"hubstaff {application}", limit, window)
    if wait:
        raise Refused(Problem.RATE_LIMIT, "Rate limit exceeded", {"Retry-After": str(wait)})
