"""timeghost's rules about its records: what goes together, what follows from what, and what is gone."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.sandbox.conftest import Company, timeghost_client
from tests.sandbox.timeghost_exchanges import MOMENTS, START, Row, There, arranged


@pytest.fixture
def there(timeghost: httpx.Client) -> There:
    return arranged(timeghost)


def told(answer: httpx.Response) -> Any:
    assert answer.status_code == 200, answer.text
    return answer.json()


def complaint(answer: httpx.Response) -> str:
    assert answer.status_code == 400, answer.text
    return str(answer.json()["message"])


def at_night(days_ago: int) -> datetime:
    """A moment when nobody has worked."""
    return datetime.now(UTC).replace(hour=1, minute=0, second=0, microsecond=0) - timedelta(days=days_ago)


def new_time(there: There, **more: Any) -> Row:
    place = {"client": there.client, "project": {"id": there.project["id"]}}
    return {**place, "name": "Sketches", "billable": True, **MOMENTS, **more}


def test_a_message_names_each_field_and_what_it_takes(timeghost: httpx.Client, there: There) -> None:
    body = {
        "client": {"id": "nowhere"},
        "billable": "yes",
        "estimation": "much",
        "users": [{"id": there.user, "role": 1}, {"id": there.user, "role": 2}, {"role": 0}],
        "whoCanAddTasks": 3,
    }
    assert complaint(timeghost.post("/add/projects", json=body)).split("; ") == [
        "name is required",
        "taskBasedEstimation is required",
        "client must be the id of a client of this workspace",
        "billable must be a boolean",
        "estimation must be a number",
        "whoCanAddTasks must be 1 (managers) or 2 (everybody)",
        "users[1].role must be 0 (user) or 1 (manager)",
        "users[2].id is required",
    ]


def test_null_means_not_said(timeghost: httpx.Client, there: There) -> None:
    before = told(timeghost.get("/get/clients", params={"$filter": f"id eq '{there.client['id']}'"}))[0]
    after = told(timeghost.post(f"/update/clients/{there.client['id']}", json={"name": None, "phone": None}))
    assert after == {**before, "status": "updated", "modified": after["modified"]}


def test_a_body_cannot_be_about_another_record_than_the_address(timeghost: httpx.Client, there: There) -> None:
    answer = timeghost.post(f"/update/groups/{there.group['id']}", json={"id": there.user, "name": "Other"})
    assert complaint(answer) == "id must be the id in the address"


def test_what_timeghost_writes_itself_is_not_taken(timeghost: httpx.Client, there: There) -> None:
    changed = told(timeghost.post(f"/update/tags/{there.time_tag['id']}", json={"tagType": 1, **there.books}))
    assert (changed["deleted"], changed["created"]) == (False, there.time_tag["created"])


def test_contact_fields_stand_in_meta_wherever_they_were_sent(timeghost: httpx.Client) -> None:
    client = told(timeghost.post("/add/clients", json={"name": "A", "phone": "1", "meta": {"email": "a@example.org", "phone": "2"}}))
    assert (client["meta"]["phone"], client["meta"]["email"], client["meta"]["industry"]) == ("1", "a@example.org", None)
    answer = timeghost.post(f"/update/clients/{client['id']}", json={"meta": {"onboardDate": "soon"}})
    assert complaint(answer) == "meta.onboardDate must be a date in ISO 8601"


def test_tags_of_projects_have_their_own_addresses_too(timeghost: httpx.Client, there: There) -> None:
    tags, of_projects = told(timeghost.get("/get/tags")), told(timeghost.get("/get/projecttags"))
    assert of_projects == [tag for tag in tags if tag["tagType"] == 0]
    [added] = told(timeghost.post("/add/projecttags", json={"name": "Old way", "tagType": 0}))
    [changed] = told(timeghost.post(f"/update/projecttags/{added['id']}", json={"name": "Same old way", "tagType": 0}))
    assert changed["name"] == "Same old way"
    assert complaint(timeghost.post("/add/projecttags", json={"name": "No", "tagType": 1})) == "tagType must be 0 (project)"
    assert timeghost.post(f"/update/projecttags/{there.time_tag['id']}", json={"tagType": 0}).status_code == 404


def test_a_tag_is_for_projects_or_for_times(timeghost: httpx.Client, there: There) -> None:
    project, time = f"/update/projects/{there.project['id']}/tags", f"/update/times/{there.time['id']}/tags"
    assert complaint(timeghost.post(project, json={"tags": [there.time_tag["id"]]})).startswith("tags[0] must be the id of a project tag")
    assert complaint(timeghost.post(time, json={"tags": [there.project_tag["id"]]})).startswith("tags[0] must be the id of a time tag")
    assert told(timeghost.post(project, json={"tags": [there.project_tag["id"]]}))["tags"][0]["name"] == "New project tag"
    assert told(timeghost.post(time, json={"tags": [{"id": there.time_tag["id"]}]}))["tags"][0]["name"] == "New time tag"
    timeghost.delete(f"/delete/tags/{there.time_tag['id']}")
    assert told(timeghost.post(f"/update/times/{there.time['id']}", json={}))["tags"] == []


def test_the_parts_of_a_project_are_replaced_whole(timeghost: httpx.Client, there: There) -> None:
    path = f"/update/projects/{there.project['id']}"
    users = [{"id": there.user, "role": 1, "billable_rate": 80}]
    project = told(timeghost.post(f"{path}/users", json={"users": users}))
    assert project["users"] == [{**users[0], "removed": False}]
    project = told(timeghost.post(f"{path}/groups", json={"groups": [{"id": there.group["id"], "role": 1}]}))
    assert project["groups"] == [{"id": there.group["id"], "role": 1, "removed": False}]
    assert told(timeghost.post(f"{path}/groups", json={"groups": []}))["groups"] == []
    assert told(timeghost.post(f"{path}/users", json={"users": [], "name": "Not here"}))["name"] == "New project"


def test_an_hourly_rate_counts_once_it_is_on(timeghost: httpx.Client, company: Company, there: There) -> None:
    def earned(**changes: Any) -> float:
        return float(told(timeghost.post(f"/update/projects/{there.project['id']}", json=changes))["earnings"])

    usual = told(timeghost.get(f"/get/workspaces/{company.workspace_id}"))["settings"]["hourly_rate"]
    assert earned(hourly_rate=200) == usual
    assert earned(hourly_rate_enabled=True) == 200
    body = {"name": "Half", "client": there.client, "billable": True, "taskBasedEstimation": False, "hourly_rate_enabled": True}
    assert complaint(timeghost.post("/add/projects", json=body)) == "hourly_rate is required when hourly_rate_enabled is true"


def test_the_rate_of_a_person_in_a_project_decides_what_their_time_earns(timeghost: httpx.Client, there: There) -> None:
    path, users = f"/update/projects/{there.project['id']}/users", [{"id": there.user, "role": 1, "billable_rate": 1000}]
    told(timeghost.post(path, json={"users": users}))
    assert told(timeghost.post(f"/update/times/{there.time['id']}", json={}))["amount"] == 1000
    assert told(timeghost.post(f"/update/times/{there.time['id']}", json={"billable": False}))["amount"] == 0


def test_a_template_gives_a_new_project_what_was_asked_for(timeghost: httpx.Client, there: There) -> None:
    template = {"project": {"id": there.template["id"]}}
    told(
        timeghost.post(
            f"/update/projects/{there.template['id']}", json={"hourly_rate": 70, "hourly_rate_enabled": True, "color": "#123456"}
        )
    )
    told(timeghost.post("/add/tasks", json={"name": "Kick-off", "estimation": 60, "assignedToUsers": [there.user], **template}))
    gone = told(timeghost.post("/add/tasks", json={"name": "Gone", **template}))
    timeghost.delete(f"/delete/tasks/{gone['id']}")

    def made(**more: Any) -> tuple[Row, list[Row]]:
        body = {"name": "Made", "client": there.client, "billable": True, "taskBasedEstimation": False, "templateId": there.template["id"]}
        project = told(timeghost.post("/add/projects", json={**body, **more}))
        return project, told(timeghost.get(f"/get/projects/{project['id']}/tasks"))

    plain, tasks = made()
    assert (plain["projectType"], plain["color"], plain["hourly_rate_enabled"], tasks) == ("project", "#123456", False, [])
    rated, [task] = made(templateCopyRate=True, templateCopyTasks=True, color="#654321")
    assert (rated["color"], rated["hourly_rate"], rated["hourly_rate_enabled"]) == ("#654321", 70, True)
    assert (task["name"], task["estimation"], task["assignedToUsers"]) == ("Kick-off", 60, [])
    _, [task] = made(templateCopyTasks=True, templateCopyTaskAssign=True)
    assert [user["id"] for user in task["assignedToUsers"]] == [there.user]
    body = {"name": "No", "client": there.client, "billable": True, "taskBasedEstimation": False, "templateId": there.project["id"]}
    assert complaint(timeghost.post("/add/projects", json=body)) == "templateId must be the id of a project template of this workspace"


def test_a_task_stays_in_its_project_and_with_its_client(timeghost: httpx.Client, there: There) -> None:
    other = told(timeghost.post("/add/clients", json={"name": "Other"}))
    answer = timeghost.post(f"/update/tasks/{there.task['id']}", json={"client": other, "project": {"id": there.template["id"]}})
    wrong = "client must be the client of the project; project must stay the project of the task"
    assert complaint(answer) == wrong
    body = {"name": "Lost", "project": {"id": there.project["id"]}, "client": {"id": other["id"]}}
    assert complaint(timeghost.post("/add/tasks", json=body)) == "client must be the client of the project"


def test_a_client_in_the_header_must_be_that_of_the_project(timeghost: httpx.Client, there: There) -> None:
    for things in ("tasks", "times"):
        path, query = f"/get/projects/{there.project['id']}/{things}", {"$filter-date-range": "all_time"}
        assert timeghost.get(path, params=query, headers={"clientid": there.client["id"]}).status_code == 200
        assert "clientid" in complaint(timeghost.get(path, params=query, headers={"clientid": there.user}))


def test_the_parts_of_a_time_go_together(timeghost: httpx.Client, there: There) -> None:
    other = told(timeghost.post("/add/clients", json={"name": "Other"}))
    foreign = told(timeghost.post("/add/tasks", json={"name": "Elsewhere", "project": {"id": there.template["id"]}}))
    body = new_time(there, client={"id": other["id"]}, task={"id": foreign["id"]}, start=MOMENTS["end"], end=MOMENTS["start"])
    assert complaint(timeghost.post("/add/times", json=body)).split("; ") == [
        "client must be the client of the project",
        "task must be a task of the project",
        "end must not be before start",
    ]
    answer = timeghost.post(f"/update/times/{there.time['id']}", json={"end": (START - timedelta(days=1)).isoformat()})
    assert complaint(answer) == "end must not be before start"


def test_a_time_that_moves_to_another_project_leaves_its_task(timeghost: httpx.Client, there: There) -> None:
    time = told(timeghost.post("/add/times", json=new_time(there, task={"id": there.task["id"]})))
    path = f"/update/times/{time['id']}"
    assert told(timeghost.post(path, json={"name": "Same place"}))["task"]["id"] == there.task["id"]
    moved = told(timeghost.post(path, json={"project": {"id": there.template["id"]}}))
    assert (moved["project"]["id"], moved["task"]) == (there.template["id"], None)
    assert complaint(timeghost.post(path, json={"task": {"id": there.task["id"]}})) == "task must be a task of the project"


def test_a_blank_person_is_who_calls_and_a_time_without_an_end_has_no_length(timeghost: httpx.Client, there: There) -> None:
    time = told(timeghost.post("/add/times", json={**new_time(there, user={"id": ""}), "end": None}))
    assert (time["user"]["id"], time["timeDiff"], time["end"]) == (there.user, 0, time["start"])


def test_times_of_one_person_that_run_together_say_so(timeghost: httpx.Client, member: httpx.Client, there: There) -> None:
    member_id = told(member.get("/get/currentuser"))["id"]

    def added(minutes: int, length: int, user: str = there.user) -> str:
        start = at_night(days_ago=3) + timedelta(minutes=minutes)
        moments = {"start": start.isoformat(), "end": (start + timedelta(minutes=length)).isoformat()}
        return str(told(timeghost.post("/add/times", json=new_time(there, user={"id": user}, **moments)))["id"])

    together = {added(0, 60), added(10, 5), added(30, 60)}
    apart = {added(90, 30), added(15, 5, member_id)}
    shown = told(timeghost.get(f"/get/projects/{there.project['id']}/times", params={"$filter-date-range": "all_time"}))
    assert {time["id"]: time["hasTimeOverlap"] for time in shown if time["id"] in together | apart} == {
        **dict.fromkeys(together, True),
        **dict.fromkeys(apart, False),
    }


def test_the_settings_of_a_workspace_decide_about_the_future_and_about_overlaps(address: str, control: httpx.Client) -> None:
    ahead, night = datetime.now(UTC) + timedelta(days=2), at_night(days_ago=3)
    wrong = {1: "", 2: "start must not be in the future", 3: "start must not be within another time"}
    for number, company in enumerate(control.get("/companies").json()["companies"], start=1):
        with timeghost_client(address, f"timeghost-key-{number}", company["workspace_id"]) as client:
            settings = told(client.get(f"/get/workspaces/{company['workspace_id']}"))["settings"]
            assert (settings["allowFutureTimeTracking"], settings["allowTimeOverlap"]) == (number == 1, number != 3)
            project = told(client.get("/get/projects"))[0]
            start = night if number == 3 else ahead
            moments = {"start": start.isoformat(), "end": (start + timedelta(hours=1)).isoformat()}
            body = {"client": project["client"], "project": {"id": project["id"]}, "name": "Now", "billable": True, **moments}
            answers = [client.post("/add/times", json=body) for _ in range(2)]
            assert answers[1].json().get("message", "").startswith(wrong[number])
            assert [answer.status_code for answer in answers] == {1: [200, 200], 2: [400, 400], 3: [200, 400]}[number]


def test_working_hours_are_added_as_an_array_all_or_none(timeghost: httpx.Client, there: There) -> None:
    assert complaint(timeghost.post("/add/comego", json=MOMENTS)) == "The body must be an array of entries"
    before = told(timeghost.get("/get/comego"))
    answer = timeghost.post("/add/comego", json=[MOMENTS, {"end": MOMENTS["end"]}, {"start": MOMENTS["end"], "end": MOMENTS["start"]}])
    assert complaint(answer) == "[1].start is required with end; [2].end must not be before start"
    assert told(timeghost.get("/get/comego")) == before
    entries = told(timeghost.post("/add/comego", json=[{**MOMENTS, "type": "break", "name": "Lunch"}, {"name": None, "end": None}]))
    assert [(entry["type"], entry["name"], entry["status"]) for entry in entries] == [("break", "Lunch", "new"), ("work", None, "new")]
    assert (entries[1]["user"]["id"], entries[1]["end"], entries[1]["author"]) == (there.user, None, there.user)


def test_working_hours_are_ended_changed_and_deleted(timeghost: httpx.Client, there: There) -> None:
    [entry] = told(timeghost.post("/add/comego", json=[{"start": MOMENTS["start"]}]))
    path = f"/update/comego/{entry['id']}"
    ended = told(timeghost.post(path, json={**entry, "end": MOMENTS["end"], "timeZone": "America/New_York"}))
    assert (ended["status"], ended["timeZone"], ended["end"][:19]) == ("updated", "America/New_York", MOMENTS["end"][:19])
    assert told(timeghost.post(path, json={"end": None}))["end"] is None
    assert complaint(timeghost.post(path, json={"end": "2001-01-01T00:00:00Z"})) == "end must not be before start"
    assert told(timeghost.delete(f"/delete/comego/{entry['id']}"))["deleted"] is True
    assert entry["id"] not in [one["id"] for one in told(timeghost.get("/get/comego"))]
    assert timeghost.post(path, json={}).status_code == 404


def test_a_feed_event_lives_180_days_from_when_it_was_made(control: httpx.Client, timeghost: httpx.Client, there: There) -> None:
    for days, status in ((179, 200), (180, 404), (400, 404)):
        body = {"user": there.user, "name": "Old", "days_ago": days}
        event = control.post("/timeghost/feed-events", json=body).json()
        assert timeghost.post(f"/update/customfeedevent/{event['id']}", json={"name": "Older"}).status_code == status
        assert timeghost.delete(f"/delete/customfeedevent/{event['id']}").status_code == status
    answer = timeghost.post(f"/update/customfeedevent/{there.event['id']}", json={"end": "2001-01-01T00:00:00Z"})
    assert complaint(answer) == "end must not be before start"


def test_a_record_sent_back_as_it_was_answered_stays_as_it_is(timeghost: httpx.Client, there: There) -> None:
    project = told(timeghost.get("/get/projects"))[0]
    tasks, times = (f"/get/projects/{project['id']}/{things}?$filter-date-range=all_time" for things in ("tasks", "times"))
    lists = {"clients": "/get/clients", "projects": "/get/projects", "tasks": tasks, "times": times, "tags": "/get/tags"}
    for things, path in {**lists, "groups": "/get/groups", "comego": "/get/comego"}.items():
        for record in told(timeghost.get(path))[:15]:
            after = told(timeghost.post(f"/update/{things}/{record['id']}", json=record))
            written = {name: after[name] for name in ("status", "modified", "editor") if name in after}
            assert after == {**record, **written}


def test_what_is_deleted_is_gone(timeghost: httpx.Client, there: There) -> None:
    records = {"tasks": there.task, "times": there.time, "tags": there.time_tag, "customfeedevent": there.event, "comego": there.entry}
    for things, record in {**records, "projects": there.project, "clients": there.client}.items():
        assert told(timeghost.delete(f"/delete/{things}/{record['id']}")) == {"id": record["id"], "deleted": True, "status": "deleted"}
        assert timeghost.delete(f"/delete/{things}/{record['id']}").status_code == 404


def test_only_some_types_can_be_deleted(timeghost: httpx.Client, there: There) -> None:
    assert complaint(timeghost.delete(f"/delete/groups/{there.group['id']}")).startswith("ItemType must be one of projects, tasks, times")
    assert timeghost.delete(f"/delete/tasks/{there.project['id']}").status_code == 404


def test_emojis_and_odd_texts_come_back_as_they_were_sent(timeghost: httpx.Client, there: There) -> None:
    for text in ("👩‍👩‍👧 Überraschung & <b>Söhne</b>", "'; DROP TABLE record; --", "a\u0000b\nc", "=1+1", "x" * 5000):
        time = told(timeghost.post("/add/times", json=new_time(there, name=text)))
        assert time["name"] == text
