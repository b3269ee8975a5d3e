"""What Hubstaff's triggers tell of."""

from __future__ import annotations

from datetime import date, timedelta

from tests.live.triggers.happenings import Happening, Prepared
from tests.live.world import World


def _nothing(world: World, name: str) -> Prepared:
    return {"name": name}


def _project(world: World, name: str) -> Prepared:
    return {"name": name, "project": world.do("/hubstaff/projects", organization=1, name=f"{name}: project")["id"]}


def _task(world: World, name: str) -> Prepared:
    task = world.do("/hubstaff/tasks", project=_project(world, name)["project"], name=name)
    return {"name": name, "task": task["id"]}


def _create_project(world: World, prepared: Prepared) -> str:
    return str(world.do("/hubstaff/projects", organization=1, name=prepared["name"])["id"])


def _create_task(world: World, prepared: Prepared) -> str:
    return str(world.do("/hubstaff/tasks", project=prepared["project"], name=prepared["name"])["id"])


def _complete_task(world: World, prepared: Prepared) -> str:
    world.do(f"/hubstaff/tasks/{prepared['task']}/complete")
    return str(prepared["task"])


def _create_client(world: World, prepared: Prepared) -> str:
    answer = world.hubstaff.post(f"/organizations/{world.company.organization_id}/clients", json={"name": prepared["name"]})
    return str(world.told(answer)["client"]["id"])


# --- Attendance -------------------------------------------------------------------------------------------------------


def _yesterday() -> str:
    return (date.today() - timedelta(days=1)).isoformat()


def _member(world: World) -> int:
    members = world.told(world.hubstaff.get(f"/organizations/{world.company.organization_id}/members"))["members"]
    return int(members[3]["user_id"])


def _schedule(world: World, name: str) -> Prepared:
    made = world.do("/hubstaff/schedules", organization=1, user=_member(world), start_date=_yesterday(), start_time="9:30")
    return {"name": name, "schedule": made["id"]}


def _create_schedule(world: World, prepared: Prepared) -> str:
    return str(_schedule(world, prepared["name"])["schedule"])


def _change_schedule(world: World, prepared: Prepared) -> str:
    world.do(f"/hubstaff/schedules/{prepared['schedule']}/change", duration=5 * 3600)
    return str(prepared["schedule"])


def _shift_on_time(world: World, name: str) -> Prepared:
    """Yesterday's shift of a schedule of its own."""
    shift = world.do("/hubstaff/shifts", schedule=_schedule(world, name)["schedule"], date=_yesterday(), status="ontime")
    return {"name": name, "shift": shift["id"]}


def _shift_that_was(status: str) -> Happening:
    """It is corrected to this status."""

    def correct(world: World, prepared: Prepared) -> str:
        world.do(f"/hubstaff/shifts/{prepared['shift']}/status", status=status)
        return str(prepared["shift"])

    return Happening("changed", _shift_on_time, correct)


HAPPENINGS = {
    "projects_created": [Happening("created", _nothing, _create_project)],
    "tasks_created": [Happening("created", _project, _create_task)],
    "tasks_completed": [Happening("changed", _task, _complete_task)],
    "clients_created": [Happening("created", _nothing, _create_client)],
    "schedules_created": [Happening("created", _nothing, _create_schedule)],
    "schedules_updated": [Happening("changed", _schedule, _change_schedule)],
    "shifts_early": [_shift_that_was("early")],
    "shifts_missed": [_shift_that_was("missed")],
    "shifts_late": [_shift_that_was("late")],
}
