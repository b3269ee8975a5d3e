"""What stands in the sandbox, asked over the providers' own interfaces: the truth that nothing is lost or doubled."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import httpx

from tests.sandbox.conftest import Company, exchange_token, hubstaff_client, timeghost_client, walked

MARK = "timebridge"
Rows = list[dict[str, Any]]


class World:
    """The main company of a sandbox, on both sides, and the sandbox's back door."""

    def __init__(self, address: str, control: httpx.Client) -> None:
        self.address, self.control = address, control
        found = self.told(control.get("/companies"))["companies"][0]
        self.company = Company(found["organization_id"], found["workspace_id"], found["owner"])
        self.hubstaff = hubstaff_client(address, self.told(exchange_token(address, "hubstaff-pat-1"))["access_token"])
        self.timeghost = timeghost_client(address, "timeghost-key-1", self.company.workspace_id)

    @staticmethod
    def told(answer: httpx.Response) -> Any:
        assert answer.is_success, f"the sandbox answered {answer.status_code} to {answer.request.url}: {answer.text[:300]}"
        return answer.json()

    def close(self) -> None:
        self.hubstaff.close()
        self.timeghost.close()

    def name(self) -> str:
        """What the company is called, on both sides."""
        return str(self.told(self.control.get("/companies"))["companies"][0]["name"])

    # --- How the sandbox behaves ------------------------------------------------------------------------------------------

    def switch(self, **switches: float | None) -> None:
        self.told(self.control.post("/switches", json=switches))

    def calm(self) -> None:
        """No latency, no limits, no faults: as one has to be to read."""
        self.switch(latency=0, hubstaff_rate_limit=None, timeghost_rate_limit=None)
        self.told(self.control.delete("/faults"))

    @contextmanager
    def faulty(self, match: str, fault: str, **details: int) -> Iterator[None]:
        """One fault that has to have happened when the block ends."""
        self.told(self.control.post("/faults", json={"match": match, "fault": fault, **details}))
        yield
        assert self.told(self.control.get("/faults"))["faults"] == [], f"{fault} never happened to {match}"

    def requests(self, method: str, pattern: str) -> list[dict[str, Any]]:
        """The logged requests whose path ends so."""
        logged = self.told(self.control.get("/requests"))["requests"]
        return [entry for entry in logged if entry["method"] == method and entry["path"].endswith(pattern)]

    # --- What people do over there ----------------------------------------------------------------------------------------

    def do(self, path: str, **body: object) -> dict[str, Any]:
        done: dict[str, Any] = self.told(self.control.post(path, json=body))
        return done

    def track(self, task: dict[str, Any], user: int, seconds: int, days_ago: int = 0) -> str:
        """Somebody works on a task in Hubstaff, at noon of a day; gives that day."""
        noon = datetime.now().astimezone().replace(hour=12, minute=0, second=0, microsecond=0) - timedelta(days=days_ago)
        self.do("/hubstaff/times", project=task["project_id"], task=task["id"], user=user, seconds=seconds, start=noon.isoformat())
        return noon.date().isoformat()

    # --- What stands there ------------------------------------------------------------------------------------------------

    def hubstaff_projects(self) -> Rows:
        return walked(self.hubstaff, f"/organizations/{self.company.organization_id}/projects", "projects", status="all")

    def hubstaff_tasks(self) -> Rows:
        return walked(self.hubstaff, f"/organizations/{self.company.organization_id}/tasks", "tasks", page_limit=500)

    def timeghost_projects(self) -> Rows:
        found: Rows = self.told(self.timeghost.get("/get/projects"))
        return found

    def timeghost_tasks(self, project_id: str) -> Rows:
        found: Rows = self.told(self.timeghost.get(f"/get/projects/{project_id}/tasks"))
        return found

    def timeghost_times(self, project_id: str) -> Rows:
        query = {"$filter-date-range": "all_time"}
        found: Rows = self.told(self.timeghost.get(f"/get/projects/{project_id}/times", params=query))
        return found

    def mark(self, left_id: str) -> str:
        return f"timeghost/{self.company.workspace_id}/{left_id}"

    def open_marks(self, project_ids: list[str]) -> set[str]:
        """The marks that the open tasks of some timeghost projects should have in Hubstaff."""
        tasks = (task for project_id in project_ids for task in self.timeghost_tasks(project_id))
        return {self.mark(task["id"]) for task in tasks if not task["completed"]}


def marks(rows: Rows) -> Counter[str]:
    """How often each mark stands on some records of Hubstaff."""
    return Counter(row["metadata"][MARK] for row in rows if (row.get("metadata") or {}).get(MARK))


def doubled(found: Counter[str]) -> dict[str, int]:
    return {mark: count for mark, count in found.items() if count > 1}


def seconds_of(time: dict[str, Any]) -> int:
    """The length of a time of timeghost."""
    return round((datetime.fromisoformat(time["end"]) - datetime.fromisoformat(time["start"])).total_seconds())
