"""One full request to each of timeghost's routes in the sandbox: with every field that either of its documents names."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

Row = dict[str, Any]
START = (datetime.now(UTC) - timedelta(hours=3)).replace(microsecond=0)
MOMENTS = {"start": START.isoformat(), "end": (START + timedelta(hours=1)).isoformat()}


@dataclass(frozen=True)
class Exchange:
    """What a request has. `required` are the fields of its body that must be there; `title` is the action of the later document."""

    title: str = ""
    answer: str = ""
    ids: dict[str, str] = field(default_factory=dict)
    query: Row = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    body: Any = None
    required: tuple[str, ...] = ()

    def send(self, client: httpx.Client, route: tuple[str, str], **changes: Any) -> httpx.Response:
        """Send it, with another body or query where one is given."""
        method, path = route
        content = {"json": self.body, "params": self.query, **changes}
        return client.request(method, path.format(**self.ids), headers=self.headers, **content)


@dataclass(frozen=True)
class There:
    """Records of the main company to write requests about, made new."""

    workspace: str
    user: str
    client: Row
    project: Row
    template: Row
    task: Row
    spare_task: Row
    time: Row
    group: Row
    project_tag: Row
    time_tag: Row
    event: Row
    entry: Row

    @property
    def place(self) -> Row:
        """Where a task or a time belongs."""
        return {"client": {"id": self.client["id"], "name": "C"}, "project": {"id": self.project["id"], "name": "P", "completed": False}}

    @property
    def books(self) -> Row:
        """What every answer carries, and a change may send back."""
        return {
            "cosmosEntityName": "things",
            "partitionKey": self.workspace,
            "author": self.user,
            "editor": self.user,
            "status": "updated",
            "deleted": False,
            "created": MOMENTS["start"],
            "modified": MOMENTS["end"],
            "workspace": {"id": self.workspace},
        }


def arranged(client: httpx.Client) -> There:
    """Make the records."""
    user = client.get("/get/currentuser").json()

    def added(path: str, **body: Any) -> Row:
        answer = client.post(path, json=body)
        assert answer.status_code == 200, answer.text
        found: Row = answer.json()
        return found

    own: Row = {"client": {"id": added("/add/clients", name="New client")["id"]}, "billable": True, "taskBasedEstimation": False}
    project = added("/add/projects", name="New project", **own)
    place = {"client": own["client"], "project": {"id": project["id"]}}
    return There(
        workspace=user["defaultWorkspace"],
        user=user["id"],
        client=own["client"],
        project=project,
        template=added("/add/projects", name="New template", projectType="template", **own),
        task=added("/add/tasks", name="New task", **place),
        spare_task=added("/add/tasks", name="New spare task", **place),
        time=added("/add/times", name="New time", billable=True, **place, **MOMENTS),
        group=added("/add/groups", name="New group", users=[{"id": user["id"]}]),
        project_tag=added("/add/tags", name="New project tag", tagType=0),
        time_tag=added("/add/tags", name="New time tag", tagType=1),
        event=added("/add/customfeedevent", name="New event", user={"id": user["id"]}, **MOMENTS),
        entry=client.post("/add/comego", json=[MOMENTS]).json()[0],
    )


def exchanges(there: There) -> dict[tuple[str, str], Exchange]:
    """Return the requests by method and path."""
    return {**reads(there), **additions(there), **updates(there), **parts(there), **others(there), **webhooks()}


def reads(there: There) -> dict[tuple[str, str], Exchange]:
    client, project = {"clientid": there.client["id"]}, {"projectid": there.project["id"]}
    named = {"$filter": "startswith(name, 'New')"}
    times = {**named, "$filter-date-range": "all_time", "$filter-user": there.user}
    return {
        ("GET", "/get/currentuser"): Exchange("Get Current User", "UserResponse"),
        ("GET", "/get/workspaces/{workspace_id}"): Exchange("Get Workspace by ID", "WorkspaceResponse", {"workspace_id": there.workspace}),
        ("GET", "/get/clients"): Exchange("Get Clients", "ClientsResponse", query=named),
        ("GET", "/get/clients/{clientid}/projects"): Exchange("Get Client Projects", "ProjectsResponse", client, named),
        ("GET", "/get/clients/{clientid}/times"): Exchange("Get Client Times", "TimesResponse", client, times),
        ("GET", "/get/projects"): Exchange("Get Projects", "ProjectsResponse", query=named),
        ("GET", "/get/projects/{projectid}/tasks"): Exchange("Get Project Tasks", "TasksUpdateResponse", project, named, client),
        ("GET", "/get/projects/{projectid}/times"): Exchange("Get Project Times", "TimesResponse", project, times, client),
        ("GET", "/get/times"): Exchange("Get Times", "TimesResponse", query=times),
        ("GET", "/get/groups"): Exchange("Get Workspace Groups", "GroupsResponse"),
        ("GET", "/get/tags"): Exchange("Get Tags", "TagsResponse", query={"$filter": "tagType eq 1"}),
        ("GET", "/get/projecttags"): Exchange("", "TagsResponse", query={"$filter": "tagType eq 0"}),
        ("GET", "/get/comego"): Exchange(
            "Get Working hours", "ComeGoResponse", query={"$filter": "type eq 'work'", "$filter-user": there.user}
        ),
    }


def additions(there: There) -> dict[tuple[str, str], Exchange]:
    books = {name: there.books[name] for name in ("cosmosEntityName", "deleted", "editor")}
    return {
        ("POST", "/add/projects"): Exchange(
            "Add Project",
            "ProjectsResponse",
            body=project_body(there),
            required=("name", "client", "billable", "taskBasedEstimation"),
        ),
        ("POST", "/add/tasks"): Exchange("Add Task", "TasksUpdateResponse", body=task_body(there) | books, required=("name", "project")),
        ("POST", "/add/times"): Exchange(
            "Add Time",
            "TimesResponse",
            body=time_body(there) | books,
            required=("client", "project", "name", "start", "billable"),
        ),
        ("POST", "/add/clients"): Exchange("Add Client", "ClientsResponse", body=client_body(), required=("name",)),
        ("POST", "/add/tags"): Exchange("Add any Tag", "TagsResponse", body=tag_body(1), required=("name", "tagType")),
        ("POST", "/add/projecttags"): Exchange("", "TagsResponse", body=tag_body(0), required=("name", "tagType")),
        ("POST", "/add/groups"): Exchange("Add Group", "GroupsResponse", body=group_body(there), required=("name", "users")),
        ("POST", "/add/comego"): Exchange("Add Working hours", "ComeGoResponse", body=[entry_body(there)]),
        ("POST", "/add/customfeedevent"): Exchange(
            "Add Custom Feed Event", "CustomFeedEventResponse", body=event_body(there), required=("name", "user", "start", "end")
        ),
    }


def updates(there: There) -> dict[tuple[str, str], Exchange]:
    books = there.books
    project = {name: value for name, value in project_body(there).items() if not name.startswith("template")}
    recorded = {"billable": 1.5, "notBillable": 0, "timesRecorded": {"billable": 1.5, "notBillable": 0}}
    task = task_body(there) | {"completed": True, "canCreateTime": True, "canEdit": True} | recorded | books
    entry = entry_body(there) | books | {"id": there.entry["id"], "currentUserCanEdit": True}
    tag = {"TagId": there.time_tag["id"]}
    return {
        ("POST", "/update/projects/{ProjectId}"): Exchange(
            "Update Project", "ProjectsResponse", {"ProjectId": there.project["id"]}, body=project | books
        ),
        ("POST", "/update/tasks/{TaskId}"): Exchange("Update Task", "TasksUpdateResponse", {"TaskId": there.task["id"]}, body=task),
        ("POST", "/update/times/{TimeId}"): Exchange(
            "Update Time", "TimesResponse", {"TimeId": there.time["id"]}, body=time_body(there) | books | {"timeDiff": 3600}
        ),
        ("POST", "/update/clients/{ClientId}"): Exchange(
            "Update Client", "ClientsResponse", {"ClientId": there.client["id"]}, body=client_body() | books
        ),
        ("POST", "/update/tags/{TagId}"): Exchange(
            "Update any Tag", "TagsResponse", tag, body=tag_body(1) | books | {"id": tag["TagId"]}, required=("tagType",)
        ),
        ("POST", "/update/projecttags/{TagId}"): Exchange(
            "", "TagsResponse", {"TagId": there.project_tag["id"]}, body=tag_body(0), required=("tagType",)
        ),
        ("POST", "/update/groups/{GroupId}"): Exchange(
            "Update Group", "GroupsResponse", {"GroupId": there.group["id"]}, body=group_body(there) | {"id": there.group["id"]}
        ),
        ("POST", "/update/comego/{ComeGoId}"): Exchange(
            "Update Working Hours", "ComeGoResponse", {"ComeGoId": there.entry["id"]}, body=entry
        ),
        ("POST", "/update/customfeedevent/{EventId}"): Exchange(
            "Update Custom Feed Event", "CustomFeedEventResponse", {"EventId": there.event["id"]}, body=event_body(there)
        ),
    }


def parts(there: There) -> dict[tuple[str, str], Exchange]:
    project = {"ProjectId": there.project["id"]}
    users = [{"id": there.user, "role": 1, "billable_rate": 110.5}]
    return {
        ("POST", "/update/projects/{ProjectId}/tags"): Exchange(
            "Update Tags of an Project", "ProjectsResponse", project, body={"tags": [{"id": there.project_tag["id"]}]}, required=("tags",)
        ),
        ("POST", "/update/projects/{ProjectId}/users"): Exchange(
            "Update Users of an Project", "ProjectsResponse", project, body={"users": users}, required=("users",)
        ),
        ("POST", "/update/projects/{ProjectId}/groups"): Exchange(
            "Update Groups of an Project",
            "ProjectsResponse",
            project,
            body={"groups": [{"id": there.group["id"], "role": 0}]},
            required=("groups",),
        ),
        ("POST", "/update/times/{TimeId}/tags"): Exchange(
            "Update Tags of an Time",
            "TimesResponse",
            {"TimeId": there.time["id"]},
            body={"tags": [{"id": there.time_tag["id"]}]},
            required=("tags",),
        ),
    }


def others(there: There) -> dict[tuple[str, str], Exchange]:
    return {
        ("DELETE", "/delete/{ItemType}/{ItemId}"): Exchange("Delete Item", ids={"ItemType": "tasks", "ItemId": there.spare_task["id"]}),
        ("POST", "/Create_Excel_Report"): Exchange("Create Times Excel Report", query=report_query(there)),
    }


def webhooks() -> dict[tuple[str, str], Exchange]:
    config = {"url": "http://127.0.0.1:9/hooks", "basicAuth": {"userName": "ada", "pass": "secret"}}
    body = {"name": "Ours", "active": False, "events": ["add", "update", "delete"], "config": config}
    required = ("name", "entity", "active", "config")
    topics = ("clients", "projects", "tags", "tasks", "times")
    return {("POST", f"/register_webhook/{topic}"): Exchange(body={**body, "entity": topic}, required=required) for topic in topics}


def project_body(there: There) -> Row:
    return {
        "name": "New things",
        "description": "All of it",
        "client": {"id": there.client["id"], "name": "C"},
        "color": "#0000FF",
        "billable": True,
        "completed": False,
        "taskBasedEstimation": True,
        "estimation": 7200.5,
        "private": True,
        "projectType": "project",
        "hourly_rate": 99.5,
        "hourly_rate_enabled": True,
        "users": [{"id": there.user, "role": 1, "billable_rate": 120, "removed": False}],
        "tags": [there.project_tag["id"]],
        "groups": [there.group["id"]],
        "whoCanAddTasks": 1,
        "externalId": "7",
        "templateId": there.template["id"],
        "templateCopyRate": True,
        "templateCopyTasks": True,
        "templateCopyTaskAssign": True,
    }


def task_body(there: There) -> Row:
    group = {"id": there.group["id"], "name": "G", "users": [there.user], "synchronizedGroup": False}
    return {
        **there.place,
        "name": "New round",
        "estimation": 5400,
        "assignedToUsers": [there.user],
        "assignedToGroups": [group],
        "externalId": "8",
    }


def time_body(there: There) -> Row:
    return {
        **there.place,
        **MOMENTS,
        "task": {"id": there.task["id"], "name": "T", "completed": False},
        "user": {"id": there.user, "name": "U"},
        "name": "New sketches",
        "billable": True,
        "tags": [{"id": there.time_tag["id"], "name": "T"}],
        "timeZone": "Europe/Lisbon",
        "inputMode": "range",
        "outlookCalenderReference": "AAMk=",
        "externalId": "9",
    }


def client_body() -> Row:
    texts = ("description", "phone", "location", "email", "primaryContact", "secondaryContact", "industry", "taxRate", "externalId")
    return {"name": "New & Söhne", "color": "#0000FF", "onboardDate": "2024-02-29", **{name: f"{name} 🎉" for name in texts}}


def tag_body(kind: int) -> Row:
    return {"name": "New tag", "tagType": kind, "externalId": "10"}


def group_body(there: There) -> Row:
    users = [{"id": there.user, "email": "u@example.org", "name": "U"}]
    return {"name": "New board", "users": users, "synchronizedGroup": True, "synchronizedGroupType": "teams"}


def entry_body(there: There) -> Row:
    return {
        **MOMENTS,
        "name": None,
        "type": "break",
        "timeZone": "Europe/Berlin",
        "user": {"id": there.user, "name": "U"},
        "workspace": {"id": there.workspace},
        "tags": ["late"],
    }


def event_body(there: There) -> Row:
    texts = ("name", "description", "imageUrl", "url", "category", "externalId")
    return {**MOMENTS, **{name: f"New {name}" for name in texts}, "user": {"id": there.user}}


def report_query(there: There) -> Row:
    switches = ("client", "project", "projectDescription", "task", "description", "author")
    return {
        "$filter-date-range": "this_year",
        "$filter-user": there.user,
        "startDate": MOMENTS["start"],
        "endDate": MOMENTS["end"],
        "groupedByProject": "true",
        "billable": "all",
        "projectStatus": "all",
        **dict.fromkeys(switches, "true"),
        "enabled": "true",
        "minutes": "15",
        "type": "nearest",
        "timeZone": "Europe/Berlin",
        "users": there.user,
    }
