"""What was filled into the form of a step: texts with placeholders, found, checked, and filled in."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from integrations.automations.automation_values import Values
from integrations.automations.mapping import MappingError, is_mapped, render
from integrations.catalogue import Field, Group, OneOf, Pick, Rows, Text
from integrations.operations.building.given import Given, first_given

APART = re.compile(r"[,\n]")


def grown(fields: Sequence[Field], kept: Mapping[str, Any], before: Given) -> Given:
    """What was kept, in the shape that the fields have now: the declaration may have changed since."""
    return {each.name: _grown(each, kept[each.name], before[each.name]) if each.name in kept else before[each.name] for each in fields}


def _grown(declared: Field, kept: Any, before: Any) -> Any:
    if isinstance(declared, Group):
        return grown(declared.fields, kept, before) if isinstance(kept, Mapping) else before
    if isinstance(declared, Rows):
        blank = first_given(declared.fields)
        return [grown(declared.fields, row, blank) for row in kept if isinstance(row, Mapping)] if isinstance(kept, list) else before
    if declared.many:
        return [str(each) for each in kept] if isinstance(kept, list) else before
    return kept if isinstance(kept, str) else before


def mapped_texts(fields: Sequence[Field], given: Given, above: str = "") -> Iterator[tuple[str, str]]:
    """Every text with placeholders, by the full name of its field."""
    for each in fields:
        value, name = given[each.name], f"{above}{each.name}"
        if isinstance(each, Group):
            yield from mapped_texts(each.fields, value, f"{name}.")
        elif isinstance(each, Rows):
            for number, row in enumerate(value):
                yield from mapped_texts(each.fields, row, f"{name}.{number}.")
        else:
            yield from ((name, text) for text in (value if isinstance(value, list) else [value]) if is_mapped(text))


@dataclass
class Filler:
    """Fills in placeholders. `errors` says by the full names of the fields where that could not be done; those come out empty."""

    values: Values
    zone: ZoneInfo
    errors: dict[str, str] = field(default_factory=dict)

    def fill(self, fields: Sequence[Field], given: Given, above: str = "") -> Given:
        return {each.name: self._filled(each, given[each.name], f"{above}{each.name}") for each in fields}

    def _filled(self, declared: Field, given: Any, name: str) -> Any:
        if isinstance(declared, Group):
            return self.fill(declared.fields, given, f"{name}.")
        if isinstance(declared, Rows):
            return [self.fill(declared.fields, row, f"{name}.{number}.") for number, row in enumerate(given)]
        if declared.many:
            return list(dict.fromkeys(item for each in given for item in self._items(declared, each, name)))
        text = self._rendered(given, name)
        return text if isinstance(declared, Text) and declared.long else " ".join(text.splitlines())

    def _items(self, declared: Field, text: str, name: str) -> list[str]:
        """Where many are wanted one placeholder may stand for several: ids with commas between them, or one a line."""
        if not is_mapped(text):
            return [text]
        rendered = self._rendered(text, name)
        found = APART.split(rendered) if isinstance(declared, Pick | OneOf) else rendered.splitlines()
        return [each.strip() for each in found if each.strip()]

    def _rendered(self, text: str, name: str) -> str:
        if not is_mapped(text):
            return text
        try:
            return render(text, self.values, self.zone)
        except MappingError as error:
            self.errors[name] = str(error)
            return ""
