"""A contract that a vendor published: reads a loaded Swagger 2.0 document."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from integrations.catalogue.fields import OneOf, Place
from integrations.catalogue.operations import Operation

PLACEHOLDER = re.compile(r"{[^{}]+}")
METHODS = frozenset({"get", "put", "post", "delete", "options", "head", "patch"})
Schema = Mapping[str, Any]


class NotAContract(ValueError):
    """What was read is no Swagger 2.0 document, or contradicts itself."""


@dataclass(frozen=True)
class Contract:
    """The whole document."""

    document: Any

    def __post_init__(self) -> None:
        if not isinstance(self.document, Mapping) or self.document.get("swagger") != "2.0":
            raise NotAContract("this is no Swagger 2.0 document")
        if not isinstance(self.document.get("paths"), Mapping):
            raise NotAContract("this document has no paths")

    def fitting(self, operation: Operation) -> dict[str, Mapping[str, Any]]:
        """The published paths with the segments of an operation's path, those first that name more of them outright."""
        paths = {path: known for path, known in self.document["paths"].items() if self._fits(operation, path)}
        return dict(sorted(paths.items(), key=lambda found: len(PLACEHOLDER.findall(found[0]))))

    def find(self, operation: Operation) -> Published | None:
        """The operation as it is published; None where its path or its method is not."""
        method = operation.method.lower()
        return next((Published(self, path, method) for path, known in self.fitting(operation).items() if method in known), None)

    def spelled_out(self, operation: Operation) -> list[Operation]:
        """The operation once for each word of a choice in its path, where the vendor publishes a path for each word; else itself."""
        choice = next((field for field in operation.inputs if isinstance(field, OneOf) and field.place is Place.PATH), None)
        if choice is None or self.fitting(operation):
            return [operation]
        others = tuple(field for field in operation.inputs if field is not choice)
        words = [str(value) for value, _ in choice.choices]
        return [replace(operation, path=operation.path.replace(f"{{{choice.wire_name}}}", word), inputs=others) for word in words]

    def resolve(self, schema: Schema) -> Schema:
        """The schema itself where this one only refers to it. Raises `NotAContract` where it refers to nothing."""
        for _ in range(100):
            if "$ref" not in schema:
                return schema
            schema = self._referred(str(schema["$ref"]))
        raise NotAContract(f"{schema['$ref']} refers to itself")

    def at(self, schema: Schema, path: str) -> Schema | None:
        """The schema at a dotted path; the schema itself where the path is empty, None where a step is not published."""
        for step in path.split(".") if path else ():
            found = self.resolve(schema).get("properties", {}).get(step)
            if found is None:
                return None
            schema = found
        return self.resolve(schema)

    def _referred(self, reference: str) -> Schema:
        found: Any = self.document
        for step in reference.removeprefix("#/").split("/"):
            found = found.get(step) if isinstance(found, Mapping) else None
        if not isinstance(found, Mapping):
            raise NotAContract(f"{reference} is not in this document")
        return found

    def _fits(self, operation: Operation, path: str) -> bool:
        ours, theirs = operation.path.split("/"), path.split("/")
        return len(ours) == len(theirs) and all(self._same(operation, path, *pair) for pair in zip(ours, theirs, strict=True))

    def _same(self, operation: Operation, path: str, ours: str, theirs: str) -> bool:
        """A word of ours may stand where the vendor has a placeholder, if it is one of its values."""
        if not PLACEHOLDER.fullmatch(theirs):
            return ours == theirs
        if PLACEHOLDER.fullmatch(ours):
            return True
        published = Published(self, path, operation.method.lower())
        return ours in published.parameters.get(("path", theirs.strip("{}")), {}).get("enum", ())


@dataclass(frozen=True)
class Published:
    """An operation as the vendor published it."""

    contract: Contract
    path: str
    method: str

    @cached_property
    def parameters(self) -> dict[tuple[str, str], Schema]:
        """What travels outside of the body, by place and name."""
        return {(each["in"], each["name"]): each for each in self._given if each["in"] != "body"}

    @cached_property
    def body(self) -> Schema | None:
        """The schema of the body; None where none is taken."""
        return next((self.contract.resolve(each["schema"]) for each in self._given if each["in"] == "body"), None)

    @cached_property
    def answers(self) -> Mapping[str, Schema]:
        """The schema of each answer by its status, such as "200"; empty where the vendor does not say what an answer holds."""
        responses = self._operation.get("responses", {})
        return {status: self.contract.resolve(self.contract.resolve(each).get("schema", {})) for status, each in responses.items()}

    @property
    def answer(self) -> Schema:
        """The schema of the answer to a success."""
        return next((self.answers[status] for status in ("200", "201", "default") if status in self.answers), {})

    def in_path(self, operation: Operation) -> dict[str, Schema | None]:
        """The vendor's parameter for each placeholder of ours: the one that stands in the same segment."""
        pairs = zip(operation.path.split("/"), self.path.split("/"), strict=True)
        same = {ours.strip("{}"): theirs.strip("{}") for ours, theirs in pairs if PLACEHOLDER.fullmatch(ours)}
        return {ours: self.parameters.get(("path", theirs)) for ours, theirs in same.items()}

    @property
    def _operation(self) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self.contract.document["paths"][self.path].get(self.method, {})
        return found

    @cached_property
    def _given(self) -> list[Schema]:
        shared = self.contract.document["paths"][self.path].get("parameters", [])
        return [self.contract.resolve(each) for each in (*shared, *self._operation.get("parameters", []))]
