"""Paperclock itself, played by a thread: a key, one office, lists that tests change as people would, and bells that tell of new tasks."""

from __future__ import annotations

import json
import threading
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.providers.bells import Bells

KEY = "paper-key-1"
PAGE = 3  # records; smaller than asked for, as a server may do

Answer = tuple[int, Any]


class Office:
    """The records of one office and the server that tells them. Close it, or use it in a `with`."""

    def __init__(self) -> None:
        self.people = [
            {"id": "pe-1", "name": "Ada Park", "mail": "ada@paperclock.example"},
            {"id": "pe-2", "name": "Bo Lindgren", "mail": "bo@paperclock.example"},
        ]
        self.projects = [{"id": f"pr-{number}", "name": f"Poster {number} 🖼", "closed": number == 3} for number in range(1, 4)]
        self.tasks = [self._task(number) for number in range(1, 8)]
        self.times: list[dict[str, Any]] = []
        self.bells = Bells()
        self.asked: list[str] = []
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.02})

    def __enter__(self) -> Office:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_port}/v1"

    def answer(self, method: str, address: str, key: str, body: Any, secret: str = "") -> Answer:
        self.asked.append(f"{method} {address}")
        if key != KEY:
            return 401, {"oops": "Nobody has this key."}
        parts = urlsplit(address)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        match method, *parts.path.removeprefix("/v1/").split("/"):
            case "GET", "me":
                return 200, {**self.people[0], "paperKey": KEY}
            case "GET", "offices":
                return 200, [{"id": "of-1", "name": "Main street"}]
            case "GET", "offices", "of-1", "people":
                return 200, self.people
            case "GET", "offices", "of-1", "projects":
                return 200, self.projects
            case "GET", "offices", "of-1", "tasks":
                return 200, _page("tasks", self.tasks, query)
            case "GET", "offices", "of-1", "times":
                within = [time for time in self.times if query["first"] <= time["from"][:10] <= query["last"]]
                return 200, _page("times", within, query)
            case "GET", "offices", "of-1", "tasks", task:
                return self._get_task(task)
            case _, "offices", "of-1", "bells", *bell:
                return self.bells.answer(method, bell, body, secret)
            case "POST", "offices", "of-1", "tasks":
                return self._add_task(body)
            case "PUT", "offices", "of-1", "tasks", task:
                return self._change_task(task, body)
            case "POST", "offices", "of-1", "tasks", task, "times":
                return self._add_time(task, body)
        return 404, {"oops": "There is no such sheet of paper."}

    def track(self, task: str, person: str, start: datetime, seconds: int) -> None:
        body = {"person": person, "from": start.isoformat(), "until": (start + timedelta(seconds=seconds)).isoformat()}
        assert self._add_time(task, body)[0] == 201

    def _task(self, number: int) -> dict[str, Any]:
        return {
            "id": f"ta-{number}",
            "project": f"pr-{number % 3 + 1}",
            "text": f"Sheet {number}",
            "done": False,
            "person": "pe-1" if number % 2 else None,
            "changed": f"2026-11-0{number % 9 + 1}T09:00:00Z",
            "torn_up": False,
        }

    def _add_task(self, body: Any) -> Answer:
        if not body.get("text"):
            return 400, {"oops": "A task needs a text."}
        if body.get("project") not in {project["id"] for project in self.projects}:
            return 400, {"oops": "Nobody knows this poster."}
        if body.get("person") not in {None, *(person["id"] for person in self.people)}:
            return 400, {"oops": "Nobody here has this name."}
        now = datetime.now(UTC).isoformat()
        made = {"person": None, **body, "id": f"ta-{len(self.tasks) + 1}", "done": False, "changed": now, "torn_up": False}
        self.tasks.append(made)
        self.bells.ring("task.added", made)
        return 201, made

    def _get_task(self, task_id: str) -> Answer:
        found = next((task for task in self.tasks if task["id"] == task_id), None)
        return (200, found) if found else (404, {"oops": "This task was torn up."})

    def _change_task(self, task_id: str, body: Any) -> Answer:
        found = next((task for task in self.tasks if task["id"] == task_id), None)
        if found is None:
            return 404, {"oops": "This task was torn up."}
        found.update(body, changed=datetime.now(UTC).isoformat())
        return 200, found

    def _add_time(self, task_id: str, body: Any) -> Answer:
        task = next((task for task in self.tasks if task["id"] == task_id), None)
        if task is None:
            return 404, {"oops": "This task was torn up."}
        seconds = (datetime.fromisoformat(body["until"]) - datetime.fromisoformat(body["from"])).total_seconds()
        facts = {"task": task_id, "project": task["project"], "text": task["text"], "seconds": int(seconds)}
        made = {**body, **facts, "id": f"ti-{len(self.times) + 1}"}
        self.times.append(made)
        return 201, made

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        office = self

        class Handler(BaseHTTPRequestHandler):
            def answer(self) -> None:
                content = self.rfile.read(int(self.headers.get("content-length") or 0))
                given = json.loads(content) if content else None
                key, secret = self.headers.get("x-paper-key", ""), self.headers.get("x-paper-secret", "")
                status, data = office.answer(self.command, self.path, key, given, secret)
                body = json.dumps(data).encode()
                self.send_response(status)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_POST = do_PUT = do_DELETE = answer

            def log_message(self, *_: Any) -> None:
                """Quiet."""

        return Handler


def _page(name: str, records: list[dict[str, Any]], query: dict[str, str]) -> dict[str, Any]:
    first = int(query.get("from", 0))
    following = first + min(int(query["count"]), PAGE)
    return {name: records[first:following], "next": str(following) if following < len(records) else None}
