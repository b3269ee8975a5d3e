"""The later of timeghost's two documents, as a test can use it: the fields of each action and of each answer."""

import re
from dataclasses import dataclass
from functools import cache
from typing import Any

from tests.sandbox.conftest import ROOT

PLACE = ROOT.parent / "shared" / "reference" / "timeghost-connector.txt"
FIELD = re.compile(r"(?!True )(?P<name>[$\w.-]+) \| (?:True \| )?(?P<type>[a-z-]+(?: of \w+)?)(?: ?\|)+")
TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "date-time": (str,),
    "date": (str,),
    "integer": (int,),
    "number": (int, float),
    "double": (int, float),
    "boolean": (bool,),
    "array": (list,),
}


@dataclass(frozen=True)
class Field:
    """One line of a table: a name, or in an answer the path to it, and a type."""

    name: str
    type: str


@cache
def lines() -> list[str]:
    return PLACE.read_text(encoding="utf-8").splitlines()


def actions() -> list[str]:
    """The titles of all actions, from the table before them, which has a title and a description in turn."""
    first = lines().index("Actions") + 1
    last = lines().index("Add any Tag", first)
    return [line.removesuffix(" |") for line in lines()[first:last]][::2]


def fields_of_action(title: str) -> list[Field]:
    """What an action takes, wherever it stands in the request."""
    first = lines().index(title, lines().index("Add any Tag"))
    return _fields(first + 1, ("Returns", "Get Project Tasks"))


def fields_of_answer(definition: str) -> list[Field]:
    """What an answer has, by paths."""
    first = lines().index(definition, lines().index("Definitions"))
    return _fields(first + 1, (*DEFINITIONS, "object"))


DEFINITIONS = (
    "ProjectsResponse",
    "ClientsResponse",
    "TimesResponse",
    "TasksUpdateResponse",
    "GroupsResponse",
    "TagsResponse",
    "CustomFeedEventResponse",
    "UserResponse",
    "WorkspaceResponse",
    "ComeGoResponse",
)


def _fields(first: int, ends: tuple[str, ...]) -> list[Field]:
    found = []
    for line in lines()[first:]:
        if line in ends:
            break
        match = FIELD.fullmatch(line)
        if match:
            found.append(Field(match["name"], match["type"]))
    return found


def misfits(record: Any, field: Field) -> list[str]:
    """What is wrong with a field of an answer: it is absent, or of another type. What stands below null or an empty list is not asked."""
    return [f"{field.name}: {problem}" for problem in _misfits(record, field.name.split("."), TYPES[field.type.split()[0]])]


def _misfits(value: Any, path: list[str], expected: tuple[type, ...]) -> list[str]:
    if isinstance(value, list) and path:
        return [problem for item in value for problem in _misfits(item, path, expected)]
    if value is None:
        return []
    if path:
        return _misfits(value[path[0]], path[1:], expected) if path[0] in value else ["is not there"]
    wrong = not isinstance(value, expected) or (isinstance(value, bool) and bool not in expected)
    return [f"{value!r} is no {expected[0].__name__}"] if wrong else []
