"""`manage.py call`: runs a declared operation on a connection in this process, and prints what came of it as JSON."""

from __future__ import annotations

import json
import sys
import uuid
from base64 import b64encode
from pathlib import Path
from typing import Any

import orjson
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from integrations.catalogue import InvalidInput, Operation
from integrations.connections.models import Connection
from integrations.connections.operator import Found, NotFound, connection_named
from integrations.operations.models import Run, RunFile
from integrations.operations.running import give_up
from integrations.operations.tasks import execute
from integrations.providers import UnknownProvider
from portal.organizations.scope import bind, scope
from portal.work.claims import lease

GIVEN_UP = "It was given up before it was done."


class Command(BaseCommand):
    help = "Runs an operation on a connection and prints its result as JSON. Ends with 0 only if it was done."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("connection", help="Its id, or the organization's address and its name: northlight/Our Hubstaff.")
        parser.add_argument("operation", help="The operation's name, as `manage.py catalogue` lists it.")
        parser.add_argument("--input", default="", metavar="FILE", help="A JSON object with the inputs; - reads it from stdin.")
        parser.add_argument("--output", default="", metavar="FILE", help="Where a file goes that comes back, else it is printed as base64.")

    def handle(self, *args: Any, **options: Any) -> None:
        found = _found(options["connection"])
        inputs = _inputs(options["input"])
        with bind(found.organization_id):
            with scope():
                connection = Connection.objects.get(pk=found.connection_id)
            operation = _operation(connection, options["operation"])
            _check(connection, operation, inputs)
            run = _performed(connection, operation, inputs)
            self._tell(run, options["output"])

    def _tell(self, run: Run, place: str) -> None:
        with scope():
            file = RunFile.objects.filter(run=run).first()
        result = _kept(run.output or {}, file, place) if file else run.output
        if run.state == Run.State.DONE or run.output is not None:
            self.stdout.write(json.dumps(result, indent=2, ensure_ascii=False))
        if run.state != Run.State.DONE:
            raise CommandError("\n".join([f"{run.get_state_display()}: {run.message}", *_lines(run.errors)]))


def _found(text: str) -> Found:
    try:
        return connection_named(text)
    except NotFound as error:
        raise CommandError(str(error)) from error


def _operation(connection: Connection, name: str) -> Operation:
    try:
        operations = connection.declaration.operation_by_name
    except UnknownProvider:
        raise CommandError(f"This portal does not know {connection.provider} any more.") from None
    if name not in operations:
        raise CommandError(f"{connection.provider_label} has no operation {name}. There are:\n  " + "\n  ".join(sorted(operations)))
    return operations[name]


def _inputs(place: str) -> dict[str, Any]:
    try:
        text = "{}" if not place else sys.stdin.read() if place == "-" else Path(place).read_text()
        inputs = orjson.loads(text)
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"The input cannot be read: {error}") from error
    except orjson.JSONDecodeError as error:
        raise CommandError(f"The input is not JSON: {error}") from error
    if not isinstance(inputs, dict):
        raise CommandError("The input must be a JSON object, such as {}.")
    return inputs


def _check(connection: Connection, operation: Operation, inputs: dict[str, Any]) -> None:
    """Before anything is put down or sent."""
    try:
        operation.request(inputs, connection.workspace_id)
    except InvalidInput as invalid:
        raise CommandError("\n".join(["The input does not fit:", *_lines(invalid.errors)])) from invalid


def _lines(errors: dict[str, str]) -> list[str]:
    return [f"  {name}: {sentence}" for name, sentence in errors.items()]


def _performed(connection: Connection, operation: Operation, inputs: dict[str, Any]) -> Run:
    """Does what a worker does with a run that is due; nobody else takes it, and nobody tries it again later."""
    now, claim = timezone.now(), uuid.uuid4()
    with scope():
        run = Run(connection=connection, operation=operation.name, inputs=inputs, origin="command")
        run.due_at, run.claim, run.claimed_until = now, claim, now + lease()
        run.save()
    try:
        execute(str(run.organization_id), str(run.pk), str(claim))
    finally:
        ended = _let_go(run)
    return ended


def _let_go(run: Run) -> Run:
    """No worker goes on with it, however this process came out of it."""
    with scope():
        Run.objects.filter(pk=run.pk).update(due_at=None, claim=None, claimed_until=None)
        left = Run.objects.get(pk=run.pk)
        give_up(run.pk, left.message or GIVEN_UP, left.fault)
        return Run.objects.select_related("connection").get(pk=run.pk)


def _kept(output: dict[str, Any], file: RunFile, place: str) -> dict[str, Any]:
    """What is said of a file, which is written where it is wanted, or else stands beside it."""
    if not place:
        return {**output, "content": b64encode(file.content).decode()}
    try:
        Path(place).write_bytes(file.content)
    except OSError as error:
        raise CommandError(f"The file cannot be written: {error}") from error
    return output
