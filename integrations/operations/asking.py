"""What people ask for: a run is put down, and the worker does the rest."""

from __future__ import annotations

from typing import Any

from integrations.catalogue import Version
from integrations.operations.models import Run
from integrations.operations.running import ask
from integrations.operations.subjects import subject_of
from portal.accounts.models import User
from portal.work.claims import make_due


def ask_for(run: Run, person: User) -> Run:
    """Puts a person's run down, due at once. Needs a scope."""
    run.asked_by = person
    asked = ask(run)
    make_due(asked)
    return asked


def again(run: Run) -> Run:
    """The same once more, as a run of its own; not saved yet. A change is based on the newest version of its record. Needs a scope."""
    newest = _newest(run)
    versions = {each.name: newest[each.name] for each in run.declaration.inputs if isinstance(each, Version) and each.name in newest}
    inputs = {**run.inputs, **versions}
    return Run(connection=run.connection, operation=run.operation, title=run.title, inputs=inputs, seen=newest or None)


def _newest(run: Run) -> dict[str, Any]:
    """How the record stands that a run changes, as inputs."""
    record = subject_of(run.connection, run.declaration, run.inputs)
    return run.declaration.standing(record.data) if record else {}
