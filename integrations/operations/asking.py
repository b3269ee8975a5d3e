"""What people ask for: a run is put down, and the worker does the rest."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from integrations.catalogue import Version
from integrations.operations.models import Run
from integrations.operations.running import ask
from integrations.operations.subjects import subject_of
from portal.accounts.models import User
from portal.work.claims import make_due


def ask_for(run: Run, person: User) -> Run:
    """Puts a person's run down, due at once; the one that stands, if its form was sent before. Needs a scope."""
    run.asked_by = person
    try:
        with transaction.atomic():
            asked = ask(run)
    except IntegrityError:
        if standing := asked_with(run.form_id):
            return standing
        raise
    make_due(asked)
    return asked


def asked_with(form_id: UUID | None) -> Run | None:
    """The run that this form has made already. Needs a scope."""
    return Run.objects.filter(form_id=form_id).first() if form_id else None


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
