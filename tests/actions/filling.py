"""Inputs as somebody types them into the controls of a form."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from integrations.catalogue import Field, Flag, Group, OneOf, Pick, Rows

Sent = dict[str, list[str]]


def filled(controls: Sent, fields: Sequence[Field], inputs: Mapping[str, Any]) -> Sent:
    """What is sent of a form with these inputs typed into its controls."""
    touched = dict(_typed(fields, inputs))
    begins = tuple(f"{name}." for name in inputs)
    untouched = {name: values for name, values in controls.items() if not name.startswith(begins)}
    return {**untouched, **touched}


def _typed(fields: Sequence[Field], inputs: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, list[str]]]:
    for field in fields:
        if field.name not in inputs:
            continue
        name, value = f"{above}{field.name}", inputs[field.name]
        if isinstance(field, Group):
            yield from _typed(field.fields, value, f"{name}.")
        elif isinstance(field, Rows):
            yield name, [""]
            for number, row in enumerate(value):
                yield from _typed(field.fields, row, f"{name}.{number}.")
        elif field.many and not isinstance(field, Pick | OneOf):
            yield name, ["\n".join(value)]
        elif isinstance(field, Flag):
            yield name, ["true" if field.read(value) else "false"]
        else:
            yield name, [str(each) for each in (value if field.many else [value])]
