"""What the parts write is taken by the services that the sandbox plays, and what stands there afterwards reads as it was meant."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from integrations.catalogue import (
    ClientDraft,
    ClientPart,
    Me,
    Members,
    NativePart,
    Parts,
    ProjectDraft,
    Provider,
    TaskDraft,
    TimeDraft,
    TimeEdits,
    Write,
)
from integrations.providers import get_provider
from tests.sandbox.conftest import PATIENCE, Company, exchange_token, signed_in_token

Data = dict[str, Any]
START = datetime(2026, 3, 28, 23, 30, tzinfo=UTC)
COLLEAGUE = "jonas.weidner@northlight.example"


@dataclass(frozen=True)
class Service:
    """A provider at the sandbox, as somebody who signed in there."""

    provider: Provider
    workspace: str
    client: httpx.Client
    base: str

    @property
    def parts(self) -> Parts:
        assert self.provider.parts
        return self.provider.parts

    def answer(self, operation: str, inputs: Data) -> httpx.Response:
        request = self.provider.operation(operation).request(inputs, self.workspace)
        address = f"{self.base}{request.path}"
        return self.client.request(request.method, address, params=request.query, headers=request.headers, json=request.body)

    def result(self, operation: str, **inputs: Any) -> Any:
        answer = self.answer(operation, inputs)
        assert answer.is_success, answer.text
        found: Any = answer.json() if answer.content else {}
        key = self.provider.operation(operation).result
        return found[key] if key else found

    def write(self, write: Write[Any] | None, draft: Any) -> Any:
        assert write
        return self.result(write.operation, **write.inputs(draft))

    def refused(self, write: Write[Any] | None, draft: Any) -> int:
        assert write
        return self.answer(write.operation, write.inputs(draft)).status_code

    @property
    def client_part(self) -> ClientPart:
        assert self.parts.client
        return self.parts.client


@pytest.fixture
def hubstaff(address: str, company: Company) -> Iterator[Service]:
    token = exchange_token(address, "hubstaff-pat-1").json()["access_token"]
    with httpx.Client(headers={"Authorization": f"Bearer {token}"}, timeout=PATIENCE) as client:
        yield Service(get_provider("hubstaff"), str(company.organization_id), client, f"{address}/hubstaff")


@pytest.fixture
def timeghost(address: str, company: Company) -> Iterator[Service]:
    with httpx.Client(headers={"x-api-key": "timeghost-key-1"}, timeout=PATIENCE) as client:
        yield Service(get_provider("timeghost"), company.workspace_id, client, f"{address}/timeghost/api")


@pytest.fixture
def project(hubstaff: Service) -> Data:
    """A new project in Hubstaff, for a new client, with a colleague in it and a mark on it."""
    client = hubstaff.write(hubstaff.client_part.create, ClientDraft("Northern Rail 🙂"))
    draft = ProjectDraft("By hand", billable=False, member_ids=(person(hubstaff, COLLEAGUE),), mark="timeghost/w1/p7", client=client)
    found: Data = hubstaff.write(hubstaff.parts.project.create, draft)
    return found


def person(service: Service, email: str) -> str:
    users = service.client.get(f"{service.base}/v2/organizations/{service.workspace}/members", params={"include": "users"}).json()["users"]
    return next(str(user["id"]) for user in users if user["email"] == email)


class TestHubstaff:
    def test_a_client_is_made_and_named_by_its_project(self, hubstaff: Service, project: Data) -> None:
        client = hubstaff.result("get_client", client_id=project["client_id"])
        facts = hubstaff.client_part.read(client)
        assert (facts.name, facts.is_active) == ("Northern Rail 🙂", True)

    def test_a_project_is_made_without_a_client(self, hubstaff: Service) -> None:
        made = hubstaff.write(hubstaff.parts.project.create, ProjectDraft("Alone"))
        assert made["client_id"] is None

    def test_a_project_keeps_its_mark_when_it_is_renamed_and_archived(self, hubstaff: Service, project: Data) -> None:
        part = hubstaff.parts.project
        for write in (part.rename, part.archive):
            hubstaff.write(write, ProjectDraft("Renamed 🙂", record=project))
        facts = part.read(hubstaff.result("get_project", project_id=project["id"]))
        assert (facts.name, facts.is_active, facts.billable, facts.mark) == ("Renamed 🙂", False, False, "timeghost/w1/p7")
        assert hubstaff.refused(part.rename, ProjectDraft("Again", record=project)) == 400
        hubstaff.write(part.archive, ProjectDraft("Again", record=project))

    def test_people_are_taken_out_of_a_project(self, hubstaff: Service, project: Data) -> None:
        def members() -> set[int]:
            found = hubstaff.client.get(f"{hubstaff.base}/v2/projects/{project['id']}/members").json()["members"]
            return {member["user_id"] for member in found}

        people = Members(project, (person(hubstaff, COLLEAGUE),))
        assert members() == {int(people.person_ids[0])}
        hubstaff.write(hubstaff.parts.project.remove_members, people)
        assert members() == set()
        hubstaff.write(hubstaff.parts.project.add_members, people)
        assert members() == {int(people.person_ids[0])}

    def test_a_project_tells_who_is_in_it(self, hubstaff: Service, project: Data) -> None:
        reading = hubstaff.parts.project.members
        assert reading is not None

        def members() -> list[str]:
            return [reading.read(row) for row in hubstaff.result(reading.operation, **reading.inputs(project))]

        people = Members(project, (person(hubstaff, COLLEAGUE),))
        assert members() == list(people.person_ids)
        hubstaff.write(hubstaff.parts.project.remove_members, people)
        assert members() == []

    def test_a_task_is_deleted(self, hubstaff: Service, project: Data) -> None:
        part = hubstaff.parts.task
        task = hubstaff.write(part.create, TaskDraft(project, "Dig", mark="timeghost/w1/t1"))
        assert part.read(task).mark == "timeghost/w1/t1"
        draft = TaskDraft(project, "Dig", record=task)
        hubstaff.write(part.delete, draft)
        assert hubstaff.refused(part.delete, draft) == 404

    def test_a_task_of_a_native_integration_is_read_only(self, hubstaff: Service) -> None:
        part = hubstaff.parts.task
        integration = hubstaff.result("list_integrations")[0]
        tasks = hubstaff.client.get(f"{hubstaff.base}/v2/integrations/{integration['id']}/tasks").json()["tasks"]
        assert part.read(tasks[0]).is_read_only
        draft = TaskDraft({"id": tasks[0]["project_id"]}, "Changed", record=tasks[0])
        assert [hubstaff.refused(write, draft) for write in (part.update, part.complete, part.delete)] == [400, 400, 400]
        assert hubstaff.refused(part.create, draft) == 400

    def test_native_links_say_whether_they_work(self, hubstaff: Service) -> None:
        native = hubstaff.parts.native
        assert isinstance(native, NativePart)
        found = {}
        for integration in hubstaff.result("list_integrations"):
            projects = hubstaff.result("list_project_links", integration_id=integration["id"])
            people = hubstaff.result("list_user_links", integration_id=integration["id"])
            found[integration["name"]] = [*map(native.read_project, projects), *map(native.read_person, people)]
        works, is_off = found["Jira"], found["Trello"]
        assert {(link.status, link.disabled_because) for link in works} == {
            ("active", ""),
            ("active", "Never signed in to Jira"),
            ("disabled", "The account was deactivated in Jira"),
        }
        assert {link.tool for link in works} == {"Jira"}
        [off] = {(link.status, link.disabled_because) for link in is_off}
        assert off[0] == "disabled"
        assert off[1] == hubstaff.result("list_integrations")[1]["disabled_reason"], "a link works only while its integration does"

    def test_each_person_is_recognised_by_their_own_sign_in(self, address: str, hubstaff: Service) -> None:
        me = hubstaff.parts.person.me
        assert isinstance(me, Me)
        colleague = {"Authorization": f"Bearer {signed_in_token(address, COLLEAGUE)}"}
        assert me.read(httpx.get(f"{hubstaff.base}/v2/users/me", headers=colleague).json()["user"]) == person(hubstaff, COLLEAGUE)

    def test_blocks_of_time_follow_one_another_and_edits_say_which_days_they_touch(
        self, hubstaff: Service, control: httpx.Client, project: Data
    ) -> None:
        now = datetime.now(UTC).replace(second=7, microsecond=0)
        start = now - timedelta(days=3)
        body = {"user": COLLEAGUE, "project": project["id"], "start": start.isoformat(), "seconds": 3000}
        time = control.post("/hubstaff/times", json=body).json()
        asked = {
            "time_slot_start": (now - timedelta(days=4)).isoformat(),
            "time_slot_stop": now.isoformat(),
            "project_ids": [project["id"]],
        }
        blocks = [hubstaff.parts.time.read(block) for block in hubstaff.result("list_activities", **asked)]
        assert blocks[0].start == start
        assert [block.end for block in blocks[:-1]] == [block.start for block in blocks[1:]]
        assert sum(block.seconds for block in blocks) == 3000
        control.post(f"/hubstaff/times/{time['id']}/change", json={"start": (now - timedelta(days=2)).isoformat()}).raise_for_status()
        edits = hubstaff.parts.time.edits
        assert isinstance(edits, TimeEdits)
        asked = {"created_start": (now - timedelta(days=1)).isoformat(), "created_stop": (now + timedelta(minutes=2)).isoformat()}
        [edit] = hubstaff.result("list_time_edit_logs", **asked, project_ids=[project["id"]])
        first, last = edits.days(edit)
        assert (first, last) == (start.date(), (now - timedelta(days=2) + timedelta(seconds=3000)).date())


class TestTimeghost:
    @pytest.fixture
    def made(self, timeghost: Service) -> Data:
        """A new project for a new client."""
        client = timeghost.write(timeghost.client_part.create, ClientDraft("Northern Rail 🙂"))
        assert timeghost.client_part.read(client).name == "Northern Rail 🙂"
        found: Data = timeghost.write(timeghost.parts.project.create, ProjectDraft("By hand 🙂", client=client))
        return found

    @pytest.fixture
    def me(self, timeghost: Service) -> str:
        me = timeghost.parts.person.me
        assert isinstance(me, Me)
        return me.read(timeghost.result(me.operation))

    def test_a_person_is_recognised_by_their_sign_in(self, timeghost: Service, me: str) -> None:
        people = [timeghost.parts.person.read(user) for user in timeghost.result("list_users")]
        assert me in {found.id for found in people}

    def test_a_project_is_renamed_and_completed(self, timeghost: Service, made: Data) -> None:
        part = timeghost.parts.project
        facts = part.read(made)
        assert (facts.name, facts.client, facts.is_active) == ("By hand 🙂", "Northern Rail 🙂", True)
        for write in (part.rename, part.archive):
            timeghost.write(write, ProjectDraft("Renamed", record=made))
        found = {project["id"]: part.read(project) for project in timeghost.result("list_projects")}[made["id"]]
        assert (found.name, found.client, found.is_active) == ("Renamed", "Northern Rail 🙂", False)

    def test_a_task_is_made_assigned_and_deleted(self, timeghost: Service, made: Data, me: str) -> None:
        part = timeghost.parts.task
        task = timeghost.write(part.create, TaskDraft(made, "Dig", assignee_ids=(me,)))
        facts = part.read(task)
        assert (facts.name, facts.project_id, facts.assignee_ids) == ("Dig", made["id"], frozenset({me}))
        timeghost.write(part.delete, TaskDraft(made, "Dig", record=task))
        assert timeghost.result("list_tasks", project_id=made["id"]) == []

    def test_time_stands_on_a_task_then_on_the_project_alone_and_is_deleted(self, timeghost: Service, made: Data, me: str) -> None:
        part = timeghost.parts.time
        assert part.task_optional
        task = timeghost.write(timeghost.parts.task.create, TaskDraft(made, "Dig"))

        def draft(task: Data, record: Data, hours: int = 1) -> TimeDraft:
            return TimeDraft(made, task, me, "Dig", START, START + timedelta(hours=hours), "Europe/Berlin", record=record)

        alone = timeghost.write(part.create, draft({}, {}))
        assert part.read(alone).task_id == ""
        on_task = timeghost.write(part.update, draft(task, alone, hours=2))
        facts = part.read(on_task)
        assert (facts.task_id, facts.seconds, facts.start, facts.person_id) == (task["id"], 7200, START, me)
        assert part.read(timeghost.write(part.update, draft({}, on_task))).task_id == ""
        timeghost.write(part.delete, draft({}, alone))
        times = timeghost.result("list_project_times", project_id=made["id"], date_range="all_time")
        assert times == []
