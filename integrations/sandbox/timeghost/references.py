"""Reads references: a nested object with an id, or the bare id, which the later document has for lists."""

from collections.abc import Callable
from typing import Any

from integrations.sandbox.kinds import (
    TIMEGHOST_CLIENT,
    TIMEGHOST_GROUP,
    TIMEGHOST_PROJECT,
    TIMEGHOST_TAG,
    TIMEGHOST_TASK,
    Kind,
)
from integrations.sandbox.store import Body
from integrations.sandbox.timeghost.fields import Reader, Readers, Shape, a_flag, a_text, an_amount, each, numbered, unfit
from integrations.sandbox.timeghost.visit import MANAGER, USER, Visit, member_of

PROJECT_TAG, TIME_TAG = 0, 1
BLANK: tuple[Any, ...] = ("", {"id": ""}, {"id": None})
Fits = Callable[[Body], bool]


def an_id(visit: Visit, value: Any) -> str:
    """Read the id of a nested object, or a bare id. What else the object tells of its record must fit, and is not taken."""
    if isinstance(value, str) and value:
        return value
    if not isinstance(value, dict):
        raise unfit("must be an object with an id")
    return str(Shape(NESTED, ("id",))(visit, value)["id"])


NESTED: Readers = {
    "id": a_text,
    "name": a_text,
    "email": a_text,
    "completed": a_flag,
    "synchronizedGroup": a_flag,
    "synchronizedGroupType": a_text,
    "users": each(an_id),
}


def reference(kind: Kind, what: str, fits: Fits = bool) -> Reader:
    """Return a reader of a record of the workspace that the person may see and that fits."""

    def read(visit: Visit, value: Any) -> str:
        record = visit.known(kind, an_id(visit, value))
        if record is None or not fits(record):
            raise unfit(f"must be the id of a {what} of this workspace")
        return str(record["id"])

    return read


def references(kind: Kind, what: str, fits: Fits = bool) -> Reader:
    """Return a reader of a list of records, each once."""
    return _once(each(reference(kind, what, fits)))


def a_person(visit: Visit, value: Any) -> str:
    """Read somebody who belongs to the workspace."""
    identity = an_id(visit, value)
    if member_of(visit.workspace, identity) is None:
        raise unfit("must be the id of a person of this workspace")
    return identity


def a_person_or_oneself(visit: Visit, value: Any) -> str:
    """Read somebody who belongs to the workspace; blank means who calls, as the later document says of times."""
    return str(visit.user["id"]) if value in BLANK else a_person(visit, value)


def a_task_or_none(visit: Visit, value: Any) -> str | None:
    """Read a task of the workspace; blank means none: the time stands on its project alone (a guess)."""
    return None if value in BLANK else str(a_task(visit, value))


def with_role(reader: Reader) -> Reader:
    """Return a reader of who has which role in a project. A bare id is a user; of the same id the last one counts."""
    role = numbered(user=USER, manager=MANAGER)
    shape = Shape({**NESTED, "id": reader, "role": role, "billable_rate": an_amount, "removed": a_flag}, ("id", "role"))

    def read(visit: Visit, value: Any) -> Body:
        given = {"id": reader(visit, value), "role": USER} if isinstance(value, str) else shape(visit, value)
        usual = {"billable_rate": None, "removed": False}
        return {**usual, **{name: given[name] for name in ("id", "role", *usual) if name in given}}

    def read_all(visit: Visit, value: Any) -> list[Body]:
        return list({item["id"]: item for item in each(read)(visit, value)}.values())

    return read_all


def _once(reader: Reader) -> Reader:
    def read(visit: Visit, value: Any) -> list[str]:
        return list(dict.fromkeys(reader(visit, value)))

    return read


a_client = reference(TIMEGHOST_CLIENT, "client")
a_project = reference(TIMEGHOST_PROJECT, "project")
a_template = reference(TIMEGHOST_PROJECT, "project template", lambda project: project["projectType"] == "template")
a_task = reference(TIMEGHOST_TASK, "task")
people = _once(each(a_person))
groups = references(TIMEGHOST_GROUP, "group")
project_tags = references(TIMEGHOST_TAG, "project tag", lambda tag: tag["tagType"] == PROJECT_TAG)
time_tags = references(TIMEGHOST_TAG, "time tag", lambda tag: tag["tagType"] == TIME_TAG)
people_with_roles = with_role(a_person)
groups_with_roles = with_role(reference(TIMEGHOST_GROUP, "group"))
