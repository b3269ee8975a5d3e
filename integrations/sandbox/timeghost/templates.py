"""Project templates: what a new project takes over from one."""

from typing import Any

from integrations.sandbox.kinds import TIMEGHOST_PROJECT, TIMEGHOST_TASK
from integrations.sandbox.store import Body, Store
from integrations.sandbox.timeghost.fields import Readers, a_flag
from integrations.sandbox.timeghost.records import create_task
from integrations.sandbox.timeghost.references import a_template
from integrations.sandbox.timeghost.visit import Visit

FIELDS: Readers = {
    "templateId": a_template,
    "templateCopyRate": a_flag,
    "templateCopyTasks": a_flag,
    "templateCopyTaskAssign": a_flag,
}
TAKEN = ("description", "color", "estimation", "taskBasedEstimation")
RATE = ("hourly_rate", "hourly_rate_enabled")


def split(given: Body) -> tuple[Body, Body]:
    """Return what a body says about the template, and the rest of it."""
    return {name: given[name] for name in FIELDS if name in given}, {name: given[name] for name in given if name not in FIELDS}


def template_of(visit: Visit, asked: Body) -> Body | None:
    """Return the template that a body names, or None."""
    return visit.known(TIMEGHOST_PROJECT, asked["templateId"]) if "templateId" in asked else None


def taken_over(template: Body | None, asked: Body) -> Body:
    """Return the fields that a new project has from a template where its own body does not say otherwise."""
    names = (*TAKEN, *(RATE if asked.get("templateCopyRate") else ()))
    return {name: template[name] for name in names} if template else {}


def copy_tasks(store: Store, template: Body | None, asked: Body, project: Body) -> None:
    """Add the template's tasks to a new project when that was asked for, open, and assigned only if that was, too."""
    if template is None or not asked.get("templateCopyTasks"):
        return
    for task in list(store.of_parent(TIMEGHOST_TASK, template["id"])):
        if not task["deleted"]:
            create_task(store, project, task["name"], estimation=task["estimation"], **_assigned(task, asked))


def _assigned(task: Body, asked: Body) -> dict[str, Any]:
    if not asked.get("templateCopyTaskAssign"):
        return {}
    return {name: task[name] for name in ("assigned_users", "assigned_groups")}
