"""What timeghost's triggers tell of: records that are created, changed and deleted."""

from __future__ import annotations

from collections.abc import Callable

from tests.live.triggers.happenings import Happening, Prepared
from tests.live.world import World

Add = Callable[[World, Prepared], str]
TIME_TAG = 1


def _nothing(world: World, name: str) -> Prepared:
    return {"name": name}


def _project(world: World, name: str) -> Prepared:
    return {"name": name, "project": world.do("/timeghost/projects", organization=1, name=f"{name}: project")["id"]}


def _task(world: World, name: str) -> Prepared:
    prepared = _project(world, name)
    return {**prepared, "task": world.do("/timeghost/tasks", project=prepared["project"], name=f"{name}: task")["id"]}


def _add_client(world: World, prepared: Prepared) -> str:
    return str(world.told(world.timeghost.post("/add/clients", json={"name": prepared["name"]}))["id"])


def _add_project(world: World, prepared: Prepared) -> str:
    return str(world.do("/timeghost/projects", organization=1, name=prepared["name"])["id"])


def _add_tag(world: World, prepared: Prepared) -> str:
    return str(world.told(world.timeghost.post("/add/tags", json={"name": prepared["name"], "tagType": TIME_TAG}))["id"])


def _add_task(world: World, prepared: Prepared) -> str:
    return str(world.do("/timeghost/tasks", project=prepared["project"], name=prepared["name"])["id"])


def _add_time(world: World, prepared: Prepared) -> str:
    user = world.told(world.timeghost.get("/get/currentuser"))["id"]
    place = {"project": prepared["project"], "task": prepared["task"], "user": user}
    return str(world.do("/timeghost/times", **place, seconds=600, note=prepared["name"])["id"])


def _of(things: str, before: Callable[[World, str], Prepared], add: Add, **more: object) -> list[Happening]:
    """A record of one kind is added, changed and deleted; `more` is what the service wants with each change."""

    def added(world: World, name: str) -> Prepared:
        prepared = before(world, name)
        return {**prepared, "id": add(world, prepared)}

    def change(world: World, prepared: Prepared) -> str:
        body = {"name": f"{prepared['name']}, changed", **more}
        world.told(world.timeghost.post(f"/update/{things}/{prepared['id']}", json=body))
        return str(prepared["id"])

    def delete(world: World, prepared: Prepared) -> str:
        answer = world.timeghost.delete(f"/delete/{things}/{prepared['id']}")
        assert answer.is_success, answer.text
        return str(prepared["id"])

    return [Happening("created", before, add), Happening("changed", added, change), Happening("removed", added, delete)]


HAPPENINGS = {
    "client_changes": _of("clients", _nothing, _add_client),
    "project_changes": _of("projects", _nothing, _add_project),
    "tag_changes": _of("tags", _nothing, _add_tag, tagType=TIME_TAG),
    "task_changes": _of("tasks", _project, _add_task),
    "time_changes": _of("times", _task, _add_time),
}
