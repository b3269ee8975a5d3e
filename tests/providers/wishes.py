"""What a provider's operations are tried with: which records and values, where not just any will do.

It stands beside the provider's recordings, in `recordings/<provider>/actions.json`, so that a provider that is added brings its own:

- `sign_in` and `secret`: how the tests sign in at what stands in for the provider
- `guest`: the secret of somebody who may do less there
- `stand_in`: who plays it, as `module:class`; the sandbox where it is left out
- `records`: by entity, what a record has to be like that is chosen: values by their dotted paths, or `{"not": value}`
- `inputs`: values by the name of an input, for every operation that asks it; null leaves it blank
- `operations`: the same for one operation: `records` by the name of the input, `inputs`, and
  - `also`: inputs that a reading is given, too; a write is given all
  - `refused`: inputs that only the provider itself refuses, where an id that does not exist would not do; what names no record is
    refused to the guest
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from integrations.catalogue import Operation, Provider
from integrations.catalogue.reading import at
from tests.providers.examples import RECORDINGS

Conditions = Mapping[str, Any]


@dataclass(frozen=True)
class Wish:
    """For one operation."""

    records: Mapping[str, Conditions] = field(default_factory=dict)
    inputs: Mapping[str, Any] = field(default_factory=dict)
    also: Sequence[str] = ()
    refused: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Wishes:
    """For all operations of a provider."""

    sign_in: str
    secret: str
    guest: str = ""
    stand_in: str = ""
    records: Mapping[str, Conditions] = field(default_factory=dict)
    inputs: Mapping[str, Any] = field(default_factory=dict)
    operations: Mapping[str, Wish] = field(default_factory=dict)

    def of(self, operation: Operation) -> Wish:
        """Those for one operation, with those for all."""
        own = self.operations.get(operation.name, Wish())
        return replace(own, inputs={**self.inputs, **own.inputs})


def wishes_of(provider: Provider) -> Wishes:
    file = RECORDINGS / provider.name / "actions.json"
    assert file.is_file(), f"say in {file} how {provider.label} is signed in to"
    read = json.loads(file.read_text(encoding="utf-8"))
    return Wishes(**{**read, "operations": {name: Wish(**wish) for name, wish in read.get("operations", {}).items()}})


def fits(data: Mapping[str, Any], conditions: Conditions) -> bool:
    return all(_holds(at(data, path), wanted) for path, wanted in conditions.items())


def _holds(value: Any, wanted: Any) -> bool:
    if isinstance(wanted, Mapping):
        return bool(value != wanted["not"])
    return bool(value == wanted)
